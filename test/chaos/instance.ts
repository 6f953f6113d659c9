/** One instance of the function, the real handler in it, whose every word to the world is heard, delayed, broken or cut off. */
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createHandler } from '../../functions/handler.ts';
import type { Runtime } from '../../functions/runtime.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import type { Config } from '../../lib/config.ts';
import { ssmSecret } from '../../lib/secrets.ts';
import { createDynamoDb } from '../../lib/table.ts';
import { type Cloud, JUMPCLOUD_PARAMETER, LOGZIO_PARAMETER, TABLE } from './cloud.ts';
import { Gate, type Stop } from './gate.ts';
import type { Ledger, Run } from './ledger.ts';
import type { Plan, Settings } from './plan.ts';
import { heardPost } from './post.ts';
import { type QuarantineWrite, quarantineWrites } from './quarantine-writes.ts';
import { quickRetries } from './quick-retries.ts';
import { InstanceClock, type SimulatedTime } from './time.ts';
import type { Truth } from './truth.ts';

/** What all instances of a history share. */
export interface Stage {
  readonly plan: Plan;
  readonly time: SimulatedTime;
  readonly cloud: Cloud;
  readonly truth: Truth;
  readonly ledger: Ledger;
  /** Every line that was logged. */
  readonly said: string[];
  readonly trace: (text: string) => void;
  /** Quarantine entries that are in the table for certain. */
  readonly entries: Set<string>;
  readonly streamOf: (organization: string) => string;
}

/** How one invocation is to go. */
export interface Course {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly lifeMs: number;
  readonly stop?: Stop;
  /** The clock steps at this call. */
  readonly clockStep?: { readonly call: number; readonly toSkewMs: number };
}

export type Outcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'stopped' };

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
    this.#listen(this.#dynamodb, (command) => this.#heardDynamodb(command));
    this.#listen(this.#ssm, () => undefined);
    const runtime: Runtime = {
      config: configure(stage.plan, stage.cloud, settings, this.clock.now()),
      clock: this.clock,
      dynamodb: this.#dynamodb,
      table: TABLE,
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
    this.gate.thaw();
    return await this.#endOr(new Promise(() => undefined));
  }

  /** It never comes back: what it sent and did not save may be repeated. */
  excuse(reason: string): void {
    for (const run of this.#runs.values()) run.excuses.add(reason);
  }

  /** The organizations whose streams this invocation took: it saved, or sent something. */
  taken(): string[] {
    return [...this.#runs].filter(([, { sends, saves }]) => sends.length + saves.length > 0).map(([name]) => name);
  }

  destroy(): void {
    this.#dynamodb.destroy();
    this.#ssm.destroy();
  }

  /** The run of this invocation for one organization's stream. */
  runOf(organization: string): Run {
    const found = this.#runs.get(organization);
    if (found) return found;
    const run = this.stage.ledger.run(`${this.course.name} ${organization}`, this.settings.limit);
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

  /** Every command of an AWS client passes the gate. */
  #listen(
    client: { send: unknown },
    hear: (command: { input: object; constructor: { name: string } }) => Hearing | undefined,
  ): void {
    const send = (client.send as (command: unknown, ...rest: unknown[]) => Promise<unknown>).bind(client);
    client.send = async (command: { input: object; constructor: { name: string } }, ...rest: unknown[]) => {
      const hearing = hear(command);
      const begun = this.stage.time.now();
      try {
        const answer = await this.gate.pass(async () => {
          this.stepClock();
          hearing?.begun?.();
          await this.stage.time.pass(3);
          return await send(command, ...rest);
        });
        hearing?.done?.();
        this.lostMs += this.stage.time.now() - begun;
        return answer;
      } catch (error) {
        this.stage.trace(`${this.course.name} ${command.constructor.name} failed: ${error}`);
        this.lostMs += this.stage.time.now() - begun;
        hearing?.failed?.(error);
        throw error;
      }
    };
  }

  stepClock(): void {
    const { clockStep } = this.course;
    if (clockStep && this.gate.calls >= clockStep.call) this.clock.skewMs = clockStep.toSkewMs;
  }

  #heardDynamodb(command: { input: object; constructor: { name: string } }): Hearing | undefined {
    const { ledger, entries, trace } = this.stage;
    const input = command.input as { Key?: Key; Item?: Key; ReturnValues?: string };
    const key = input.Key ?? input.Item;
    const organization = this.#organizationOf(key?.stream?.S);
    if (organization === undefined) return undefined;
    const run = this.runOf(organization);
    const failed = (error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) run.excuses.add('DynamoDB failed');
    };
    const write: QuarantineWrite | undefined = quarantineWrites(this, command);
    if (write) {
      const isNew = !entries.has(write.entry);
      return {
        failed,
        done: () => {
          entries.add(write.entry);
          if (!isNew) return;
          const send = ledger.send(run, write.tags);
          send.taken = true;
          ledger.tell(send, 'acknowledged');
          trace(`${this.course.name} put aside ${write.tags.join(' ')}`);
        },
      };
    }
    const isSave = command.constructor.name === 'UpdateItemCommand' && key?.item?.S === 'checkpoint';
    if (!isSave || input.ReturnValues !== undefined) return { failed };
    const save = { begun: 0, done: 0 };
    return {
      begun: () => {
        save.begun = ledger.tick();
      },
      done: () => {
        save.done = ledger.tick();
        run.saves.push(save);
      },
      failed: (error) => {
        failed(error);
        if (error instanceof ConditionalCheckFailedException) run.excuses.add('lost its lease');
      },
    };
  }

  #organizationOf(stream: string | undefined): string | undefined {
    if (stream === undefined) return undefined;
    return stream === 'live#default' ? this.stage.cloud.organizations[0] : stream.slice('live#'.length);
  }
}

interface Key {
  readonly stream?: { readonly S?: string };
  readonly item?: { readonly S?: string };
}

interface Hearing {
  readonly begun?: () => void;
  readonly done?: () => void;
  readonly failed?: (error: unknown) => void;
}

/** The configuration as it would be read from `config.yaml`. */
export function configure(
  plan: Plan,
  cloud: { jumpcloud: { url: string }; logzio: { url: string } },
  settings: Settings,
  now: number,
): Config {
  const { limit, latenessMinutes, lagSeconds } = settings;
  return parseConfig(
    {
      logzio: { url: cloud.logzio.url },
      output: { shape: plan.shape },
      jumpcloud_api: {
        url: cloud.jumpcloud.url,
        start_date: plan.startDate,
        credentials: {
          type: plan.serviceAccount ? 'service_account' : 'api_key',
          ...(plan.organizations.length > 0 && { org_ids: plan.organizations }),
        },
        settings: { limit, allowed_lateness: latenessMinutes, source_lag: lagSeconds },
      },
    },
    {},
    now,
  ).config;
}
