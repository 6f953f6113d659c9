/**
 * Podman, which takes Docker's command lines, with a storage of its own; says what to install where
 * it is missing.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type Started, started } from '../support/started.ts';

/** Kept from one test to the next, since it holds the base image. */
const STORAGE = join(tmpdir(), 'jumpcloud-logzio-image-test');
const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends podman buildah runc debootstrap';

/** Host limits are lower in some virtual machines than those that Podman sets by itself. */
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
/**
 * The simulators are on this machine's loopback. Podman's own timer for health checks needs
 * systemd: the test asks itself.
 */
const RUN = ['--network', 'host', '--no-healthcheck', ...LIMITS];

/** @throws where a program or a right is missing, with what to do */
export function requirePrograms(names: readonly string[]): void {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length > 0) throw new Error(`The test of the image needs ${missing.join(', ')}. Install: ${INSTALL}`);
  if (process.getuid?.() !== 0) throw new Error('The test of the image needs root: it makes a root file system.');
}

function isThere(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const execute = promisify(execFile);

let driver: string | undefined;

/** Words before every command. Without systemd there is no cgroup manager but cgroupfs. */
function globalWords(): string[] {
  const words = ['--cgroup-manager', 'cgroupfs', '--runtime', 'runc'];
  driver ??= worksWith('overlay', words) ? 'overlay' : 'vfs'; // vfs copies every layer, and works everywhere
  return [...words, ...storageOf(driver)];
}

function storageOf(name: string): string[] {
  const folder = join(STORAGE, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return ['--root', join(folder, 'storage'), '--runroot', join(folder, 'run'), '--storage-driver', name];
}

function worksWith(name: string, words: readonly string[]): boolean {
  try {
    execFileSync('podman', [...words, ...storageOf(name), 'info'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Does not block: the simulators answer from this process.
 * @returns what it printed
 * @throws with what it said, where it failed
 */
export async function podman(...words: string[]): Promise<string> {
  try {
    return (await execute('podman', [...globalWords(), ...words])).stdout;
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout: string; stderr: string };
    throw new Error(`podman ${words.join(' ')}:\n${stdout}${stderr}`, { cause });
  }
}

/** `docker run` in the foreground. */
export function runContainer(t: TestContext, ...words: string[]): Started {
  return inForeground(t, ['run', ...RUN, ...words]);
}

/** `docker start --attach` of one that was stopped. */
export function startAgain(t: TestContext, name: string): Started {
  return inForeground(t, ['start', '--attach', name]);
}

function inForeground(t: TestContext, words: readonly string[]): Started {
  return started(t, spawn('podman', [...globalWords(), ...words], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** A name of its own, and no container of that name afterwards. */
export function containerName(t: TestContext): string {
  const name = `jumpcloud-logzio-test-${process.pid}-${++names}`;
  t.after(() => podman('rm', '--force', '--volumes', '--time', '0', '--ignore', name));
  return name;
}

let names = 0;
