/**
 * The CloudWatch dashboard as SVG. Widgets, titles, labels and thresholds are the template's own;
 * the lines are of a simulated day. What only AWS measures stays empty.
 */
import type { MetricEntry, MetricOptions, Widget } from './dashboard-definition.ts';
import type { Point, SimulatedDay } from './simulated-day.ts';
import { escaped, svg, type Theme } from './svg.ts';

/** CloudWatch has 24 columns. */
const COLUMNS = 24;
const UNIT = 40;
const GAP = 6;
const MARGIN = 8;
const HOUR_MS = 3_600_000;
const DEFAULT_PERIOD_S = 300;
const ROWS_SHOWN = 8;
/** Room around the lines of a graph: title above; hours and legend below. */
const PLOT = { left: 48, right: 40, top: 40, bottom: 52 };
const NOTE = 'only AWS measures it';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Scene {
  readonly box: Box;
  readonly day: SimulatedDay;
  readonly theme: Theme;
}

export function dashboardPicture(widgets: readonly Widget[], day: SimulatedDay, theme: Theme): string {
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
  const frame = { width: COLUMNS * UNIT + 2 * MARGIN, height: bottom * UNIT + 2 * MARGIN };
  const title = 'The CloudWatch dashboard, drawn from its definition with the metrics of a simulated day';
  const parts = widgets.flatMap((widget) => {
    const box = {
      x: MARGIN + widget.x * UNIT + GAP / 2,
      y: MARGIN + widget.y * UNIT + GAP / 2,
      width: widget.width * UNIT - GAP,
      height: widget.height * UNIT - GAP,
    };
    const border = `<rect ${placed(box)} rx="4" fill="none" stroke="${theme.border}"/>`;
    return [border, heading(widget, box), ...contentOf(widget, { box, day, theme })];
  });
  const font = 'font-family="system-ui, -apple-system, \'Segoe UI\', \'DejaVu Sans\', sans-serif" font-size="12"';
  return svg({ ...frame, theme, title }, [`<g ${font}>`, ...parts, '</g>']);
}

function contentOf(widget: Widget, scene: Scene): string[] {
  const { alarms, query, view, markdown = '' } = widget.properties;
  if (alarms !== undefined) return alarms.flatMap((name, nth) => alarmBox(name, nth, scene));
  if (query !== undefined) return table(query, scene);
  if (view === 'singleValue') return singleValues(widget, scene);
  if (view === 'timeSeries') return graph(widget, scene);
  return markdown.split('\n').map((line, nth) => {
    const bold = escaped(line).replaceAll(/\*\*(.+?)\*\*/g, '<tspan font-weight="bold">$1</tspan>');
    return `<text x="${scene.box.x + 12}" y="${scene.box.y + 28 + nth * 24}">${bold}</text>`;
  });
}

function heading({ properties: { title = '' } }: Widget, { x, y }: Box): string {
  return `<text x="${x + 12}" y="${y + 24}" font-size="14" font-weight="bold">${escaped(title)}</text>`;
}

const placed = ({ x, y, width, height }: Box) => `x="${x}" y="${y}" width="${width}" height="${height}"`;
const optionsOf = (entry: MetricEntry) => entry.at(-1) as MetricOptions;

function alarmBox(name: string, nth: number, { box, theme }: Scene): string[] {
  const width = (box.width - 36) / 2;
  const place = {
    ...{ x: box.x + 12 + (nth % 2) * (width + 12), y: box.y + 40 + Math.floor(nth / 2) * 46 },
    ...{ width, height: 36 },
  };
  return [
    `<rect ${placed(place)} rx="3" fill="none" stroke="${theme.dim}"/>`,
    `<text x="${place.x + 10}" y="${place.y + 23}">${escaped(name)}</text>`,
  ];
}

/** The columns are those of the query, the rows the newest hours. */
function table(query: string, { box, day, theme }: Scene): string[] {
  const columns = [...query.matchAll(/(sum|max)\((\w+)\) as (\w+)/g)].map(([, how, field = '', label = '']) => ({
    ...{ how, field, label },
  }));
  // A column is as wide as its label.
  const lengths = columns.map(({ label }) => label.length + 2);
  const sum = (some: readonly number[]) => some.reduce((total, one) => total + one, 0);
  const right = (nth: number) => box.x + 44 + (sum(lengths.slice(0, nth + 1)) / sum(lengths)) * (box.width - 56);
  const cell = (x: number, y: number, text: string) =>
    `<text x="${x.toFixed(1)}" y="${y}" text-anchor="end">${text}</text>`;
  const hours = Array.from({ length: ROWS_SHOWN }, (_, nth) => day.end - (nth + 1) * HOUR_MS);
  const top = box.y + 52;
  const rows = hours.map((hour, nth) => {
    const y = top + (nth + 1) * 20;
    const fields = day.runs.filter(({ at }) => at >= hour && at < hour + HOUR_MS).map((run) => run.fields);
    const cells = columns.map(({ how, field }, column) => {
      const values = fields.map((one) => Number(one[field] ?? 0));
      const value = how === 'max' ? Math.max(0, ...values) : sum(values);
      return cell(right(column), y, String(value));
    });
    return `<text x="${box.x + 12}" y="${y}">${clockTime(hour)}</text>${cells.join('')}`;
  });
  const labels = columns.map(({ label }, column) => cell(right(column), top, label));
  return [`<g font-size="10" fill="${theme.dim}">`, ...labels, '</g>', '<g font-size="11">', ...rows, '</g>'];
}

