/**
 * Every answer of JumpCloud, in whole runs: what is retried, what fails at once, and what the
 * message advises.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Post } from '../../lib/platform/http.ts';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { type Fault, htmlBadGateway, redirectTo, tooManyRequests } from '../../simulators/faults.ts';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const PARAMETER = '/jumpcloud-logzio/jumpcloud-token';
const answer = (status: number, message = 'told by JumpCloud'): Fault => ({
  kind: 'answer',
  status,
  body: JSON.stringify({ message }),
});

async function startWithEvents(): Promise<World> {
  const world = await startWorld();
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'a'), loginAt(NOON - MINUTE_MS, 'b')]);
  return world;
}

/** Strikes the first `times` requests. */
function strike(world: World, fault: Fault, times: number): void {
  world.jumpcloud.settings.onRequest = (_, n) => (n <= times ? fault : undefined);
}

function readsOf(world: World): number {
  return world.aws.ssm.requests.length;
}

const permanent: Record<number, RegExp> = {
  400: /status 400 \("told by JumpCloud"\); it does not accept the query\. Either .*settings\.services\. Or .*settings\.search_term/,
  402: /status 402 \("told by JumpCloud"\); Directory Insights is not enabled for this organization\. Either your plan .* Or it is switched off.* Or the key/,
  403: /status 403 .*the key is refused\. .*Command Runner.*jumpcloud_api\.credentials\.org_id/,
  404: /status 404 .*Either jumpcloud_api\.url is wrong.* Or a proxy answers in place of JumpCloud/,
  405: /status 405 .*this status is unexpected/,
};
for (const [status, message] of Object.entries(permanent)) {
  test(`${status}: the run fails at once, says what it means and what to do, and leaves the checkpoint alone`, async () => {
    await using world = await startWithEvents();
    strike(world, answer(Number(status)), 99);
    await assert.rejects(world.invoke(), { name: 'RunFailedError', message });
    assert.equal(world.jumpcloud.requests.length, 1, 'not retried');
    assert.equal(world.clock.now(), NOON, 'nor waited for');
    const seen = await peek(world.table, 'live#default');
    assert.equal(seen?.checkpoint.watermark, seen?.checkpoint.began);
    world.jumpcloud.settings.onRequest = undefined;
    await world.invoke();
    assertArrivedOnce(world, ['a', 'b']);
  });
}

test("control characters in JumpCloud's words do not reach the screen", async () => {
  await using world = await startWithEvents();
  strike(world, answer(403, 'told\u001b[31m by\u202e\u0007\nJumpCloud'), 99);
  await assert.rejects(world.invoke(), /status 403 \("told \[31m by JumpCloud"\); the key is refused/);
});

const passing: Record<string, Fault> = {
  '408': answer(408),
  '429': tooManyRequests(),
  '500': answer(500),
  '502 with HTML': htmlBadGateway,
  '503': answer(503),
  '504': answer(504),
  'a broken connection': { kind: 'reset' },
  'a body cut short': { kind: 'cut', bytes: 30 },
  'a body that ends in the middle': { kind: 'malformed' },
  'HTML with status 200': { kind: 'answer', status: 200, body: '<html>sign in</html>' },
  'an empty body with status 200': { kind: 'answer', status: 200 },
  'an object instead of an array': { kind: 'answer', status: 200, body: '{"events":[]}' },
};
for (const [what, fault] of Object.entries(passing)) {
  test(`${what}, three times: asked again after a pause, and then everything arrives once`, async () => {
    await using world = await startWithEvents();
    strike(world, fault, 3);
    const result = await world.invoke();
    assert.equal(result.retries, 3);
    assert.ok(world.clock.now() > NOON, 'it waited');
    assertArrivedOnce(world, ['a', 'b']);
  });
  test(`${what}, all the time: the run fails before its deadline, and the next one brings everything`, async () => {
    await using world = await startWithEvents();
    strike(world, fault, Number.POSITIVE_INFINITY);
    await assert.rejects(world.invoke(), { name: 'RunFailedError', message: /JumpCloud POST \/events: / });
    assert.ok(world.jumpcloud.requests.length >= 5);
    world.jumpcloud.settings.onRequest = undefined;
    await world.invoke();
    assertArrivedOnce(world, ['a', 'b']);
  });
}

