/** What `npm start` says while it works, waits, is asked something, or is left alone. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configured, MINUTE_MS, START, start, TOKENS } from '../support/started.ts';

/** Without the terminal's line breaks. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

test('with several organizations every sentence names its stream', async (t) => {
  const { folder, jumpcloud } = await configured(t, 1, { credentials: { org_ids: ['org-a', 'org-b'] } });
  jumpcloud.settings.apiKeys = {
    [TOKENS.JUMPCLOUD_API_TOKEN]: { organizations: ['org-a', 'org-b'], multiTenant: true },
  };
  jumpcloud.add(jumpcloud.visible(), 'org-b');
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(unwrapped(run.output()), /live#org-a: 0 new events since/);
  assert.match(unwrapped(run.output()), /live#org-b: Shipped 1 event; caught up to .*\(1 page\)/);
});

test('--once promises no further run and asks nobody to stop it', async (t) => {
  const { folder } = await configured(t, 1);
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(run.output(), /, once\.\n/);
  assert.doesNotMatch(run.output(), /Ctrl\+C|every/);
});

test('a stream that begins now says how to see events at once, in commands of this machine', async (t) => {
  const { folder } = await configured(t, 5, { start_date: 'now' });
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(run.output(), /\n {2}npm start -- --ask '\{"rewind_to": "-1h"\}' && npm start\n/);
  assert.doesNotMatch(run.output(), /invoke|deploy/);
});

test('a command of a first run can be pasted, however long the id of the organization makes it', async (t) => {
  const orgId = '5f0e12ab34cd56ef78901234';
  const { folder, jumpcloud } = await configured(t, 5, { start_date: 'now', credentials: { org_id: orgId } });
  jumpcloud.settings.apiKeys = { [TOKENS.JUMPCLOUD_API_TOKEN]: { organizations: [orgId], multiTenant: true } };
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(
    run.output(),
    new RegExp(`\\n {2}npm start -- --ask '\\{"rewind_to": "-1h", "org_id": "${orgId}"\\}' && npm start\\n`),
  );
});

test('a first run says how many events JumpCloud had in the last hour, and how to test the token of Logz.io', async (t) => {
  const { folder } = await configured(t, 5, { start_date: 'now' });
  const run = start(t, folder, ['--once'], TOKENS);
  assert.equal(await run.exited, 0, run.output());
  assert.match(unwrapped(run.output()), /JumpCloud accepts the key: 5 events in the last hour\./);
  assert.match(run.output(), /\n {2}npm run check:live\n/);
});

for (const [which, made, says] of [
  ['JumpCloud', { JUMPCLOUD_API_TOKEN: 'madeUpKeyMadeUpKeyMadeUpKey' }, /Failed: .* JumpCloud .*401/],
  ['Logz.io', { LOGZIO_API_TOKEN: 'madeUpTokenMadeUpToken' }, /Failed: .* Logz\.io .*401/],
] as const) {
  test(`a made-up token of ${which} fails the first --once with 1, although the stream begins now`, async (t) => {
    const { folder } = await configured(t, 5, { start_date: 'now' });
    const run = start(t, folder, ['--once'], { ...TOKENS, ...made });
    assert.equal(await run.exited, 1, run.output());
    assert.match(unwrapped(run.output()), says);
    assert.doesNotMatch(run.output(), /madeUp/);
  });
}

/** util-linux's way to run a command on a terminal of its own. */
const onPty = 'script';
const noScript = spawnSync(onPty, ['--version']).status !== 0 && `needs the command "${onPty}" for a terminal`;

for (const [answer, shipped] of [
  ['y\r', 5],
  ['\r', 0],
] as const) {
  test(`on a terminal it offers to begin one hour back; after ${JSON.stringify(answer)} ${shipped} events arrive`, {
    skip: noScript,
  }, async (t) => {
    const { folder, logzio } = await configured(t, 5, { start_date: 'now' });
    const command = `'${process.execPath}' '${START}' --once`;
    const env = { PATH: process.env.PATH ?? '', TERM: 'dumb', ...TOKENS };
    const child = spawn(onPty, ['-qec', command, '/dev/null'], { cwd: folder, env });
    let printed = '';
    let isAnswered = false;
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (isAnswered || !printed.includes('[y/N] ')) return;
      isAnswered = true;
      child.stdin.write(answer);
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, printed);
    assert.match(unwrapped(printed), /Shipping begins with the events of now\. Begin one hour ago, .*\? \[y\/N\]/);
    assert.equal(logzio.lines.length, shipped, printed);
  });
}

