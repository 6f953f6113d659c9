/** The commands that the documents show: those in shell blocks, and our own within a line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeIn, shellBlocksIn } from './markdown.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['docs', 'docs/decisions', 'docs/logzio'];

export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

const OWN = /^(?:[A-Z_]+=\S+ )?(?:npm|npx|node|node_modules\/\.bin\/node) |^docs:/;

/** Each on its own: `a && b` is two. */
export function shownCommandsIn(markdown: string): string[] {
  const lines = shellBlocksIn(markdown).flatMap((block) => block.replaceAll(/ *\\\n */g, ' ').split('\n'));
  const inLine = codeIn(markdown).filter((code) => OWN.test(code));
  return [...lines.map((line) => line.replace(/(?:^| +)# .*$/, '')), ...inLine]
    .flatMap((line) => line.replace(/^docs:/, 'npm run docs:').split(' && '))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

export function allShownCommands(): Set<string> {
  return new Set(PAGES.flatMap((path) => shownCommandsIn(readFileSync(join(ROOT, path), 'utf8'))));
}
