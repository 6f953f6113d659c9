/**
 * The promise, sentence by sentence, in whole runs over HTTP; `ship-faults.test.ts` holds it under
 * faults.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peek } from '../../lib/state/dynamodb-store.ts';
import type { JumpcloudOptions } from '../../simulators/jumpcloud.ts';
import { assertArrivedOnce, numbered, runEveryFiveMinutes } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const LAG_MS = 30_000;
const LATENESS_MS = 15 * MINUTE_MS;
/** The end of the first run's window. */
const BORDER = NOON - LAG_MS;

const settings = (more: Record<string, unknown>) => ({ config: { jumpcloud_api: { settings: more } } });

test('every event arrives, over many pages, exactly once, and a second run finds nothing new', async () => {
  await using world = await startWorld(settings({ limit: 10 }));
  const ids = numbered(95);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - HOUR_MS + index * 30_000, id)));
  const first = await world.invoke();
  assert.equal(first.shipped, 95);
  assert.equal(first.pages, 10);
  assert.equal(first.caughtUp, true);
  const second = await world.invoke();
  assert.equal(second.shipped, 0);
  assert.match(second.message, /0 new events since .*this is normal/);
  assertArrivedOnce(world, ids);
});

test('an event on the border of two windows arrives once, whichever side of it it lies on', async () => {
  await using world = await startWorld();
  const edge = new Date(BORDER).toISOString().slice(0, -1);
  world.jumpcloud.add([
    loginAt(new Date(BORDER - 1).toISOString().replace('Z', '999999Z'), 'a nanosecond before'),
    loginAt(BORDER, 'on the border'),
    loginAt(`${edge}000001Z`, 'a nanosecond after'),
    loginAt(NOON - HOUR_MS, 'on the start'),
  ]);
  await world.invoke();
  assertArrivedOnce(world, ['a nanosecond before', 'on the start']);
  world.clock.advance(5 * MINUTE_MS);
  await runEveryFiveMinutes(world, 5);
  assertArrivedOnce(world, ['a nanosecond before', 'on the start', 'on the border', 'a nanosecond after']);
});

