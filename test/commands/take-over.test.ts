/**
 * An organization that is named later, or no longer: the stream goes on, and nothing is skipped or
 * repeated.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DynamoDb } from '../../lib/platform/outside.ts';
import { Table } from '../../lib/state/table.ts';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { assertArrivedOnce, numbered } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const ORG = '5f0000000000000000000001';
const OTHER = '5f0000000000000000000002';
const apiKeys = { [SIMULATED_API_KEY]: { organizations: [ORG, OTHER] } };

const eventAt = (minutes: number, id: string, organization = ORG) =>
  loginAt(NOON + minutes * MINUTE_MS, id, { organization });

/** Events are shipped without an organization; then nothing runs for hours while more happen. */
async function startUnnamed(): Promise<World> {
  const world = await startWorld({ jumpcloud: { apiKeys } });
  world.jumpcloud.add([eventAt(-30, 'a'), eventAt(-2, 'b')], ORG);
  await world.invoke();
  world.clock.advance(180 * MINUTE_MS);
  world.jumpcloud.add([eventAt(20, 'waiting'), eventAt(178, 'young')], ORG);
  return world;
}

const named = (world: World, ...ids: string[]) =>
  ids.length === 1
    ? { config: world.configure({ jumpcloud_api: { credentials: { org_id: ids[0] } } }) }
    : { config: world.configure({ jumpcloud_api: { credentials: { org_ids: ids } } }) };

test('an organization that is named later goes on where the stream was: what waited arrives, and nothing twice', async () => {
  await using world = await startUnnamed();
  await world.invoke({}, named(world, ORG));
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young']);
});

test('an organization that is no longer named goes on too, and back again', async () => {
  await using world = await startUnnamed();
  await world.invoke({}, named(world, ORG));
  world.clock.advance(30 * MINUTE_MS);
  world.jumpcloud.add([eventAt(190, 'later')], ORG);
  // Another process: what is known of names is asked once in each.
  const { Table } = await import('../../lib/state/table.ts');
  const fresh = () => ({ table: new Table(world.dynamodb, world.runtime.table.name) });
  await world.invoke({}, fresh());
  world.clock.advance(30 * MINUTE_MS);
  world.jumpcloud.add([eventAt(220, 'last')], ORG);
  await world.invoke({}, { ...named(world, ORG), ...fresh() });
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young', 'later', 'last']);
});

test('an organization that was named from the start and no longer is goes on', async () => {
  await using world = await startWorld({ jumpcloud: { apiKeys } });
  world.jumpcloud.add([eventAt(-30, 'a')], ORG);
  await world.invoke({}, named(world, ORG));
  world.clock.advance(180 * MINUTE_MS);
  world.jumpcloud.add([eventAt(20, 'waiting')], ORG);
  await world.invoke();
  assertArrivedOnce(world, ['a', 'waiting']);
});

test('of organizations that were named beside each other the one whose key is left goes on without a name', async () => {
  const keyOfOther = { [SIMULATED_API_KEY]: { organizations: [OTHER, ORG] } };
  await using world = await startWorld({ jumpcloud: { apiKeys: keyOfOther } });
  world.jumpcloud.add([eventAt(-30, 'a', OTHER)], OTHER);
  await world.invoke({}, named(world, ORG, OTHER));
  await world.invoke({}, named(world, ORG));
  world.clock.advance(180 * MINUTE_MS);
  world.jumpcloud.add([eventAt(20, 'waiting', OTHER)], OTHER);
  await world.invoke();
  assertArrivedOnce(world, ['a', 'waiting']);
});

test('of several organizations the one that ran before goes on, and the other begins', async () => {
  await using world = await startUnnamed();
  world.jumpcloud.add([eventAt(160, 'of the other', OTHER)], OTHER);
  await world.invoke({}, named(world, OTHER, ORG));
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young', 'of the other']);
});

