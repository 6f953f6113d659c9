/** One instance of the function, the real handler in it, whose every word to the world is heard, delayed, broken or cut off. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createHandler } from '../../lib/commands/handler.ts';
import type { Runtime } from '../../lib/commands/runtime.ts';
import { ssmSecret } from '../../lib/platform/secrets.ts';
import { system } from '../../lib/platform/system.ts';
import { createDynamoDb, Table } from '../../lib/state/table.ts';
import { JUMPCLOUD_PARAMETER, LOGZIO_PARAMETER, TABLE } from './cloud.ts';
import { configure } from './configure.ts';
import { Gate } from './gate.ts';
import { listen } from './hearing.ts';
import type { Run } from './ledger.ts';
import type { Settings } from './plan.ts';
import { heardPost } from './post.ts';
import { quickRetries } from './quick-retries.ts';
import type { Course, Outcome, Stage } from './stage.ts';
import { InstanceClock } from './time.ts';

/** A call takes milliseconds; a run that does nothing for this long will never end. */
const LONGEST_REAL_MS = 60_000;

export class Instance {
  readonly gate = new Gate();
  readonly clock: InstanceClock;
  readonly settings: Settings;
  readonly stage: Stage;
  /** Time that was lost where nobody could stop: answers that waited, AWS that failed. */
  lostMs = 0;
  course: Course = { name: 'none', input: {}, lifeMs: 0 };
  /** JumpCloud's `Date` may be left out: our own clock is not ahead of it, and does not step. */
  clockIsHonest = true;
  #runs = new Map<string, Run>();
  #ending: Promise<Outcome> | undefined;
  #endsAt = 0;
  readonly #dynamodb: DynamoDBClient;
  readonly #ssm: SSMClient;
  readonly #handle: ReturnType<typeof createHandler>;

  constructor(stage: Stage, settings: Settings, skewMs: number) {
    this.stage = stage;
    this.settings = settings;
    this.clock = new InstanceClock(stage.time, this.gate, skewMs);
    const common = {
      region: 'us-east-1',
      credentials: { accessKeyId: 'chaos', secretAccessKey: 'chaos' },
      retryStrategy: quickRetries(stage.time),
    };
    this.#dynamodb = createDynamoDb({
      ...common,
      endpoint: stage.cloud.aws.dynamoDb.endpoint,
      requestHandler: { requestTimeout: 1_000, throwOnRequestTimeout: true },
    });
    this.#ssm = new SSMClient({ ...common, endpoint: stage.cloud.aws.ssm.endpoint });
    listen(this, this.#dynamodb);
    listen(this, this.#ssm);
    const runtime: Runtime = {
      config: configure(stage.plan, stage.cloud, settings, this.clock.now()),
      ...system,
      clock: this.clock,
      metrics: { write: () => undefined },
      table: new Table(this.#dynamodb, TABLE),
      jumpcloudSecret: ssmSecret(this.#ssm, JUMPCLOUD_PARAMETER),
      logzioSecret: ssmSecret(this.#ssm, LOGZIO_PARAMETER),
      post: heardPost(this),
      log: { debug: this.#say, info: this.#say, warn: this.#say, error: this.#say },
      tokenUrl: stage.cloud.jumpcloud.tokenUrl,
      ...(stage.plan.leaseMs !== undefined && { leaseMs: stage.plan.leaseMs }),
    };
    this.#handle = createHandler(runtime);
  }

  /** Invokes the handler, to its end or to where it is stopped. */
  async invoke(course: Course): Promise<Outcome> {
    this.course = course;
    this.#runs = new Map();
    const { time } = this.stage;
    const stopped = this.gate.arm(course.stop);
    const endsAt = time.now() + course.lifeMs;
    this.#endsAt = endsAt;
    this.lostMs = 0;
    this.clockIsHonest = this.clock.skewMs <= 0 && course.clockStep === undefined;
    this.#ending = this.#handle(course.input, { getRemainingTimeInMillis: () => endsAt - time.now() }).then(
      (result): Outcome => ({ kind: 'done', result }),
      (error): Outcome => ({ kind: 'failed', error }),
    );
    const outcome = await this.#endOr(stopped);
    const isFair = course.clockStep === undefined && outcome.kind !== 'stopped';
    const overrunMs = time.now() - endsAt - this.lostMs;
    if (isFair && overrunMs > 0) throw new Error(`${course.name} ends ${overrunMs} ms after its deadline`);
    return outcome;
  }

  /** Lets it go on where it was stopped. */
  async resume(): Promise<Outcome> {
    // A run that lost its lease meanwhile is told so when it saves; a replay saves nothing.
    if (this.stage.time.now() >= this.#endsAt) this.excuse('stood still for longer than it may live');
    this.gate.thaw();
    return await this.#endOr(new Promise(() => undefined));
  }

  /** It never comes back: what it sent and did not save may be repeated. */
  excuse(reason: string): void {
    for (const run of this.#runs.values()) run.excuses.add(reason);
  }

  /** The organizations whose streams this invocation took: it saved, or sent something. */
  taken(): string[] {
    return [...this.#runs]
      .filter(([, { sends, saves }]) => sends.length > 0 || saves.some(({ succeeded }) => succeeded))
      .map(([name]) => name);
  }

  destroy(): void {
    this.#dynamodb.destroy();
    this.#ssm.destroy();
  }

  /** The run of this invocation for one organization's stream. */
  runOf(organization: string): Run {
    const found = this.#runs.get(organization);
    if (found) return found;
    const run = this.stage.ledger.run(`${this.course.name} ${organization}`, this.settings.limit, kindOf(this.course));
    this.#runs.set(organization, run);
    return run;
  }

  async #endOr(stopped: Promise<void>): Promise<Outcome> {
    let calls = -1;
    let watch: NodeJS.Timeout | undefined;
    const hung = new Promise<Outcome>((_, reject) => {
      watch = setInterval(() => {
        if (this.gate.calls === calls)
          reject(new Error(`${this.course.name} neither ends nor asks for anything: it hangs`));
        calls = this.gate.calls;
      }, LONGEST_REAL_MS);
    });
    try {
      const ending = this.#ending ?? Promise.reject(new Error('nothing was invoked'));
      const outcome = await Promise.race([ending, stopped.then((): Outcome => ({ kind: 'stopped' })), hung]);
      if (outcome.kind === 'stopped') await this.gate.quiet();
      return outcome;
    } finally {
      clearInterval(watch);
    }
  }

  readonly #say = (message: string, fields: object): void => {
    this.stage.said.push(JSON.stringify({ message, ...fields }));
  };

  /** Called with each call to the world: the place where a clock may step. */
  stepClock(): void {
    const { clockStep } = this.course;
    if (clockStep && this.gate.calls >= clockStep.call) this.clock.skewMs = clockStep.toSkewMs;
  }
}

function kindOf({ input }: Course): Run['kind'] {
  if (input.quarantine === 'replay') return 'replay';
  return input.audit === true || input.quarantine === 'list' ? 'look' : 'ship';
}
