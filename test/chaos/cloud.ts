/** The world of one history: JumpCloud, Logz.io and AWS on loopback, each with its habits, its faults and its bad hours. */
import { gunzipSync } from 'node:zlib';
import { startAws } from '../../simulators/aws.ts';
import { type Fault, isApplied } from '../../simulators/faults.ts';
import { STAND_IN_ORGANIZATION, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { startLogzio } from '../../simulators/logzio.ts';
import type { StandInRequest } from '../../simulators/server.ts';
import { dynamodbFault, ssmFault } from './faults.ts';
import type { Send } from './ledger.ts';
import type { Plan } from './plan.ts';
import { Chance } from './random.ts';
import type { SimulatedTime } from './time.ts';

export const TABLE = 'chaos';
export const JUMPCLOUD_PARAMETER = '/jumpcloud-logzio/jumpcloud-token';
export const LOGZIO_PARAMETER = '/jumpcloud-logzio/logzio-token';
/** Names a request, so that the stand-in knows what was decided for it when it was made. */
export const REQUEST_HEADER = 'x-chaos';
const CLIENT_ID = 'chaos-client';

/** What was decided for one request before it was made. */
export interface Fate {
  readonly fault: Fault | undefined;
  /** How long it is on its way, and how long the answer waits after the work is done. */
  readonly onTheWayMs: number;
  readonly answerWaitsMs: number;
  /** Where a bulk is noted down as taken. */
  readonly send: Send | undefined;
  /** The client does not wait any longer. */
  readonly signal: AbortSignal;
}

export type Cloud = Awaited<ReturnType<typeof startCloud>>;

export async function startCloud(plan: Plan, time: SimulatedTime) {
  const tokens = { jumpcloud: 'jumpcloud-token-0', logzio: 'logzioShippingToken0' };
  const organizations = plan.organizations.length > 0 ? plan.organizations : [STAND_IN_ORGANIZATION];
  const fates = new Map<string, Fate>();
  const state = {
    /** Faults strike. */
    troubled: true,
    jumpcloudDownUntil: 0,
    logzioDownUntil: 0,
    /** So many of DynamoDB's next requests fail. */
    dynamodbFailing: 0,
    /** Called when a request arrives from a child process, which has no fate. */
    onForeignRequest: (_request: StandInRequest): void => undefined,
    /** Called for each question to JumpCloud: the place for events that become visible between pages, or while an answer waits. */
    onQuestion: (_answerWaitsMs: number): void => undefined,
  };
  let answerWaitsMs = 0;

  const jumpcloud = await startJumpcloud({
    clock: time.now,
    order: plan.order,
    endInclusive: plan.endInclusive,
    roundTimesToSeconds: plan.rounding,
    limitCap: plan.limitCap,
    tokenUnit: plan.tokenUnit,
    headerCase: plan.headerCase,
    omitHeaders: plan.missingHeaders,
    accessTokenSeconds: 900,
    async onRequest(request) {
      const fate = fateOf(request);
      if (fate === undefined) return void state.onForeignRequest(request);
      await time.pass(fate.onTheWayMs, fate.signal);
      state.onQuestion(fate.answerWaitsMs);
      answerWaitsMs = fate.answerWaitsMs;
      if (state.troubled && time.now() < state.jumpcloudDownUntil) return { kind: 'answer', status: 503 };
      return fate.fault;
    },
  });
  // Read by the stand-in after its work, before it writes `Date`: an answer that waits is dated later than it was found.
  Object.defineProperty(jumpcloud.settings, 'latencyMs', {
    get: () => {
      time.jump(answerWaitsMs);
      answerWaitsMs = 0;
      return 0;
    },
  });

  const logzio = await startLogzio({
    clock: time.now,
    judge: false,
    tokens: [tokens.logzio],
    async onRequest(request) {
      const fate = fateOf(request);
      if (fate === undefined) return void state.onForeignRequest(request);
      await time.pass(fate.onTheWayMs, fate.signal);
      const isDown = state.troubled && time.now() < state.logzioDownUntil;
      const fault: Fault | undefined = isDown ? { kind: 'answer', status: 503 } : fate.fault;
      const isWelcome = logzio.settings.tokens.includes(request.query.get('token') ?? '');
      // Who is not welcome is told so: no listener takes a bulk, or says it did, before it has looked at the token.
      if (!isWelcome && fault && isApplied(fault)) return undefined;
      if (fate.send) fate.send.taken = isWelcome && (fault === undefined || isApplied(fault));
      return fault;
    },
  });

  // On real time: the AWS clients compare its `Date` with this machine's clock.
  const aws = await startAws({ table: TABLE });
  const chances = { dynamodb: new Chance(plan.seed, 'dynamodb'), ssm: new Chance(plan.seed, 'ssm') };
  aws.dynamoDb.settings.onRequest = (request) => {
    if (!state.troubled) return undefined;
    if (isForeign(request)) return void state.onForeignRequest(request);
    if (state.dynamodbFailing > 0) {
      state.dynamodbFailing--;
      return dynamodbFault(chances.dynamodb);
    }
    if (mayBeStale(request) && chances.dynamodb.happens(STALE_READS)) return STALE_ANSWER;
    return chances.dynamodb.happens(plan.rates.dynamodb) ? dynamodbFault(chances.dynamodb) : undefined;
  };
  aws.ssm.settings.onRequest = (request) => {
    if (!state.troubled || isForeign(request)) return undefined;
    return chances.ssm.happens(plan.rates.ssm) ? ssmFault(chances.ssm) : undefined;
  };

  function fateOf(request: StandInRequest): Fate | undefined {
    const name = String(request.headers[REQUEST_HEADER] ?? '');
    const fate = fates.get(name);
    fates.delete(name);
    return fate;
  }

  function acceptJumpcloud(): void {
    jumpcloud.settings.apiKeys = { [tokens.jumpcloud]: { organizations, multiTenant: plan.organizations.length > 0 } };
    jumpcloud.settings.serviceAccounts = { [CLIENT_ID]: { clientSecret: tokens.jumpcloud, organizations } };
    jumpcloud.revokeTokens();
  }

  function storeTokens(): void {
    aws.ssm.put(LOGZIO_PARAMETER, tokens.logzio);
    aws.ssm.put(JUMPCLOUD_PARAMETER, plan.serviceAccount ? `${CLIENT_ID}:${tokens.jumpcloud}` : tokens.jumpcloud);
  }

  acceptJumpcloud();
  storeTokens();

  return {
    state,
    jumpcloud,
    logzio,
    aws,
    organizations,
    tokens: () => [tokens.jumpcloud, tokens.logzio],
    /** Where the stand-in files an organization's events. */
    add(events: Parameters<typeof jumpcloud.add>[0], organization: string) {
      jumpcloud.add(events, organization);
    },
    /** The other sides take only new tokens from now on; SSM has the old ones until `storeTokens`. */
    rotateTokens(round: number): void {
      tokens.jumpcloud = `jumpcloud-token-${round}`;
      tokens.logzio = `logzioShippingToken${round}`;
      logzio.settings.tokens = [tokens.logzio];
      acceptJumpcloud();
    },
    storeTokens,
    decide(name: string, fate: Fate): void {
      fates.set(name, fate);
    },
    async close(): Promise<void> {
      await Promise.all([jumpcloud.close(), logzio.close(), aws.close()]);
    },
  };
}

/** The lines of a bulk's body. */
export function linesOf(body: Buffer): string[] {
  return gunzipSync(body).toString().trimEnd().split('\n');
}

/** A read that does not ask for consistency may not see what was just written. */
function mayBeStale(request: StandInRequest): boolean {
  const isRead = /\.(Query|GetItem)$/.test(String(request.headers['x-amz-target']));
  return isRead && !/"ConsistentRead":\s*true/.test(request.body.toString());
}

const STALE_READS = 0.3;
const STALE_ANSWER: Fault = {
  kind: 'answer',
  status: 200,
  headers: { 'Content-Type': 'application/x-amz-json-1.0' },
  body: '{"Items":[],"Count":0,"ScannedCount":0}',
};

/** A child process asks under a key of its own. */
export const CHILD_KEY = 'chaoschild';

function isForeign(request: StandInRequest): boolean {
  return String(request.headers.authorization).includes(` Credential=${CHILD_KEY}/`);
}