test('where it is not known, the run stops and asks, with the instant from which it would go on', async () => {
  await using world = await startUnnamed();
  // What JumpCloud answers to a key that may not ask without an organization is not documented.
  for (const status of [400, 401, 403]) {
    world.jumpcloud.settings.onRequest = ({ headers }) =>
      headers['x-org-id'] === undefined ? { kind: 'answer', status } : undefined;
    const error = await world.invoke({}, named(world, ORG)).catch((reason) => reason);
    assert.equal(error.name, 'UnclearStreamError');
    assert.match(error.message, new RegExp(`up to 2026-11-20T11:59:30.*status ${status}`), 'and why it is not known');
    assert.match(error.message, /\{"take_over": "live#default", "org_id": "5f0+1"\}/);
  }
  await world.invoke({ take_over: 'live#default', org_id: ORG }, named(world, ORG));
  await world.invoke({}, named(world, ORG));
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young']);
});

test('while JumpCloud is down nobody has to decide: a later run goes on by itself', async () => {
  await using world = await startUnnamed();
  world.jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 503 });
  await assert.rejects(world.invoke({}, named(world, ORG)), { name: 'JumpCloudError', message: /status 503/ });
  world.jumpcloud.settings.onRequest = (_, n) => (n === 1 ? { kind: 'answer', status: 503 } : undefined);
  await world.invoke({}, named(world, ORG));
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young']);
});

test('what lies in quarantine and what the audit counted stay with the stream', async () => {
  await using world = await startUnnamed();
  const timestamp = new Date(NOON + 30 * MINUTE_MS).toISOString();
  const text = JSON.stringify({ id: 'bad', timestamp: 'soon', organization: ORG });
  world.jumpcloud.add([{ text, timestamp, service: 'sso' }], ORG);
  await world.invoke();
  const before = await world.invoke({ quarantine: 'list' });
  const asNamed = named(world, ORG);
  world.clock.advance(120 * MINUTE_MS);
  await world.invoke({}, asNamed);
  assert.deepEqual(await world.invoke({ quarantine: 'list' }, asNamed), before);
  const { message } = await world.invoke({ quarantine: 'replay' }, asNamed);
  assert.match(message, /1 shipped, 0 still in quarantine/);
  assertArrivedOnce(world, ['a', 'b', 'bad', 'waiting', 'young']);
  const audit = await world.invoke({ audit: true }, asNamed);
  assert.match(audit.message, /all 5 hours have the same number/);
});

test('two organizations never share a stream, whatever a person asks for', async () => {
  await using world = await startUnnamed();
  await world.invoke({}, named(world, ORG));
  const both = named(world, ORG, OTHER);
  const other = await world.invoke({ take_over: 'live#default', org_id: OTHER }, both);
  assert.match(other.message, /^There is no stream live#default with which live#5f0+2 could go on. Nothing was done/);
  const again = await world.invoke({ take_over: 'nothing', org_id: ORG }, both);
  assert.match(again.message, /has run before: there is nothing to take over/);
});

test('the key of another organization begins a stream of its own, which goes on when that one is named', async () => {
  const keyOfOther = { [SIMULATED_API_KEY]: { organizations: [OTHER, ORG] } };
  await using world = await startWorld({ jumpcloud: { apiKeys: keyOfOther } });
  world.jumpcloud.add([eventAt(-30, 'a')], ORG);
  world.jumpcloud.add([eventAt(-20, 'b', OTHER)], OTHER);
  await world.invoke({}, named(world, ORG));
  await world.invoke();
  world.clock.advance(180 * MINUTE_MS);
  world.jumpcloud.add([eventAt(20, 'waiting')], ORG);
  world.jumpcloud.add([eventAt(20, 'waiting too', OTHER)], OTHER);
  await world.invoke({}, named(world, ORG, OTHER));
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'waiting too']);
});

