/** Answers that lead nowhere: a run notices, says which, and ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../simulators/faults.ts';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

const AT = NOON - 30 * MINUTE_MS;

/** A full page of these events, with the token of the next one. */
function pageOf(ids: readonly string[], token: string, at = AT): Fault {
  const body = `[${ids.map((id) => loginAt(at, id).text).join()}]`;
  const headers = {
    'X-Result-Count': String(ids.length),
    'X-Limit': String(ids.length),
    'X-Search_after': `["${token}"]`,
  };
  return { kind: 'answer', status: 200, body, headers };
}

test('page tokens that go A, B, A, B fail the run after four requests at most, and what was read is shipped', async () => {
  await using world = await startWorld();
  world.jumpcloud.settings.onRequest = (_, n) => (n % 2 === 1 ? pageOf(['a'], 'A') : pageOf(['b'], 'B', AT + 1000));
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /page token .* came twice, so paging goes in a circle/,
  });
  assert.ok(world.jumpcloud.requests.length <= 4);
  assertArrivedOnce(world, ['a', 'b']);
});

test('ever-new page tokens with the same events fail the run, which names the circle', async () => {
  await using world = await startWorld();
  world.jumpcloud.settings.onRequest = (_, n) => pageOf(['a', 'b'], `token-${n}`);
  await assert.rejects(world.invoke(), {
    name: 'RunFailedError',
    message: /3 full pages in a row brought only events .* goes in a circle/,
  });
  assert.ok(world.jumpcloud.requests.length <= 6);
  assertArrivedOnce(world, ['a', 'b']);
});

test('many pages of one instant are no circle, also when they are read again', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 2, allowed_lateness: 60 } } } });
  const ids = Array.from({ length: 15 }, (_, n) => `id-${n}`);
  world.jumpcloud.add(ids.map((id) => loginAt(AT, id)));
  for (let run = 0; run < 3; run++) assert.equal((await world.invoke()).caughtUp, true);
  assertArrivedOnce(world, ids);
});

test('pages full of events without a readable timestamp are no circle: they go to quarantine, and what comes behind is shipped', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 2 } } } });
  const undated = Array.from({ length: 9 }, (_, n) => {
    const timestamp = new Date(AT + n).toISOString();
    return { text: JSON.stringify({ id: `undated-${n}`, time: timestamp }), timestamp, service: 'sso' };
  });
  world.jumpcloud.add([...undated, loginAt(AT + 1000, 'behind')]);
  for (let run = 0; run < 2; run++) assert.equal((await world.invoke()).caughtUp, true);
  assertArrivedOnce(world, ['behind']);
  assert.match((await world.invoke({ quarantine: 'list' })).message, /^9 events /);
});

test('a circle of pages without a readable timestamp is noticed as well', async () => {
  await using world = await startWorld();
  const headers = { 'X-Result-Count': '400', 'X-Limit': '400' };
  const body = `[${Array(200).fill('{"id":"undated"},{"id":"without"}').join()}]`;
  world.jumpcloud.settings.onRequest = (_, n) => {
    return { kind: 'answer', status: 200, body, headers: { ...headers, 'X-Search_after': `["${n}"]` } };
  };
  await assert.rejects(world.invoke(), { message: /3 full pages in a row brought only events .* goes in a circle/ });
});

const MEGABYTE = 1024 * 1024;

for (const [what, bytes, kept] of [
  ['17 MB', 17 * MEGABYTE, /over \d+ characters/],
  ['40 MB', 40 * MEGABYTE, /of which only the first \d+ could be kept/],
] as const) {
  test(`one event of ${what} goes to quarantine, and what comes behind it is shipped`, async () => {
    await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 4 } } } });
    const giant = loginAt(AT + 1, 'giant', { blob: 'x'.repeat(bytes) });
    world.jumpcloud.add([loginAt(AT, 'before'), giant, loginAt(AT + 2, 'behind')]);
    const result = await world.invoke();
    assert.deepEqual([result.caughtUp, result.quarantined], [true, 1]);
    assertArrivedOnce(world, ['before', 'behind']);
    assert.ok(world.jumpcloud.requests.length < 12, `${world.jumpcloud.requests.length} requests`);
    const { waiting } = await world.invoke({ quarantine: 'list' });
    assert.match((waiting as { reason: string }[])[0]?.reason ?? '', kept);
    assert.equal((await world.invoke()).quarantined, 0, 'it is quarantined once');
  });
}

test('a page of a million empty objects is bounded: it neither fills the memory nor the quarantine', async () => {
  await using world = await startWorld();
  const body = `[${Array(1_000_000).fill('{}').join()}]`;
  world.jumpcloud.settings.onRequest = () => ({
    kind: 'answer',
    status: 200,
    body,
    headers: { 'X-Result-Count': '1', 'X-Limit': '10000' },
  });
  const before = process.memoryUsage.rss();
  await world.invoke().catch(() => undefined);
  assert.ok(process.memoryUsage.rss() - before < 200 * MEGABYTE);
  const { waiting } = await world.invoke({ quarantine: 'list' });
  assert.ok((waiting as { events: number }[]).reduce((sum, { events }) => sum + events, 0) <= 1000);
});

test('pages full of equal events without a timestamp are no circle: what comes after them arrives', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 2 } } } });
  const odd = { text: '{}', timestamp: new Date(AT).toISOString(), service: 'sso' };
  world.jumpcloud.add([loginAt(AT - 1, 'before'), ...Array.from({ length: 12 }, () => odd), loginAt(AT + 1, 'after')]);
  const { quarantined } = await world.invoke();
  assert.equal(quarantined, 12);
  assertArrivedOnce(world, ['before', 'after']);
});
