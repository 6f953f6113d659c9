/**
 * An AWS to deploy to: MiniStack on loopback, with everything it writes in a directory that goes
 * away with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonPrograms } from '../support/python.ts';

export interface MiniStack {
  readonly endpoint: string;
  /**
   * What a child process needs in its environment to take this for AWS; nothing of the developer's
   * own account is in it.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** For whatever else has to go away with it. */
  readonly directory: string;
  stop(): Promise<void>;
}

export const REGION = 'us-east-1';
/** MiniStack's root: with IAM enforced, everybody else is held to their policies. */
const ROOT = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const START_TIMEOUT_MS = 60_000;
const BINARIES = join(import.meta.dirname, '../../node_modules/.bin');

/**
 * @param enforceIam whether what a policy does not allow is refused; without it anybody may do
 * anything.
 */
export async function startMiniStack({ enforceIam = true } = {}): Promise<MiniStack> {
  const programs = await pythonPrograms(join(import.meta.dirname, 'requirements.txt'));
  // Outside of this project: MiniStack puts CommonJS beside the functions it runs, and we are a
  // package of ES modules.
  const directory = mkdtempSync(join(tmpdir(), 'ministack-'));
  mkdirSync(join(directory, 'tmp'));
  const port = await freePort();
  const base = {
    // MiniStack runs Lambda functions with the first node it finds.
    PATH: [BINARIES, process.env.PATH].join(delimiter),
    HOME: directory,
    TMPDIR: join(directory, 'tmp'),
  };
  const child = spawn(join(programs, 'ministack'), {
    cwd: directory,
    // A group of its own, so that its Lambda workers end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...base,
      ...ROOT,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: REGION,
      S3_DATA_DIR: join(directory, 's3'),
      STATE_DIR: join(directory, 'state'),
      AUTH: String(enforceIam),
    },
  });
  const killGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  };
  process.once('exit', killGroup);
  const log = createWriteStream(join(directory, 'ministack.log'));
  child.stdout.pipe(log);
  child.stderr.pipe(log, { end: false });
  await ready(child);

  return {
    endpoint: `http://127.0.0.1:${port}`,
    directory,
    environment: {
      ...base,
      ...ROOT,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: REGION,
      AWS_CONFIG_FILE: join(directory, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'no-credentials'),
      AWS_EC2_METADATA_DISABLED: 'true',
      CI: 'true',
      NO_COLOR: '1',
    },
    stop: async () => {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      await ended;
      killGroup();
      process.off('exit', killGroup);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Settles when MiniStack says that it listens, or has ended instead. */
async function ready(child: ReturnType<typeof spawn>): Promise<void> {
  const said: string[] = [];
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  const ended = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`MiniStack ended with code ${code} before it was ready:\n${said.join('\n')}`);
  });
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (line.includes('Running on http')) resolve();
      });
    }
  });
  ended.catch(() => undefined);
  await Promise.race([listening, ended]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
