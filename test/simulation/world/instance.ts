/** One Lambda instance with the real handler in it; all outside it is the simulated world. */
import type { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createHandler, type Handler } from '../../../lib/commands/handler.ts';
import { type FaultKind, type HttpAnswer, HttpError, type PostRequest } from '../../../lib/platform/http.ts';
import type { Clock, DynamoDb, Outside } from '../../../lib/platform/outside.ts';
import { ssmSecret } from '../../../lib/platform/secrets.ts';
import { Table } from '../../../lib/state/table.ts';
import type { TableCommand } from '../../support/simulated-dynamodb.ts';
import type { Kind, Run } from '../judge/ledger.ts';
import type { Service, Settings, Step } from '../people/history.ts';
import { Effects, HTTP_MS } from './effects.ts';
import { TOKEN_URL } from './jumpcloud.ts';
import { JUMPCLOUD_PARAMETER, LOGZIO_PARAMETER } from './tokens.ts';
import { TABLE, type World } from './world.ts';

/** Faults in which nothing reaches the service, and what the program is told of them. */
const NO_CONNECTION: Readonly<Record<string, string>> = {
  'no connection': 'ECONNREFUSED',
  'proxy refuses': 'PROXY_407',
  'no such name': 'ENOTFOUND',
};

export type Outcome =
  | { readonly kind: 'done'; readonly result: Record<string, unknown> }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'killed'; readonly why: string };

export interface Invocation extends Pick<Step, 'name' | 'lifeMs' | 'mishaps'> {
  readonly kind: Kind;
  readonly input: Readonly<Record<string, unknown>>;
}

const SSM_MS = 20;
const DYNAMODB_MS = 6;
const GZIP_MS = 3;

export class Instance {
  readonly name: string;
  readonly effects: Effects;
  readonly settings: Settings;
  run: Run | undefined;
  readonly #world: World;
  readonly #handle: Handler;
  readonly #started: number;
  #end: ((outcome: Outcome) => void) | undefined;

