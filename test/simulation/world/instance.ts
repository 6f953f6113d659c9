/**
 * One Lambda instance with the real handler in it: everything outside it is the simulated world, at
 * the seed's pace.
 */
import type { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createHandler, type Handler } from '../../../lib/commands/handler.ts';
import type { Runtime } from '../../../lib/commands/runtime.ts';
import { type FaultKind, type HttpAnswer, HttpError, type PostRequest } from '../../../lib/platform/http.ts';
import type { Clock, DynamoDb, Log, Outside } from '../../../lib/platform/outside.ts';
import { ssmSecret } from '../../../lib/platform/secrets.ts';
import { Table } from '../../../lib/state/table.ts';
import type { TableCommand } from '../../support/simulated-dynamodb.ts';
import type { Kind, Run } from '../judge/ledger.ts';
import type { Mishap, Service, Settings } from '../people/history.ts';
import { Effects, HTTP_MS } from './effects.ts';
import { TOKEN_URL } from './jumpcloud.ts';
import { JUMPCLOUD_PARAMETER, LOGZIO_PARAMETER } from './tokens.ts';
import { TABLE, type World } from './world.ts';

export type NoAnswer = 'no answer' | 'broken off';

/** Faults in which nothing reaches the service, and what the program is told of them. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  'no connection': 'ECONNREFUSED',
  'proxy refuses': 'PROXY_407',
  'no such name': 'ENOTFOUND',
};

/** One HTTP request on its way. */
export interface Exchange {
  readonly request: PostRequest;
  readonly fault: string | undefined;
}

export type Outcome =
  | { readonly kind: 'done'; readonly result: Record<string, unknown> }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'killed'; readonly why: string };

export interface Invocation {
  readonly name: string;
  readonly kind: Kind;
  readonly input: Readonly<Record<string, unknown>>;
  readonly lifeMs: number;
  readonly mishaps: readonly Mishap[];
}

/** What came of an effect, to be handed to the code that waits for it. */
type Settle = () => void;

const SSM_MS = 20;
const DYNAMODB_MS = 6;
const GZIP_MS = 3;

export class Instance {
  readonly name: string;
  readonly effects: Effects;
  run: Run | undefined;
  readonly settings: Settings;
  readonly #world: World;
  readonly #handle: Handler;
  readonly #started: number;
  #invocation: Invocation | undefined;
  #end: ((outcome: Outcome) => void) | undefined;

