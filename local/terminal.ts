/**
 * What a person sees: lines of at most 80 columns, one progress line that moves, colour only where
 * it is wanted.
 */

import { stripVTControlCharacters, styleText } from 'node:util';

/** Widest line; narrower terminals get narrower ones. */
const MAX_COLUMNS = 80;
const MIN_COLUMNS = 40;

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** The part of `process.stdout` that is used. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly columns: number;
  /** Prints lines, wrapped between words, further ones indented as the first. */
  say(text?: string): void;
  /** Shows a line in place of the last progress; nothing where output is no terminal. */
  progress(text: string): void;
  style(text: string, style: Style): string;
}

/**
 * `NO_COLOR` (any value) and `TERM=dumb` turn colour off; a pipe has neither colour nor progress.
 */
export function createTerminal(output: Output, environment: Readonly<Record<string, string | undefined>>): Terminal {
  const isTerminal = output.isTTY === true && environment.TERM !== 'dumb';
  const colour = isTerminal && !environment.NO_COLOR;
  const columns = Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, (output.isTTY && output.columns) || MAX_COLUMNS));
  let shown = false;

  function clear(): void {
    if (shown) output.write('\r\x1b[2K');
    shown = false;
  }

  return {
    columns,
    say(text = '') {
      clear();
      for (const line of text.split('\n')) output.write(`${wrap(line, columns).join('\n')}\n`);
    },
    progress(text) {
      if (!isTerminal) return;
      clear();
      output.write(text.slice(0, columns - 1)); // a full line would scroll
      shown = true;
    },
    style: (text, style) => (colour ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** On a line of its own. A break in it would run its first half alone: `npm start` ships. */
const COMMAND = /^ {2}npm /;

/**
 * Breaks at spaces only: a longer word stays whole, and so does a command, so that they can be
 * copied. Further lines are indented as the first.
 */
export function wrap(line: string, columns: number): string[] {
  if (visibleLength(line) <= columns || COMMAND.test(line)) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(' ')) {
    const longer = current === indent ? current + word : `${current} ${word}`;
    if (visibleLength(longer) > columns && current !== indent) {
      lines.push(current);
      current = indent + word;
    } else current = longer;
  }
  return [...lines, current];
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