test('a run that is killed while it takes over a stream repeats nothing, wherever that was', async () => {
  for (let nth = 1; ; nth++) {
    await using world = await startUnnamed();
    await world.invoke();
    let commands = 0;
    const client: DynamoDb = world.dynamodb;
    const send: DynamoDb['send'] = async (command) => {
      if (++commands >= nth) throw new Error('killed');
      return await client.send(command);
    };
    const dying = new Table({ send }, world.runtime.table.name);
    const failed = await world.invoke({}, { ...named(world, ORG), table: dying }).then(
      () => false,
      () => true,
    );
    if (!failed) return assert.ok(nth > 6, `${nth} commands`);
    world.clock.advance(10 * MINUTE_MS);
    await world.invoke({}, named(world, ORG));
    assertArrivedOnce(world, ['a', 'b', 'waiting', 'young']);
  }
});

test('a rewind before the first run under a new name goes back in the stream that goes on, and loses nothing', async () => {
  await using world = await startUnnamed();
  const asNamed = named(world, ORG);
  const { message } = await world.invoke({ rewind_to: '-30m' }, asNamed);
  assert.match(message, /^Nothing to rewind: live#default reads from 2026-11-20T11:45/);
  await world.invoke({}, asNamed);
  assertArrivedOnce(world, ['a', 'b', 'waiting', 'young']);
});

test('a slice that an engine asks for without the name that the organization got meanwhile is that slice', async () => {
  const settings = { limit: 10 };
  await using world = await startWorld({ jumpcloud: { apiKeys }, config: { jumpcloud_api: { settings } } });
  const ids = numbered(40);
  world.jumpcloud.add(
    ids.map((id, n) => eventAt(n - 1440, id)),
    ORG,
  );
  await world.invoke();
  const range = { start_time: '-3d', events_per_slice: 20 };
  await world.invoke({ backfill: 'plan', ...range });
  const next = await world.invoke({ backfill: 'next', start_time: '-3d' });
  const slices = next.slices as { slice: string }[];
  world.clock.advance(5 * MINUTE_MS);
  await world.invoke({}, named(world, ORG));
  for (const { slice } of slices) {
    const { done } = await world.invoke({ backfill: 'ship', slice }, named(world, ORG));
    assert.equal(done, true);
  }
  assertArrivedOnce(world, ids);
  const again = await world.invoke({ backfill: 'next', start_time: '-3d' }, named(world, ORG));
  assert.deepEqual(again.slices, []);
  const several = await world.invoke({ backfill: 'ship', slice: slices[0]?.slice }, named(world, ORG, OTHER));
  assert.equal(several.failure, 'org_id is missing. Nothing was done');
});

test('a backfill that stopped in the middle of a slice goes on there, and repeats nothing', async () => {
  const settings = { limit: 10 };
  await using world = await startWorld({ jumpcloud: { apiKeys }, config: { jumpcloud_api: { settings } } });
  const ids = numbered(40);
  world.jumpcloud.add(
    ids.map((id, nth) => eventAt(-2880 + nth, id)),
    ORG,
  );
  await world.invoke();
  const backfill = { start_time: '-3d' };
  await world.invoke({ backfill: 'plan', ...backfill });
  const { slices } = await world.invoke({ backfill: 'next', ...backfill });
  const [{ slice = '' } = {}] = slices as { slice: string }[];
  // What a key answers that may not ask without an organization any more.
  world.jumpcloud.settings.onRequest = () =>
    world.shipped().length < 20 ? undefined : { kind: 'answer', status: 403 };
  await world.invoke({ backfill: 'ship', slice });
  world.jumpcloud.settings.onRequest = undefined;
  const config = world.configure({ jumpcloud_api: { credentials: { org_id: ORG }, settings } });
  await world.invoke({}, { config });
  await world.invoke({ backfill: 'ship', slice, org_id: ORG }, { config });
  assertArrivedOnce(world, ids);
  assert.partialDeepStrictEqual(await world.invoke({ backfill: 'finish', ...backfill }, { config }), {
    delivered: ids.length,
    slicesDone: 1,
  });
});