  constructor(world: World, name: string, settings: Settings) {
    this.#world = world;
    this.name = name;
    this.settings = settings;
    this.effects = new Effects(world, name);
    this.#started = world.now;
    const outside = this.#outside();
    const ssm = outside.ssm as SSMClient;
    const runtime: Runtime = {
      ...outside,
      config: world.configOf(settings, this.#now()),
      table: new Table(outside.dynamodb, TABLE),
      jumpcloudSecret: ssmSecret(ssm, JUMPCLOUD_PARAMETER),
      logzioSecret: ssmSecret(ssm, LOGZIO_PARAMETER),
      tokenUrl: TOKEN_URL,
      ...(world.plan.leaseMs !== undefined && { leaseMs: world.plan.leaseMs }),
    };
    this.#handle = createHandler(runtime);
  }

  get isBusy(): boolean {
    return this.#end !== undefined;
  }

  get now(): number {
    return this.#now();
  }

  /** Invokes the handler; resolves also when the instance is killed on the way. */
  invoke(invocation: Invocation): Promise<Outcome> {
    const world = this.#world;
    this.#invocation = invocation;
    const run = world.judge.begin(invocation, this);
    this.run = run;
    this.effects.invoke(invocation, run, (why) => this.#end?.({ kind: 'killed', why }));
    const over = world.scheduler.after(invocation.lifeMs, `${invocation.name} over`, () => this.effects.timeIsOver());
    return new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        if (this.#end !== end) return;
        this.#end = undefined;
        over.isCancelled = true;
        world.judge.end(run, outcome);
        resolve(outcome);
      };
      this.#end = end;
      const context = { getRemainingTimeInMillis: () => this.effects.remainingMs };
      this.#handle(invocation.input, context).then(
        (result) => end({ kind: 'done', result: { ...result } }),
        (error: Error) => end({ kind: 'failed', error }),
      );
    });
  }

  #now(): number {
    return Math.floor(this.#world.now + this.effects.skewMs);
  }

  #outside(): Outside {
    const random = { fraction: () => this.effects.chance.next(), uuid: () => this.#uuid() };
    const dynamodb = { send: (command: TableCommand) => this.#ask('DynamoDB', command) } as DynamoDb;
    const ssm = { send: (command: GetParameterCommand) => this.#ask('SSM', command) } as unknown as SSMClient;
    const copy = (bytes: Uint8Array | string) => Buffer.from(bytes as string);
    return {
      clock: this.#clock(),
      random,
      post: (request) => this.#post(request),
      dynamodb,
      ssm,
      // Sizes do not matter here: what is packed is what is unpacked.
      compression: {
        gzip: (bytes) => this.effects.later('gzip', GZIP_MS, () => copy(bytes)),
        gunzip: (bytes) => this.effects.later('gunzip', GZIP_MS, () => copy(bytes)),
      },
      log: this.#log(),
      metrics: {
        write: (metric) => {
          if (!this.effects.isDead) this.#world.judge.measured(metric, this);
        },
      },
    };
  }

  #log(): Log {
    const say = (message: string, fields: object) => {
      if (!this.effects.isDead) this.#world.judge.said(message, fields);
    };
    return { debug: say, info: say, warn: say, error: say };
  }

  #uuid(): string {
    const part = () => this.effects.chance.int(0, 0xffff_ffff).toString(16).padStart(8, '0');
    return `${part()}-${part()}-${part()}-${part()}`;
  }

  #clock(): Clock {
    const wait = (what: string) => (ms: number, signal?: AbortSignal) =>
      this.effects.later(what, ms, () => undefined, signal);
    return {
      now: () => this.#now(),
      elapsedMs: () => this.#world.now - this.#started,
      sleep: wait('sleep'),
      // Node keeps a signal that is listened to until it is aborted: the dead must end theirs.
      timer: (ms, signal) => {
        const time = wait('timer')(ms, signal);
        return this.effects.isDead ? time : Promise.race([time, this.effects.death]);
      },
      turn: () => this.effects.later('turn', 0, () => undefined),
    };
  }

  /** A request to AWS: on its way, applied, on its way back. */
  #ask(service: 'DynamoDB' | 'SSM', command: TableCommand | GetParameterCommand): Promise<unknown> {
    const what = `${service} ${command.constructor.name}`;
    return new Promise((resolve, reject) => {
      const isApplied = this.effects.begin(what);
      if (!isApplied) return;
      const fault = this.#fault(service);
      const run = this.run as Run;
      const ms = service === 'SSM' ? SSM_MS : DYNAMODB_MS;
      this.effects.reach(ms, what, isApplied, () => {
        let settle: Settle;
        try {
          const answer = this.#world.apply(command, fault, run);
          settle = () => resolve(answer);
        } catch (error) {
          settle = () => reject(error);
        }
        return () => void this.effects.wake(this.effects.delay(ms), `${what} answered`, settle);
      });
    });
  }

  #post(request: PostRequest): Promise<HttpAnswer> {
    const { signal } = request;
    const world = this.#world;
    const service = world.serviceAt(request.url);
    const what = `${service} ${new URL(request.url).pathname} ${request.body.length}`;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new HttpError('given up', 'not sent', false));
      const isApplied = this.effects.begin(what);
      if (!isApplied) return;
      const fault = this.#fault(service);
      const run = this.run as Run;
      const exchange = world.exchange(request, fault, run);
      let isOpen = true;
      const settle = (act: () => void) => {
        if (!isOpen) return;
        isOpen = false;
        signal.removeEventListener('abort', onAbort);
        cancelTimeout();
        act();
      };
      const fail = (reason: FaultKind, code: string, mayHaveArrived: boolean) =>
        settle(() => {
          exchange.told(undefined);
          reject(new HttpError(reason, code, mayHaveArrived));
        });
      const onAbort = () => {
        if (!this.effects.isDead) fail('given up', 'ABORTED', true);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const cancelTimeout = this.effects.wake(request.timeoutMs, `${what} timed out`, () =>
        fail('timed out', 'ETIMEDOUT in request', true),
      );
      const code = fault && NO_CONNECTION[fault];
      if (code)
        return void this.effects.wake(this.effects.delay(HTTP_MS), what, () => fail('no connection', code, false));
      this.effects.reach(HTTP_MS, what, isApplied, () => {
        const answer = exchange.answer();
        if (answer === 'no answer') return () => undefined;
        const back = () => {
          if (answer === 'broken off') return fail('broken off', 'ECONNRESET', true);
          if (answer.body.length > request.maxAnswerBytes) return fail('answer too large', 'too large', true);
          settle(() => {
            exchange.told(answer);
            resolve(answer);
          });
        };
        return () => void this.effects.wake(this.effects.delay(HTTP_MS), `${what} answered`, back);
      });
    });
  }

  #fault(service: Service): string | undefined {
    return this.#world.faultFor(service, `${this.#invocation?.name} ${this.effects.count}`, this.effects.chance);
  }
}
