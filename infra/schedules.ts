/**
 * When the function runs: for each organization its live events and its daily audit, and a queue
 * for what could not be delivered.
 */
import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeployedConfig } from '../lib/config/config.ts';
import { ownName } from './own-name.ts';
import { document } from './permissions.ts';

interface SchedulesProps {
  readonly config: DeployedConfig;
  readonly target: IFunction;
}

/** SQS's own maximum: an undelivered schedule is a fault to look at, not work to do again. */
const UNDELIVERED_RETENTION = Duration.days(14);

/** With more than a few minutes between them, more room would only make runs less regular. */
const WIDEST_WINDOW_MINUTES = 15;

export class Schedules extends Construct {
  /**
   * Schedules that the scheduler could not hand to the function, e.g. because a permission was
   * taken away.
   */
  readonly undelivered: Queue;
  readonly #group: ScheduleGroup;
  readonly #invoke: (input: object) => LambdaInvoke;

  constructor(scope: Construct, id: string, { config, target }: SchedulesProps) {
    super(scope, id);
    this.undelivered = undeliveredQueue(this);
    this.#group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: ownName(this),
      // Kept, it would stand in the way of the next deployment under the same name.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = schedulerRole(this, this.#group, target, this.undelivered).withoutPolicyUpdates();
    this.#invoke = (input) =>
      new LambdaInvoke(target, {
        role,
        input: ScheduleTargetInput.fromObject(input),
        deadLetterQueue: this.undelivered,
        retryAttempts: 0,
        maxEventAge: Duration.minutes(1),
      });

    const { orgIds } = config.jumpcloud.credentials;
    if (orgIds.length === 0) this.#organization(config, undefined);
    for (const orgId of orgIds) this.#organization(config, orgId);
  }

  /** Each has its own two, so that none waits for another or fails with it. */
  #organization({ jumpcloud: { credentials, settings } }: DeployedConfig, orgId: string | undefined): void {
    const input = orgId === undefined ? {} : { org_id: orgId };
    const ofWhom = orgId === undefined ? '' : ` of organization ${orgId}`;
    const isAlone = credentials.orgIds.length < 2;
    this.#schedule(`Live${orgId ?? ''}`, {
      description: `Live events${ofWhom}`,
      schedule: ScheduleExpression.rate(Duration.minutes(settings.timeIntervalMinutes)),
      input: { ...input, scheduled: true },
      timeWindow: isAlone ? TimeWindow.off() : windowOf(settings.timeIntervalMinutes),
    });
    this.#schedule(`Audit${orgId ?? ''}`, {
      description: `Daily comparison with the counts of JumpCloud${ofWhom}`,
      schedule: ScheduleExpression.rate(Duration.days(1)),
      input: { ...input, audit: true },
      timeWindow: TimeWindow.flexible(Duration.hours(1)),
    });
  }

  #schedule(
    id: string,
    { input, ...props }: { description: string; schedule: ScheduleExpression; input: object; timeWindow: TimeWindow },
  ): void {
    new Schedule(this, id, { ...props, scheduleGroup: this.#group, target: this.#invoke(input) });
  }
}

/**
 * Several organizations do not all start in the same second: each run begins somewhere in the first
 * half of its interval.
 */
function windowOf(timeIntervalMinutes: number): TimeWindow {
  return TimeWindow.flexible(Duration.minutes(Math.min(WIDEST_WINDOW_MINUTES, Math.ceil(timeIntervalMinutes / 2))));
}

function undeliveredQueue(scope: Construct): Queue {
  const queue = new Queue(scope, 'Undelivered', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: UNDELIVERED_RETENTION,
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions::AwsSolutions-SQS3',
    reason: 'This queue is itself the dead-letter queue of the schedules.',
  });
  return queue;
}

/**
 * May invoke the one function and fill the one queue, and only on behalf of this group's schedules.
 */
function schedulerRole(scope: Construct, group: ScheduleGroup, target: IFunction, undelivered: Queue): Role {
  return new Role(scope, 'Role', {
    description: 'What the schedules may do',
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': group.scheduleGroupArn },
      },
    }),
    inlinePolicies: {
      InvokeFunction: document({ actions: ['lambda:InvokeFunction'], resources: [target.functionArn] }),
      KeepUndelivered: document({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
    },
  });
}
