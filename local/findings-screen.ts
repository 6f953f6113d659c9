/** Findings as lines for a terminal, or for a file. */
import { styleText } from 'node:util';
import type { Finding } from '../lib/commands/check-connections.ts';
import { wrap } from './terminal.ts';

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
  const line = indent + text;
  return columns === undefined ? line : wrap(line, columns).join('\n');
}