test('events that share a timestamp arrive once each, over several pages and over a crash between them', async () => {
  await using world = await startWorld(settings({ limit: 10 }));
  const ids = numbered(45);
  world.jumpcloud.add(ids.map((id) => loginAt('2026-11-20T11:30:00.123456789Z', id)));
  world.logzio.settings.onRequest = (_, n) => (n === 3 ? { kind: 'answer', status: 403 } : undefined);
  await assert.rejects(world.invoke(), { name: 'RunFailedError' });
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('events that are a nanosecond apart, with the same id, are two events', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([
    loginAt('2026-11-20T11:30:00.123456788Z', 'same'),
    loginAt('2026-11-20T11:30:00.123456789Z', 'same'),
  ]);
  await runEveryFiveMinutes(world, 2);
  assert.deepEqual(
    world.shipped().map((log) => log.timestamp),
    ['2026-11-20T11:30:00.123456788Z', '2026-11-20T11:30:00.123456789Z'],
  );
});

test('an event that becomes visible late, but within the allowed lateness, arrives, is counted, and its lateness is reported', async () => {
  await using world = await startWorld();
  const at = NOON - 2 * MINUTE_MS;
  const visibleAt = at + LATENESS_MS - 1;
  world.jumpcloud.add([loginAt(at + 1000, 'on time'), { ...loginAt(at, 'late'), visibleAt }]);
  const results = await runEveryFiveMinutes(world, 5);
  assertArrivedOnce(world, ['on time', 'late']);
  const [before, found] = [results[2], results[3]];
  assert.equal(before?.late, 0);
  assert.equal(found?.late, 1);
  assert.equal(found?.greatestLatenessSeconds, 12 * 60, 'dated 11:58, and not there yet at 12:10');
  assert.match(String(found?.message), /1 event .*1 of them late/);
});

test('how late an event came is never reported larger than it was, however rarely the stream runs', async () => {
  await using world = await startWorld();
  await world.invoke();
  // Visible two minutes after it happened, and ten seconds after the next run asked, which is the
  // last for hours.
  world.clock.advance(60 * MINUTE_MS);
  const askedAt = world.clock.now();
  world.jumpcloud.add([{ ...loginAt(askedAt - 110_000, 'late'), visibleAt: askedAt + 10_000 }]);
  await world.invoke();
  world.clock.advance(4 * HOUR_MS);
  const found = await world.invoke();
  assert.equal(found.late, 1);
  assert.equal(found.greatestLatenessSeconds, 110);
});

test('a late event is found whenever it becomes visible within the allowed lateness, also between two runs of a stream that was down', async () => {
  await using world = await startWorld();
  const ids = numbered(60);
  world.jumpcloud.add(
    ids.map((id, index) => ({
      ...loginAt(NOON + index * 20_000, id),
      visibleAt: NOON + index * 20_000 + (index % 4) * 5 * MINUTE_MS - (index % 4 === 3 ? 1 : 0),
    })),
  );
  await runEveryFiveMinutes(world, 2);
  world.clock.advance(9 * MINUTE_MS);
  await runEveryFiveMinutes(world, 10);
  assertArrivedOnce(world, ids);
});

test('events without an id arrive once each, however often they are read again, and equal ones as often as they happened', async () => {
  await using world = await startWorld();
  const ldap = (at: number, dn: string) => ({
    text: JSON.stringify({ timestamp: new Date(at).toISOString(), service: 'ldap', event_type: 'ldap_bind', dn }),
  });
  const at = NOON - MINUTE_MS;
  world.jumpcloud.add([ldap(at, 'twin'), ldap(at, 'twin'), ldap(at, 'single')]);
  world.jumpcloud.add([{ ...ldap(at, 'twin'), visibleAt: NOON + 7 * MINUTE_MS }]);
  await runEveryFiveMinutes(world, 6);
  assert.deepEqual(
    world.shipped().map((log) => log.dn),
    ['twin', 'twin', 'single', 'twin'],
  );
});

test('an event with a timestamp in the future waits until its time has come, and then arrives once', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([
    { ...loginAt(NOON + 22 * MINUTE_MS, 'ahead'), visibleAt: NOON - HOUR_MS },
    loginAt(NOON - MINUTE_MS, 'now'),
  ]);
  await runEveryFiveMinutes(world, 5);
  assertArrivedOnce(world, ['now']);
  await runEveryFiveMinutes(world, 5);
  assertArrivedOnce(world, ['now', 'ahead']);
});

const servers: Record<string, JumpcloudOptions> = {
  'rounds times down to seconds': { roundTimesToSeconds: 'down' },
  'rounds times to the nearest second': { roundTimesToSeconds: 'nearest' },
  'rounds times up to seconds': { roundTimesToSeconds: 'up' },
  'leaves the end of a window out': { endInclusive: false },
  'rounds down and leaves the end out': { roundTimesToSeconds: 'down', endInclusive: false },
  'caps the limit': { limitCap: 7 },
  'sends no page headers but the token': { omitHeaders: ['x-limit', 'x-result-count'] },
  'sends tokens with more digits than a double holds': { tokenUnit: 'nanoseconds' },
  'orders by milliseconds only': { order: 'millisecond' },
  'writes its header names in capitals': { headerCase: 'upper' },
};
for (const [what, options] of Object.entries(servers)) {
  test(`a server that ${what} loses and repeats nothing`, async () => {
    await using world = await startWorld({ ...settings({ limit: 20 }), jumpcloud: options, now: NOON + 123 });
    const ids = numbered(300);
    // Dense around the borders of the windows, with all parts of a second, and ties.
    world.jumpcloud.add(
      ids.map((id, index) => loginAt(NOON - 10 * MINUTE_MS + Math.floor(index / 2) * (4 * 1000 + 37), id)),
    );
    await runEveryFiveMinutes(world, 4);
    assertArrivedOnce(world, ids);
  });
}

