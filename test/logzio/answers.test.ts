/**
 * Every answer of Logz.io, in whole runs: what is sent again, what never is, and what the message
 * advises.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { type Fault, htmlBadGateway, redirectTo, tooManyRequests } from '../../simulators/faults.ts';
import { assertArrivedOnce, numbered, repeats } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const PARAMETER = '/jumpcloud-logzio/logzio-token';
const answer = (status: number, body = ''): Fault => ({ kind: 'answer', status, body });
const IDS = numbered(4);

async function startWithEvents(ids = IDS): Promise<World> {
  const world = await startWorld();
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 5 * MINUTE_MS + index, id)));
  return world;
}

function strike(world: World, fault: Fault, times: number): void {
  world.logzio.settings.onRequest = (_, n) => (n <= times ? fault : undefined);
}

const permanent: Record<number, RegExp> = {
  403: /Logz\.io POST \/: status 403; it refuses this account: check the shipping token and the plan, and that logzio\.url/,
  404: /Logz\.io POST \/: status 404; there is no listener at this address: check logzio\.url/,
  405: /Logz\.io POST \/: status 405; this status is unexpected: check logzio\.url/,
};
for (const [status, message] of Object.entries(permanent)) {
  test(`${status}: the run fails at once and says what to do; the checkpoint does not pass the events`, async () => {
    await using world = await startWithEvents();
    strike(world, answer(Number(status)), 99);
    await assert.rejects(world.invoke(), { name: 'RunFailedError', message });
    assert.equal(world.logzio.requests.length, 1, 'not sent again');
    const seen = await peek(world.table, 'live#default');
    assert.equal(seen?.checkpoint.watermark, seen?.checkpoint.began);
    world.logzio.settings.onRequest = undefined;
    await world.invoke();
    assertArrivedOnce(world, IDS);
  });
}

/** With what the answer leaves open: whether the lines were taken. */
const passing: Record<string, { fault: Fault; copies: number; possible: number }> = {
  '408': { fault: answer(408), copies: 0, possible: 0 },
  '429': { fault: tooManyRequests(), copies: 0, possible: 0 },
  '503': { fault: answer(503), copies: 0, possible: 0 },
  '500': { fault: answer(500), copies: 0, possible: 4 },
  '502 with HTML': { fault: htmlBadGateway, copies: 0, possible: 4 },
  '504 after the bulk was taken': { fault: { kind: 'answer', status: 504, applied: true }, copies: 4, possible: 4 },
  'a connection broken before the bulk was taken': { fault: { kind: 'reset' }, copies: 0, possible: 4 },
  'a connection broken after it was taken': { fault: { kind: 'reset', applied: true }, copies: 4, possible: 4 },
};
for (const [what, { fault, copies, possible }] of Object.entries(passing)) {
  test(`${what}: sent again after a pause; ${possible} possible repeats are counted, ${copies} came`, async () => {
    await using world = await startWithEvents();
    strike(world, fault, 1);
    const result = await world.invoke();
    assert.equal(result.retries, 1);
    assert.equal(result.possibleRepeats, possible);
    assert.equal(repeats(world), copies);
    assert.equal(result.shipped, 4);
    assert.ok(world.clock.now() > NOON, 'it waited');
    assert.equal((await world.invoke()).shipped, 0);
  });
}

test('no connection at all: nothing can have arrived, so nothing is counted as a possible repeat', async () => {
  await using world = await startWithEvents();
  await world.logzio.close();
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /Logz\.io POST \/: no connection \(ECONNREFUSED\)/,
  });
  const line = world.printed.find((text) => text.includes('"level":"ERROR"')) ?? '{}';
  assert.equal(JSON.parse(line).possibleRepeats, 0);
});

test('Retry-After is honoured by the clock', async () => {
  await using world = await startWithEvents();
  strike(world, tooManyRequests('23'), 1);
  await world.invoke();
  const [first, second] = world.logzio.requests;
  const waited = (second?.at ?? 0) - (first?.at ?? 0);
  assert.ok(waited >= 23_000 && waited < 24_000, `${waited} ms`);
});

test('a Retry-After longer than the run may last ends the run at once, which says when Logz.io wants to be asked again', async () => {
  await using world = await startWithEvents();
  strike(world, tooManyRequests('3600'), 1);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /Logz\.io POST \/: status 429; .*asks us to wait until 2026-11-20T13:00:00\.000Z$/,
  });
  assert.equal(world.clock.now(), NOON, 'nothing was waited for');
  assert.equal((await world.invoke()).caughtUp, true);
});

test('401: the token is read from SSM once more within the run, however many bulks met it, and all arrive once', async () => {
  const ids = numbered(400);
  await using world = await startWorld();
  const padding = 'x'.repeat(30_000);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 30 * MINUTE_MS + index, id, { padding })));
  // As an earlier run would have.
  await Promise.all([world.runtime.logzioSecret.read(), world.runtime.jumpcloudSecret.read()]);
  world.logzio.settings.tokens = ['new-token'];
  world.aws.ssm.put(PARAMETER, 'new-token');
  const before = world.aws.ssm.requests.length;
  assert.equal((await world.invoke()).shipped, 400);
  assert.ok(world.logzio.requests.filter(({ status }) => status === 401).length >= 2, 'several bulks were refused');
  assert.equal(world.aws.ssm.requests.length - before, 1);
  assertArrivedOnce(world, ids);
});

