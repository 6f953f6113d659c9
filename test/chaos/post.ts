/** HTTP as one instance has it: real requests to the stand-ins, each with the fate that its seed holds for it. */
import { createPost, type HttpAnswer, HttpError, type Post, type PostRequest } from '../../lib/platform/http.ts';
import type { Fault } from '../../simulators/faults.ts';
import { type Fate, linesOf, REQUEST_HEADER } from './cloud.ts';
import { hangs, jumpcloudFault, logzioFault } from './faults.ts';
import type { Instance } from './instance.ts';
import type { Send } from './ledger.ts';
import { Chance } from './random.ts';
import { drawSpoilage, type Spoilage, spoil } from './spoil.ts';
import { tagOf } from './truth.ts';
import { Whims } from './whims.ts';

/** Where a client can only time out, it does so soon; everywhere else a time-out would be a fault that nobody ordered. */
const HANG_REAL_MS = 120;
const PATIENT_REAL_MS = 30_000;
/** Headers that a proxy, or JumpCloud on a bad day, may leave out. */
const LOSABLE_HEADERS = ['x-limit', 'x-result-count', 'x-search_after', 'date'];

const ALMOST_A_SECOND_MS = 999;

const realPost = createPost();
let requests = 0;

export function heardPost(instance: Instance): Post {
  const attempts = new Map<string, number>();
  const whims = new Whims(instance);
  return async (request) => {
    const { stage, course, gate } = instance;
    const isLogzio = request.url.startsWith(stage.cloud.logzio.url);
    const lines = isLogzio && Buffer.isBuffer(request.body) ? linesOf(request.body) : [];
    const tags = lines.map((line) => tagOf(line) ?? `unknown: ${line.slice(0, 200)}`);
    const subject = `${course.name} ${isLogzio ? tags.join() : 'JumpCloud'}`;
    const attempt = (attempts.get(subject) ?? 0) + 1;
    attempts.set(subject, attempt);
    const chance = new Chance(stage.plan.seed, subject, attempt);
    const spoilage = isLogzio ? spoilageFor(instance, chance, tags.length) : undefined;
    const send = isLogzio ? sendOf(instance, tags, spoilage) : undefined;
    const { fate, lost } = drawFate(instance, chance, send, request.signal);
    const fault = fate.fault?.kind === 'answer' ? fate.fault.status : fate.fault?.kind;
    const body = spoilage && Buffer.isBuffer(request.body) ? spoil(request.body, spoilage) : request.body;
    try {
      const answer = await gate.pass(async () => {
        instance.stepClock();
        const plain = await makeRequest(instance, { ...request, body }, fate);
        return isLogzio ? plain : whims.applyTo(plain, `${course.name} ${request.headers['x-org-id']}`, chance);
      });
      const said = isLogzio ? tags.join(' ') : describePage(answer);
      stage.trace(
        `${course.name} ${isLogzio ? 'Logz.io' : 'JumpCloud'} ${answer.status} (${spoilage ? 'spoilt' : (fault ?? 'no fault')}) ${said}`,
      );
      if (send) stage.ledger.tell(send, toldBy(answer, tags.length));
      if (spoilage && answer.status === 400) stage.count('bulks taken in part');
      return {
        ...answer,
        headers: Object.fromEntries(Object.entries(answer.headers).filter(([name]) => name !== lost)),
      };
    } catch (error) {
      stage.trace(
        `${course.name} ${isLogzio ? 'Logz.io' : 'JumpCloud'} ${error} (${fault ?? 'no fault'}) ${tags.join(' ')}`,
      );
      if (send) stage.ledger.tell(send, 'unclear');
      throw error;
    }
  };
}

async function makeRequest(instance: Instance, request: PostRequest, fate: Fate): Promise<HttpAnswer> {
  const { cloud, time } = instance.stage;
  const name = String(++requests);
  instance.lostMs += fate.answerWaitsMs;
  cloud.decide(name, fate);
  try {
    return await realPost({
      ...request,
      body: instance.stage.plan.narrows ? narrowed(request.body) : request.body,
      headers: { ...request.headers, [REQUEST_HEADER]: name },
      timeoutMs: hangs(fate.fault) ? HANG_REAL_MS : PATIENT_REAL_MS,
    });
  } catch (error) {
    if (error instanceof HttpError && error.reason === 'timed out') await time.pass(request.timeoutMs, request.signal);
    throw error;
  }
}

function drawFate(
  instance: Instance,
  chance: Chance,
  send: Send | undefined,
  signal: AbortSignal,
): { fate: Fate; lost: string | undefined } {
  const { rates } = instance.stage.plan;
  const { troubled } = instance.stage.cloud.state;
  const slow = () => (troubled && chance.happens(rates.slow) ? chance.int(2_000, 100_000) : chance.int(5, 300));
  // A replay sends little: what goes wrong with it has to go wrong more often.
  const logzio = instance.course.input.quarantine === 'replay' ? rates.logzio * 3 : rates.logzio;
  const strikes = troubled && !send?.spoilt.size && chance.happens(send ? logzio : rates.jumpcloud);
  const fault: Fault | undefined = send ? logzioFault(chance, send.tags.length) : jumpcloudFault(chance);
  const mayLose = troubled && !send && chance.happens(rates.jumpcloud);
  const lost = mayLose ? chance.pick(LOSABLE_HEADERS) : undefined;
  return {
    fate: { fault: strikes ? fault : undefined, onTheWayMs: slow(), answerWaitsMs: slow(), send, signal },
    lost: lost === 'date' && !instance.clockIsHonest ? undefined : lost,
  };
}

/** The query as a server takes it that rounds by more than it should. */
function narrowed(body: PostRequest['body']): PostRequest['body'] {
  if (typeof body !== 'string') return body;
  const move = (ms: number) => (_: string, name: string, time: string) =>
    `"${name}":"${new Date(Date.parse(time) + ms).toISOString()}"`;
  return body
    .replace(/"(start_time)":"([^"]*)"/, move(ALMOST_A_SECOND_MS))
    .replace(/"(end_time)":"([^"]*)"/, move(-ALMOST_A_SECOND_MS));
}

/** @returns which lines are spoilt on their way; undefined for none, as nearly always */
function spoilageFor({ stage }: Instance, chance: Chance, lines: number): Spoilage | undefined {
  const isSpoilt = stage.cloud.state.troubled && chance.happens(stage.plan.rates.spoilt);
  return isSpoilt ? drawSpoilage(chance, lines) : undefined;
}

function sendOf(instance: Instance, tags: readonly string[], spoilage: Spoilage | undefined): Send {
  const { truth, ledger, cloud } = instance.stage;
  const organization = truth.withTag(tags[0] ?? '')[0]?.organization ?? cloud.organizations[0] ?? '';
  return ledger.send(instance.runOf(organization), tags, spoilage?.keys());
}

/** As the listener's documentation reads; not with the product's code. */
function toldBy({ status, body }: HttpAnswer, lines: number): Send['told'] {
  if (status === 200) return 'acknowledged';
  if (status === 400) return body.toString().includes(`"successfulLines":${lines},`) ? 'acknowledged' : 'refused';
  return status >= 500 ? 'unclear' : 'refused';
}

function describePage({ headers, body }: HttpAnswer): string {
  const tags = body.toString('latin1').match(/tag-\d+-x/g) ?? [];
  const shown = tags.length > 60 ? `${tags.length} events` : tags.join(' ');
  return `count ${headers['x-result-count']} limit ${headers['x-limit']} date ${headers.date}: ${shown}`;
}
