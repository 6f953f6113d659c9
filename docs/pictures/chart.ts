/** Parts of the dashboard for Logz.io: a titled box, stacked bars, rows of a table. */
import { escaped, type Theme } from './svg.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly number[];
}

const TITLE_HEIGHT = 30;
const LEGEND_HEIGHT = 22;
const AXIS_WIDTH = 44;
const MARGIN = 12;
const GAP = 6;

function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" font-size="12"${attributes}>${escaped(words)}</text>`;
}

/** @returns the frame, and the room that is left in it */
export function panel({ x, y, width, height }: Box, title: string, theme: Theme): { frame: string[]; inner: Box } {
  const size = `width="${round(width - GAP)}" height="${round(height - GAP)}"`;
  const frame = `<rect x="${round(x)}" y="${round(y)}" ${size} rx="4" fill="none" stroke="${theme.border}"/>`;
  const inner = {
    x: x + MARGIN,
    y: y + TITLE_HEIGHT,
    width: width - GAP - 2 * MARGIN,
    height: height - GAP - TITLE_HEIGHT - MARGIN,
  };
  return { frame: [frame, text(x + MARGIN, y + 20, fitting(title, width), ' font-weight="bold"')], inner };
}

export function stackedBars(box: Box, series: readonly Series[], theme: Theme): string[] {
  const plot = plotIn(box);
  const count = Math.max(0, ...series.map(({ values }) => values.length));
  const sums = Array.from({ length: count }, (_, n) => series.reduce((sum, { values }) => sum + (values[n] ?? 0), 0));
  const top = Math.max(1, ...sums) * 1.05;
  const step = plot.width / Math.max(1, count);
  const bars = sums.flatMap((_, n) => {
    let below = 0;
    return series.flatMap(({ colour, values }) => {
      const height = (plot.height * (values[n] ?? 0)) / top;
      below += height;
      if (height === 0) return [];
      const at = `x="${round(plot.x + n * step + 1)}" y="${round(plot.y + plot.height - below)}"`;
      return [`<rect ${at} width="${round(step - 2)}" height="${round(height)}" fill="${colour}"/>`];
    });
  });
  return [...axes(plot, top, theme), ...bars, ...legend(box, series, theme)];
}

/** @param rows the first is the heading; as many are shown as there is room for */
export function table(
  box: Box,
  rows: readonly (readonly string[])[],
  shares: readonly number[],
  theme: Theme,
): string[] {
  const rowHeight = 18;
  return rows.slice(0, Math.floor(box.height / rowHeight)).flatMap((cells, n) => {
    let x = box.x;
    return cells.map((cell, place) => {
      const width = box.width * (shares[place] ?? 0);
      const at = text(x, box.y + 13 + n * rowHeight, fitting(cell, width), n === 0 ? ` fill="${theme.dim}"` : '');
      x += width;
      return at;
    });
  });
}

function fitting(words: string, width: number): string {
  const most = Math.max(3, Math.floor(width / 7.6));
  return words.length <= most ? words : `${words.slice(0, most - 1)}…`;
}

function plotIn({ x, y, width, height }: Box): Box {
  return { x: x + AXIS_WIDTH, y: y + 6, width: width - AXIS_WIDTH, height: height - LEGEND_HEIGHT - 6 };
}

function axes({ x, y, width, height }: Box, top: number, { border, dim }: Theme): string[] {
  const number = (value: number) =>
    (value >= 10 ? Math.round(value) : Number(value.toFixed(1))).toLocaleString('en-US');
  return [0, 0.5, 1].flatMap((share) => {
    const at = y + height * (1 - share);
    return [
      `<path d="M${round(x)} ${round(at)}h${round(width)}" stroke="${border}"/>`,
      text(x - 6, at + 4, number(top * share), ` text-anchor="end" fill="${dim}"`),
    ];
  });
}

function legend(box: Box, series: readonly Series[], { dim }: Theme): string[] {
  const start = box.x + AXIS_WIDTH;
  let [x, y] = [start, box.y + box.height - 7];
  return series.flatMap(({ label, colour }) => {
    const width = 26 + label.length * 6.6;
    if (x + width > box.x + box.width + MARGIN) [x, y] = [start, y + 14];
    const drawn = [
      `<rect x="${round(x)}" y="${round(y - 9)}" width="10" height="10" fill="${colour}"/>`,
      text(x + 14, y, label, ` fill="${dim}"`),
    ];
    x += width;
    return drawn;
  });
}

function round(value: number): string {
  return String(Number(value.toFixed(1)));
}