test('401 with the token just read again: the run fails at once, and names the parameter', async () => {
  await using world = await startWithEvents();
  world.logzio.settings.tokens = [];
  await assert.rejects(world.invoke(), {
    message:
      /status 401; it does not accept the token, though it was just read again\. Put a valid shipping token into \/jumpcloud-logzio\/logzio-token with "npm run tokens"/,
  });
  assert.equal(world.logzio.requests.length, 2);
});

test('413: the bulk is split, down to the size that passes, and every line arrives once', async () => {
  await using world = await startWithEvents(numbered(21));
  world.logzio.settings.keepBodies = true;
  world.logzio.settings.onRequest = ({ body }) => (body.length > 300 ? answer(413) : undefined);
  const result = await world.invoke();
  assert.equal(result.shipped, 21);
  assert.equal(result.quarantined, 0);
  assertArrivedOnce(world, numbered(21));
});

test('the first half of a split bulk fails: the second is not sent, the run fails, and the next one ships both', async () => {
  await using world = await startWithEvents();
  world.logzio.settings.onRequest = (_, n) => [answer(413), answer(403)][n - 1];
  await assert.rejects(world.invoke(), { name: 'RunFailedError', message: /status 403/ });
  assert.equal(world.logzio.requests.length, 2);
  world.logzio.settings.onRequest = undefined;
  await world.invoke();
  assertArrivedOnce(world, IDS);
});

test('the second half of a split bulk fails: the run fails, and the next one ships that half alone', async () => {
  await using world = await startWithEvents();
  world.logzio.settings.onRequest = (_, n) => [answer(413), undefined, answer(403)][n - 1];
  await assert.rejects(world.invoke(), { name: 'RunFailedError', message: /status 403/ });
  world.logzio.settings.onRequest = undefined;
  assert.equal((await world.invoke()).shipped, 2);
  assertArrivedOnce(world, IDS);
});

test('413 to single lines: they go into quarantine, and the run goes on', async () => {
  await using world = await startWithEvents();
  world.logzio.settings.onRequest = ({ body }) => (body.length > 20 ? answer(413) : undefined);
  const result = await world.invoke();
  assert.equal(result.quarantined, 4);
  const list = await world.invoke({ quarantine: 'list' });
  assert.match(JSON.stringify(list.waiting), /Logz\.io answered 413 to a single line of \d+ bytes/);
});

test('400 with successfulLines is never sent again: quarantine keeps the bulk and says how many lines were taken', async () => {
  await using world = await startWithEvents();
  strike(world, answer(400, '{"malformedLines":1,"successfulLines":3,"oversizedLines":0,"emptyLogLines":0}'), 1);
  const result = await world.invoke();
  assert.equal(result.quarantined, 4);
  assert.equal(world.logzio.requests.length, 1);
  const { waiting } = await world.invoke({ quarantine: 'list' });
  assert.partialDeepStrictEqual(waiting, [
    { events: 4, mayRepeat: 3, reason: 'Logz.io answered 400: took 3 of 4 lines (malformedLines 1)' },
  ]);
  await world.invoke();
  assert.equal(world.logzio.requests.length, 1, 'nor by a later run');
});

test('400 that counts every line as successful is an acknowledgement', async () => {
  await using world = await startWithEvents();
  strike(world, answer(400, '{"malformedLines":0,"successfulLines":4,"oversizedLines":0,"emptyLogLines":1}'), 1);
  const result = await world.invoke();
  assert.equal(result.shipped, 4);
  assert.equal(result.quarantined, 0);
});

for (const body of [
  '',
  'Bad Request',
  '<html>',
  '{"successfulLines":"3"}',
  '[]',
  '{"successfulLines":-1}',
  '{"successfulLines":5}',
]) {
  test(`400 with ${JSON.stringify(body)}: nobody knows what was taken, so quarantine keeps all and says that all may repeat`, async () => {
    await using world = await startWithEvents();
    strike(world, answer(400, body), 1);
    const result = await world.invoke();
    assert.equal(result.quarantined, 4);
    const { waiting } = await world.invoke({ quarantine: 'list' });
    assert.partialDeepStrictEqual(waiting, [
      { events: 4, mayRepeat: 4, reason: 'Logz.io answered 400 without saying which lines it took' },
    ]);
    assert.equal(world.logzio.requests.length, 1);
  });
}

test('a redirect is not followed, because the token would go along: the run fails and says which setting to change', async () => {
  await using world = await startWithEvents();
  await using elsewhere = await startWorld();
  strike(world, redirectTo(`${elsewhere.logzio.url}/`), 99);
  await assert.rejects(
    world.invoke(),
    /status 307; it redirects to another address\. .*Set logzio\.url to the final address/,
  );
  assert.equal(elsewhere.logzio.requests.length, 0);
});

test('a time-out while waiting for the answer is retried, and counted as possible repeats', async () => {
  await using world = await startWithEvents();
  strike(world, { kind: 'hang', applied: true }, 1);
  const post = world.runtime.post;
  const result = await world.invoke({}, { post: (request) => post({ ...request, timeoutMs: 200 }) });
  assert.equal(result.possibleRepeats, 4);
  assert.equal(repeats(world), 4);
  assert.equal(result.shipped, 4);
});

test('a bulk travels gzipped, with token and type in the address, and each log carries the type as well', async () => {
  await using world = await startWithEvents();
  await world.invoke();
  const [request] = world.logzio.requests;
  assert.equal(request?.headers['content-encoding'], 'gzip');
  assert.match(request?.query ?? '', /^token=\w+&type=jumpcloud$/);
  assert.equal(world.shipped()[0]?.type, 'jumpcloud');
});
