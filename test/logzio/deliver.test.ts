/** How a bulk reaches Logz.io: sent again, split, given up, and what is said of it meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Bulk, Packer } from '../../lib/logzio/bulk.ts';
import { createDeliver, type DeliveryEvents } from '../../lib/logzio/deliver.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { type HttpAnswer, HttpError, type Post, type PostRequest, type RequestTrace } from '../../lib/platform/http.ts';
import { system } from '../../lib/platform/outside.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const TOOK_MS = 7;
const refusesHalf = '{"successfulLines":1,"malformedLines":1}';

function bulkOf(...lines: string[]): Bulk {
  const packer = new Packer();
  for (const line of lines) {
    const received = { text: line, brokenBytes: undefined };
    packer.add({ fingerprint: line, at: NOON, received, shortened: false, dated: true }, line);
  }
  const bulk = packer.flush();
  assert.ok(bulk);
  return bulk;
}

type Reply = number | { readonly status: number; readonly body: string } | Error;

/** Delivers a bulk to a Logz.io that gives these replies, one after the other, and then 200. */
async function deliver(replies: readonly Reply[], bulks: readonly Bulk[] = [bulkOf('one', 'two')], isHeard = true) {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 10 * 60_000);
  const [requests, traces, said]: [PostRequest[], RequestTrace[], string[]] = [[], [], []];
  let forgotten = 0;
  const post: Post = async (request) => {
    clock.advance(TOOK_MS);
    const reply = replies[requests.length] ?? 200;
    requests.push(request);
    if (reply instanceof Error) throw reply;
    const answer = typeof reply === 'number' ? { status: reply, body: '' } : reply;
    return { ...answer, headers: {}, body: Buffer.from(answer.body) } satisfies HttpAnswer;
  };
  const token = {
    name: '/logzio-token',
    read: async () => (forgotten === 0 ? 'to ken' : 'new'),
    forget: () => forgotten++,
  };
  const options = { ...{ clock, random: { fraction: () => 0.5, uuid: () => '' } }, compression: system.compression };
  const deliverBulk = createDeliver({
    ...{ ...options, url: 'https://listener', type: 'jump cloud', post },
    token: token as unknown as Parameters<typeof createDeliver>[0]['token'],
    ...(isHeard && { onRequest: (trace: RequestTrace) => traces.push(trace) }),
  });
  const names = (records: Bulk['records']) => records.map(({ received }) => received.text).join('+');
  const events: DeliveryEvents = {
    onSent: (bytes, gzippedBytes) => said.push(`sent ${bytes}, ${gzippedBytes > 20}`),
    onRetry: ({ message }) => said.push(`retry: ${message.slice(0, 27)}`),
    onAcknowledged: (records) => said.push(`acknowledged ${names(records)}`),
    onPossibleRepeat: (lines) => said.push(`may repeat ${lines}`),
  };
  const deliveries = await Promise.all(bulks.map((bulk) => deliverBulk(bulk, deadline, isHeard ? events : {})));
  const [first] = deliveries;
  assert.ok(first);
  return {
    ...{ deliveries, requests, traces, said, forgotten, deadline },
    acknowledged: names(first.acknowledged),
    refused: first.refused.map(({ records, reason, taken }) => `${names(records)}, ${taken} taken: ${reason}`),
    failure: first.failure instanceof Error ? first.failure.message : first.failure,
    hasFailed: 'failure' in first,
  };
}

