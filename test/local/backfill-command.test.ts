/** `npm run backfill`, as a person types it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { NO_TOTALS } from '../../lib/backfill/protocol.ts';
import { system } from '../../lib/platform/outside.ts';
import { HELP, parseBackfillArguments } from '../../local/backfill-arguments.ts';
import { findExecution } from '../../local/backfill-cloud.ts';
import { closingLines, progressLine } from '../../local/backfill-screen.ts';
import { CommandLineError } from '../../local/command-line.ts';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { loginAt } from '../support/world.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 24 * 3_600_000;
const LOCAL = join(import.meta.dirname, '../../local');

function parse(words: string) {
  return parseBackfillArguments(words.split(' '), NOON);
}

describe('the command line', () => {
  it('takes an age with a space or an equals sign, and means one instant by it', () => {
    const start = { start_time: '2026-08-22T12:00:00.000Z' };
    const expected = { kind: 'start', start, stack: 'jumpcloud-logzio', here: false };
    assert.deepEqual(parse('--from -90d'), expected);
    assert.deepEqual(parse('--from=-90d'), expected);
  });

  it('hands over everything that the function knows', () => {
    assert.deepEqual(
      parse('--from 2026-08-01 --to 2026-09-01 --org abc --concurrency 3 --events-per-slice 1000 --local'),
      {
        kind: 'start',
        start: {
          start_time: '2026-08-01T00:00:00.000Z',
          end_time: '2026-09-01',
          org_id: 'abc',
          max_concurrency: 3,
          events_per_slice: 1000,
        },
        stack: 'jumpcloud-logzio',
        here: true,
      },
    );
  });

  for (const { words, says } of [
    { words: '--to -1d', says: /--from is missing, for example --from -90d/ },
    { words: '--from 90d', says: /--from: an age has a minus, as in -90d/ },
    { words: '--from -1d --to -2d', says: /--to must be after --from/ },
    { words: '--from -1d --concurrency 1000', says: /--concurrency must be a whole number from 1 to 100/ },
    { words: '--from -1d --concurrency many', says: /--concurrency must be a whole number/ },
    { words: '--from -1d --frm x', says: /Unknown flag --frm: did you mean --from\? See --help\./ },
    { words: '--from --to -1d', says: /--from needs a value/ },
    { words: '--watch id --local', says: /--watch only looks/ },
  ]) {
    it(`says what is wrong with ${words}`, () => {
      assert.throws(
        () => parse(words),
        (error: Error) => error instanceof CommandLineError && says.test(error.message),
      );
    });
  }

  it('explains itself in 80 columns', () => {
    assert.ok(HELP.split('\n').every((line) => line.length <= 80));
  });
});

describe('the progress line', () => {
  const totals = { ...NO_TOTALS, slices: 1812, slicesDone: 181, events: 90_000_000, delivered: 9_000_000 };

  it('says slices done, events, rate and time left, in 80 columns', () => {
    const line = progressLine(totals, 600, 6_000_000);
    assert.equal(line, '  181 of 1,812 slices  9.0M of 90.0M events  10,000/s  2.3 h left');
    assert.ok(line.length < 80);
  });

  it('promises nothing before there is a rate', () => {
    assert.equal(progressLine(NO_TOTALS, 0, 0), '  cutting the range into slices…');
    assert.equal(progressLine(totals, 0, 0), '  181 of 1,812 slices  9.0M of 90.0M events');
  });

  it('says what it waits for when all that is there has been shipped', () => {
    const waiting = { ...totals, slicesDone: 1811, delivered: 90_000_000 };
    assert.equal(
      progressLine(waiting, 9, 9),
      '  1,811 of 1,812 slices  90.0M of 90.0M events  late events may still come',
    );
  });

  it('ends with the count, and with every slice that differs from it', () => {
    const differences = [{ slice: '2026-08-01T00:00:00.000Z', counted: 5, delivered: 4 }];
    assert.deepEqual(closingLines({ ...totals, slicesDone: 1812, delivered: 4, counted: 5, differences }), [
      '1812 of 1812 slices are done, with 4 events; JumpCloud counts 5 now, a difference of 1.',
      '  2026-08-01T00:00:00.000Z: JumpCloud counts 5, shipped 4',
    ]);
  });
});

describe('from this machine', () => {
  let jumpcloud: JumpcloudSimulator;
  let logzio: LogzioSimulator;
  const folder = mkdtempSync(join(tmpdir(), 'backfill-'));

  before(async () => {
    [jumpcloud, logzio] = await Promise.all([startJumpcloud(), startLogzio()]);
    const yaml = `logzio:\n  url: ${logzio.url}\njumpcloud_api:\n  url: ${jumpcloud.url}\n  start_date: now\n`;
    writeFileSync(join(folder, 'config.yaml'), yaml, { mode: 0o600 });
    jumpcloud.add(Array.from({ length: 500 }, (_, n) => loginAt(Date.now() - DAY_MS + n * 60_000, `event-${n}`)));
  });
  after(async () => {
    await Promise.all([jumpcloud.close(), logzio.close()]);
    rmSync(folder, { recursive: true });
  });

  const TOKENS = { JUMPCLOUD_API_TOKEN: SIMULATED_API_KEY, LOGZIO_API_TOKEN: SIMULATED_SHIPPING_TOKEN };

  function start(program: string, words: readonly string[], tokens = TOKENS) {
    const env = { ...process.env, ...tokens };
    const child = spawn(process.execPath, [join(LOCAL, program), ...words], { cwd: folder, env });
    let printed = '';
    child.stdout.on('data', (text) => (printed += text));
    child.stderr.on('data', (text) => (printed += text));
    return { child, printed: () => printed, ended: once(child, 'exit').then(([code]) => ({ code, printed })) };
  }

  const arrived = () => logzio.lines.map((line) => JSON.parse(line).id).filter((id) => String(id).startsWith('event-'));

  it('says what to do where no live stream has begun', async () => {
    const { code, printed } = await start('backfill.ts', ['--from', '-2d', '--local']).ended;
    assert.equal(code, 1);
    assert.match(printed, /live#default has not begun yet.*npm start -- --once/);
  });

  it('names the token that is missing, as wrong use', async () => {
    const noTokens = { JUMPCLOUD_API_TOKEN: '', LOGZIO_API_TOKEN: '' };
    const { code, printed } = await start('backfill.ts', ['--from', '-2d', '--local'], noTokens).ended;
    assert.equal(code, 2);
    assert.match(printed, /missing:\n {2}JumpCloud: set JUMPCLOUD_API_TOKEN/);
  });

  it('stops in good order at Ctrl-C, goes on where it was, and ships nothing twice', async () => {
    assert.equal((await start('start.ts', ['--once']).ended).code, 0);
    // The live stream has only just begun: what lies before it is not final yet, and the backfill
    // waits.
    const first = start('backfill.ts', ['--from', '-2d', '--local', '--events-per-slice', '100']);
    while (arrived().length < 500) await new Promise((resolve) => setTimeout(resolve, 50));
    first.child.kill('SIGINT');
    const { code, printed } = await first.ended;
    assert.equal(code, 130);
    assert.match(printed, /Stopping.*goes on where it was/);
    assert.ok(!printed.includes('\u001b'), 'no colour and no cursor movement in a pipe');

    const second = start('backfill.ts', ['--from', '-2d', '--local']);
    while (!second.printed().includes('All events of now are sent')) await once(second.child.stdout, 'data');
    second.child.kill('SIGINT');
    assert.match(
      second.printed().replaceAll(/\s+/g, ' '),
      /All events of now are sent\. Late ones may come until .*; waiting\. Ctrl-C is safe\./,
    );
    assert.equal((await second.ended).code, 130);
    assert.equal(arrived().length, 500);
    assert.equal(new Set(arrived()).size, 500);
  });
});

describe('a backfill that is looked for by a wrong name', () => {
  const cloudThatRan = (...names: string[]) => {
    const answer = { DurableExecutions: names.map((DurableExecutionName) => ({ DurableExecutionName })) };
    const send = async ({ input }: { input: object }) => ('ReverseOrder' in input ? answer : {});
    return { lambda: { send } as unknown as LambdaClient, clock: system.clock };
  };
  const find = (...names: string[]) => findExecution(cloudThatRan(...names), { shipper: 's', backfill: 'b' }, 'typo');

  it('is answered with the names of the latest ones', async () => {
    await assert.rejects(
      find('backfill-2', 'backfill-1'),
      /name typo .* The latest that it ran: backfill-2, backfill-1\./,
    );
  });

  it('or with how to start one, where there is none', async () => {
    await assert.rejects(find(), /It has run none at all; start one with --from\./);
  });
});
