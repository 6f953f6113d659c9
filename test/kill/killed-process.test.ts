/**
 * Nothing simulated: a real process over real sockets with a table on disk, killed with SIGKILL
 * again and again.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startJumpcloud } from '../../simulators/jumpcloud.ts';
import { startLogzio } from '../../simulators/logzio.ts';
import { folderOf } from '../support/folder.ts';
import { loginAt, MINUTE_MS, NOON } from '../support/world.ts';
import type { Work } from './child.ts';

const KILLS = 20;
const LIMIT = 3;
const EVENTS_A_ROUND = 8;
/** As the README promises it. */
const PAGES_A_KILLED_RUN_MAY_REPEAT = 2;
/** Longer than a lease. */
const ROUND_MS = 6 * MINUTE_MS;
/** A kill may strike at a request, or up to so long after it, when the table is written. */
const LATEST_KILL_MS = 24;

test('nothing is lost, and little repeated, when a process is killed 20 times', async (t) => {
  const path = folderOf(t);
  let now = NOON;
  const jumpcloud = await startJumpcloud({ clock: () => now });
  const logzio = await startLogzio({ clock: () => now });
  t.after(() => Promise.all([jumpcloud.close(), logzio.close()]));
  const ids: string[] = [];
  let kills = 0;
  for (let round = 1; kills < KILLS || round <= KILLS; round++) {
    for (let n = 1; n <= EVENTS_A_ROUND; n++) ids.push(`${round}-${n}`);
    jumpcloud.add(ids.slice(-EVENTS_A_ROUND).map((id, n) => loginAt(now - (n + 1) * 20_000, id)));
    const killAt = { request: 1 + (round % 7), afterMs: (round * 7) % LATEST_KILL_MS };
    if (await run(t, { now, path, jumpcloud: jumpcloud.url, logzio: logzio.url, limit: LIMIT }, killAt)) kills++;
    now += ROUND_MS;
  }
  assert.equal(await run(t, { now, path, jumpcloud: jumpcloud.url, logzio: logzio.url, limit: LIMIT }), false);
  const copies = new Map<string, number>();
  for (const line of logzio.lines) {
    const { id } = JSON.parse(line);
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  assert.deepEqual(
    ids.filter((id) => !copies.has(id)),
    [],
  );
  const repeated = logzio.lines.length - ids.length;
  t.diagnostic(`${kills} kills, ${ids.length} events, ${repeated} repeated`);
  assert.ok(repeated <= kills * PAGES_A_KILLED_RUN_MAY_REPEAT * LIMIT, `${repeated} events were repeated`);

  /** @returns whether the process was killed */
  async function run(context: TestContext, work: Work, kill?: { request: number; afterMs: number }): Promise<boolean> {
    const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'child.ts')], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    context.after(() => child.kill('SIGKILL'));
    let requests = 0;
    const onRequest = () => {
      requests++;
      if (requests === kill?.request) setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
      return undefined;
    };
    jumpcloud.settings.onRequest = onRequest;
    logzio.settings.onRequest = onRequest;
    child.stdin.on('error', () => undefined).end(JSON.stringify(work));
    const [code, signal] = await once(child, 'exit');
    if (signal === null) assert.equal(code, 0, 'the process ended by itself, and failed');
    return signal === 'SIGKILL';
  }
});