function singleValues({ properties: { metrics = [] } }: Widget, { box, theme }: Scene): string[] {
  const shown = metrics.map(optionsOf).filter(({ visible }) => visible !== false);
  return shown.flatMap(({ label = '' }, nth) => {
    const x = box.x + 12 + (nth * (box.width - 24)) / shown.length;
    return [
      `<text x="${x.toFixed(1)}" y="${box.y + 90}" font-size="14">${escaped(label)}</text>`,
      `<text x="${x.toFixed(1)}" y="${box.y + 112}" fill="${theme.dim}">${NOTE}</text>`,
    ];
  });
}

function graph(widget: Widget, scene: Scene): string[] {
  const { metrics = [], annotations } = widget.properties;
  const { box, day, theme } = scene;
  const [threshold] = annotations?.horizontal ?? [];
  const colours = [theme.blue, theme.orange, theme.green, theme.red];
  const lines = metrics.map((entry, nth) => {
    const { label = '', yAxis = 'left' } = optionsOf(entry);
    return { label, yAxis, points: binned(entry, day), colour: colours[nth] ?? theme.text };
  });
  const bottom = box.y + box.height - PLOT.bottom;
  const top = box.y + PLOT.top;
  const left = box.x + PLOT.left;
  const right = box.x + box.width - PLOT.right;
  const xOf = (at: number) => left + ((at - day.start) / (day.end - day.start)) * (right - left);
  const highest = (axis: 'left' | 'right') => {
    const values = lines.filter(({ yAxis }) => yAxis === axis).flatMap(({ points = [] }) => points.map((p) => p.value));
    return roundUp(Math.max(1, ...values, axis === 'left' ? (threshold?.value ?? 0) : 0));
  };
  const yOf = (value: number, axis: 'left' | 'right') => bottom - (value / highest(axis)) * (bottom - top);

  const parts = [`<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="${theme.border}"/>`];
  const small = (x: number, y: number, text: string, anchor = 'middle') =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="10" fill="${theme.dim}" text-anchor="${anchor}">${escaped(text)}</text>`;
  for (let at = day.start; at <= day.end; at += 6 * HOUR_MS) parts.push(small(xOf(at), bottom + 14, clockTime(at)));
  for (const share of [0, 0.5, 1]) {
    const y = bottom - share * (bottom - top) + 3;
    parts.push(small(left - 6, y, String(share * highest('left')), 'end'));
    if (lines.some(({ yAxis }) => yAxis === 'right'))
      parts.push(small(right + 6, y, String(share * highest('right')), 'start'));
  }
  if (threshold !== undefined) {
    const y = yOf(threshold.value, 'left').toFixed(1);
    parts.push(`<path d="M${left} ${y}H${right}" stroke="${theme.red}" stroke-dasharray="4"/>`);
    parts.push(small(right, Number(y) - 4, threshold.label, 'end'));
  }
  for (const { points = [], yAxis, colour } of lines) {
    const places = points.map(({ at, value }) => `${xOf(at).toFixed(1)},${yOf(value, yAxis).toFixed(1)}`);
    if (places.length === 1) parts.push(dot(places[0] ?? '', colour));
    else if (places.length > 1) parts.push(`<polyline points="${places.join(' ')}" fill="none" stroke="${colour}"/>`);
  }
  return [...parts, ...legend(lines, scene)];
}

interface Line {
  readonly label: string;
  readonly points: readonly Point[] | undefined;
  readonly colour: string;
}

function legend(lines: readonly Line[], { box, theme }: Scene): string[] {
  const y = box.y + box.height - 12;
  let x = box.x + 14;
  return lines.flatMap(({ label, points, colour }) => {
    const text = points === undefined ? `${label}: ${NOTE}` : label;
    const at = x;
    x += 26 + text.length * 5.4;
    return [
      dot(`${at},${y - 3}`, colour),
      `<text x="${at + 8}" y="${y}" font-size="10" fill="${theme.dim}">${escaped(text)}</text>`,
    ];
  });
}

function dot(place: string, colour: string): string {
  const [x, y] = place.split(',');
  return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
}

/** @returns one point for each period that has data; undefined for what the day does not measure */
function binned(entry: MetricEntry, day: SimulatedDay): Point[] | undefined {
  const [namespace, name] = entry;
  const { period = DEFAULT_PERIOD_S, stat } = optionsOf(entry);
  const found = day.metrics.get(String(name));
  // A metric of the program's own that was never written has no line in CloudWatch either.
  if (found === undefined) return String(namespace).startsWith('AWS/') ? undefined : [];
  const bins = new Map<number, number>();
  for (const { at, value } of found) {
    const bin = at - (at % (period * 1000));
    const sofar = bins.get(bin);
    if (sofar === undefined) bins.set(bin, value);
    else bins.set(bin, stat === 'Sum' ? sofar + value : Math.max(sofar, value));
  }
  return [...bins].map(([at, value]) => ({ at, value }));
}

const clockTime = (at: number) => new Date(at).toISOString().slice(11, 16);

/** 1, 2 or 5 with zeros behind: the next above the value. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
}
