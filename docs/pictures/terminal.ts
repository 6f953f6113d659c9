/** The trial run's screen as SVG: what `npm start` printed, with ports and times made equal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDemo } from '../../local/demo.ts';
import { createTerminal } from '../../local/terminal.ts';
import type { Theme } from './svg.ts';
import { escaped, svg } from './svg.ts';

const LINE_HEIGHT = 20;
const CHARACTER_WIDTH = 8.4;
const PADDING = 16;
const COLUMNS = 80;
const FIRST_PORT = 41001;

const ESCAPE = String.fromCharCode(27);
const CLEAR_LINE = `${ESCAPE}[2K`;
const STYLE = new RegExp(`(${ESCAPE}\\[\\d+m)`);
/** The advice at its end is for those who ran it. */
const ADVICE = 'Look at it';

/** @returns the lines of a trial run on a terminal with colours, up to its result */
export async function trialRun(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trial-'));
  let printed = '';
  const write = (text: string) => {
    printed += text;
  };
  const output = { isTTY: true, columns: COLUMNS, write };
  try {
    await runDemo(createTerminal(output, {}), folder, new AbortController().signal);
  } finally {
    rmSync(folder, { recursive: true });
  }
  const lines = madeEqual(printed).split('\n');
  const end = lines.findIndex((line) => line.includes(ADVICE));
  return ['$ npm start', ...lines.slice(0, end - 1)];
}

/**
 * Two trial runs differ in ports and times, and in their progress lines. A terminal overwrites
 * those.
 */
function madeEqual(printed: string): string {
  const ports: string[] = [];
  return printed
    .split('\n')
    .map((line) => line.split(CLEAR_LINE).at(-1) ?? '')
    .join('\n')
    .replaceAll(/127\.0\.0\.1:\d+/g, (address) => {
      if (!ports.includes(address)) ports.push(address);
      return `127.0.0.1:${FIRST_PORT + ports.indexOf(address)}`;
    })
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, '2026-11-20 12:00:00Z');
}

export function terminalPicture(lines: readonly string[], theme: Theme): string {
  const rows = lines.map((line, n) => {
    const y = PADDING + (n + 1) * LINE_HEIGHT - 5;
    return `<text y="${y}" xml:space="preserve">${spans(line, theme)}</text>`;
  });
  const width = Math.round(COLUMNS * CHARACTER_WIDTH) + 2 * PADDING;
  const height = lines.length * LINE_HEIGHT + 2 * PADDING;
  const font = `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14"`;
  return svg({ width, height, theme, title: 'The trial run: npm start' }, [`<g ${font}>`, ...rows, '</g>']);
}

/** Words in a style begin at their column, whatever the width of the reader's font. */
function spans(line: string, theme: Theme): string {
  let style = '';
  let column = 0;
  return line
    .split(STYLE)
    .map((part) => {
      if (STYLE.test(part)) {
        style = styleOf(part, theme);
        return '';
      }
      return part
        .split(/(^ +| {2,})/)
        .map((words) => {
          const x = PADDING + column * CHARACTER_WIDTH;
          column += words.length;
          return words.trim() === '' ? '' : `<tspan x="${x.toFixed(1)}"${style}>${escaped(words)}</tspan>`;
        })
        .join('');
    })
    .join('');
}

function styleOf(sequence: string, { green, red, dim }: Theme): string {
  const styles: Record<string, string> = {
    '[1m': ' font-weight="bold"',
    '[2m': ` fill="${dim}"`,
    '[31m': ` fill="${red}"`,
    '[32m': ` fill="${green}"`,
  };
  return styles[sequence.replace(ESCAPE, '')] ?? '';
}
