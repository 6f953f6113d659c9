/**
 * Every command that the documents show is run as it stands there, in a checkout of its own; or it
 * is named with the reason why it cannot be run on any machine.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { configured, TOKENS } from '../support/started.ts';
import { ELSEWHERE, FOREIGN } from './commands-not-run.ts';
import { allShownCommands } from './shown-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Not part of a fresh checkout. */
const IGNORED = ['.git', ...readFileSync(join(ROOT, '.gitignore'), 'utf8').replaceAll('/', '').trim().split('\n')];
const NOTHING = /^$/;
const ALL_COUNTED = /slices? (?:is|are) done, with 0 events: exactly what JumpCloud counts\.$/m;

/** As shown, a part of what it prints, and as typed where a flag is added. */
type Case = readonly [shown: string, prints: RegExp, typed?: string];

/** In this order. */
const UNCONFIGURED: readonly Case[] = [
  ['npm start', /Every one of 4,\d{3} events exactly once/],
  ['npm run cost', /^\| 1,000,000 \| \$/m],
  ['npm run package', /^dist\/ holds DEPLOY\.md, .*SHA256SUMS\.$/m],
  ['npm run test:simulation -- --seed 1 --history 7', /^History 7 of seed 1 keeps the promise/m],
  ['npm run test:simulation -- --seed 1 --history 176', /^History 176 of seed 1 keeps the promise/m],
  ['npm run docs:configuration', /> node docs\/configuration\.ts/],
  ['npm run docs:fields', /> node docs\/fields\.ts/],
  ['npm run docs:logzio', /> node docs\/logzio\.ts/],
  ['npm run docs:messages', /^local\/start-arguments\.ts$/m],
  ['npm run docs:pictures', /> node docs\/pictures\.ts/],
  ['npm run docs:sigma', /> node docs\/sigma\.ts/],
  ['npm run docs:table', /> node docs\/table\.ts/],
  ['cp -n config.example.yaml ~/config.yaml', NOTHING],
  ['ln -s ~/config.yaml .', NOTHING],
  ['cp config.example.yaml config.yaml', NOTHING],
  ['npx cdk synth', /Type: AWS::Lambda::Function/],
  ['echo 2026-11-21T12:00:00.000000Z > lastTime.txt', NOTHING],
];

/** With a `config.yaml` for simulators, after a first run. */
const CONFIGURED: readonly Case[] = [
  ['npm run status -- --local', /^All is well\.$/m],
  ['npm run status', /^All is well\.$/m, 'npm run status -- --local'],
  ['node_modules/.bin/node local/command.ts status --local', /^All is well\.$/m],
  ['npm run dry-run', /^Dry run: 0 events would be shipped, /m, 'npm run dry-run -- --local'],
  ['npm run quarantine -- list', /^0 events of live#default wait/m, 'npm run quarantine -- list --local'],
  ['npm run quarantine -- replay', /^Replayed 0 entries of live#default/m, 'npm run quarantine -- replay --local'],
  ['npm run quarantine -- replay --local', /^Replayed 0 entries of live#default/m],
  ["npm start -- --ask '<JSON>'", /"ok": true/, `npm start -- --ask '{"check": true}'`],
  [`npm start -- --ask '{"audit": true}'`, /"differences": \[\]/],
  ['npm run check:live', /^All 9 tested parts are right\./m],
  ['npm run backfill -- --from -90d', ALL_COUNTED, 'npm run backfill -- --from -90d --local'],
  ['npm run backfill', ALL_COUNTED, 'npm run backfill -- --from -2h --local'],
];

/** docs/operations.md says that each explains itself. */
const HELPED = ['start', 'status', 'dry-run', 'quarantine', 'backfill', 'tokens', 'check:live', 'uninstall'];

function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shown-'));
  for (const name of readdirSync(ROOT).filter((one) => !IGNORED.includes(one)))
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** In the shell, with none of this machine's own settings and credentials. */
async function mustRun(command: string, prints: RegExp, cwd: string, environment: object = {}): Promise<void> {
  const { PATH } = process.env;
  const env = { PATH, HOME: join(cwd, 'dist'), npm_config_update_notifier: 'false', ...environment };
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.equal(code, 0, output + errors);
  assert.match(output, prints);
}

/** Of the files that a generator may write. */
function generatedIn(folder: string): Map<string, string> {
  const docs = readdirSync(join(folder, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`);
  const files = [...docs, 'config.example.yaml'].filter((name) => /\.\w+$/.test(name)).sort();
  return new Map(files.map((name) => [name, atAnyHour(readFileSync(join(folder, name), 'utf8'))]));
}

/** How many events lie in the last minutes of the trial depends on the hour: people sleep. */
function atAnyHour(generated: string): string {
  return generated.replaceAll(/\d+ (known already|min)\b/g, 'N $1');
}

describe('the commands in the documents', () => {
  const folders: string[] = [];
  const inCheckout = () => {
    const folder = checkout();
    folders.push(folder);
    return folder;
  };
  after(() => folders.map((folder) => rmSync(folder, { recursive: true })));

  it('are all run below, or named with the reason why not; and no other ones', () => {
    const known = new Set([...UNCONFIGURED, ...CONFIGURED].map(([shown]) => shown));
    for (const command of Object.values(ELSEWHERE).flat()) known.add(command);
    const shown = [...allShownCommands()].filter(
      (command) => !Object.values(FOREIGN).some((pattern) => pattern.test(command)),
    );
    assert.deepEqual(
      shown.filter((command) => !known.has(command)),
      [],
      'put it into a table of this file, or with a reason into commands-not-run.ts',
    );
    assert.deepEqual(
      [...known].filter((command) => !shown.includes(command)),
      [],
      'no document shows it any more',
    );
  });

  describe('without a configuration', () => {
    const folder = inCheckout();

    for (const [shown, prints] of UNCONFIGURED) {
      it(shown, () => mustRun(shown, prints, folder));
    }

    for (const name of HELPED) {
      const command = `npm ${name === 'start' ? '' : 'run '}${name} -- --help`;
      it(command, () => mustRun(command, /^Exit code: 0 /m, folder));
    }

    it('and the generators among them change no file: if one does, run it', () => {
      const [here, there] = [generatedIn(ROOT), generatedIn(folder)];
      assert.deepEqual(
        [...there.keys()].filter((name) => here.get(name) !== there.get(name)),
        [],
      );
    });
  });

  it('on a configured machine', async (t) => {
    const folder = inCheckout();
    const simulators = await configured(t, 250);
    cpSync(join(simulators.folder, 'config.yaml'), join(folder, 'config.yaml'));
    await mustRun('npm start -- --once', /Shipped 250 events/, folder, TOKENS);
    for (const [shown, prints, typed = shown] of CONFIGURED)
      await t.test(typed, () => mustRun(typed, prints, folder, TOKENS));
  });
});
