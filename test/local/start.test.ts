/**
 * `npm start` as a person or an orchestrator meets it: a process of its own, its output, its exit
 * code.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { SIMULATED_SHIPPING_TOKEN } from '../../simulators/logzio.ts';
import { makeEvents } from '../../simulators/make-events.ts';
import { folderOf } from '../support/folder.ts';
import { configured, MINUTE_MS, START, start, TOKENS } from '../support/started.ts';

function idsOf(lines: readonly string[]): string[] {
  return lines.map((line) => String(JSON.parse(line).id));
}

test('without configuration, a made-up day arrives whole and once, and it says where to look and how to go on', async (t) => {
  const folder = folderOf(t);
  const run = start(t, folder);
  assert.equal(await run.exited, 0, run.output());
  const output = run.output();
  assert.match(output, /Run 2: nothing may be shipped again\n.*0 events shipped/);
  assert.match(output, /Every one of 4,\d{3} events exactly once/);
  assert.match(output, /\.local\/logzio\.ndjson/);
  assert.match(output, /JUMPCLOUD_API_TOKEN/);
  assert.match(output, /config\.yaml.*npm run tokens.*cdk bootstrap && npx cdk deploy/s, 'the way to AWS in its order');
  const lines = (await readFile(join(folder, '.local', 'logzio.ndjson'), 'utf8')).trimEnd().split('\n');
  assert.ok(output.includes(`${String(lines.length).replace(/(\d{3})$/, ',$1')} events exactly once`));
  assert.equal((await stat(join(folder, '.local'))).mode & 0o777, 0o700);
  for (const line of output.split('\n')) assert.ok(line.length <= 80, line);
  assert.ok(!output.includes('\x1b'), 'a pipe gets no colour and no moving line');
  assert.doesNotMatch(output, new RegExp(`${SIMULATED_SHIPPING_TOKEN}|${SIMULATED_API_KEY}`));
});

test('wrong use is refused with exit code 2, and nothing that may be a token is repeated', async (t) => {
  const folder = folderOf(t);
  const help = start(t, folder, ['--help']);
  assert.equal(await help.exited, 0);
  assert.match(help.output(), /--demo/);
  const flag = start(t, folder, ['--dmeo']);
  assert.equal(await flag.exited, 2);
  assert.match(flag.output(), /Unknown flag --dmeo: did you mean --demo\? See --help\./);
  const token = start(t, folder, ['--token=SECRETsecret']);
  assert.equal(await token.exited, 2);
  assert.doesNotMatch(token.output(), /secret/i);
});

for (const [words, right] of [
  [['start', '--once'], /npm kept --once for itself .*: npm start -- --once/],
  [['start', '--ask', '{"check": true}'], /npm kept --ask for itself .*: npm start -- --ask/],
  [['run', 'backfill', '--events-per-slice=9'], /: npm run backfill -- --events-per-slice/],
] as const) {
  test(`npm ${words.join(' ')}, with the -- forgotten, is refused with the right command`, async (t) => {
    const folder = folderOf(t);
    const command = (name: string) => `"${process.execPath}" "${join(START, '..', `${name}.ts`)}"`;
    const scripts = { start: command('start'), backfill: command('backfill') };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, scripts }));
    const env = { PATH: process.env.PATH ?? '', HOME: folder, ...TOKENS };
    const { status, stderr } = spawnSync('npm', [...words], { cwd: folder, env, encoding: 'utf8' });
    assert.equal(status, 2, stderr);
    assert.match(stderr, right);
  });
}

test('with hashed fields it wants their key in HASH_KEY, and ships with it', async (t) => {
  const { folder, logzio } = await configured(t, 20, {}, { hash_fields: ['initiated_by.email'] });
  const without = start(t, folder, ['--once'], TOKENS);
  assert.notEqual(await without.exited, 0);
  assert.match(without.output(), /output\.hash_fields needs a key: set HASH_KEY to at least 32 letters/);
  const short = start(t, folder, ['--once'], { ...TOKENS, HASH_KEY: 'short-key' });
  assert.notEqual(await short.exited, 0);
  assert.match(short.output(), /HASH_KEY: found a text of 9 characters; expected at least 32 letters/);
  const key = 'k'.repeat(32);
  const run = start(t, folder, ['--once'], { ...TOKENS, HASH_KEY: key });
  assert.equal(await run.exited, 0, run.output());
  assert.match(logzio.lines.join('\n'), /"email":"hmac_[0-9a-f]{32}"/);
  assert.doesNotMatch(run.output() + logzio.lines.join('\n'), new RegExp(`${key}|"email":"[^h]`));
});

test('with one token only, it names the missing one and how to try without', async (t) => {
  const folder = folderOf(t);
  const run = start(t, folder, [], { LOGZIO_API_TOKEN: SIMULATED_SHIPPING_TOKEN });
  assert.equal(await run.exited, 2);
  assert.match(run.output(), /missing:\n {2}JumpCloud: set JUMPCLOUD_API_TOKEN.*\n.*--demo/);
});

test('with a configuration, it ships, writes lastTime.txt, goes on until it is stopped, and remembers what it shipped', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 250);
  const run = start(t, folder, [], TOKENS);
  await run.said('Shipped 250 events');
  run.child.kill('SIGTERM');
  assert.equal(await run.exited, 0, run.output());
  assert.match(run.output(), /Stopped .*checkpoint/);
  assert.match(
    await readFile(join(folder, 'lastTime.txt'), 'utf8'),
    /^jumpcloud: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\n$/,
  );
  assert.equal((await stat(join(folder, '.local'))).mode & 0o777, 0o700);
  const again = start(t, folder, ['--once'], TOKENS);
  assert.equal(await again.exited, 0, again.output());
  assert.match(again.output(), /0 new events/);
  assert.equal(new Set(idsOf(logzio.lines)).size, 250);
  assert.equal(logzio.lines.length, 250);
  assert.ok(jumpcloud.requests.every((request) => request.headers['x-api-key'] === SIMULATED_API_KEY));
  assert.doesNotMatch(run.output() + again.output(), new RegExp(`${SIMULATED_SHIPPING_TOKEN}|${SIMULATED_API_KEY}`));
});

test('stopped in the middle of a bulk, it finishes the bulk, saves, and the next start repeats and loses nothing', async (t) => {
  const { folder, logzio } = await configured(t, 2000);
  const inHand = Promise.withResolvers<void>();
  logzio.settings.latencyMs = 500;
  logzio.settings.onRequest = () => void inHand.resolve();
  const run = start(t, folder, [], TOKENS);
  await inHand.promise;
  run.child.kill('SIGINT');
  assert.equal(await run.exited, 0, run.output());
  logzio.settings.latencyMs = 0;
  const again = start(t, folder, ['--once'], TOKENS);
  assert.equal(await again.exited, 0, again.output());
  assert.equal(logzio.lines.length, 2000);
  assert.equal(new Set(idsOf(logzio.lines)).size, 2000);
});

test('the lastTime.txt of the Docker image is where it begins when there is no checkpoint', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 480);
  const since = Date.now() - 26 * MINUTE_MS;
  await writeFile(join(folder, 'lastTime.txt'), `jumpcloud: ${new Date(since).toISOString().replace('Z', '000Z')}\n`);
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  const expected = jumpcloud.visible().filter((event) => event.ms >= since).length;
  assert.equal(logzio.lines.length, expected);
  assert.ok(expected > 200 && expected < 280, String(expected));
});

test('a time range that is shipped before the first run leaves the lastTime.txt of the Docker image in force', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 480, { start_date: 'now' });
  const now = Date.now();
  jumpcloud.add(makeEvents({ count: 5, seed: 2, from: now - 150 * MINUTE_MS, to: now - 140 * MINUTE_MS }));
  await writeFile(join(folder, 'lastTime.txt'), `jumpcloud: ${new Date(now - 60 * MINUTE_MS).toISOString()}\n`);
  for (const words of [['--ask', '{"start_time": "-5h", "end_time": "-1h"}'], ['--once']]) {
    const run = start(t, folder, words, TOKENS);
    assert.equal(await run.exited, 0, run.output());
  }
  assert.equal(logzio.lines.length, 485);
});

test('a refusal is said in words, fails --once with exit code 1, and leaves lastTime.txt unwritten', async (t) => {
  const { folder, logzio } = await configured(t, 10);
  const run = start(t, folder, ['--once'], { ...TOKENS, JUMPCLOUD_API_TOKEN: 'wrongKeyWrongKeyWrongKey' });
  assert.equal(await run.exited, 1);
  assert.match(run.output(), /Failed: .*401/);
  assert.doesNotMatch(run.output(), /wrongKey/);
  await assert.rejects(stat(join(folder, 'lastTime.txt')), { code: 'ENOENT' });
  assert.deepEqual(logzio.lines, []);
});

test('where the page headers are lost, it ships what there is, says so, and asks again only an interval later', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 10);
  jumpcloud.settings.omitHeaders = ['x-search_after', 'x-result-count', 'x-limit'];
  const once = start(t, folder, ['--once'], TOKENS);
  assert.equal(await once.exited, 1);
  assert.match(once.output(), /Failed: [\s\S]*X-Search_after, X-Result-Count, X-Limit are missing/);
  assert.equal(logzio.lines.length, 10);
  const asked = jumpcloud.requests.length;
  const kept = start(t, folder, [], TOKENS);
  await kept.said('Trying again at');
  assert.equal(jumpcloud.requests.length, asked + 1);
  kept.child.kill('SIGTERM');
  await kept.exited;
});

test('two at a time in one folder: the second says so and ends', async (t) => {
  const { folder } = await configured(t, 10);
  const first = start(t, folder, [], TOKENS);
  await first.said('Shipped 10 events');
  const second = start(t, folder, ['--once'], TOKENS);
  assert.equal(await second.exited, 1);
  assert.match(second.output(), /in use by another run/);
  first.child.kill('SIGTERM');
  assert.equal(await first.exited, 0);
});

test('a checkpoint damaged by a power cut is never begun over in silence: it says what is damaged and what to do', async (t) => {
  const { folder } = await configured(t, 10);
  assert.equal(await start(t, folder, ['--once'], TOKENS).exited, 0);
  const data = join(folder, '.local', 'dynamodb', 'data');
  await writeFile(join(data, 'CURRENT'), '');
  for (const _again of [1, 2]) {
    const run = start(t, folder, ['--once'], TOKENS);
    assert.equal(await run.exited, 1);
    assert.match(run.output(), /The database in .*dynamodb cannot be opened .*back from a backup, or move it away/s);
    assert.doesNotMatch(run.output(), /node_modules/);
  }
  await rm(join(folder, '.local', 'dynamodb'), { recursive: true });
  const anew = start(t, folder, ['--once'], TOKENS);
  assert.equal(await anew.exited, 0, anew.output());
  assert.match(anew.output(), /Beginning at .*, as lastTime\.txt says/);
});
