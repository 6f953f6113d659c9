/** What a good round leaves beside the checkpoint, and what the health command makes of it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseConfig } from '../../lib/config/parse.ts';
import { system } from '../../lib/platform/outside.ts';
import { Report } from '../../lib/ship/report.ts';
import { readHealth } from '../../local/health-file.ts';
import { sideFiles } from '../../local/side-files.ts';
import { isWell } from '../../local/status.ts';
import { readStatus, statusNotes } from '../../local/status-file.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
/** Three intervals of five minutes, and the source lag of 30 s. */
const LIMIT_MS = 15.5 * MINUTE_MS;

function placeOf(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'side-files-'));
  const folder = join(home, '.local');
  mkdirSync(folder);
  t.after(() => rmSync(home, { recursive: true }));
  t.mock.method(process, 'cwd', () => home);
  const said: string[] = [];
  const terminal = { columns: 80, say: (text = '') => void said.push(text), progress: () => {}, style: String };
  const { config } = parseConfig({ logzio: { url: 'https://listener.logz.io:8071' } }, {}, NOW);
  return { home, folder, said, onReached: sideFiles({ terminal, folder }, config) };
}

test('a watermark is healthy for three intervals and the source lag, and not a moment longer', (t) => {
  const { folder, onReached } = placeOf(t);
  assert.deepEqual(readHealth(folder, NOW), {
    healthy: false,
    says: `Unhealthy: no run has ended well yet: there is no readable health.json in ${folder}.`,
  });
  onReached(NOW);
  assert.equal(readHealth(folder, NOW + LIMIT_MS).says, 'Healthy: the watermark is 16 min old; up to 16 min is right.');
  assert.equal(readHealth(folder, NOW + LIMIT_MS).healthy, true);
  assert.deepEqual(readHealth(folder, NOW + LIMIT_MS + MINUTE_MS), {
    healthy: false,
    says: "Unhealthy: the watermark is 17 min old; over 16 min is too old. The program's output says why.",
  });
});

test('health that was written half, or by hand, counts as none', (t) => {
  const { folder } = placeOf(t);
  for (const text of [
    '',
    '{',
    'null',
    '{"watermark":"soon","staleAfterMs":1}',
    '{"watermark":"2026-11-20T12:00:00Z"}',
  ]) {
    writeFileSync(join(folder, 'health.json'), text);
    assert.equal(readHealth(folder, NOW).healthy, false, text);
  }
});

test("the health command ends with 0 or 1, and says the watermark, while the database is another one's", (t) => {
  const { home, onReached } = placeOf(t);
  onReached(Date.now());
  const command = [join(import.meta.dirname, '../../local/health.ts')];
  const options = { cwd: home, encoding: 'utf8', stdio: 'pipe' } as const;
  assert.match(
    execFileSync(process.execPath, command, options),
    /^Healthy: the watermark is \d+ s old; up to 16 min is right\.\n$/,
  );
  onReached(Date.now() - 60 * MINUTE_MS);
  assert.throws(() => execFileSync(process.execPath, command, options), {
    status: 1,
    stdout: /^Unhealthy: .* 6\d min old/,
  });
});

test('a file that cannot be written is said once, whatever the number of rounds, and keeps the others from nothing', (t) => {
  const { home, folder, said, onReached } = placeOf(t);
  mkdirSync(join(home, 'lastTime.txt'));
  onReached(NOW);
  onReached(NOW + MINUTE_MS);
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0] ?? '', /lastTime\.txt cannot be written: it is a folder/);
  assert.equal(readHealth(folder, NOW + MINUTE_MS).healthy, true);
  assert.match(readFileSync(join(folder, 'health.json'), 'utf8'), /12:01:00/);
});

test('after a first failure all is well again, also for an organization whose stream has an older name', (t) => {
  const { folder } = placeOf(t);
  const { config } = parseConfig({ jumpcloud_api: { credentials: { org_id: 'org-a' } } }, {}, NOW);
  const note = statusNotes({ config, folder, clock: { ...system.clock, now: () => NOW } });
  const wellAfter = (...round: Parameters<typeof note>) => {
    note(...round);
    const status = readStatus(folder) ?? assert.fail();
    return { well: isWell(status, NOW), streams: status.streams.map(({ stream }) => stream) };
  };
  const failed = wellAfter([], 'JumpCloud does not answer: no connection');
  assert.deepEqual(failed, { well: false, streams: ['live#org-a'] });
  const report = Object.assign(new Report('live#default', NOW), { watermark: NOW });
  assert.deepEqual(wellAfter([report]), { well: true, streams: ['live#default'] });
  assert.deepEqual(wellAfter([], 'JumpCloud answered 503'), { well: false, streams: ['live#default'] });
});