test('a bulk goes out gzipped, with the token and the type in the address, and is acknowledged', async () => {
  const { requests, traces, said, acknowledged, refused, hasFailed } = await deliver([]);
  assert.deepEqual({ acknowledged, refused, hasFailed }, { acknowledged: 'one+two', refused: [], hasFailed: false });
  const [request] = requests;
  assert.ok(request && requests.length === 1);
  assert.equal(request.url, 'https://listener/?token=to%20ken&type=jump%20cloud');
  assert.deepEqual(request.headers, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  assert.equal(gunzipSync(request.body as Buffer).toString(), 'one\ntwo\n');
  assert.deepEqual(said, ['sent 8, true', 'acknowledged one+two']);
  const bytes = request.body.length;
  assert.deepEqual(traces, [
    { to: 'Logz.io', method: 'POST', path: '/', status: 200, tookMs: TOOK_MS, bytes, events: 2 },
  ]);
});

test('a bulk may take thirty seconds and a short answer, and is given up when the deadline is near', async () => {
  const { requests, deadline } = await deliver([]);
  const { timeoutMs, maxAnswerBytes, signal } = requests[0] ?? assert.fail();
  assert.deepEqual({ timeoutMs, maxAnswerBytes }, { timeoutMs: 30_000, maxAnswerBytes: 1024 * 1024 });
  assert.equal(signal, deadline.giveUp);
});

test('a status that may pass is met again; where lines may have been taken, they are counted', async () => {
  const busy = await deliver([503]);
  assert.deepEqual(busy.said, [
    'sent 8, true',
    'retry: Logz.io POST /: status 503;',
    'sent 8, true',
    'acknowledged one+two',
  ]);
  const broken = await deliver([500]);
  assert.deepEqual(broken.said.slice(0, 3), ['sent 8, true', 'may repeat 2', 'retry: Logz.io POST /: status 500;']);
  assert.equal(broken.acknowledged, 'one+two');
});

test('a status that does not pass is the failure, and nothing is acknowledged', async () => {
  const { failure, acknowledged, refused, requests } = await deliver([403]);
  assert.match(String(failure), /^Logz\.io POST \/: status 403; it refuses this account/);
  assert.deepEqual(
    { acknowledged, refused, requests: requests.length },
    { acknowledged: '', refused: [], requests: 1 },
  );
});

test('a request without an answer is traced, sent again where that may help, and counted where it may have arrived', async () => {
  const lost = await deliver([new HttpError('broken off', 'ECONNRESET', true)]);
  assert.equal(lost.acknowledged, 'one+two');
  assert.deepEqual(lost.said.slice(0, 2), ['may repeat 2', 'retry: Logz.io POST /: broken off ']);
  assert.equal(lost.traces[0]?.status, 'broken off (ECONNRESET)');
  const refused = await deliver([new HttpError('no connection', 'ECONNREFUSED', false)]);
  assert.ok(!refused.said.includes('may repeat 2'));
  assert.equal(refused.acknowledged, 'one+two');
});

test('an error that is not the HTTP client’s is the failure as it is', async () => {
  const error = new Error('a bug');
  const { deliveries, requests, traces } = await deliver([error]);
  assert.equal(deliveries[0]?.failure, error);
  assert.deepEqual({ requests: requests.length, traces }, { requests: 1, traces: [] });
});

test('after a 401 a bulk is sent once more with the token read again, without counting it as a retry', async () => {
  const { requests, forgotten, said, acknowledged } = await deliver([401]);
  assert.deepEqual({ forgotten, acknowledged }, { forgotten: 1, acknowledged: 'one+two' });
  assert.equal(requests[1]?.url, 'https://listener/?token=new&type=jump%20cloud');
  assert.deepEqual(said, ['sent 8, true', 'sent 8, true', 'acknowledged one+two']);
});

test('a second 401 is the failure; of several bulks only the first has the token read again', async () => {
  const twice = await deliver([401, 401]);
  assert.match(String(twice.failure), /status 401; it does not accept the token.*\/logzio-token/);
  assert.deepEqual({ requests: twice.requests.length, forgotten: twice.forgotten }, { requests: 2, forgotten: 1 });
  const both = await deliver([401, 401, 401, 401], [bulkOf('one'), bulkOf('two')]);
  assert.deepEqual({ requests: both.requests.length, forgotten: both.forgotten }, { requests: 4, forgotten: 1 });
});

test('a 401 after a time in which Logz.io was busy reads the token again all the same', async () => {
  const { forgotten, acknowledged } = await deliver([503, 401]);
  assert.deepEqual({ forgotten, acknowledged }, { forgotten: 1, acknowledged: 'one+two' });
});

test('a bulk that took only some lines is refused whole, with how many it took', async () => {
  const { refused, acknowledged, said, hasFailed } = await deliver([{ status: 400, body: refusesHalf }]);
  assert.deepEqual(refused, ['one+two, 1 taken: Logz.io answered 400: took 1 of 2 lines (malformedLines 1)']);
  assert.deepEqual({ acknowledged, said, hasFailed }, { acknowledged: '', said: ['sent 8, true'], hasFailed: false });
});

test('a bulk that is too large is halved, and each half counts as soon as it is acknowledged', async () => {
  const { said, acknowledged, refused, hasFailed } = await deliver([413], [bulkOf('one', 'two', 'three')]);
  assert.deepEqual(
    { acknowledged, refused, hasFailed },
    { acknowledged: 'one+two+three', refused: [], hasFailed: false },
  );
  const sent = ['sent 14, true', 'sent 8, true', 'acknowledged one+two', 'sent 6, true', 'acknowledged three'];
  assert.deepEqual(said, sent);
});

test('of a halved bulk the second half is not sent where the first failed', async () => {
  const { requests, acknowledged, failure } = await deliver([413, 403]);
  assert.equal(requests.length, 2);
  assert.match(String(failure), /status 403/);
  assert.equal(acknowledged, '');
});

test('of a halved bulk the first half stays acknowledged, or refused, whatever becomes of the second', async () => {
  const failed = await deliver([413, 200, 403]);
  assert.equal(failed.acknowledged, 'one');
  assert.match(String(failed.failure), /status 403/);
  const refused = await deliver([413, { status: 400, body: '{"successfulLines":0}' }, 200]);
  assert.deepEqual(refused.refused, ['one, 0 taken: Logz.io answered 400: took 0 of 1 lines (no fault named)']);
  assert.equal(refused.acknowledged, 'two');
});

test('a single line that is too large is refused, not sent again, and says how large it was', async () => {
  const { acknowledged, refused, requests, hasFailed } = await deliver([413], [bulkOf('alone')]);
  assert.equal(acknowledged, '');
  assert.deepEqual(refused, ['alone, 0 taken: Logz.io answered 413 to a single line of 6 bytes']);
  assert.deepEqual({ requests: requests.length, hasFailed }, { requests: 1, hasFailed: false });
});

test('nobody has to listen to what becomes of a bulk', async () => {
  const lost = new HttpError('broken off', 'ECONNRESET', true);
  const { acknowledged, said, traces } = await deliver([lost, 500, 413], undefined, false);
  assert.deepEqual({ acknowledged, said, traces }, { acknowledged: 'one+two', said: [], traces: [] });
});
