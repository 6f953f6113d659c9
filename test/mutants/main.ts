/**
 * Plants each bug of the table in a copy of the repository, and reports which ones the tests
 * notice.
 *
 * `npm run test:bugs`, or `npm run test:bugs -- dynamodb-store sender` for the bugs whose file or
 * words hold one of these texts.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type PlantedBug, TARGETS, type Target } from './planted.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Neither needed by a test of the table nor small. */
const LEFT_OUT = /^(?:\.git|node_modules|cdk\.out|dist|\.local|bench\/results)(?:\/|$)/;
const TEST_TIMEOUT_MS = 60_000;
const SIMULATION = ['test/simulation/main.ts', '--histories', '30', '--seed', '1'];
const STORIES = 'test/simulation/stories.test.ts';
/** Of a bug that makes a run go in a circle. */
const LONGEST_COMMAND_MS = 180_000;

const print = (text: string) => process.stdout.write(`${text}\n`);
const { values, positionals: words } = parseArgs({ options: { help: { type: 'boolean' } }, allowPositionals: true });
if (values.help) {
  print('npm run test:bugs -- [WORD ...]    plants the bugs whose file or words hold a WORD; without one, all');
  process.exit();
}
const copy = mkdtempSync(join(tmpdir(), 'planted-bugs-'));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
cpSync(ROOT, copy, { recursive: true, filter: (path) => !LEFT_OUT.test(relative(ROOT, path)) });
symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');

/** @returns whether it ended well; it is stopped at the first test that fails */
function passes(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: copy, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = () => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, 'SIGKILL');
    const timer = setTimeout(stop, LONGEST_COMMAND_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (/^\s*not ok /m.test(output)) stop();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

const runTest = (file: string) => passes(['--test', '--test-reporter=tap', `--test-timeout=${TEST_TIMEOUT_MS}`, file]);

/** @returns the first check that fails; undefined where all pass */
async function firstFailing(tests: readonly string[]): Promise<string | undefined> {
  for (const file of tests) if (!(await runTest(file))) return file;
  if (!(await runTest(STORIES))) return STORIES;
  return (await passes(SIMULATION)) ? undefined : `the simulation (${SIMULATION.slice(1).join(' ')})`;
}

async function plant({ file, tests }: Target, { breaks, from, to }: PlantedBug): Promise<boolean> {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    original.replace(from, () => to),
  );
  const killer = await firstFailing(tests);
  writeFileSync(path, original);
  print(`${killer === undefined ? 'SURVIVED' : 'killed  '} ${file}: ${breaks}${killer ? ` [${killer}]` : ''}`);
  return killer !== undefined;
}

const isChosen = (text: string) => words.length === 0 || words.some((word) => text.includes(word));
const chosen = TARGETS.map(({ file, tests, bugs }) => {
  return { file, tests, bugs: bugs.filter(({ breaks }) => isChosen(`${file}: ${breaks}`)) };
}).filter(({ bugs }) => bugs.length > 0);
const stale = chosen.flatMap(({ file, bugs }) => {
  const text = readFileSync(join(copy, file), 'utf8');
  return bugs.filter(({ from }) => text.split(from).length !== 2).map(({ from }) => `${file}: ${from}`);
});
if (stale.length > 0) throw new Error(`These texts are not in their file exactly once:\n${stale.join('\n')}`);
const failing = await firstFailing([...new Set(chosen.flatMap(({ tests }) => tests))]);
if (failing !== undefined) throw new Error(`Without any bug, this fails: ${failing}. Mend it first.`);
let [planted, killed] = [0, 0];
for (const target of chosen) {
  for (const bug of target.bugs) {
    planted++;
    if (await plant(target, bug)) killed++;
  }
}
print(`${killed} of ${planted} planted bugs were noticed`);
process.exitCode = killed === planted ? 0 : 1;
