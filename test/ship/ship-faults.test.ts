/**
 * The promise under faults: killed runs, deadlines, hangs, refusals and signals, in whole runs over
 * HTTP.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { MOST_UNSAVED_PAGES } from '../../lib/ship/in-flight.ts';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { assertArrivedOnce, numbered, repeats, runEveryFiveMinutes } from '../support/arrivals.ts';
import { killable } from '../support/killable.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const LIVE = 'live#default';
const PAGE = 10;
const START = NOON - 30 * MINUTE_MS;
const small = { config: { jumpcloud_api: { settings: { limit: PAGE } } } };

/** Events a second apart, long before the allowed lateness. @returns their ids */
function addEvents(world: World, count: number, more: Record<string, unknown> = {}): string[] {
  const ids = numbered(count);
  world.jumpcloud.add(ids.map((id, index) => loginAt(START + index * 1000, id, more)));
  return ids;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** Long enough for a request that must not come to have come. */
const quiet = () => wait(100);

async function settledOf(world: World): Promise<number> {
  return (await peek(world.table, LIVE))?.checkpoint.settled ?? Number.NaN;
}

test('a run killed after Logz.io took its bulks and before any save repeats two pages, and loses nothing', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 10 * PAGE);
  const life = killable(world);
  // The first UpdateItem takes the lease; every save after it hangs, so that pages pile up unsaved.
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n > 1 ? 'hold' : undefined);
  void world.invoke({}, life.overrides);
  await until(() => world.logzio.taken.lines >= MOST_UNSAVED_PAGES * PAGE);
  await quiet();
  life.kill();
  assert.equal(MOST_UNSAVED_PAGES, 2, 'the number the README promises');
  assert.equal(world.logzio.taken.lines, MOST_UNSAVED_PAGES * PAGE, 'a third page waits for the first to be saved');
  world.clock.advance(6 * MINUTE_MS);
  await world.invoke();
  assert.equal(repeats(world), MOST_UNSAVED_PAGES * PAGE);
  assert.deepEqual(new Set(world.shipped().map(({ id }) => id)), new Set(ids));
});

test('a run killed before any of its commands to DynamoDB repeats at most two pages, and loses nothing', async () => {
  for (let last = 2; last <= 9; last++) {
    await using world = await startWorld(small);
    const ids = addEvents(world, 7 * PAGE);
    const life = killable(world);
    let commands = 0;
    life.onCommand = () => (++commands >= last ? 'kill' : undefined);
    const run = world.invoke({}, life.overrides);
    await Promise.race([life.died, run]);
    await quiet();
    world.clock.advance(6 * MINUTE_MS);
    await world.invoke();
    assert.ok(repeats(world) <= MOST_UNSAVED_PAGES * PAGE, `${repeats(world)} repeats, killed at command ${last}`);
    assert.deepEqual(new Set(world.shipped().map(({ id }) => id)), new Set(ids), `killed at command ${last}`);
  }
});

test('a run killed between the fingerprints and the checkpoint moves nothing', async () => {
  const limit = 1000;
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit } } } });
  const ids = numbered(limit + 1);
  // Young enough that their fingerprints are needed, and too many for the checkpoint itself.
  world.jumpcloud.add(ids.map((id, index) => loginAt(NOON - 10 * MINUTE_MS + index, id)));
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n > 1 ? 'kill' : undefined);
  void world.invoke({}, life.overrides);
  await life.died;
  assert.ok(world.aws.dynamoDb.requests.some(({ headers }) => /PutItem/.test(String(headers['x-amz-target']))));
  assert.equal(await settledOf(world), NOON - 60 * MINUTE_MS);
  await quiet();
  world.clock.advance(6 * MINUTE_MS);
  await world.invoke();
  assert.ok(repeats(world) <= MOST_UNSAVED_PAGES * limit);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
});

test('a run whose deadline comes in the middle of a page saves what was acknowledged, says that there is more, and the next goes on without repeating', async () => {
  await using world = await startWorld();
  const padding = 'x'.repeat(30_000);
  const ids = addEvents(world, 500, { padding });
  // Five bulks, four of them under way at once; the deadline comes before the fifth.
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 1) world.clock.advance(270_000);
    return undefined;
  };
  const first = await world.invoke();
  assert.equal(first.caughtUp, false);
  assert.match(first.message, /there is more, and the next run goes on from there/);
  const shipped = Number(first.shipped);
  assert.ok(shipped > 0 && shipped < ids.length, `${shipped} shipped`);
  assert.equal(await settledOf(world), NOON - 60 * MINUTE_MS, 'the page is not complete');
  const second = await world.invoke();
  assert.equal(second.alreadyDelivered, shipped);
  assertArrivedOnce(world, ids);
});