const login = (id: string) => loginAt(NOON - MINUTE_MS, id).text;
const broken: Record<string, string> = {
  'a comma behind its last event': `[${login('a')},${login('b')},]`,
  'two commas between two events': `[${login('a')},,${login('b')}]`,
  'no end, cut behind an inner bracket': `[${login('a')},${login('b').slice(0, -1)},"changes":[]`,
};
for (const [what, body] of Object.entries(broken)) {
  test(`a page with ${what} is asked for again, and then everything arrives once`, async () => {
    await using world = await startWithEvents();
    strike(world, { kind: 'answer', status: 200, body }, 1);
    const result = await world.invoke();
    assert.deepEqual([result.caughtUp, result.retries], [true, 1]);
    assertArrivedOnce(world, ['a', 'b']);
  });
}

test('a byte order mark before the JSON of a page, or of a count, is passed over', async () => {
  await using world = await startWithEvents();
  const mark = '\ufeff';
  world.jumpcloud.settings.onRequest = ({ path }) => ({
    kind: 'answer',
    status: 200,
    body: path.endsWith('/count') ? `${mark}{"count":2}` : `${mark} [${login('a')},${login('b')}]`,
    headers: { 'X-Result-Count': '2', 'X-Limit': '10000' },
  });
  await world.invoke();
  assertArrivedOnce(world, ['a', 'b']);
  assert.match((await world.invoke({ rewind_to: '-50m' })).message, /ship about 2 events/);
});

const DAY_MS = 24 * 60 * MINUTE_MS;
/** What a JumpCloud may say to a start that lies further back than it keeps events. */
const keptFor = (world: World, days: number) => {
  world.jumpcloud.settings.onRequest = ({ body }) =>
    Date.parse(JSON.parse(String(body)).start_time) < world.clock.now() - days * DAY_MS
      ? answer(400, `start_time must be within the last ${days} days`)
      : undefined;
};

test('a stream further behind than JumpCloud keeps events goes on from where it still has some, and says so', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-100d' } } });
  world.jumpcloud.add([loginAt(NOON - 89 * DAY_MS, 'old'), loginAt(NOON - MINUTE_MS, 'new')]);
  keptFor(world, 90);
  const { message } = await world.invoke();
  assert.match(
    String(message),
    /^Shipped 2 events \(events before 2026-08-22T12:01:00\.000Z cannot be read: JumpCloud keeps 90 days/,
  );
  assertArrivedOnce(world, ['old', 'new']);
  assert.match((await world.invoke()).message, /^0 new events since .*: this is normal/);
});

test('a window by hand of which JumpCloud refused the beginning says from where on it was shipped', async () => {
  await using world = await startWorld();
  keptFor(world, 90);
  const { message } = await world.invoke({ start_time: '-90d', end_time: '-80d' });
  assert.match(String(message), /^Shipped 0 events of 2026-08-22T12:01:00\.000Z to 2026-09-01T12:00:00\.000Z again/);
});

test('where JumpCloud refuses what it should still keep, nothing is passed over: the run fails', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-100d' } } });
  keptFor(world, 15);
  await assert.rejects(world.invoke(), /status 400 \("start_time must be within the last 15 days"\)/);
  assert.equal(world.jumpcloud.requests.length, 2);
  const seen = await peek(world.table, 'live#default');
  assert.equal(seen?.checkpoint.settled, NOON - 100 * DAY_MS);
});

test('Retry-After is honoured, in seconds and as a date, by the clock', async () => {
  for (const given of ['17', new Date(NOON + 17_000).toUTCString()]) {
    await using world = await startWithEvents();
    strike(world, tooManyRequests(given), 1);
    await world.invoke();
    const [first, second] = world.jumpcloud.requests;
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    assert.ok(waited >= 17_000 && waited < 18_000, `${waited} ms`);
  }
});

test('a Retry-After longer than the run may last ends the run at once, which says when JumpCloud wants to be asked again', async () => {
  await using world = await startWithEvents();
  strike(world, tooManyRequests('7200'), 99);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message:
      /status 429 \("Too Many Requests"\); it is overloaded or failing, and asks us to wait until 2026-11-20T14:00:00\.000Z$/,
  });
  assert.equal(world.jumpcloud.requests.length, 1);
  assert.equal(world.clock.now(), NOON, 'nothing was waited for');
});

test('an answer that says it is sorted newest first is refused, because a run that ends between its pages would lose events', async () => {
  await using world = await startWithEvents();
  const body = `[${login('b')},${login('a')}]`;
  strike(world, { kind: 'answer', status: 200, body, headers: { 'x-sort': 'DESC' } }, 99);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /sorted newest first \(X-Sort: DESC\), although oldest first was asked for/,
  });
  assert.deepEqual(world.logzio.lines, []);
  assert.equal(world.jumpcloud.requests.length, 1, 'not retried');
  world.jumpcloud.settings.onRequest = undefined;
  await world.invoke();
  assertArrivedOnce(world, ['a', 'b']);
});

