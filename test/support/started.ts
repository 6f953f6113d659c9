/** `npm start` as a process of its own, and a folder with a configuration for simulators. */
import assert from 'node:assert/strict';
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { makeEvents } from '../../simulators/make-events.ts';
import { folderOf } from './folder.ts';

export const START = join(import.meta.dirname, '..', '..', 'local', 'start.ts');
export const MINUTE_MS = 60_000;
export const TOKENS = { LOGZIO_API_TOKEN: SIMULATED_SHIPPING_TOKEN, JUMPCLOUD_API_TOKEN: SIMULATED_API_KEY };

export interface Started {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  output(): string;
  /** The part of it on standard output. */
  stdout(): string;
  /** Resolves when `text` was printed. */
  said(text: string): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** Root may write everywhere: it becomes a user who may not. Any other user stays who it is. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export const start = starterAs({});
export const startAsNobody = starterAs(NOBODY);

type Start = (
  t: TestContext,
  folder: string,
  words?: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Started;

function starterAs(user: { readonly uid?: number; readonly gid?: number }): Start {
  return (t, folder, words = [], environment = {}) => {
    const { PATH = '' } = process.env;
    const options = { cwd: folder, env: { PATH, ...environment }, ...user };
    return started(t, spawn(process.execPath, [START, ...words], { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
  };
}

/** What a process prints, and how it ends. */
export function started(t: TestContext, child: ChildProcessByStdio<null, Readable, Readable>): Started {
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  let onStdout = '';
  child.stdout.on('data', (text: string) => {
    onStdout += text;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    exited,
    output: () => printed,
    stdout: () => onStdout,
    async said(text) {
      while (!printed.includes(text)) {
        const ended = await Promise.race([once(child.stdout, 'data').then(() => false), exited.then(() => true)]);
        if (ended && !printed.includes(text)) assert.fail(`ended without "${text}":\n${printed}`);
      }
    },
  };
}

/** A folder with a `config.yaml` for simulators that hold `count` events of the last hour. */
export async function configured(
  t: TestContext,
  count: number,
  given: { readonly start_date?: string; readonly credentials?: object } = {},
  output: object = {},
): Promise<{ folder: string; jumpcloud: JumpcloudSimulator; logzio: LogzioSimulator }> {
  const folder = folderOf(t);
  const jumpcloud = await startJumpcloud();
  const logzio = await startLogzio();
  t.after(() => Promise.all([jumpcloud.close(), logzio.close()]));
  const now = Date.now();
  jumpcloud.add(makeEvents({ count, seed: 1, from: now - 50 * MINUTE_MS, to: now - 2 * MINUTE_MS }));
  const config = {
    logzio: { url: logzio.url },
    jumpcloud_api: { url: jumpcloud.url, start_date: '-1h', settings: { time_interval: 1, limit: 100 }, ...given },
    output,
  };
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(config)); // JSON is YAML
  return { folder, jumpcloud, logzio };
}
