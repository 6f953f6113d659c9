/**
 * The durable function that runs a backfill. It may ask the shipping function and keep its own
 * history, and nothing else.
 */
import { Annotations, ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { ApplicationLogLevel, type Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ownName, shownToNag } from './own-name.ts';
import { document } from './permissions.ts';
import { OF_ALL_FUNCTIONS, type Shipper } from './shipper.ts';

interface BackfillProps {
  readonly code: Code;
  readonly shipper: Shipper;
  readonly key: IKey | undefined;
}

/** It waits for answers, and reads its history of up to 2,400 operations at each start. */
const MEMORY_MB = 512;
const LONGEST_TURN = Duration.minutes(5);
/** Longer than any backfill has to take; it costs nothing while it waits. */
const LONGEST_BACKFILL = Duration.days(30);
const HISTORY_KEPT = Duration.days(30);

/**
 * A durable function is invoked with a qualifier. This one is `$LATEST`, so that a deployment
 * leaves no versions behind: one that changes this code while a backfill runs may end that
 * backfill, and the next start goes on where it was.
 */
const QUALIFIER = '$LATEST';

export class Backfill extends Construct {
  readonly function: LambdaFunction;
  /** What a backfill is started with. */
  readonly qualifiedName: string;
  /** Backfills that ended without having shipped everything. */
  readonly failed: Metric;

  constructor(scope: Construct, id: string, { code, shipper, key }: BackfillProps) {
    super(scope, id);
    const functionName = `${ownName(this)}-backfill`;
    this.qualifiedName = `${functionName}:${QUALIFIER}`;
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      // It says only who was asked when; what was shipped is in the other one, which stays.
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key === undefined ? {} : { encryptionKey: key }),
    });
    const role = backfillRole(this, { functionName, shipper, logs });
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: 'Backfills JumpCloud history by asking the shipping function, slice by slice',
      ...OF_ALL_FUNCTIONS,
      code,
      role: role.withoutPolicyUpdates(),
      memorySize: MEMORY_MB,
      timeout: LONGEST_TURN,
      durableConfig: { executionTimeout: LONGEST_BACKFILL, retentionPeriod: HISTORY_KEPT },
      logGroup: logs,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      environment: { SHIPPER_FUNCTION: shipper.function.functionArn, BACKFILL_FUNCTION: this.qualifiedName },
    });
    // It says that durability cannot be given to a function afterwards; this one has had it from
    // the first day.
    Annotations.of(this.function).acknowledgeInfo('aws-lambda:Function.DurableConfig');
    this.failed = new Metric({
      namespace: 'AWS/Lambda',
      metricName: 'DurableExecutionFailed',
      dimensionsMap: { FunctionName: functionName },
      period: Duration.minutes(5),
      statistic: Stats.SUM,
    });
  }
}

interface RoleInput {
  readonly functionName: string;
  readonly shipper: Shipper;
  readonly logs: LogGroup;
}

function backfillRole(scope: Construct, { functionName, shipper, logs }: RoleInput): Role {
  const own = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const role = new Role(scope, 'Role', {
    description: 'What the backfill function may do',
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      AskShipper: document({ actions: ['lambda:InvokeFunction'], resources: [shipper.function.functionArn] }),
      HandOver: document({ actions: ['lambda:InvokeFunction'], resources: [`${own}:${QUALIFIER}`] }),
      KeepHistory: document({
        actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
        resources: [`${own}:*`],
      }),
      WriteOwnLogs: document({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
    },
  });
  Validations.of(role).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:${shownToNag(functionName)}:*]`,
    reason: 'The executions of this one function: AWS documents no narrower resource for them.',
  });
  return role;
}
