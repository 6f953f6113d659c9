/** Whole runs with `output.drop_fields` and `output.hash_fields`: what leaves, and what is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { driveBackfill } from '../../lib/backfill/drive.ts';
import { ssmSecret } from '../../lib/platform/secrets.ts';
import { inProcessEngine } from '../../local/in-process-engine.ts';
import type { Fault } from '../../simulators/faults.ts';
import { SIMULATED_ORGANIZATION } from '../../simulators/jumpcloud.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World, type WorldOptions } from '../support/world.ts';

const AT = NOON - 5 * MINUTE_MS;
const HASH = /^hmac_[0-9a-f]{32}$/;
const REFUSED: Fault = { kind: 'answer', status: 400, body: '{"malformedLines":1,"successfulLines":0}' };
const LISTS = { drop_fields: ['client_ip', 'geoip'], hash_fields: ['username'] };
const PRIVATE = { client_ip: '192.0.2.77', geoip: { latitude: 48.137 }, username: 'ada.lovelace', useful: 'yes' };
const SECRETS = /192\.0\.2\.77|48\.137|ada\.lovelace/;

function startPrivate(output: Record<string, unknown> = {}, options: WorldOptions = {}) {
  return startWorld({ ...options, config: { ...options.config, output: { ...LISTS, ...output } } });
}

/** All that the table holds, quarantined events unpacked. */
async function tableOf({ dynamodb, table }: World): Promise<string> {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: table.name }));
  const blobs = Items.flatMap((item) => Object.values(item).flatMap(({ B }) => (B ? [Buffer.from(B)] : [])));
  const texts = blobs.map((blob) => (blob.readUInt16BE(0) === 0x1f8b ? gunzipSync(blob).toString() : ''));
  return JSON.stringify(Items) + texts.join('\n');
}

async function refuseOnce(world: World, more = {}): Promise<void> {
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke({}, more);
  world.logzio.settings.onRequest = undefined;
}

for (const shape of ['logzio', 'ecs'] as const) {
  test(`a run ships no value that was dropped or hashed, original and copies included, shape ${shape}`, async () => {
    await using world = await startPrivate({
      shape,
      preserve_original_event: true,
      preserve_duplicate_custom_fields: true,
    });
    world.jumpcloud.add([loginAt(AT, 'one', PRIVATE), loginAt(AT + 1, 'two', PRIVATE)]);
    const { sample } = await world.invoke({ dry_run: true });
    assert.equal((await world.invoke()).shipped, 2);
    const out = JSON.stringify([sample, world.logzio.lines, world.printed]) + (await tableOf(world));
    assert.doesNotMatch(out, SECRETS);
    const names = world.logzio.lines.map((line) => /"username":"(\w+)"/.exec(line)?.[1]);
    assert.match(String(names[0]), HASH);
    assert.equal(names[0], names[1], 'equal values stay equal');
    assert.match(world.logzio.lines[0] ?? '', /"useful":"yes"/);
  });
}

test('a list that is set or changed between two runs makes no event new', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(AT, 'one', PRIVATE), { ...loginAt(AT, '', PRIVATE) }]);
  assert.equal((await world.invoke()).shipped, 2);
  for (const output of [LISTS, { drop_fields: ['useful'] }, {}]) {
    world.clock.advance(MINUTE_MS);
    const hashKeySecret = ssmSecret(world.ssm, '/jumpcloud-logzio/hash-key');
    const again = await world.invoke({}, { config: world.configure({ output }), hashKeySecret });
    assert.partialDeepStrictEqual(again, { shipped: 0, alreadyDelivered: 2 });
  }
});

test('quarantine keeps no such value; a replay ships the same log that the run would have shipped', async () => {
  await using world = await startPrivate();
  world.jumpcloud.add([loginAt(AT, 'one', PRIVATE), loginAt(AT, '', PRIVATE)]);
  await refuseOnce(world);
  assert.doesNotMatch(await tableOf(world), SECRETS);
  await world.invoke({ quarantine: 'replay' });
  await world.invoke({ start_time: '-1h', end_time: '-1m' });
  const [one, two, ...again] = world.logzio.lines;
  assert.deepEqual(again, [one, two]);
  assert.doesNotMatch(`${one}${two}`, SECRETS);
});

test('what was quarantined before a field was named is dropped and hashed by a replay, and in what the replay leaves', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(AT, 'one', PRIVATE)]);
  await refuseOnce(world);
  assert.match(await tableOf(world), SECRETS);
  const hashKeySecret = ssmSecret(world.ssm, '/jumpcloud-logzio/hash-key');
  const now = { config: world.configure({ output: LISTS }), hashKeySecret };
  // Without an answer nobody knows whether it arrived: what is left is written anew.
  world.logzio.settings.onRequest = (_, n) => (n % 2 === 0 ? { kind: 'reset' } : { kind: 'answer', status: 403 });
  await world.invoke({ quarantine: 'replay' }, now);
  assert.doesNotMatch(await tableOf(world), SECRETS);
  world.logzio.settings.onRequest = undefined;
  await world.invoke({ quarantine: 'replay' }, now);
  const [log] = world.shipped();
  assert.match(String(log?.username), HASH);
  world.clock.advance(MINUTE_MS);
  await world.invoke({ start_time: '-1h', end_time: '-1m' }, now);
  assert.deepEqual(world.shipped()[1]?.username, log?.username, 'it was hashed once');
});

