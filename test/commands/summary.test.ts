/**
 * The metrics that alarms watch: shared by all streams, and under a stream's own name only while it
 * is in trouble.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createRunMetrics } from '../../lib/commands/summary.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import type { Outside } from '../../lib/platform/outside.ts';
import { Report } from '../../lib/ship/report.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

/** What was written: name, value, and the stream where one is named. */
function listening(settings: object = {}) {
  const written: [name: string, value: number, stream?: string][] = [];
  const metrics: Outside['metrics'] = {
    write: ({ name, value, stream }) => void written.push(stream === undefined ? [name, value] : [name, value, stream]),
  };
  const { config } = parseConfig({ jumpcloud_api: { settings } }, {}, NOON);
  return { written, metrics: createRunMetrics({ metrics, config }) };
}

const report = (more: Partial<Report>): Report =>
  Object.assign(new Report('live#default', NOON), { watermark: NOON - MINUTE_MS, ...more });

test('a healthy run writes its watermark age, and nothing under its own name', () => {
  const { written, metrics } = listening();
  metrics.run(report({}), NOON);
  assert.deepEqual(written, [['WatermarkAgeSeconds', 60]]);
});

test('a run that found the lease taken writes nothing: the other one does', () => {
  const { written, metrics } = listening();
  metrics.run(report({ heldUntil: NOON }), NOON);
  assert.deepEqual(written, []);
});

test('a stream in trouble is named: stale, late, or with events in quarantine', () => {
  const { written, metrics } = listening();
  const trouble = { watermark: NOON - 20 * MINUTE_MS, waitingInQuarantine: 3, greatestLatenessMs: 8 * MINUTE_MS };
  metrics.run(report(trouble), NOON);
  assert.deepEqual(
    written.filter(([, , stream]) => stream === 'live#default').map(([name, value]) => [name, value]),
    [
      ['WatermarkAgeSeconds', 1200],
      ['Quarantined', 3],
      ['GreatestLatenessSeconds', 480],
    ],
  );
});

test('a stream that is set to stay far behind is in no trouble', () => {
  const { written, metrics } = listening({ source_lag: 1200, allowed_lateness: 60 });
  metrics.run(report({ watermark: NOON - 21 * MINUTE_MS }), NOON);
  metrics.otherStream('live#other', NOON - 21 * MINUTE_MS, NOON);
  assert.deepEqual(written, [['WatermarkAgeSeconds', 1260]]);
});

test('another stream is reported only when it stands still', () => {
  const { written, metrics } = listening();
  metrics.otherStream('live#other', NOON - MINUTE_MS, NOON);
  assert.deepEqual(written, []);
  metrics.otherStream('live#other', NOON - 20 * MINUTE_MS, NOON);
  assert.deepEqual(written.at(-1), ['WatermarkAgeSeconds', 1200, 'live#other']);
});

test('an event that a window shipped by hand put into quarantine is measured at once', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([
    loginAt(NOON - 30 * MINUTE_MS, 'good'),
    { text: '{"id":"bad","timestamp":"soon"}', timestamp: '2026-11-20T11:35:00Z', service: 'sso' },
  ]);
  await world.invoke({ start_time: '-1h', end_time: '-10m' });
  assert.deepEqual(world.written, [{ name: 'Quarantined', unit: 'Count', value: 1, stream: 'live#default' }]);
});

test('an event that a window put into quarantine before it failed is measured at once, and by the next run', async () => {
  await using world = await startWorld();
  await world.invoke();
  world.jumpcloud.add([loginAt(NOON - 180 * MINUTE_MS, 'a'), loginAt(NOON - 150 * MINUTE_MS, 'b')]);
  let bulks = 0;
  world.logzio.settings.onRequest = () =>
    ++bulks === 1 ? { kind: 'answer', status: 400, body: '{"successfulLines":0}' } : { kind: 'answer', status: 403 };
  const config = world.configure({ jumpcloud_api: { settings: { limit: 1 } } });
  await assert.rejects(world.invoke({ start_time: '-4h', end_time: '-2h' }, { config }), /403/);
  await world.invoke();
  const quarantined = { name: 'Quarantined', unit: 'Count', value: 1, stream: 'live#default' };
  assert.deepEqual(
    world.written.filter(({ name }) => name === 'Quarantined'),
    [quarantined, quarantined],
  );
});

test('events that only a new filter finds are not measured as late', async () => {
  const only = (service: string) => ({ jumpcloud_api: { settings: { services: [service] } } });
  await using world = await startWorld({ config: only('sso') });
  await world.invoke();
  world.jumpcloud.add([loginAt(NOON - 14 * MINUTE_MS, 'a')]);
  const { shipped, late } = await world.invoke({}, { config: world.configure(only('directory')) });
  assert.deepEqual([shipped, late], [1, 0]);
  assert.deepEqual(
    world.written.filter(({ name }) => name === 'GreatestLatenessSeconds'),
    [],
  );
});

const MANY_NAMES = [{ name: 'UnknownFieldNames', unit: 'Count', value: 360, stream: 'live#default' }];

function addManyNames(world: World): void {
  for (const minutes of [30, 29, 28, 27]) {
    const fields = Object.fromEntries(Array.from({ length: 90 }, (_, n) => [`new_${minutes}_${n}`, 'x']));
    world.jumpcloud.add([{ ...loginAt(NOON - minutes * MINUTE_MS, `e${minutes}`), text: withFields(minutes, fields) }]);
  }
}

function namesReported({ written }: World) {
  return written.filter(({ name }) => name === 'UnknownFieldNames');
}

test('a day of many field names that no table knows is reported once, as a metric', async () => {
  await using world = await startWorld();
  addManyNames(world);
  await world.invoke({ rewind_to: '-1h' });
  await world.invoke({});
  await world.invoke({});
  assert.deepEqual(namesReported(world), MANY_NAMES);
});

test('many field names that a dry run saw before are reported all the same when a run ships them', async () => {
  await using world = await startWorld();
  const instance = world.instance();
  const give = (input: object) => instance(input, { getRemainingTimeInMillis: () => 290_000 });
  await give({});
  await give({ rewind_to: '-1h' });
  addManyNames(world);
  await give({ dry_run: true });
  assert.deepEqual(namesReported(world), []);
  assert.equal((await give({})).shipped, 4);
  await give({});
  assert.deepEqual(namesReported(world), MANY_NAMES);
});

function withFields(minutes: number, fields: object): string {
  return JSON.stringify({ ...JSON.parse(loginAt(NOON - minutes * MINUTE_MS, `e${minutes}`).text), ...fields });
}
