/** `{"check": true}`: each part is tested by itself, and what is wrong comes with what to do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ssmSecret } from '../../lib/platform/secrets.ts';
import { Table } from '../../lib/state/table.ts';
import { SIMULATED_API_KEY, SIMULATED_ORGANIZATION } from '../../simulators/jumpcloud.ts';
import { SIMULATED_SHIPPING_TOKEN } from '../../simulators/logzio.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const CHECK = { check: true };

async function check(world: World, overrides: Parameters<World['invoke']>[1] = {}) {
  const { message, parts } = await world.invoke(CHECK, overrides);
  const lines = parts as string[];
  return {
    message,
    lines,
    /** The one line about a part, e.g. `ok: clocks agree: …`. */
    about(part: string): string {
      const found = lines.filter((line) => line.includes(`: ${part}: `));
      assert.equal(found.length, 1, `one line about "${part}" in\n${lines.join('\n')}`);
      return found[0] ?? '';
    },
    wrong: lines.filter((line) => line.startsWith('WRONG')),
  };
}

function pick(object: unknown, member: string): unknown {
  return (object as Record<string, unknown>)[member];
}

test('where all is well every part is ok, and one marked log is shipped', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a')]);
  await world.invoke({ scheduled: true });
  const { message, lines } = await check(world);
  assert.match(message, /^Check of live#default: All \d+ tested parts are right\.$/);
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('ok: ')),
    [],
  );
  const marked = world.shipped().filter(({ event_type }) => event_type === 'delivery_check');
  assert.equal(marked.length, 1);
  assert.deepEqual(world.logzio.spoilt, []);
});

for (const [shape, field] of [
  ['logzio', 'event_id'],
  ['ecs', 'event.id'],
] as const) {
  test(`the query it shows finds the marked log in shape ${shape}`, async () => {
    await using world = await startWorld({ config: { output: { shape } } });
    const { about } = await check(world);
    const [, type, id] =
      new RegExp(`search for type:(\\S+) AND ${field}:"([^"]+)"`).exec(about('Logz.io takes a log')) ?? [];
    const [log] = world.shipped();
    assert.equal(log?.type, type);
    assert.deepEqual(field === 'event_id' ? log?.event_id : pick(log?.event, 'id'), id);
  });
}

test('it touches neither the checkpoint nor the lease', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(NOON - 10 * MINUTE_MS, 'a')]);
  await world.invoke(CHECK);
  const result = await world.invoke({});
  assert.equal(result.shipped, 1);
});

test('a missing parameter is named, and Logz.io is tested all the same', async () => {
  await using world = await startWorld();
  const jumpcloudSecret = ssmSecret(world.ssm, '/elsewhere/jumpcloud-token');
  const { wrong, about, message } = await check(world, { jumpcloudSecret });
  assert.equal(wrong.length, 1);
  assert.match(about('JumpCloud credential is readable'), /there is no such parameter.*npm run tokens/);
  assert.match(about('Logz.io takes a log'), /^ok/);
  assert.match(message, /1 of \d+ parts is wrong: JumpCloud credential is readable\. \d could not be tested/);
});

const REFUSALS = [
  { part: 'JumpCloud accepts the credential', advice: /npm run tokens/, settings: { apiKeys: {} } },
  {
    part: 'JumpCloud accepts role and organization',
    advice: /Command Runner/,
    settings: { apiKeys: { [SIMULATED_API_KEY]: { organizations: [SIMULATED_ORGANIZATION], forbidden: true } } },
  },
  {
    part: 'Directory Insights is enabled',
    advice: /Admin Portal/,
    settings: { organizationsWithoutInsights: [SIMULATED_ORGANIZATION] },
  },
];

for (const { part, advice, settings } of REFUSALS) {
  test(`"${part}" is reported apart from the other refusals of JumpCloud, with what to do`, async () => {
    await using world = await startWorld();
    Object.assign(world.jumpcloud.settings, settings);
    const { wrong, about } = await check(world);
    assert.equal(wrong.length, 1);
    assert.match(about(part), advice);
    assert.match(about('JumpCloud answers'), /^ok/);
    assert.match(about('clocks agree'), /^ok/);
    assert.match(about('Logz.io takes a log'), /^ok/);
  });
}

test('a service that JumpCloud does not know is reported in its own words', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { services: ['directry'] } } } });
  const { about } = await check(world);
  assert.match(about('JumpCloud accepts services and search_term'), /WRONG.*status 400.*services/);
});

test('a JumpCloud that cannot be reached, or is none, is one fault among the others', async () => {
  await using world = await startWorld();
  const config = world.configure({ jumpcloud_api: { url: world.logzio.url } });
  const { about } = await check(world, { config });
  assert.match(about('JumpCloud answers'), /WRONG.*404.*jumpcloud_api/);
  assert.match(about('Logz.io takes a log'), /^ok/);
});

test('an address that nobody answers at is reported with the ways out to look at', async () => {
  await using world = await startWorld();
  const config = world.configure({ jumpcloud_api: { url: 'http://127.0.0.1:9' } });
  const { about } = await check(world, { config });
  assert.match(about('JumpCloud answers'), /WRONG.*ECONNREFUSED.*network\.proxy/);
});