  constructor(world: World, name: string, settings: Settings) {
    this.#world = world;
    this.name = name;
    this.settings = settings;
    this.effects = new Effects(world, name);
    this.#started = world.now;
    const outside = this.#outside();
    const ssm = outside.ssm as SSMClient;
    this.#handle = createHandler({
      ...outside,
      config: world.configOf(settings, this.now),
      table: new Table(outside.dynamodb, TABLE),
      jumpcloudSecret: ssmSecret(ssm, JUMPCLOUD_PARAMETER),
      logzioSecret: ssmSecret(ssm, LOGZIO_PARAMETER),
      tokenUrl: TOKEN_URL,
      ...(world.plan.leaseMs !== undefined && { leaseMs: world.plan.leaseMs }),
    });
  }

  /** It can take another invocation. */
  get isFree(): boolean {
    return this.#end === undefined && !this.effects.isDead;
  }

  get now(): number {
    return Math.floor(this.#world.now + this.effects.skewMs);
  }

  /** Invokes the handler; resolves also when the instance is killed on the way. */
  invoke(invocation: Invocation): Promise<Outcome> {
    const { judge } = this.#world;
    const run = judge.ledger.begin(invocation, this, this.#world.now);
    this.run = run;
    const cancelTimeout = this.effects.begins(run, (why) => this.#end?.({ kind: 'killed', why }));
    return new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        if (this.#end !== end) return;
        this.#end = undefined;
        cancelTimeout();
        judge.end(run, outcome);
        resolve(outcome);
      };
      this.#end = end;
      this.#handle(invocation.input, { getRemainingTimeInMillis: () => this.effects.remainingMs }).then(
        (result) => end({ kind: 'done', result: { ...result } }),
        (error: Error) => end({ kind: 'failed', error }),
      );
    });
  }

  #outside(): Outside {
    const { effects } = this;
    const { judge } = this.#world;
    const copy = (bytes: Uint8Array | string) => Buffer.from(bytes as string);
    const log = (message: string, fields: object) =>
      void (effects.isDead || judge.keepsSecrets(message + JSON.stringify(fields)));
    return {
      clock: this.#clock(),
      random: { fraction: () => effects.chance.next(), uuid: () => this.#uuid() },
      post: (request) => this.#post(request),
      dynamodb: { send: (command: TableCommand) => this.#ask('DynamoDB', command) } as DynamoDb,
      ssm: { send: (command: GetParameterCommand) => this.#ask('SSM', command) } as unknown as SSMClient,
      // Sizes do not matter here: what is packed is what is unpacked.
      compression: {
        gzip: (bytes) => effects.later('gzip', GZIP_MS, () => copy(bytes)),
        gunzip: (bytes) => effects.later('gunzip', GZIP_MS, () => copy(bytes)),
      },
      log: { debug: log, info: log, warn: log, error: log },
      metrics: { write: (metric) => void (effects.isDead || judge.measured(metric, this)) },
    };
  }

  #uuid(): string {
    const part = () => this.effects.chance.int(0, 0xffff_ffff).toString(16).padStart(8, '0');
    return `${part()}-${part()}-${part()}-${part()}`;
  }

  #clock(): Clock {
    const { effects } = this;
    const wait = (what: string) => (ms: number, signal?: AbortSignal) =>
      effects.later(what, ms, () => undefined, signal);
    return {
      now: () => this.now,
      elapsedMs: () => this.#world.now - this.#started,
      sleep: wait('sleep'),
      // Node keeps a signal that is listened to until it is aborted: the dead must end theirs.
      timer: (ms, signal) => {
        const time = wait('timer')(ms, signal);
        return effects.isDead ? time : Promise.race([time, effects.death.promise]);
      },
      turn: () => wait('turn')(0),
    };
  }

  /** A request to AWS: on its way, applied, on its way back. */
  #ask(service: 'DynamoDB' | 'SSM', command: TableCommand | GetParameterCommand): Promise<unknown> {
    const what = `${service} ${command.constructor.name}`;
    return new Promise((resolve, reject) => {
      const isApplied = this.effects.begin(what);
      if (!isApplied) return;
      const { fault, run } = this.#request(service);
      this.effects.reach(service === 'SSM' ? SSM_MS : DYNAMODB_MS, what, isApplied, () => {
        try {
          const answer = this.#world.apply(command, fault, run);
          return () => resolve(answer);
        } catch (error) {
          return () => reject(error);
        }
      });
    });
  }

  #post(request: PostRequest): Promise<HttpAnswer> {
    const { signal } = request;
    const { effects } = this;
    const service = this.#world.serviceAt(request.url);
    const what = `${service} ${new URL(request.url).pathname} ${request.body.length}`;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new HttpError('given up', 'not sent', false));
      const isApplied = effects.begin(what);
      if (!isApplied) return;
      const { fault, run } = this.#request(service);
      const exchange = this.#world.exchange(request, fault, run);
      let isOpen = true;
      const settle = (answer: HttpAnswer | undefined, act: () => void) => {
        if (!isOpen) return;
        isOpen = false;
        signal.removeEventListener('abort', onAbort);
        cancelTimeout();
        exchange.told(answer);
        act();
      };
      const fail = (reason: FaultKind, code: string, mayHaveArrived = true) =>
        settle(undefined, () => reject(new HttpError(reason, code, mayHaveArrived)));
      const onAbort = () => void (effects.isDead || fail('given up', 'ABORTED'));
      signal.addEventListener('abort', onAbort, { once: true });
      const timedOut = () => fail('timed out', 'ETIMEDOUT in request');
      const cancelTimeout = effects.wake(request.timeoutMs, `${what} timed out`, timedOut);
      const code = NO_CONNECTION[fault];
      if (code) {
        effects.wake(effects.delay(HTTP_MS), what, () => fail('no connection', code, false));
        return;
      }
      effects.reach(HTTP_MS, what, isApplied, () => {
        const answer = exchange.answer();
        if (answer === 'no answer') return undefined;
        if (answer === 'broken off') return () => fail('broken off', 'ECONNRESET');
        if (answer.body.length > request.maxAnswerBytes) return () => fail('answer too large', 'too large');
        return () => settle(answer, () => resolve(answer));
      });
    });
  }

  /** The effect that has just begun is a request of a run, and may fail. */
  #request(service: Service): { fault: string; run: Run } {
    const run = this.run as Run;
    const { count, chance } = this.effects;
    return { run, fault: this.#world.faultFor(service, `${run.invocation.name} ${count}`, chance) };
  }
}
