/** What `npm start` says while it works, waits, is asked something, or is left alone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { configured, START, start, TOKENS } from './support/started.ts';

/** Without the terminal's line breaks. */
function unwrapped(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

test('with several organizations every sentence names the stream it tells of', async (t) => {
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

test('a pause that JumpCloud asks for is told once, with its reason and length, and can be cut short', async (t) => {
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

test('what --ask answers is JSON and nothing else on standard output: warnings are on the other', async (t) => {
  const { folder } = await configured(t, 5);
  const asked = start(t, folder, ['--ask', '{"dry_run": true, "colour": "blue"}'], TOKENS);
  assert.equal(await asked.exited, 0, asked.output());
  assert.equal(JSON.parse(asked.stdout()).wouldShip, 5);
  assert.match(asked.output(), /Warning: ignored: colour/);
});

test('a lever that does not exist is wrong use', async (t) => {
  const { folder } = await configured(t, 5);
  const run = start(t, folder, ['--ask', '{"dryRun": true}'], TOKENS);
  assert.equal(await run.exited, 2, run.output());
  assert.match(run.output(), /dryRun is written dry_run/);
});

for (const [written, says] of [
  [
    'jumpcloud: 2026-01-01T00:00:00.000000Z',
    /lastTime\.txt says 2026-01-01 00:00:00Z, but the checkpoint at .* counts\. To begin at lastTime\.txt remove/,
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

/** A parent that starts the program and is killed: what an orchestrator does to npm. @returns what was printed, at the end */
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