test('a later page that fails for good keeps the pages before it', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 1 } } } });
  world.jumpcloud.add([loginAt(NOON - 50 * MINUTE_MS, 'a'), loginAt(NOON - 40 * MINUTE_MS, 'b')]);
  world.jumpcloud.settings.onRequest = (_, n) => (n === 2 ? answer(403) : undefined);
  await assert.rejects(world.invoke(), /status 403/);
  assertArrivedOnce(world, ['a']);
  const seen = await peek(world.table, 'live#default');
  assert.equal(seen?.checkpoint.settled, NOON - 50 * MINUTE_MS);
  await world.invoke();
  assertArrivedOnce(world, ['a', 'b']);
});

test('401: the key is read from SSM once more, and the run succeeds with the new one', async () => {
  await using world = await startWithEvents();
  const instance = world.instance();
  const invoke = () => instance({}, { getRemainingTimeInMillis: () => 290_000 });
  await invoke();
  const before = readsOf(world);
  world.jumpcloud.settings.apiKeys = { 'new-key': { organizations: ['5f0000000000000000000001'] } };
  world.aws.ssm.put(PARAMETER, 'new-key');
  world.clock.advance(5 * MINUTE_MS);
  await invoke();
  assert.equal(readsOf(world) - before, 1);
  assertArrivedOnce(world, ['a', 'b']);
});

test('401 with the key just read again: the run fails at once, and names the parameter', async () => {
  await using world = await startWithEvents();
  world.jumpcloud.settings.apiKeys = {};
  await assert.rejects(world.invoke(), {
    message:
      /status 401 \("Unauthorized"\); it does not accept the key, though it was just read again\. .*put a valid one into \/jumpcloud-logzio\/jumpcloud-token with "npm run tokens"/,
  });
  assert.equal(world.jumpcloud.requests.length, 2);
  assert.equal(readsOf(world), 2);
});

test('a redirect is not followed, because the key would go along: the run fails and says which setting to change', async () => {
  await using world = await startWithEvents();
  await using elsewhere = await startWorld();
  strike(world, redirectTo(`${elsewhere.jumpcloud.url}/insights/directory/v1/events`), 99);
  await assert.rejects(
    world.invoke(),
    /status 307; it redirects to another address\. .*Set jumpcloud_api\.url to the final address/,
  );
  assert.equal(elsewhere.jumpcloud.requests.length, 0);
});

async function startWithServiceAccount(): Promise<World> {
  const organization = '5f0000000000000000000001';
  const world = await startWorld({
    config: { jumpcloud_api: { credentials: { type: 'service_account', org_id: organization } } },
    jumpcloud: { serviceAccounts: { client: { clientSecret: 'secret', organizations: [organization] } } },
  });
  world.aws.ssm.put(PARAMETER, 'client:secret');
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'a')]);
  return world;
}

test('every request is in the log of a stack that logs all: what, how it ended, how long, how much', async () => {
  await using world = await startWithServiceAccount();
  await world.invoke();
  const told = world.printed.map((line) => JSON.parse(line)).filter(({ message }) => message === 'request');
  assert.deepEqual(
    told.map(({ level, to, method, path, status, events }) => [level, to, method, path, status, events]),
    [
      ['DEBUG', 'JumpCloud', 'POST', '/oauth2/token', 200, undefined],
      ['DEBUG', 'JumpCloud', 'POST', '/insights/directory/v1/events', 200, 1],
      ['DEBUG', 'Logz.io', 'POST', '/', 200, 1],
    ],
  );
  assert.ok(told.every(({ tookMs, bytes }) => tookMs >= 0 && bytes > 0));
  assert.ok(told[1].requestId, 'what JumpCloud can find the request by');
});

test('a service account: Retry-After of the address that issues access tokens is honoured, and a 408 there is tried again', async () => {
  for (const [fault, leastMs] of [
    [tooManyRequests('30'), 30_000],
    [answer(408), 1],
  ] as const) {
    await using world = await startWithServiceAccount();
    strike(world, fault, 1);
    await world.invoke();
    assertArrivedOnce(world, ['a']);
    const waited = world.clock.now() - NOON;
    assert.ok(waited >= leastMs && waited < 31_000, `${waited} ms`);
  }
});

test('a service account: a redirect of the address that issues access tokens is not blamed on a setting', async () => {
  await using world = await startWithServiceAccount();
  strike(world, redirectTo('https://elsewhere.example.test/'), 99);
  await assert.rejects(
    world.invoke(),
    /oauth2\/token: status 307; this answer is unexpected\. .* cannot be set\. .*such as a proxy/,
  );
  assert.equal(world.jumpcloud.requests.length, 1);
});

