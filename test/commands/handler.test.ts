/**
 * What an invocation may be given, and what it answers: the schedule's input, the console's
 * templates, and nonsense.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertArrivedOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

/** The console's "hello-world" template. */
const HELLO_WORLD = { key1: 'value1', key2: 'value2', key3: 'value3' };
/** The console's "Scheduled event" template. */
const SCHEDULED_EVENT = {
  id: 'cdc73f9d-aea9-11e3-9d5a-835b769c0d9c',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '1970-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:123456789012:rule/ExampleRule'],
  detail: {},
};

async function startWithEvent(config = {}): Promise<World> {
  const world = await startWorld({ config });
  world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'a')]);
  return world;
}

for (const input of [{}, undefined, null, { org_id: null }]) {
  test(`${JSON.stringify(input)} runs the stream, without a warning`, async () => {
    await using world = await startWithEvent();
    const result = await world.invoke(input);
    assert.equal(result.shipped, 1);
    assert.equal(result.warnings, undefined);
  });
}

test('the console\'s "hello-world" template runs the stream and names the keys it ignored', async () => {
  await using world = await startWithEvent();
  const result = await world.invoke(HELLO_WORLD);
  assert.equal(result.shipped, 1);
  assert.match(String(result.warnings), /ignored: key1, key2, key3 \(this function knows org_id, start_time, /);
  assert.ok(world.printed.some((line) => line.includes('"WARN"') && line.includes('key1')));
});

test('the console\'s "Scheduled event" template does not take the stream back to 1970', async () => {
  await using world = await startWithEvent();
  const result = await world.invoke(SCHEDULED_EVENT);
  assert.equal(result.shipped, 1);
  assert.match(String(result.warnings), /ignored: id, detail-type, source, account, time, region, resources, detail/);
  const asked = JSON.parse(world.jumpcloud.requests[0]?.body ?? '{}');
  assert.equal(asked.start_time, '2026-11-20T10:59:59Z');
});

for (const input of ['text', 17, [1], true]) {
  test(`an input that is no object (${JSON.stringify(input)}) runs the stream with a warning`, async () => {
    await using world = await startWithEvent();
    const result = await world.invoke(input);
    assert.equal(result.shipped, 1);
    assert.match(String(result.warnings), /ignored: an input that is not a JSON object/);
  });
}

test('a run that shipped says how much and how far, with every number named', async () => {
  await using world = await startWithEvent();
  const { bytes, gzippedBytes, ...result } = await world.invoke();
  assert.ok(Number(bytes) > 100 && Number(gzippedBytes) > 100);
  assert.deepEqual(result, {
    message: 'Shipped 1 event; caught up to 2026-11-20T11:59:30.000Z.',
    stream: 'live#default',
    caughtUp: true,
    pages: 1,
    eventsRead: 1,
    shipped: 1,
    alreadyDelivered: 0,
    late: 0,
    greatestLatenessSeconds: 0,
    quarantined: 0,
    waitingInQuarantine: 0,
    shortened: 0,
    possibleRepeats: 0,
    retries: 0,
    bulks: 1,
    watermark: '2026-11-20T11:59:30.000Z',
    watermarkAgeSeconds: 30,
  });
  assert.ok(world.printed.some((line) => line.includes('"INFO"') && line.includes('Shipped 1 event')));
});

test('a run with nothing new says in words that this is normal', async () => {
  await using world = await startWorld();
  assert.match(
    (await world.invoke()).message,
    /^0 new events since 2026-11-20T11:45:00\.000Z: this is normal; caught up to/,
  );
});

test('a failed run is reported in the log, with its numbers, and fails the invocation', async () => {
  await using world = await startWithEvent();
  world.logzio.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  await assert.rejects(world.invoke(), { name: 'RunFailedError' });
  const line = world.printed.find((text) => text.includes('"ERROR"')) ?? '{}';
  assert.partialDeepStrictEqual(JSON.parse(line), { stream: 'live#default', eventsRead: 1, shipped: 0 });
  assert.match(JSON.parse(line).summary, /status 403/);
});

test('metrics get every run, the failed ones and the refused ones included', async () => {
  await using world = await startWithEvent();
  const heard: number[] = [];
  const onRun = ({ shipped }: { shipped: number }) => void heard.push(shipped);
  world.logzio.settings.onRequest = (_, n) => (n === 1 ? { kind: 'answer', status: 403 } : undefined);
  await assert.rejects(world.invoke({}, { onRun }));
  await world.invoke({}, { onRun });
  assert.deepEqual(heard, [0, 1]);
});

const TWO = {
  jumpcloud_api: { credentials: { org_ids: ['org-a', 'org-b'] } },
};
const twoOrganizations = async () => {
  const world = await startWorld({
    config: TWO,
    jumpcloud: { apiKeys: { 'jumpcloud-simulator-key': { organizations: ['org-a', 'org-b'], multiTenant: true } } },
  });
  for (const org of ['org-a', 'org-b']) world.jumpcloud.add([loginAt(NOON - MINUTE_MS, `of ${org}`)], org);
  return world;
};

test('the schedule names one organization, and only its stream runs', async () => {
  await using world = await twoOrganizations();
  const result = await world.invoke({ org_id: 'org-b' });
  assert.equal(result.stream, 'live#org-b');
  assert.equal(world.jumpcloud.requests[0]?.headers['x-org-id'], 'org-b');
  assertArrivedOnce(world, ['of org-b']);
});

test('without org_id all organizations run in turn, each with its share of the time', async () => {
  await using world = await twoOrganizations();
  world.jumpcloud.settings.onRequest = ({ headers }) =>
    headers['x-org-id'] === 'org-a' ? { kind: 'hang' } : undefined;
  const run = world.invoke();
  run.catch(() => undefined);
  while (world.jumpcloud.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
  world.clock.advance(140_000);
  await assert.rejects(run, /1 of 2 streams failed: live#org-a: .* \| live#org-b: Shipped 1 event/);
  assertArrivedOnce(world, ['of org-b']);
});

test('the answers of several streams come together, in one message and a list', async () => {
  await using world = await twoOrganizations();
  const result = await world.invoke();
  assert.match(result.message, /^live#org-a: Shipped 1 event; .*\. live#org-b: Shipped 1 event; /);
  assert.partialDeepStrictEqual(result.streams, [{ stream: 'live#org-a' }, { stream: 'live#org-b' }]);
});

test('an organization that is not configured is refused, with those that are, and nothing is done', async () => {
  await using world = await twoOrganizations();
  await assert.rejects(world.invoke({ org_id: 'org-c' }), {
    name: 'InputError',
    message: 'org_id org-c is not in config.yaml (configured: org-a, org-b). Nothing was done',
  });
  assert.equal(world.jumpcloud.requests.length + world.aws.dynamoDb.requests.length, 0);
});

test('one configured organization is found without naming it', async () => {
  await using world = await startWithEvent();
  await assert.rejects(world.invoke({ org_id: 'x' }), /configured: none: leave org_id out/);
});

test('a command that a message advises is for the organization alone of which the message speaks', async () => {
  await using world = await twoOrganizations();
  const config = world.configure({ jumpcloud_api: { start_date: 'now', ...TWO.jumpcloud_api } });
  const adviceIn = (text: string) => JSON.parse(/\{"(?:rewind_to|skip_to|start_time)".*?\}/.exec(text)?.[0] ?? '{}');
  const ask = (input: object): Promise<string> =>
    world.invoke({ ...input, org_id: 'org-b' }, { config }).then(JSON.stringify, (error: Error) => error.message);
  const advised = async (input: object) => adviceIn((await ask(input)).replaceAll('\\"', '"'));
  assert.deepEqual(await advised({}), { rewind_to: '-1h', org_id: 'org-b' });
  world.clock.advance(60 * MINUTE_MS);
  assert.equal((await advised({ start_time: '-30m', end_time: 'now' })).org_id, 'org-b', 'the rest of a window');
  assert.equal((await advised({ skip_to: '-1m' })).org_id, 'org-b', 'the confirmation of a skip');
  world.clock.advance(48 * 60 * MINUTE_MS);
  await ask({});
  world.clock.step(NOON);
  assert.equal((await advised({})).org_id, 'org-b', 'the way back from a clock that was ahead');
  assert.deepEqual(await advised({ check: true }), { rewind_to: '-1d', org_id: 'org-b' });
});