test('Logz.io hangs: the run ends before its deadline, with the checkpoint saved', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 5 * PAGE);
  world.logzio.settings.onRequest = (_, n) => (n >= 3 ? { kind: 'hang' } : undefined);
  const run = world.invoke();
  run.catch(() => undefined);
  await until(() => world.logzio.requests.length >= 4);
  world.clock.advance(270_000); // nothing new is started from here on
  await turn();
  world.clock.advance(14_500); // and from here on nothing is waited for
  await assert.rejects(run, { name: 'RunFailedError', message: /Logz\.io POST \/: given up/ });
  assert.ok(world.clock.now() < NOON + 290_000);
  assert.equal(await settledOf(world), START + (2 * PAGE - 1) * 1000, 'the two pages before the hang are settled');
  world.logzio.settings.onRequest = undefined;
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('JumpCloud hangs: the run ends in good order before its deadline, with the pages before the hang saved', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 5 * PAGE);
  world.jumpcloud.settings.onRequest = (_, n) => (n >= 3 ? { kind: 'hang' } : undefined);
  const run = world.invoke();
  await until(() => world.jumpcloud.requests.length >= 3 && world.logzio.taken.lines >= 2 * PAGE);
  world.clock.advance(270_000);
  const result = await run;
  assert.equal(result.shipped, 2 * PAGE);
  assert.equal(result.caughtUp, false);
  assert.ok(world.clock.now() < NOON + 290_000);
  world.jumpcloud.settings.onRequest = undefined;
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('JumpCloud needs longer for a page than the run has left: the run says that there is more, and does not fail', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 5 * PAGE);
  world.jumpcloud.settings.onRequest = (_, n) => {
    if (n === 2) world.clock.advance(268_500);
    return n >= 3 ? { kind: 'hang' } : undefined;
  };
  const result = await world.invoke();
  assert.equal(result.shipped, 2 * PAGE);
  assert.match(result.message, /there is more, and the next run goes on from there/);
  world.jumpcloud.settings.onRequest = undefined;
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('JumpCloud hangs from the first request on: the run fails, because nothing at all was read', async () => {
  await using world = await startWorld(small);
  world.jumpcloud.settings.onRequest = () => ({ kind: 'hang' });
  const run = world.invoke();
  run.catch(() => undefined);
  await until(() => world.jumpcloud.requests.length >= 1);
  world.clock.advance(270_000);
  await assert.rejects(run, { name: 'RunFailedError', message: /JumpCloud POST \/events: given up/ });
});

test('a page larger than memory allows is asked for again with half the limit', async () => {
  await using world = await startWorld({
    config: { jumpcloud_api: { settings: { limit: 400 } } },
    logzio: { judge: false },
  });
  const ids = addEvents(world, 400, { profile_list: 'A'.repeat(60_000) });
  const result = await world.invoke();
  const limits = world.jumpcloud.requests.map(({ body }) => JSON.parse(body).limit);
  assert.deepEqual(limits, [400, 200, 200, 200]);
  assert.equal(result.retries, 1);
  assertArrivedOnce(world, ids);
});

test('behind events so large that pages had to be halved, pages grow to the configured limit again', async () => {
  await using world = await startWorld({
    config: { jumpcloud_api: { settings: { limit: 400 } } },
    logzio: { judge: false },
  });
  const large = addEvents(world, 300, { profile_list: 'A'.repeat(60_000) });
  const others = numbered(600).map((id) => `other-${id}`);
  world.jumpcloud.add(others.map((id, nth) => loginAt(NOON - 2 * MINUTE_MS + nth, id)));
  await world.invoke();
  const limits = world.jumpcloud.requests.map(({ body }) => JSON.parse(body).limit);
  assert.deepEqual(limits, [400, 200, 200, 400, 400]);
  assertArrivedOnce(world, [...large, ...others]);
});

