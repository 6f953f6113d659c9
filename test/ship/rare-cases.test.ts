/** What seldom happens, and cost an event, a repeat or a false alarm before it was thought of. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { driveBackfill } from '../../lib/backfill/drive.ts';
import { createReadPages } from '../../lib/jumpcloud/pages.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { system } from '../../lib/platform/outside.ts';
import { inProcessEngine } from '../../local/in-process-engine.ts';
import { awsError, operationOf } from '../../simulators/aws-answers.ts';
import { killable } from '../support/killable.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;

async function everyFiveMinutes(world: World, runs: number, events = 5): Promise<void> {
  for (let run = 0; run < runs; run++) {
    const at = world.clock.now();
    world.jumpcloud.add(Array.from({ length: events }, (_, n) => loginAt(at - MINUTE_MS - n, `${run}-${n}-${at}`)));
    await world.invoke();
    world.clock.advance(5 * MINUTE_MS);
  }
}

test('a rewind on a quiet stream ships what it says, though few events were forgotten by then', async () => {
  await using world = await startWorld();
  await everyFiveMinutes(world, 24);
  const shippedBefore = world.logzio.lines.length;
  await world.invoke({ rewind_to: '-90m' });
  const { shipped } = await world.invoke();
  assert.ok(Number(shipped) >= 70, `${shipped} were shipped again`);
  assert.equal(world.logzio.lines.length, shippedBefore + Number(shipped));
  assert.equal((await world.invoke()).shipped, 0, 'and only once more');
});

test('two rewinds in a row do not make the audit cry wolf', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-5h' } } });
  await everyFiveMinutes(world, 60);
  await world.invoke({ rewind_to: '-3h' });
  await world.invoke({ rewind_to: '-4h' });
  await world.invoke();
  const { differences } = await world.invoke({ audit: true });
  assert.deepEqual(differences, []);
});

test('two events that are equal in everything are two in quarantine as well', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 1 } } } });
  const text = JSON.stringify({ timestamp: '2026-11-20T11:30:00Z', service: 'ldap', event_type: 'ldap_bind' });
  world.jumpcloud.add([{ text }, { text }]);
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 400, body: '{"successfulLines":0}' });
  await world.invoke();
  world.logzio.settings.onRequest = undefined;
  await world.invoke({ quarantine: 'replay' });
  assert.equal(world.logzio.lines.length, 2);
});

test('fingerprints of a save that was interrupted spare the repeats, and leave their hour out of the audit', async () => {
  await using world = await startWorld();
  const add = (count: number, name: string) => {
    const at = world.clock.now() - 5 * MINUTE_MS;
    world.jumpcloud.add(Array.from({ length: count }, (_, n) => loginAt(at + n, `${name}-${n}`)));
  };
  add(700, 'first');
  await world.invoke();
  world.clock.advance(5 * MINUTE_MS);
  add(1400, 'second');
  const life = killable(world);
  life.onCommand = (command, n) => (command === 'UpdateItemCommand' && n > 1 ? 'kill' : undefined);
  void world.invoke({}, life.overrides);
  await life.died;
  world.clock.advance(6 * MINUTE_MS);
  await world.invoke();
  assert.equal(world.logzio.lines.length, 2100, 'each once');
  for (let hour = 0; hour < 3; hour++) {
    world.clock.advance(HOUR_MS);
    await world.invoke();
  }
  assert.equal(world.logzio.lines.length, 2100);
  assert.deepEqual((await world.invoke({ audit: true })).differences, []);
});

test('a page of HTML with a 200 is not Logz.io: nothing counts as acknowledged', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(NOON - 5 * MINUTE_MS, 'kept')]);
  const html = { body: '<html>blocked</html>', type: 'text/html; charset=utf-8' };
  for (const { body, type } of [
    html,
    { ...html, type: 'TEXT/HTML' },
    { ...html, type: 'application/xhtml+xml' },
    { ...html, type: '' },
  ]) {
    const headers = type === '' ? undefined : { 'Content-Type': type };
    world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 200, body, ...(headers && { headers }) });
    await assert.rejects(world.invoke(), /page of HTML/);
  }
  world.logzio.settings.onRequest = undefined;
  assert.equal((await world.invoke()).shipped, 1);
});

test('a server that always states its own maximum as the limit is read to its end', async () => {
  const pages = [10, 10, 3];
  const ask = async () => {
    const searchAfter = `[${pages.length},"a"]`;
    const count = pages.shift() ?? 0;
    return {
      headers: { 'x-limit': '10000', 'x-result-count': `${count}`, 'x-search_after': searchAfter },
      body: Buffer.from(JSON.stringify(Array.from({ length: count }, (_, n) => ({ n })))),
      date: undefined,
      serverNow: undefined,
    };
  };
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, HOUR_MS);
  const read = createReadPages(ask, { ...system, clock })(
    { services: ['all'], limit: 10 },
    { start: 0, end: NOON },
    {
      deadline,
      onRetry: () => undefined,
    },
  );
  const counts: number[] = [];
  for await (const page of read) counts.push([...page.events()].length);
  assert.deepEqual(counts, [10, 10, 3]);
});

test('an event of many megabytes is put aside unread, and the others are shipped', async () => {
  await using world = await startWorld();
  const changes = `[${'0,'.repeat(3_000_000)}0]`;
  world.jumpcloud.add([
    loginAt(NOON - 5 * MINUTE_MS, 'small'),
    { text: `{"id":"huge","timestamp":"2026-11-20T11:50:00Z","service":"directory","changes":${changes}}` },
  ]);
  const { shipped, quarantined } = await world.invoke();
  assert.deepEqual([shipped, quarantined], [1, 1]);
});

test('what cannot be cleared away does not fail the run that saved everything', async () => {
  await using world = await startWorld();
  world.aws.dynamoDb.settings.onRequest = (request) =>
    operationOf(request) === 'DeleteItem' ? awsError('AccessDeniedException') : undefined;
  for (let round = 0; round < 3; round++) {
    const at = world.clock.now() - 10 * MINUTE_MS;
    world.jumpcloud.add(Array.from({ length: 1500 }, (_, n) => loginAt(at + n, `event-${round}-${n}`)));
    await world.invoke();
    world.clock.advance(HOUR_MS);
  }
  assert.equal(world.logzio.lines.length, 4500);
});

test('a backfill whose events Logz.io refuses for good ends, and says so', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now', settings: { limit: 10 } } } });
  await world.invoke();
  world.jumpcloud.add(Array.from({ length: 60 }, (_, n) => loginAt(NOON - 5 * HOUR_MS + n * 1000, `event-${n}`)));
  world.clock.advance(2 * HOUR_MS);
  let bulks = 0;
  world.logzio.settings.onRequest = () => (++bulks > 2 ? { kind: 'answer', status: 403 } : undefined);
  let asked = 0;
  const engine = inProcessEngine(
    (request) => {
      assert.ok(++asked < 200, 'it does not go on for ever');
      return world.invoke(request);
    },
    world.clock,
    new AbortController().signal,
  );
  await assert.rejects(driveBackfill(engine, { start_time: '-10h' }), { name: 'BackfillFailedError' });
});

test('a command that is misspelt only in its case or its dashes is refused: it would ship where it should only look', async () => {
  await using world = await startWorld();
  for (const input of [{ dryRun: true }, { DRY_RUN: true }, { 'rewind-to': '-1h' }, { audit: true, orgid: 'x' }]) {
    await assert.rejects(world.invoke(input), { name: 'InputError', message: /must be written .*Nothing was done/ });
  }
  assert.equal(world.jumpcloud.requests.length, 0);
});

test('a run does not call it normal while events wait in quarantine', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([{ text: '{"id":"bad","timestamp":"soon"}', timestamp: '2026-11-20T11:35:00Z', service: 'sso' }]);
  assert.match((await world.invoke()).message, /^0 new events since \S+ \(1 put into quarantine.*\); caught up/);
  world.clock.advance(5 * MINUTE_MS);
  assert.match((await world.invoke()).message, /\(1 waits in quarantine.*\); caught up/);
});