test('a pause that JumpCloud asks for is reported once, with its reason and length, and can be cut short', async (t) => {
  const { folder, jumpcloud } = await configured(t, 5);
  jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 429, headers: { 'retry-after': '600' } });
  const run = start(t, folder, [], TOKENS);
  await run.said('JumpCloud answered 429; trying again in 10 min.');
  run.child.kill('SIGTERM');
  await run.exited;
  assert.equal(run.output().match(/trying again in/g)?.length, 1);
});

test('a run that failed says when the next one begins', async (t) => {
  const { folder, jumpcloud } = await configured(t, 5);
  jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 403 });
  const run = start(t, folder, [], TOKENS);
  await run.said('Trying again at ');
  assert.match(run.output(), /Failed: /);
  run.child.kill('SIGTERM');
  await run.exited;
});

test('a run that is asked for ships to its end although nobody reads what it says', async (t) => {
  const { folder, logzio } = await configured(t, 500);
  const run = start(t, folder, ['--ask', '{}'], { ...TOKENS, LOG_LEVEL: 'DEBUG' });
  run.child.stderr?.destroy();
  assert.equal(await run.exited, 0);
  assert.equal(logzio.lines.length, 500);
});

test('a check with a wrong part ends with 1, and its answer says so in a field', async (t) => {
  const { folder, logzio } = await configured(t, 5);
  const right = start(t, folder, ['--ask', '{"check": true}'], TOKENS);
  assert.equal(await right.exited, 0, right.output());
  logzio.settings.tokens = ['another'];
  const wrong = start(t, folder, ['--ask', '{"check": true}'], TOKENS);
  assert.equal(await wrong.exited, 1, wrong.output());
  assert.equal(JSON.parse(wrong.stdout()).ok, false);
});

for (const words of [['--ask', '{"dry_run": true}'], ['--ask={"dry_run": true}']])
  test(`what ${words.join(' ')} answers is JSON and nothing else on standard output: warnings are on the other`, async (t) => {
    const { folder } = await configured(t, 5, { start_date: '-95d' });
    const asked = start(t, folder, words, TOKENS);
    assert.equal(await asked.exited, 0, asked.output());
    assert.equal(JSON.parse(asked.stdout()).wouldShip, 5);
    assert.match(asked.output(), /Warning: jumpcloud_api\.start_date: is 95 days back/);
  });

test('a command that does not exist is wrong use, and nothing is shipped', async (t) => {
  const { folder, logzio } = await configured(t, 5);
  const run = start(t, folder, ['--ask', '{"dryRun": true}'], TOKENS);
  assert.equal(await run.exited, 2, run.output());
  assert.match(run.output(), /dryRun must be written dry_run/);
  const other = start(t, folder, ['--ask', '{"colour": "blue"}'], TOKENS);
  assert.equal(await other.exited, 2, other.output());
  assert.match(other.output(), /not known: colour \(this function knows org_id, .*\)\. Nothing was done/);
  assert.equal(logzio.lines.length, 0);
});

for (const [written, says] of [
  [
    'jumpcloud: 2026-01-01T00:00:00.000000Z',
    /lastTime\.txt says 2026-01-01 00:00:00Z, but shipping goes on from the checkpoint, .*\. To begin at lastTime\.txt remove/,
  ],
  ['the day before yesterday', /lastTime\.txt says "the day before yesterday".* The checkpoint in .* counts\./],
] as const) {
  test(`once there is a checkpoint, a lastTime.txt that says "${written}" is not obeyed, which is said`, async (t) => {
    const { folder, logzio } = await configured(t, 5);
    const first = start(t, folder, ['--once'], TOKENS);
    assert.equal(await first.exited, 0, first.output());
    assert.doesNotMatch(first.output(), /Warning/);
    await writeFile(join(folder, 'lastTime.txt'), `${written}\n`);
    const run = start(t, folder, ['--once'], TOKENS);
    assert.equal(await run.exited, 0, run.output());
    assert.match(unwrapped(run.output()), says);
    assert.equal(logzio.lines.length, 5);
  });
}

