/** Real mounts for tests: full, read-only and busy file systems, where this user may mount. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'may-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For the options of a test: the reason why it is skipped, or false. */
export const skipWithoutMount = mayMount() ? false : 'needs root on Linux: mounts a file system';

/** A disk of its own, of this many megabytes. */
export function mountDisk(t: TestContext, megabytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  t.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/**
 * Mounts a file over a file, as `docker run -v /a/file:/b/file` does.
 * @returns disposed of, it is unmounted: before the folders are removed
 */
export function mountFile(from: string, to: string): Disposable {
  execFileSync('mount', ['--bind', from, to]);
  return { [Symbol.dispose]: () => execFileSync('umount', ['--lazy', to]) };
}

export function makeReadOnly(mounted: string): void {
  execFileSync('mount', ['-o', 'remount,ro', mounted]);
}
