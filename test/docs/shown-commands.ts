/** The commands that the documents show: those in shell blocks, and this project's own in a line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

const BLOCK = /^( *)```(\w*)\n(.*?)^ *```$/gms;
const OWN = /`((?:[A-Z_]+=\S+ )?(?:npm|npx|node|node_modules\/\.bin\/node) [^`]+|docs:[\w-]+)`/g;

export function shellBlocksIn(markdown: string): string[] {
  return [...markdown.matchAll(BLOCK)]
    .filter(([, , language]) => language === 'sh')
    .map(([, indent = '', , code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

/** Each on its own: `a && b` is two. */
export function shownCommandsIn(markdown: string): string[] {
  const lines = shellBlocksIn(markdown).flatMap((block) => block.replaceAll(/ *\\\n */g, ' ').split('\n'));
  const inLine = [...markdown.replaceAll(BLOCK, '').matchAll(OWN)].map(([, code = '']) =>
    code.replace(/^docs:/, 'npm run docs:').replaceAll(/\s+/g, ' '),
  );
  return [...lines.map((line) => line.replace(/(?:^| +)# .*$/, '')), ...inLine]
    .flatMap((line) => line.split(' && '))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

export function allShownCommands(): Set<string> {
  return new Set(PAGES.flatMap((path) => shownCommandsIn(readFileSync(join(ROOT, path), 'utf8'))));
}