test('a service account: an access token that no header can carry is no access token', async () => {
  await using world = await startWithServiceAccount();
  const body = JSON.stringify({ access_token: 'two\nlines', expires_in: 3600 });
  strike(world, { kind: 'answer', status: 200, body }, 1);
  const result = await world.invoke();
  assert.equal(result.retries, 1);
  assertArrivedOnce(world, ['a']);
});

test('a service account: a revoked access token is fetched again within the run', async () => {
  await using world = await startWorld({
    config: { jumpcloud_api: { credentials: { type: 'service_account', org_id: '5f0000000000000000000001' } } },
    jumpcloud: {
      serviceAccounts: { client: { clientSecret: 'secret', organizations: ['5f0000000000000000000001'] } },
    },
  });
  world.aws.ssm.put(PARAMETER, 'client:secret');
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'a')]);
  const instance = world.instance();
  const invoke = () => instance({}, { getRemainingTimeInMillis: () => 290_000 });
  await invoke();
  world.jumpcloud.revokeTokens();
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'b')]);
  await invoke();
  assertArrivedOnce(world, ['a', 'b']);
  world.aws.ssm.put(PARAMETER, 'client:wrong');
  world.jumpcloud.revokeTokens();
  await assert.rejects(
    invoke(),
    /oauth2\/token: status 401; .*put a valid clientId:clientSecret into \/jumpcloud-logzio\/jumpcloud-token/,
  );
});

test("the key's own header goes out, and JumpCloud's answer is asked for in gzip", async () => {
  await using world = await startWithEvents();
  await world.invoke();
  const headers = world.jumpcloud.requests[0]?.headers;
  assert.equal(headers?.['x-api-key'], SIMULATED_API_KEY);
  assert.match(String(headers?.['accept-encoding']), /gzip/);
});

test('only the events that search_term finds arrive, on every page', async () => {
  await using world = await startWorld({
    config: { jumpcloud_api: { settings: { limit: 2, search_term: { not: [{ username: 'eve' }] } } } },
  });
  const ids = ['a', 'b', 'c'];
  for (const id of ids) {
    world.jumpcloud.add([loginAt(NOON - 5 * MINUTE_MS, id, { username: 'ada' })]);
    world.jumpcloud.add([loginAt(NOON - 5 * MINUTE_MS, `not-${id}`, { username: 'eve' })]);
  }
  await world.invoke();
  assertArrivedOnce(world, ids);
});

const empty: Record<string, Fault> = {
  '204': { kind: 'answer', status: 204 },
  null: { kind: 'answer', status: 200, body: 'null' },
  'an empty body that counts 0 events': { kind: 'answer', status: 200, headers: { 'X-Result-Count': '0' } },
};
for (const [what, fault] of Object.entries(empty)) {
  test(`a window without events may be answered with ${what}: the run has caught up, without a retry`, async () => {
    await using world = await startWorld();
    strike(world, fault, 1);
    const result = await world.invoke();
    assert.deepEqual([result.caughtUp, result.retries], [true, 0]);
  });
}

for (const [what, body] of Object.entries({ null: 'null', 'an empty list': '[]', 'no content': undefined })) {
  test(`${what} that counts events is no empty window: it is asked for again`, async () => {
    await using world = await startWithEvents();
    const status = body === undefined ? 204 : 200;
    strike(world, { kind: 'answer', status, ...(body && { body }), headers: { 'X-Result-Count': '2' } }, 1);
    await world.invoke();
    assertArrivedOnce(world, ['a', 'b']);
  });
}

test('a service account: an access token without a lifetime serves more than one page', async () => {
  await using world = await startWithServiceAccount();
  world.jumpcloud.add(Array.from({ length: 30 }, (_, n) => loginAt(NOON - 2 * MINUTE_MS, `more-${n}`)));
  const org_id = '5f0000000000000000000001';
  const config = world.configure({
    jumpcloud_api: { credentials: { type: 'service_account', org_id }, settings: { limit: 5 } },
  });
  let issued = 0;
  const post: Post = async (request) => {
    const answer = await world.runtime.post(request);
    if (!request.url.includes('oauth2')) return answer;
    issued++;
    const { expires_in: _, ...token } = JSON.parse(answer.body.toString());
    return { ...answer, body: Buffer.from(JSON.stringify(token)) };
  };
  await world.invoke({}, { config, post });
  assert.equal(issued, 1);
});
