/**
 * `npm run release -- VERSION`: checks that everything is ready for a release, and tags it. The
 * workflow of the tag does the rest.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something is not ready. Nothing was tagged. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

/**
 * @param directory of the project, a git checkout
 * @returns the tag
 * @throws NotReadyError with everything that is not ready
 */
export function release(directory: string, wanted: string | undefined): string {
  const git = (...words: string[]) => execFileSync('git', words, { cwd: directory, encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const tag = `v${version}`;
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'm');
  const faults = [
    wanted !== version && `package.json has version ${version}: say npm run release -- ${version}, or change it there`,
    !heading.test(readFileSync(join(directory, 'CHANGELOG.md'), 'utf8')) &&
      `CHANGELOG.md has no heading "## ${version} (YEAR-MONTH-DAY)"`,
    git('status', '--porcelain') !== '' && 'there are uncommitted changes: commit them first',
    git('tag', '--list', tag) !== '' && `the tag ${tag} exists already`,
  ].filter((fault) => fault !== false);
  if (faults.length > 0) throw new NotReadyError(`Not released, nothing was tagged.\n- ${faults.join('\n- ')}`);
  git('tag', '--annotate', tag, '--message', tag);
  return tag;
}

if (import.meta.main) {
  try {
    const tag = release(process.cwd(), process.argv[2]);
    process.stdout.write(`Tagged ${tag}. Publish it with: git push origin ${tag}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