test('a lastTime.txt that was obeyed, or that nobody else wrote, is no reason for a warning after a run that failed on its way', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 250);
  await writeFile(join(folder, 'lastTime.txt'), `${new Date(Date.now() - 60 * MINUTE_MS).toISOString()}\n`);
  jumpcloud.settings.onRequest = (_request, n) => (n === 2 ? { kind: 'answer', status: 403 } : undefined);
  const failed = start(t, folder, ['--once'], TOKENS);
  assert.equal(await failed.exited, 1, failed.output());
  assert.match(failed.output(), /Beginning at .*, as lastTime\.txt says/);
  assert.equal(logzio.lines.length, 100);
  const further = start(t, folder, ['--once'], TOKENS);
  assert.equal(await further.exited, 0, further.output());
  assert.doesNotMatch(further.output(), /Warning/);
  assert.equal(logzio.lines.length, 250);
});

for (const startDate of ['-55m', '-90d', '-100d'])
  test(`a start_date of ${startDate} that was set after a first run that failed has no effect, which is said, with what to do`, async (t) => {
    const { folder, logzio } = await configured(t, 5, { start_date: '-10m' });
    const failed = start(t, folder, ['--once'], { ...TOKENS, JUMPCLOUD_API_TOKEN: 'wrongKeyWrongKeyWrongKey' });
    assert.equal(await failed.exited, 1, failed.output());
    const file = join(folder, 'config.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('-10m', startDate));
    const late = start(t, folder, ['--ask', '{"dry_run": true}'], TOKENS);
    assert.equal(await late.exited, 0, late.output());
    const said = /Warning: start_date is [^']* has\s+no\s+effect\. [^']*:\n {2}npm start -- --ask '(\{.*\})'\n/;
    const [, command = ''] = said.exec(late.output()) ?? assert.fail(late.output());
    const rewound = start(t, folder, ['--ask', command], TOKENS);
    assert.equal(await rewound.exited, 0, rewound.output());
    const run = start(t, folder, ['--once'], TOKENS);
    assert.equal(await run.exited, 0, run.output());
    assert.doesNotMatch(run.output(), /began at/);
    assert.equal(logzio.lines.length, 5);
  });

/**
 * A parent that starts the program and is killed: what an orchestrator does to npm.
 * @returns what was printed, at the end
 */
async function outlivedParent(t: TestContext, folder: string, environment: Record<string, string>) {
  const script = `"${process.execPath}" "${START}" & echo "pid $!"; wait`;
  const env = { PATH: process.env.PATH ?? '', ...TOKENS, ...environment };
  const parent = spawn('/bin/sh', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  parent.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(parent, 'close'); // of the pipes, which the program holds as well
  while (!printed.includes('Shipped 5 events')) await once(parent.stdout, 'data');
  const pid = Number(/pid (\d+)/.exec(printed)?.[1]);
  t.after(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  parent.kill('SIGKILL');
  return { pid, ended, printed: () => printed };
}

test('when npm is killed, it stops in good order instead of going on unseen', async (t) => {
  const { folder } = await configured(t, 5);
  const run = await outlivedParent(t, folder, { npm_lifecycle_event: 'start' });
  await run.ended;
  assert.match(run.printed(), /Stopped .*; the checkpoint/);
});

test('started without npm, it outlives the shell that it came from', async (t) => {
  const { folder } = await configured(t, 5);
  const run = await outlivedParent(t, folder, {});
  const ended = await Promise.race([
    run.ended.then(() => true),
    new Promise((resolve) => setTimeout(resolve, 2_500, false)), // it looks every second
  ]);
  assert.equal(ended, false, run.printed());
  process.kill(run.pid, 'SIGTERM');
  await run.ended;
  assert.match(run.printed(), /Stopped .*; the checkpoint/);
});