test('a page that names no successor ends the run, which says that there is more; the next one goes on from there', async () => {
  await using world = await startWorld({ ...settings({ limit: 10 }), jumpcloud: { omitHeaders: ['x-search_after'] } });
  const ids = numbered(25);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 30 * MINUTE_MS + index * 1000, id)));
  const first = await world.invoke();
  assert.equal(first.caughtUp, false);
  assert.match(first.message, /there is more, and the next run goes on from there/);
  for (let run = 0; run < 3; run++) await world.invoke();
  assertArrivedOnce(world, ids);
});

const LOST_HEADERS = ['x-search_after', 'x-result-count', 'x-limit'];

test('without any page headers everything arrives once, and a run that then comes no further fails and names them', async () => {
  await using world = await startWorld({ ...settings({ limit: 10 }), jumpcloud: { omitHeaders: LOST_HEADERS } });
  const ids = numbered(25);
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 30 * MINUTE_MS + index * 1000, id)));
  for (let run = 0; run < 3; run++) await world.invoke();
  assertArrivedOnce(world, ids);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /X-Search_after, X-Result-Count, X-Limit are missing\. Let the proxy .*pass bodies and headers unchanged/,
  });
  world.jumpcloud.settings.omitHeaders = [];
  const mended = await world.invoke();
  assert.equal(mended.caughtUp, true);
  assertArrivedOnce(world, ids);
});

test('a page token that comes back fails the run, which names it', async () => {
  await using world = await startWorld();
  const body = `[${loginAt(NOON - 30 * MINUTE_MS, 'a').text}]`;
  const headers = { 'X-Result-Count': '1', 'X-Limit': '1', 'X-Search_after': '[1,"a"]' };
  world.jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 200, body, headers });
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /the same page token \(X-Search_after\) came twice, so paging goes in a circle/,
  });
  assert.equal(world.jumpcloud.requests.length, 2);
  assertArrivedOnce(world, ['a']);
});

for (const [what, skewMs] of Object.entries({ ahead: 7 * MINUTE_MS, behind: -7 * MINUTE_MS })) {
  test(`our clock may be minutes ${what} of JumpCloud's, from a new stream's first run on`, async () => {
    const config = { jumpcloud_api: { start_date: '-10m' } };
    await using world = await startWorld({ config });
    world.jumpcloud.settings.clock = () => world.clock.now() - skewMs;
    const ids = numbered(200);
    const theirNoon = NOON - skewMs;
    const start = NOON - 10 * MINUTE_MS;
    const first = Math.max(start, theirNoon - 10 * MINUTE_MS);
    world.jumpcloud.add(
      ids.map((id, index) => {
        const at = first + index * 7_000;
        return { ...loginAt(at, id), visibleAt: at + (index % 3) * 7 * MINUTE_MS };
      }),
    );
    await runEveryFiveMinutes(world, 13);
    assertArrivedOnce(world, ids);
  });
}

test("a stream that begins now, by a clock that is ahead of JumpCloud's, waits until JumpCloud has come that far", async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  world.jumpcloud.settings.clock = () => world.clock.now() - 7 * MINUTE_MS;
  await world.invoke();
  world.clock.advance(MINUTE_MS);
  const before = world.jumpcloud.requests.length;
  const waiting = await world.invoke();
  assert.equal(world.jumpcloud.requests[before]?.status, 400, 'JumpCloud refuses a start in its future');
  assert.equal(waiting.caughtUp, true);
  world.jumpcloud.add([loginAt(NOON + MINUTE_MS, 'first')]);
  world.clock.advance(10 * MINUTE_MS);
  await world.invoke();
  assertArrivedOnce(world, ['first']);
});

test('a clock that steps back and forth loses nothing, and the watermark never goes back', async () => {
  await using world = await startWorld();
  const ids = numbered(120);
  world.jumpcloud.settings.clock = () => NOON + 90 * MINUTE_MS;
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 5 * MINUTE_MS + index * 10_000, id)));
  let watermark = 0;
  for (const minutes of [0, 12, 3, 25, 24, 0, 40]) {
    world.clock.step(NOON + minutes * MINUTE_MS);
    const result = await world.invoke();
    const now = Date.parse(String(result.watermark));
    assert.ok(now >= watermark, `from ${new Date(watermark).toISOString()} back to ${result.watermark}`);
    watermark = now;
  }
  assertArrivedOnce(world, ids);
});

