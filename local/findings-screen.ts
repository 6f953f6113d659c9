/** Findings as lines for a terminal, or for a file. */
import { styleText } from 'node:util';
import type { Finding } from '../lib/commands/check/finding.ts';

const LABELS = { ok: 'ok', wrong: 'WRONG', 'not tested': 'not tested' } as const;
const COLOURS = { ok: 'green', wrong: 'red', 'not tested': 'yellow' } as const;
const WIDEST = 80;
const INDENT = ' '.repeat(12);

export interface Screen {
  /** Columns to wrap at; absent: one line each, for a file. */
  readonly columns: number | undefined;
  readonly colour: boolean;
}

/** What standard output is: `NO_COLOR` and `FORCE_COLOR` are honoured. */
export function screenOf(stdout: NodeJS.WriteStream, { NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv): Screen {
  const columns = stdout.isTTY ? Math.min(stdout.columns || WIDEST, WIDEST) : undefined;
  return { columns, colour: !NO_COLOR && (Boolean(FORCE_COLOR) || stdout.isTTY === true) };
}

export function showFinding({ part, outcome, found }: Finding, { columns, colour }: Screen): string {
  const label = LABELS[outcome].padEnd(INDENT.length);
  const shown = colour ? styleText(COLOURS[outcome], label, { validateStream: false }) : label;
  return `${shown}${part}\n${showText(found, { columns }, INDENT)}`;
}

export function showText(text: string, { columns }: Pick<Screen, 'columns'>, indent = ''): string {
  const lines = columns === undefined ? [text] : wrap(text, columns - indent.length);
  return lines.map((line) => indent + line).join('\n');
}

/** Breaks at spaces only: a word that is longer than the line stays whole, so that it can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
