/**
 * `npm run docs:messages`: lists every text of the program that a person may read, with its file.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['functions', 'lib', 'local', 'infra'];
/** Fewer words are names, keys and formats. */
const FEWEST_WORDS = 4;
const HOLE = '…';

export interface Message {
  readonly file: string;
  /** Where a value is put in, it has `…`. */
  readonly text: string;
}

export function messages(): Message[] {
  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT })).sort();
  return files.flatMap((file) => textsIn(file).map((text) => ({ file, text })));
}

function textsIn(file: string): string[] {
  const texts: string[] = [];
  const take = (text: string) => {
    if (text.trim().split(/\s+/).length >= FEWEST_WORDS) texts.push(text);
  };
  const visitor = new Visitor({
    Literal: ({ value }) => {
      if (typeof value === 'string') take(value);
    },
    TemplateLiteral: ({ quasis }) => take(quasis.map(({ value }) => value.cooked ?? '').join(HOLE)),
  });
  visitor.visit(parseSync(file, readFileSync(join(ROOT, file), 'utf8')).program);
  return texts;
}

if (import.meta.main) {
  for (const { file, text } of messages()) process.stdout.write(`${file}\n  ${text.replaceAll('\n', '\n  ')}\n`);
}