test('clocks that differ are reported with their direction', async () => {
  await using world = await startWorld();
  world.jumpcloud.settings.clock = () => world.clock.now() - 90_000;
  const { about } = await check(world);
  assert.match(about('clocks agree'), /WRONG.*our clock is 90 s ahead of JumpCloud's/);
});

test('a token that Logz.io refuses is reported, and so is that events of JumpCloud could be read', async () => {
  await using world = await startWorld();
  world.logzio.settings.tokens = ['another'];
  const { wrong, about } = await check(world);
  assert.equal(wrong.length, 1);
  assert.match(about('Logz.io takes a log'), /401.*npm run tokens.*region/);
  assert.match(about('JumpCloud accepts the credential'), /^ok/);
});

test('a stream that never ran is no fault', async () => {
  await using world = await startWorld();
  const { wrong, about } = await check(world);
  assert.deepEqual(wrong, []);
  assert.match(about('events arrive'), /NOT TESTED.*has not run yet/);
});

test('a schedule that stopped is not taken for runs that fail', async () => {
  await using world = await startWorld();
  await world.invoke({ scheduled: true });
  world.clock.advance(60 * MINUTE_MS);
  const stopped = await check(world);
  assert.match(stopped.about('schedule is running'), /WRONG.*began 60 min ago.*EventBridge Scheduler/);
  assert.match(stopped.about('events arrive'), /WRONG.*alarm-stale/);

  world.logzio.settings.tokens = ['another'];
  world.jumpcloud.add([loginAt(world.clock.now() - 5 * MINUTE_MS, 'late')]);
  await assert.rejects(world.invoke({ scheduled: true }));
  const failing = await check(world);
  assert.match(failing.about('schedule is running'), /^ok/);
  assert.match(failing.about('events arrive'), /WRONG/);
});

test('a run by hand does not pass for one of the schedule', async () => {
  await using world = await startWorld();
  await world.invoke({ scheduled: true });
  world.clock.advance(60 * MINUTE_MS);
  await world.invoke();
  assert.match((await check(world)).about('schedule is running'), /WRONG.*last scheduled run began 60 min ago/);
});

test('on a machine without a schedule the check does not test one', async () => {
  await using world = await startWorld();
  await world.invoke();
  const { parts } = await world.invoke({ check: true }, { hasSchedule: false });
  assert.match((parts as string[]).join('\n'), /NOT TESTED: schedule is running/);
});

test('scripts see in "ok" whether a part is wrong; events in quarantine are one', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([{ text: '{"id":"bad","timestamp":"soon"}', timestamp: '2026-11-20T11:35:00Z', service: 'sso' }]);
  assert.equal((await world.invoke({ check: true })).ok, true);
  await world.invoke();
  const result = await world.invoke({ check: true });
  assert.equal(result.ok, false);
  assert.match(result.message, /quarantine is empty/);
});

test('a stream that is set to stay far behind is well', async () => {
  const config = { jumpcloud_api: { settings: { source_lag: 1200, allowed_lateness: 60 } } };
  await using world = await startWorld({ config });
  await world.invoke();
  assert.match((await check(world)).about('events arrive'), /^ok.*20 min ago/);
});

test('a stream that is catching up is well', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { start_date: '-10d' } } });
  world.jumpcloud.add([loginAt(NOON - 9 * 24 * 60 * MINUTE_MS, 'old')]);
  let during: ReturnType<typeof check> | undefined;
  await world.invoke(
    {},
    {
      // Invoked while the run holds the lease: its page is on the way.
      post: async (request) => {
        if (request.url.includes('token=')) during ??= check(world, { post: world.runtime.post });
        await during;
        return await world.runtime.post(request);
      },
    },
  );
  assert.match((await during)?.about('events arrive') ?? '', /^ok.*catching up/);
});

test('a table that is not there is one fault', async () => {
  await using world = await startWorld();
  const { wrong, about } = await check(world, { table: new Table(world.dynamodb, 'another-table') });
  assert.equal(wrong.length, 1);
  assert.match(about('table is readable'), /another-table cannot be read.*ResourceNotFoundException/);
});

test('no token shows in what it finds, whatever is wrong', async () => {
  await using world = await startWorld();
  world.jumpcloud.settings.apiKeys = {};
  world.logzio.settings.tokens = ['another'];
  const { message, lines } = await check(world);
  const all = [message, ...lines, ...world.printed].join('\n');
  for (const token of [SIMULATED_API_KEY, SIMULATED_SHIPPING_TOKEN]) assert.ok(!all.includes(token));
});

test('it cannot be combined with another command', async () => {
  await using world = await startWorld();
  await assert.rejects(world.invoke({ check: true, audit: true }), /Give only one of .* at a time/);
});

for (const [alarms, said] of [
  [{ email: 'on-call@example.com' }, /on-call@example\.com gets no alarm before the link in AWS's mail is clicked/],
  [{ topicArn: 'arn:aws:sns:us-east-1:111122223333:incidents' }, /alarms go to arn:aws:sns:us-east-1:111122223333:inc/],
  [{}, /no alarm reaches anybody: set alarms\.email or alarms\.topic_arn/],
] as const) {
  const who = Object.keys(alarms)[0] ?? 'nobody';
  test(`a deployed check says where to see that alarms reach somebody: ${who} is named`, async () => {
    await using world = await startWorld();
    const { about } = await check(world, { alarms });
    assert.match(about('alarms reach somebody'), /^NOT TESTED/);
    assert.match(about('alarms reach somebody'), said);
  });
}

test('a check of many organizations ends in time although neither JumpCloud nor Logz.io answers', async () => {
  const org_ids = Array.from({ length: 10 }, (_, n) => `org-${n}`);
  await using world = await startWorld({ config: { jumpcloud_api: { credentials: { org_ids } } } });
  for (const { settings } of [world.jumpcloud, world.logzio])
    settings.onRequest = () => ({ kind: 'answer', status: 503 });
  const lifeMs = 60_000;
  const { streams } = await world.invoke(CHECK, {}, lifeMs);
  assert.equal((streams as unknown[]).length, 10);
  assert.ok(world.clock.now() < NOON + lifeMs, 'Lambda would have ended it without an answer');
});
