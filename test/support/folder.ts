/** A folder of the test's own, removed after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'jumpcloud-logzio-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
