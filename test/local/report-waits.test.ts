/** What is said of pauses: why, how long, and not more often than it helps. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Log } from '../../lib/platform/outside.ts';
import { reportWaits } from '../../local/report-waits.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const MINUTE_MS = 60_000;
const silent = () => undefined;
const LOG: Log = { debug: silent, info: silent, warn: silent, error: silent };

let said: string[];
let waits: ReturnType<typeof reportWaits>;
const answered = (to: string, status: number | string) => waits.log.debug('request', { to, status });

beforeEach(() => {
  said = [];
  waits = reportWaits(new VirtualClock(Date.parse('2026-11-20T12:00:00Z')), LOG, (text) => said.push(text));
});

test('a pause after a refusal is reported with its reason and its length', async () => {
  answered('JumpCloud', 429);
  await waits.clock.sleep(5 * MINUTE_MS);
  answered('Logz.io', 'no connection (ECONNREFUSED)');
  await waits.clock.sleep(12_000);
  assert.deepEqual(said, [
    'JumpCloud answered 429; trying again in 5 min.',
    'Logz.io does not answer: no connection (ECONNREFUSED); trying again in 12 s.',
  ]);
});

test('the pauses of one trouble are reported once a minute, and so are those of several bulks at once', async () => {
  const pause = (ms: number) => {
    answered('Logz.io', 503);
    return waits.clock.sleep(ms);
  };
  await Promise.all([pause(4_000), pause(5_000)]);
  for (let again = 0; again < 3; again++) await pause(10_000);
  assert.equal(said.length, 1);
  await pause(MINUTE_MS);
  await pause(MINUTE_MS);
  assert.equal(said.length, 2);
});

test('a pause that is over before the line is read is not reported', async () => {
  answered('JumpCloud', 503);
  await waits.clock.sleep(800);
  assert.deepEqual(said, []);
});

test('an address where nobody answers is reported at the first pause, however short, with its advice', async () => {
  answered('JumpCloud', 'no connection (ENOTFOUND); the name api.jumpclowd.com cannot be resolved (DNS)');
  await waits.clock.sleep(100);
  assert.match(said.join('\n'), /the name api\.jumpclowd\.com cannot be resolved \(DNS\); trying again/);
});

test('a reason is reported with the pause that it caused, not of a later one', async () => {
  answered('JumpCloud', 429);
  await waits.clock.sleep(5_000);
  answered('JumpCloud', 200);
  await waits.clock.sleep(5_000);
  await waits.clock.sleep(5_000);
  assert.deepEqual(said, [
    'JumpCloud answered 429; trying again in 5 s.',
    'JumpCloud gave an answer that cannot be used; trying again in 5 s.',
    'A request failed; trying again in 5 s.',
  ]);
});

test('the log still gets every request', () => {
  const heard: string[] = [];
  const { log } = reportWaits(new VirtualClock(0), { ...LOG, debug: (message) => heard.push(message) }, silent);
  log.debug('request', { to: 'JumpCloud', status: 200 });
  assert.deepEqual(heard, ['request']);
});