test('a page goes out in several bulks, and their acknowledgements may come in any order', async () => {
  await using world = await startWorld();
  const ids = addEvents(world, 400, { padding: 'x'.repeat(30_000) });
  let releaseFirst = () => {};
  const held = new Promise<void>((resolve) => {
    releaseFirst = resolve;
  });
  world.logzio.settings.onRequest = async (_, n) => {
    if (n === 1) await held;
    return undefined;
  };
  const life = killable(world);
  void world.invoke({}, life.overrides);
  await until(() => world.printed.filter((line) => /"Logz\.io".*"status":200/.test(line)).length === 3);
  await turn();
  const fast = world.logzio.taken.lines;
  // The first bulk is still on its way. A save made now must not pass its events.
  world.clock.advance(100_000);
  await until(() => world.aws.dynamoDb.requests.filter(isUpdate).length >= 2);
  assert.equal(await settledOf(world), NOON - 60 * MINUTE_MS);
  life.kill();
  releaseFirst();
  await until(() => world.logzio.taken.bulks === 4);
  world.clock.advance(10 * MINUTE_MS);
  const next = await world.invoke();
  assert.equal(next.caughtUp, true);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
  assert.equal(next.alreadyDelivered, fast, 'what the three fast bulks brought was saved within the page');
  assert.equal(repeats(world), ids.length - fast, 'the slow bulk alone comes twice');
});

const isUpdate = ({ headers }: { headers: Record<string, unknown> }) =>
  /UpdateItem/.test(String(headers['x-amz-target']));

test('a bulk that Logz.io refuses for good fails the run; what came before is kept, and the next run repeats nothing of it', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 8 * PAGE);
  world.logzio.settings.onRequest = (_, n) => (n === 4 ? { kind: 'answer', status: 403 } : undefined);
  await assert.rejects(world.invoke(), { name: 'RunFailedError', message: /status 403/ });
  assert.equal(await settledOf(world), START + (3 * PAGE - 1) * 1000);
  await world.invoke();
  assertArrivedOnce(world, ids);
});

test('Logz.io is down for an hour: runs fail, the checkpoint stands, and then everything arrives once', async () => {
  await using world = await startWorld();
  const ids = addEvents(world, 60);
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 503 });
  for (let run = 0; run < 6; run++) {
    await assert.rejects(world.invoke(), /status 503; it is overloaded or failing/);
    world.clock.step(NOON + (run + 1) * 10 * MINUTE_MS);
  }
  world.logzio.settings.onRequest = undefined;
  await runEveryFiveMinutes(world, 2);
  assertArrivedOnce(world, ids);
});

test('DynamoDB refuses a save for a while: the run goes on or fails, but nothing is lost and nothing is repeated', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 6 * PAGE);
  let strikes = 0;
  world.aws.dynamoDb.settings.onRequest = ({ headers }) => {
    const isSave = /UpdateItem/.test(String(headers['x-amz-target'])) && world.logzio.taken.lines > 0;
    return isSave && ++strikes <= 2 ? { kind: 'reset' } : undefined;
  };
  await world.invoke();
  assert.equal(strikes > 2, true);
  assertArrivedOnce(world, ids);
});

test('SIGTERM: the bulk in hand is finished and saved, nothing new is started, and the next run goes on', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 8 * PAGE);
  const interrupt = new AbortController();
  world.logzio.settings.onRequest = (_, n) => {
    if (n === 3) interrupt.abort(new Error('SIGTERM'));
    return undefined;
  };
  const result = await world.invoke({}, { signal: interrupt.signal });
  assert.equal(result.caughtUp, false);
  const shipped = Number(result.shipped);
  assert.ok(shipped >= 3 * PAGE && shipped <= 4 * PAGE, `${shipped} shipped`);
  assert.equal(shipped, world.logzio.taken.lines, 'what was in hand is acknowledged, not abandoned');
  const next = await world.invoke();
  assert.equal(Number(next.shipped) + shipped, ids.length);
  assertArrivedOnce(world, ids);
});

test('SIGTERM while JumpCloud hangs and Logz.io hangs: the run still ends, 18 seconds after the signal', async () => {
  await using world = await startWorld(small);
  addEvents(world, 3 * PAGE);
  const interrupt = new AbortController();
  world.logzio.settings.onRequest = () => ({ kind: 'hang' });
  const run = world.invoke({}, { signal: interrupt.signal });
  run.catch(() => undefined);
  await until(() => world.logzio.requests.length >= 2);
  interrupt.abort(new Error('SIGTERM'));
  world.clock.advance(18_000);
  await assert.rejects(run, /given up/);
});

test('each bulk whose answer is lost may add one copy, and every one of them is counted', async () => {
  await using world = await startWorld(small);
  const ids = addEvents(world, 4 * PAGE);
  world.logzio.settings.onRequest = (_, n) => (n === 2 ? { kind: 'reset', applied: true } : undefined);
  const result = await world.invoke();
  assert.equal(result.possibleRepeats, PAGE);
  assert.equal(repeats(world), PAGE);
  assert.equal(new Set(world.shipped().map(({ id }) => id)).size, ids.length);
});
