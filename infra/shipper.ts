/** The function that ships, its log group and its role. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnFunction, Code } from 'aws-cdk-lib/aws-lambda';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { MEMORY_VARIABLES } from './memory-variables.ts';
import { METRIC_NAMESPACE } from './own-metrics.ts';
import { ownName } from './own-name.ts';
import { shipperPolicies } from './permissions.ts';
import type { StateTable } from './state-table.ts';

interface ShipperProps {
  readonly config: DeployedConfig;
  readonly code: Code;
  readonly table: StateTable;
  readonly key: IKey | undefined;
  readonly logLevel: string | undefined;
  /** Where the code finds its configuration, if not in its `config.json`. */
  readonly settings: Readonly<Record<string, string>> | undefined;
}

/**
 * Pages in flight take 200 MB, and 700,000 fingerprints at once fit beside them. More memory is
 * more processor, too, but with this much a page of 10,000 events is shipped in the second in which
 * JumpCloud makes the next one: see docs/decisions/011-performance.md.
 */
export const MEMORY_MB = 512;

export const OF_ALL_FUNCTIONS = {
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  handler: 'index.handler',
  loggingFormat: LoggingFormat.JSON,
  systemLogLevelV2: SystemLogLevel.INFO,
} as const;

/** Lambda's own maximum. */
const LONGEST_RUN_SECONDS = 15 * 60;

/** A run that ends this much before the next one starts never meets it at the lease. */
const BEFORE_THE_NEXT_RUN_SECONDS = 10;

/** Lambda's minimum and maximum for `MaximumEventAgeInSeconds`. */
const EVENT_AGE_SECONDS = { shortest: 60, longest: 6 * 60 * 60 };

export class Shipper extends Construct {
  readonly function: LambdaFunction;
  readonly logs: LogGroup;

  constructor(scope: Construct, id: string, { config, code, table, key, logLevel, settings }: ShipperProps) {
    super(scope, id);
    const name = ownName(this);
    const intervalSeconds = config.jumpcloud.settings.timeIntervalMinutes * 60;
    const level = applicationLogLevel(logLevel);

    this.logs = new LogGroup(this, 'Logs', {
      // As long as JumpCloud keeps events and quarantine keeps theirs: a hole can be explained for
      // as long as it can be filled.
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(key === undefined ? {} : { encryptionKey: key }),
    });
    const role = new Role(this, 'Role', {
      description: 'What the shipping function may do',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: shipperPolicies({ scope: this, config, table, logs: this.logs, key }),
    });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: name,
      description: 'Ships JumpCloud Directory Insights events to Logz.io',
      ...OF_ALL_FUNCTIONS,
      code,
      role,
      memorySize: MEMORY_MB,
      timeout: Duration.seconds(Math.min(LONGEST_RUN_SECONDS, intervalSeconds - BEFORE_THE_NEXT_RUN_SECONDS)),
      // The schedule is the retry: the next run goes on from the checkpoint.
      retryAttempts: 0,
      // An invocation that waited for an interval has been overtaken by the next one.
      maxEventAge: Duration.seconds(
        Math.max(EVENT_AGE_SECONDS.shortest, Math.min(EVENT_AGE_SECONDS.longest, intervalSeconds)),
      ),
      logGroup: this.logs,
      applicationLogLevelV2: filterOf(level),
      tracing: Tracing.DISABLED,
      environment: {
        TABLE_NAME: table.tableName,
        LOG_LEVEL: level,
        ...settings,
        ...MEMORY_VARIABLES,
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
      },
    });
    this.#attachToNetwork(config.network, role);
  }

  /**
   * Set on the resource itself: the construct library would have to look the VPC up in the account,
   * which synthesis must not.
   */
  #attachToNetwork({ vpcId, subnetIds, securityGroupIds }: DeployedConfig['network'], role: Role): void {
    if (vpcId === undefined) return;
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]',
      reason:
        'EC2 knows no narrower resource for the network interfaces of a function; its own code is refused them again.',
    });
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
  }
}

/** @throws {UnknownLogLevel} before anything is deployed with a level that Lambda refuses. */
function applicationLogLevel(wanted = 'INFO'): ApplicationLogLevel {
  const level = Object.values(ApplicationLogLevel).find((known) => known === wanted.toUpperCase());
  if (level === undefined) throw new UnknownLogLevel(wanted);
  return level;
}

/**
 * Lambda's own filter never goes above INFO: it might take the metrics, which are log lines without
 * a level, for such.
 */
function filterOf(level: ApplicationLogLevel): ApplicationLogLevel {
  return [ApplicationLogLevel.TRACE, ApplicationLogLevel.DEBUG].includes(level) ? level : ApplicationLogLevel.INFO;
}

class UnknownLogLevel extends Error {
  override readonly name = 'UnknownLogLevel';

  constructor(wanted: string) {
    super(
      `LOG_LEVEL is "${wanted}"; set one of ${Object.values(ApplicationLogLevel).join(', ')}, or unset it for INFO.`,
    );
  }
}
