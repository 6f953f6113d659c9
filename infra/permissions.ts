/**
 * Every permission of the shipping function, written out: CDK's grants are wider (a parameter's
 * would add its history, that is, old tokens).
 */
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { ownName } from './own-name.ts';
import type { StateTable } from './state-table.ts';

interface PermissionInput {
  readonly scope: Construct;
  readonly config: DeployedConfig;
  readonly table: StateTable;
  readonly logs: ILogGroup;
  readonly key: IKey | undefined;
}

/** @returns one inline policy per purpose, so that the console shows what each is for. */
export function shipperPolicies({ scope, config, table, logs, key }: PermissionInput): Record<string, PolicyDocument> {
  const names = parameterNames(config);
  return {
    ReadTokens: new PolicyDocument({ statements: [readParameters(scope, names)] }),
    KeepState: document({
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      resources: [table.tableArn],
    }),
    WriteLogs: document({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs.logGroupArn] }),
    ...(key === undefined ? {} : { UseKey: keyPolicy(key, parameterArns(scope, names), table) }),
    ...(config.network.vpcId === undefined ? {} : { JoinNetwork: networkPolicy(scope) }),
  };
}

/** The statements as one policy. */
export function document(...statements: ConstructorParameters<typeof PolicyStatement>[0][]): PolicyDocument {
  return new PolicyDocument({ statements: statements.map((statement) => new PolicyStatement(statement)) });
}

/** The parameters that the function reads, and nothing else reads for it. */
export function parameterNames({ logzio, jumpcloud, network, output }: DeployedConfig): string[] {
  return [
    logzio.tokenParameter,
    jumpcloud.credentials.tokenParameter,
    network.proxyCredentialsParameter,
    output.hashFields.length > 0 ? output.hashKeyParameter : undefined,
  ].filter((name) => name !== undefined);
}

export function readParameters(scope: Construct, names: readonly string[]): PolicyStatement {
  return new PolicyStatement({ actions: ['ssm:GetParameter'], resources: parameterArns(scope, names) });
}

function parameterArns(scope: Construct, names: readonly string[]): string[] {
  return names.map((name) =>
    // A full name begins with the slash that an ARN has between the two.
    Stack.of(scope).formatArn({ service: 'ssm', resource: `parameter${name}`, arnFormat: ArnFormat.NO_RESOURCE_NAME }),
  );
}

/**
 * The key opens these parameters through Parameter Store and this table through DynamoDB, and
 * nothing else.
 */
function keyPolicy(key: IKey, parameters: string[], table: StateTable): PolicyDocument {
  return document(
    {
      actions: ['kms:Decrypt'],
      resources: [key.keyArn],
      conditions: {
        StringEquals: {
          'kms:ViaService': `ssm.${Aws.REGION}.amazonaws.com`,
          'kms:EncryptionContext:PARAMETER_ARN': parameters,
        },
      },
    },
    {
      // What DynamoDB asks of those who read and write a table under a customer's key.
      actions: [
        'kms:Decrypt',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        'kms:DescribeKey',
      ],
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Aws.REGION}.amazonaws.com` },
        // DescribeKey carries no encryption context.
        StringEqualsIfExists: { 'kms:EncryptionContext:aws:dynamodb:tableName': table.tableName },
      },
    },
  );
}

/**
 * Lambda's service uses these to join the VPC; EC2 knows no narrower resource for them. The
 * function's own code is refused them again, as AWS recommends.
 */
function networkPolicy(scope: Construct): PolicyDocument {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  const ownArn = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: ownName(scope),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return document(
    { actions, resources: ['*'] },
    {
      effect: Effect.DENY,
      actions,
      resources: ['*'],
      conditions: { ArnEquals: { 'lambda:SourceFunctionArn': ownArn } },
    },
  );
}