test('after weeks of downtime it goes on where it stopped, run by run, and remembers what it had delivered', async () => {
  await using world = await startWorld(settings({ limit: 50 }));
  const ids = numbered(400);
  const dayMs = 24 * HOUR_MS;
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 10 * MINUTE_MS + index * 0.05 * dayMs, id)));
  await world.invoke();
  const deliveredBefore = world.logzio.taken.lines;
  assert.ok(deliveredBefore > 0);
  world.clock.advance(21 * dayMs);
  await runEveryFiveMinutes(world, 2);
  assertArrivedOnce(world, ids);
});

test('an event with an id that is read again in another key order is not shipped again, nor is one without an id', async () => {
  await using world = await startWorld();
  const timestamp = new Date(NOON - MINUTE_MS).toISOString();
  const flip = (text: string) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()));
  const withId = JSON.stringify({ id: 'x', timestamp, service: 'directory' });
  const without = JSON.stringify({ timestamp, service: 'ldap', dn: 'cn=a', more: { a: 1, b: 2 } });
  const answer = (texts: string[]) => ({
    kind: 'answer' as const,
    status: 200,
    body: `[${texts.join(',')}]`,
    headers: { 'X-Result-Count': String(texts.length), 'X-Limit': '10000' },
  });
  world.jumpcloud.settings.onRequest = (_, n) => answer(n === 1 ? [withId, without] : [flip(withId), flip(without)]);
  await runEveryFiveMinutes(world, 2);
  assert.equal(world.logzio.taken.lines, 2);
});

test('a new stream\'s checkpoint is saved before the first request, so that "start now" begins', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
  const first = await world.invoke();
  const paths = world.jumpcloud.requests.map(({ path }) => path);
  assert.deepEqual(paths, ['/insights/directory/v1/events/count'], 'an empty window needs no page');
  assert.match(first.message, /This is the first run\. Shipping begins now/);
  world.clock.advance(5 * MINUTE_MS);
  world.jumpcloud.add([loginAt(NOON, 'at the start'), loginAt(NOON - 1, 'before it')]);
  await world.invoke();
  assertArrivedOnce(world, ['at the start']);
  assert.equal((await peek(world.table, 'live#default'))?.checkpoint.began, NOON);
});

test('each organization has a stream of its own, and one that fails does not stop the others', async () => {
  const organizations = ['org-a', 'org-b', 'org-c'];
  await using world = await startWorld({
    config: { jumpcloud_api: { credentials: { org_ids: organizations } } },
    jumpcloud: { apiKeys: { 'jumpcloud-simulator-key': { organizations, multiTenant: true } } },
  });
  for (const org of organizations) world.jumpcloud.add([loginAt(NOON - MINUTE_MS, `of ${org}`)], org);
  world.jumpcloud.settings.organizationsWithoutInsights = ['org-b'];
  await assert.rejects(world.invoke(), /1 of 3 streams failed: live#org-b: .*402/);
  assertArrivedOnce(world, ['of org-a', 'of org-c']);
  world.jumpcloud.settings.organizationsWithoutInsights = [];
  await world.invoke();
  assertArrivedOnce(world, ['of org-a', 'of org-b', 'of org-c']);
});

test('a caught-up stream reads the allowed lateness again, and a stream far behind reads nothing twice but ties', async () => {
  await using world = await startWorld(settings({ limit: 10 }));
  world.jumpcloud.add(numbered(55).map((id, index) => loginAt(NOON - HOUR_MS + index * 60_000, id)));
  const first = await world.invoke();
  assert.equal(first.alreadyDelivered, 0);
  const second = await world.invoke();
  assert.equal(second.alreadyDelivered, 10, 'the events of 11:45 to 11:54');
});