test('of what cannot be read exactly only size and reason are kept, and a replay ships these', async () => {
  await using world = await startPrivate();
  const timestamp = new Date(AT).toISOString();
  const twice = `{"id":"twice","timestamp":"${timestamp}","service":"directory","username":"ada.lovelace","username":"x"}`;
  world.jumpcloud.add([{ text: twice }]);
  const post: typeof world.runtime.post = async (request) => {
    const answer = await world.runtime.post(request);
    const isPage = request.url.endsWith('/events') && answer.body.length > 2;
    return isPage ? { ...answer, body: Buffer.from(`[${twice},"ada.lovelace",{"username":"ada.lovelace"}]`) } : answer;
  };
  assert.equal((await world.invoke({}, { post })).quarantined, 3);
  const kept = await tableOf(world);
  assert.doesNotMatch(kept, SECRETS);
  assert.match(kept, /has the same field twice or is nested too deeply\. Only its size is kept/);
  assert.match(kept, /not a JSON object\. Only its size is kept/);
  await world.invoke({ quarantine: 'replay' });
  const messages = world.shipped().map(({ message }) => String(message));
  assert.equal(messages.filter((message) => message.startsWith(`An event of ${twice.length} bytes. `)).length, 1);
  assert.doesNotMatch(JSON.stringify(world.logzio.lines), SECRETS);
});

test('text that was quarantined unread before a field was named is not shipped by a replay', async () => {
  await using world = await startWorld();
  const post: typeof world.runtime.post = async (request) => {
    const answer = await world.runtime.post(request);
    return request.url.endsWith('/events') ? { ...answer, body: Buffer.from('["ada.lovelace"]') } : answer;
  };
  await world.invoke({}, { post });
  await world.invoke({ quarantine: 'replay' }, { config: world.configure({ output: { drop_fields: ['username'] } }) });
  assert.match(String(world.shipped()[0]?.message), /^An event of 14 bytes\./);
});

test('bytes that are no UTF-8 are kept as text without them, and the log is still marked', async () => {
  await using world = await startPrivate();
  const { text } = loginAt(AT, 'broken', { ...PRIVATE, useful: 'a?b' });
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('a?b') + 1] = 0xff;
  world.jumpcloud.add([{ text }]);
  const post: typeof world.runtime.post = async (request) => {
    const answer = await world.runtime.post(request);
    const body = Buffer.concat([Buffer.from('['), bytes, Buffer.from(']')]);
    return request.url.endsWith('/events') && answer.body.length > 2 ? { ...answer, body } : answer;
  };
  world.logzio.settings.onRequest = () => REFUSED;
  await world.invoke({}, { post });
  world.logzio.settings.onRequest = undefined;
  const kept = await tableOf(world);
  assert.doesNotMatch(kept, SECRETS);
  assert.doesNotMatch(kept, /base64:/);
  await world.invoke({ quarantine: 'replay' });
  assert.match(String(world.shipped()[0]?.shortened_fields), /no UTF-8/);
});

test('the id that an event without one gets is no hash of what was dropped', async () => {
  await using world = await startPrivate({ hash_fields: [] });
  const [one, two] = ['192.0.2.77', '192.0.2.78'].map((client_ip) => loginAt(AT, '', { client_ip }));
  world.jumpcloud.add([one, two].flatMap((event) => event ?? []));
  assert.equal((await world.invoke()).shipped, 2);
  const [first, second] = world.shipped().map(({ event_id }) => event_id);
  assert.equal(first, second, 'without what was dropped they are equal');
});

test("an organization that was dropped does not come back as the stream's", async () => {
  const jumpcloud_api = { credentials: { org_ids: [SIMULATED_ORGANIZATION] } };
  await using world = await startPrivate({ drop_fields: ['organization'] }, { config: { jumpcloud_api } });
  world.jumpcloud.add([loginAt(AT, 'one')]);
  assert.equal((await world.invoke()).shipped, 1);
  assert.equal(world.shipped()[0]?.organization, undefined);
});

test('a backfill drops and hashes too', async () => {
  await using world = await startPrivate({}, { config: { jumpcloud_api: { start_date: 'now' } } });
  await world.invoke();
  world.jumpcloud.add([loginAt(NOON - 60 * MINUTE_MS, 'old', PRIVATE)]);
  world.clock.advance(24 * 60 * MINUTE_MS);
  const engine = inProcessEngine((request) => world.invoke(request), world.clock, new AbortController().signal);
  await driveBackfill(engine, { start_time: '-3d' });
  assert.equal(world.logzio.lines.length, 1);
  assert.doesNotMatch(JSON.stringify(world.logzio.lines), SECRETS);
});

test('without its key a run ships nothing and says why; the check names the key, and the next run ships', async () => {
  await using world = await startPrivate({ hash_key_parameter: '/mine/hash-key' });
  world.jumpcloud.add([loginAt(AT, 'one', PRIVATE)]);
  await assert.rejects(world.invoke(), /SSM parameter \/mine\/hash-key cannot be read/);
  assert.equal(world.logzio.lines.length, 0);
  const { parts } = await world.invoke({ check: true });
  assert.match(String(parts), /WRONG: key of the hashes is readable: SSM parameter \/mine\/hash-key/);
  const Value = 'key-of-the-hashes-0123456789abcdef';
  await world.ssm.send(new PutParameterCommand({ Name: '/mine/hash-key', Value, Type: 'SecureString' }));
  assert.equal((await world.invoke()).shipped, 1);
  assert.doesNotMatch(JSON.stringify([world.printed, world.logzio.lines]), new RegExp(Value));
});
