/** `npm run status`, `npm run dry-run` and `npm run quarantine`, as a person types them. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { HELP, type Name, parseCommand } from '../../local/command-arguments.ts';
import { CommandLineError } from '../../local/command-line.ts';
import { showAnswer } from '../../local/command-screen.ts';
import type { Status } from '../../local/status.ts';
import { isWell } from '../../local/status.ts';
import { alarmsOf, lastRuns, statusFrom } from '../../local/status-cloud.ts';
import { showStatus } from '../../local/status-screen.ts';
import { createTerminal } from '../../local/terminal.ts';
import { configured, start, TOKENS } from '../support/started.ts';

const PROGRAM = join(import.meta.dirname, '../../local/command.ts');
const NOON = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;

function printed(show: (terminal: ReturnType<typeof createTerminal>) => void): string {
  let text = '';
  show(createTerminal({ write: (part: string) => (text += part) }, {}));
  return text;
}

async function run(t: TestContext, folder: string, words: readonly string[], environment = {}) {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: folder, env });
  t.after(() => child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('the command lines', () => {
  for (const name of Object.keys(HELP) as Name[]) {
    test(`${name} explains itself in 80 columns`, () => {
      assert.equal(parseCommand(name, ['--help']).help, true);
      assert.ok(HELP[name].split('\n').every((line) => line.length <= 80));
    });
  }

  test('quarantine lists, or replays all or some entries', () => {
    const { ask, stack } = parseCommand('quarantine', ['replay', '--ids', 'a,b', '--stack', 'other']);
    assert.deepEqual(JSON.parse(JSON.stringify(ask)), { quarantine: 'replay', ids: ['a', 'b'] });
    assert.equal(stack, 'other');
    for (const words of [[], ['lst'], ['list', '--ids', 'a'], ['--json']])
      assert.throws(() => parseCommand('quarantine', words), CommandLineError, words.join(' '));
  });

  test('a dry run has a range, or none', () => {
    const { ask } = parseCommand('dry-run', ['--from', '-2h', '--to=-1h']);
    assert.deepEqual(JSON.parse(JSON.stringify(ask)), { dry_run: true, start_time: '-2h', end_time: '-1h' });
    assert.throws(() => parseCommand('dry-run', ['--to', '-1h']), /--to needs --from/);
  });

  test('a wrong time is refused by the flag that was typed', () => {
    const dryRun = (words: string[]) => parseCommand('dry-run', words);
    assert.throws(() => dryRun(['--from', 'yesterday']), /^CommandLineError: --from: it cannot be read; give a time /);
    assert.throws(() => dryRun(['--from', '-1h', '--to', '-2h']), /--to must be after --from\. See --help\.$/);
    assert.throws(() => dryRun(['--from', '-99d']), /--from is before .*, and JumpCloud keeps events for 90 days/);
    const list = () => parseCommand('quarantine', ['list', '--before', 'noon']);
    assert.throws(list, /^CommandLineError: --before: it cannot be read/);
  });
});

describe('on this machine', () => {
  test('status says that nothing ran, then that all is well, then what failed, with exit codes', async (t) => {
    const { folder } = await configured(t, 20);
    const none = await run(t, folder, ['status', '--local']);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /No run has ended on this machine yet.*npm start/);

    assert.equal(await start(t, folder, ['--once'], TOKENS).exited, 0);
    const well = await run(t, folder, ['status', '--local']);
    assert.equal(well.code, 0, well.stdout);
    assert.match(well.stdout, /^live#default\n {2}freshness {4}read up to .* ago\n {2}last run .*Shipped 20 events/);
    assert.match(well.stdout, /quarantine {3}empty\n {2}alarms {7}not tested.*\nAll is well\.\n$/);
    const json = JSON.parse((await run(t, folder, ['status', '--local', '--json'])).stdout);
    assert.equal(json.ok, true);
    assert.equal(json.streams[0].stream, 'live#default');

    const failed = start(t, folder, ['--once'], { ...TOKENS, JUMPCLOUD_API_TOKEN: 'wrongKeyWrongKeyWrongKey' });
    assert.equal(await failed.exited, 1);
    const wrong = await run(t, folder, ['status', '--local']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /last run {5}failed [\s\S]*401[\s\S]*Something is wrong\. .*npm run check:live/);
  });

  test('status asked by another user says so, and not that nothing ran', {
    skip: process.getuid?.() === 0 ? false : 'needs root: becomes another user',
  }, async (t) => {
    const { folder } = await configured(t, 1);
    assert.equal(await start(t, folder, ['--once'], TOKENS).exited, 0);
    await chmod(folder, 0o755);
    const options = { cwd: folder, uid: 65_534, gid: 65_534, encoding: 'utf8' } as const;
    const other = spawnSync(process.execPath, [PROGRAM, 'status', '--local'], options);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /\.local is another user's\. Ask for the status as the user who runs the program\.\n$/);
  });

  test('status says with its exit code that all is well, also to `head -1`, which reads no further', async (t) => {
    const { folder } = await configured(t, 20);
    assert.equal(await start(t, folder, ['--once'], TOKENS).exited, 0);
    const child = spawn(process.execPath, [PROGRAM, 'status', '--local'], { cwd: folder });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    const [code] = await once(child, 'close');
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
  });

  test('a dry run ships nothing, and quarantine lists nothing', async (t) => {
    const { folder, logzio } = await configured(t, 20);
    const dry = await run(t, folder, ['dry-run', '--local', '--from', '-2h'], TOKENS);
    assert.equal(dry.code, 0, dry.stderr);
    assert.match(dry.stdout, /^Dry run: 20 events would be shipped\. Nothing was shipped or saved\.\n {2}\{/);
    assert.equal(logzio.lines.length, 0);
    const list = await run(t, folder, ['quarantine', 'list', '--local', '--json'], TOKENS);
    assert.deepEqual(JSON.parse(list.stdout).waiting, []);
  });

  test('a wrong range and missing tokens are wrong use', async (t) => {
    const { folder } = await configured(t, 1);
    assert.equal((await run(t, folder, ['dry-run', '--local', '--from', '2h'], TOKENS)).code, 2);
    assert.equal((await run(t, folder, ['dry-run', '--local'])).code, 2);
  });
});

describe('of a deployed stack', () => {
  const alarms = { count: 8, ringing: [], staleAfterMs: 15 * MINUTE_MS };
  const list = (waiting: object[]) => ({ message: '', stream: 'live#default', waiting });
  const line = (summary: string, more = {}) => ({
    ...{ level: 'INFO', summary, stream: 'live#default', watermark: new Date(NOON).toISOString() },
    ...more,
  });
  const ran = (...lines: ReturnType<typeof line>[]) =>
    new Map(lines.map((one) => [one.stream, { at: NOON, line: one }]));
  const shown = (status: Status) => printed((terminal) => showStatus(terminal, status, NOON + MINUTE_MS));

  test('all is well where runs succeed, quarantine is empty and no alarm rings', () => {
    const status = statusFrom(list([]), ran(line('Shipped 3 events.')), alarms);
    assert.equal(isWell(status, NOON + MINUTE_MS), true);
    assert.match(
      shown(status),
      /read up to 2026-11-20 12:00:00Z, 60 s ago\n.*Shipped 3 events\.\n.*empty\n.*none of 8 rings/,
    );
  });

  for (const [what, status, says] of [
    [
      'a run failed',
      statusFrom(list([]), ran(line('Logz.io refuses', { level: 'ERROR' })), alarms),
      /failed .*refuses/,
    ],
    [
      'events wait',
      statusFrom(list([{ events: 2 }]), ran(line('')), alarms),
      /2 events to look at[\s\S]*quarantine -- list/,
    ],
    ['no run reported', statusFrom(list([]), new Map(), alarms), /unknown: no run has reported/],
    ['the data are old', statusFrom(list([]), ran(line('')), { ...alarms, staleAfterMs: 1 }), /Something is wrong/],
    [
      'an alarm rings',
      statusFrom(list([]), ran(line('')), { ...alarms, ringing: ['x-late'] }),
      /x-late[\s\S]*alarms\.md/,
    ],
  ] as const) {
    test(`not all is well where ${what}`, () => {
      assert.equal(isWell(status, NOON + MINUTE_MS), false);
      assert.match(shown(status), says);
    });
  }

  test('one stream that does not report is not hidden by the others', () => {
    const answers = { message: '', streams: [list([]), { ...list([]), stream: 'live#b' }] };
    const status = statusFrom(answers, ran(line('')), alarms);
    assert.equal(isWell(status, NOON), false);
    assert.match(shown(status), /live#b\n {2}freshness {4}unknown/);
  });

  test('the newest run of each stream counts, over all pages; one that found the stream held does not', async (t) => {
    const event = (timestamp: number, summary: string, watermark: string | null) => ({
      timestamp,
      message: JSON.stringify(line(summary, { watermark })),
    });
    const pages = [
      { events: [event(2, 'newer', 'w'), event(1, 'older', 'w')], nextToken: 'next' },
      { events: [event(3, 'held', null)] },
    ];
    const server = createServer((_request, response) => response.end(JSON.stringify(pages.shift()))).listen(0);
    t.after(() => server.close());
    await once(server, 'listening');
    const client = new CloudWatchLogsClient({
      ...{ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    t.after(() => client.destroy());
    assert.equal((await lastRuns(client, 'group', 0)).get('live#default')?.line.summary, 'newer');
  });

  test('an alarm rings in state ALARM; the one on old data says how old is too old', async () => {
    const MetricAlarms = [
      { AlarmName: 'x-stale', StateValue: 'OK', Threshold: 930 },
      { AlarmName: 'x-failed', StateValue: 'ALARM' },
      { AlarmName: 'x-incomplete', StateValue: 'INSUFFICIENT_DATA' },
    ];
    const client = { send: async () => ({ MetricAlarms }) } as unknown as CloudWatchClient;
    const found = await alarmsOf(client, ['x-stale'], NOON);
    assert.deepEqual(found, { count: 3, ringing: ['x-failed'], staleAfterMs: 930_000 });
  });

  test('the alarm on the audit rings too when it has had no data for more than two days', async () => {
    const ringingAfter = async (hours: number) => {
      const since = { StateValue: 'INSUFFICIENT_DATA', StateUpdatedTimestamp: new Date(NOON - hours * 60 * MINUTE_MS) };
      const MetricAlarms = [
        { AlarmName: 'x-incomplete', ...since },
        { AlarmName: 'x-late', ...since },
      ];
      const client = { send: async () => ({ MetricAlarms }) } as unknown as CloudWatchClient;
      return (await alarmsOf(client, ['x-incomplete'], NOON)).ringing;
    };
    assert.deepEqual(await ringingAfter(47), []);
    assert.deepEqual(await ringingAfter(49), ['x-incomplete']);
  });

  test('no credentials: it says what to check, and that --local is for this machine', async (t) => {
    const { folder } = await configured(t, 1);
    const nowhere = { AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', HOME: folder };
    const { code, stderr } = await run(t, folder, ['status'], nowhere);
    assert.equal(code, 1);
    assert.match(stderr, /^Asking the stack jumpcloud-logzio\. For this machine, add: -- --local\n/);
    assert.match(stderr, /cannot be read: .*\n.*AWS_PROFILE and AWS_REGION.*--local/);
  });

  test('entries of the quarantine are rows', () => {
    const waiting = [{ id: 'abc', time: '2026-11-20T12:00:00.000Z', events: 2, reason: 'too long' }];
    const text = printed((terminal) => showAnswer(terminal, { message: '2 events wait.', waiting }));
    assert.equal(text, '2 events wait.\n  abc  2026-11-20 12:00:00Z  2 events\n    too long\n');
  });
});
