/** The table that holds checkpoints, delivered fingerprints, quarantine and hourly counts. */
import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { EXPIRES, PARTITION_KEY, SORT_KEY } from '../lib/state/table.ts';
import { either, onlyIf, whenEmpty } from './optional.ts';

/** What the other constructs need to know of the table, whether this stack made it or found it. */
export interface StateTable {
  readonly tableName: string;
  readonly tableArn: string;
}

/**
 * @param existing name of a table that an earlier deployment left behind; it is taken up again as
 * it is.
 * @returns a table that outlives the stack: without its checkpoints a new deployment would not know
 * where the last one stopped.
 */
export function stateTable(scope: Construct, existing: string | undefined, key: IKey | undefined): StateTable {
  if (existing === undefined) return ownTable(scope, key);
  if (!Token.isUnresolved(existing)) return Table.fromTableName(scope, 'State', existing);
  const own = ownTable(scope, key);
  const isOwn = whenEmpty(scope, 'OwnTable', existing);
  onlyIf(isOwn, own);
  const found = Table.fromTableName(scope, 'ExistingState', existing);
  return {
    tableName: either(isOwn, own.tableName, existing),
    tableArn: either(isOwn, own.tableArn, found.tableArn),
  };
}

function ownTable(scope: Construct, key: IKey | undefined): Table {
  return new Table(scope, 'State', {
    partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
    sortKey: { name: SORT_KEY, type: AttributeType.STRING },
    timeToLiveAttribute: EXPIRES,
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // AWS's own key costs nothing and asks nothing of the role. An account that must hold the key
    // names one.
    encryption: key === undefined ? TableEncryption.DEFAULT : TableEncryption.CUSTOMER_MANAGED,
    ...(key === undefined ? {} : { encryptionKey: key }),
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
