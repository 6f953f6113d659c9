/**
 * The dashboard for Logz.io as SVG: panels where the saved objects put them, with what OpenSearch
 * counts over the made-up day. Needs Java and Maven.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../lib/platform/json.ts';
import { quietDay } from '../../test/dashboards/incidents.ts';
import { ask } from '../../test/dashboards/opensearch.ts';
import { panelSearch, panelsOf, tree } from '../../test/dashboards/views.ts';
import { logOf } from '../../test/support/logs.ts';
import { PANELS, type Panel } from '../views/panels.ts';
import { type Box, panel, type Series, stackedBars, table } from './chart.ts';
import { svg, type Theme } from './svg.ts';

const CELL = 21;
const COLUMNS = 48;
const MOST_ROWS = 20;
/** What OpenSearch Dashboards chooses for a day. */
const INTERVAL = '1h';

/** One count for each hour or for the whole day, by the names of its groups. */
type Counts = Readonly<Record<string, number>>;
export interface Counted extends Box {
  readonly panel: Panel;
  /** One element for each hour; a single one for a panel without a time axis. */
  readonly counts: readonly Counts[];
}

export async function countedPanels(): Promise<Counted[]> {
  const panels = panelsOf('logzio');
  const logs = quietDay().map((event) => logOf('logzio', event));
  const searches = panels.map((saved) => {
    const search = panelSearch(saved);
    const histogram = { field: '@timestamp', fixed_interval: INTERVAL, min_doc_count: 0 };
    const isOverTime = panelNamed(saved.id).kind === 'over time';
    const aggs = isOverTime ? { hours: { date_histogram: histogram, aggs: search.aggs } } : search.aggs;
    return { index: 'day', body: { ...search, aggs } as JsonObject };
  });
  const answers = await ask({ day: logs }, searches);
  const boxes = gridOf('logzio');
  return panels.map(({ id }, n) => ({
    ...(boxes[n] as Box),
    panel: panelNamed(id),
    counts: countsIn(answers[n]?.aggregations ?? {}),
  }));
}

function countsIn(aggregations: JsonObject): Counts[] {
  const hours = aggregations.hours as { buckets: JsonObject[] } | undefined;
  return hours === undefined ? [tree(aggregations)] : hours.buckets.map((bucket) => tree(bucket));
}

function panelNamed(id: string): Panel {
  const found = PANELS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`docs/views/panels.ts has no panel ${id}`);
  return found;
}

/** Where the dashboard puts its panels, in their order. */
function gridOf(shape: string): Box[] {
  const path = join(import.meta.dirname, '../logzio', shape, 'dashboard.ndjson');
  const last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const placed = JSON.parse(JSON.parse(last).attributes.panelsJSON) as {
    gridData: Record<'x' | 'y' | 'w' | 'h', number>;
  }[];
  return placed.map(({ gridData: { x, y, w, h } }) => ({ x, y, width: w, height: h }));
}

export function logzioPicture(counted: readonly Counted[], theme: Theme): string {
  const parts = counted.flatMap(({ x, y, width, height, panel: { title, ...rest }, counts }) => {
    const box = { x: x * CELL + 3, y: y * CELL + 3, width: width * CELL, height: height * CELL };
    const { frame, inner } = panel(box, title, theme);
    const content =
      counts.length > 1 ? overTime(inner, counts, theme) : rows(inner, { ...rest, title }, counts[0] ?? {}, theme);
    return [...frame, ...content];
  });
  const height = Math.max(...counted.map((one) => one.y + one.height)) * CELL;
  const title = 'The dashboard for Logz.io, drawn from its saved objects with the made-up day';
  return svg({ width: COLUMNS * CELL, height, theme, title }, [
    '<g font-family="system-ui, sans-serif">',
    ...parts,
    '</g>',
  ]);
}

/** The most frequent groups; the rest together. */
function overTime(box: Box, counts: readonly Counts[], theme: Theme): string[] {
  const sum = (name: string) => counts.reduce((total, one) => total + (one[name] ?? 0), 0);
  const names = [...new Set(counts.flatMap((one) => Object.keys(one)))];
  names.sort((a, b) => sum(b) - sum(a) || a.localeCompare(b));
  const colours = [theme.blue, theme.orange, theme.green, theme.red];
  const valuesOf = (group: readonly string[]) =>
    counts.map((one) => group.reduce((total, name) => total + (one[name] ?? 0), 0));
  const named = names.slice(0, colours.length);
  const series = named.map((label, n): Series => {
    return { label, colour: colours[n] ?? theme.text, values: valuesOf([label]) };
  });
  const rest = names.slice(colours.length);
  if (rest.length > 0) series.push({ label: `${rest.length} others`, colour: theme.dim, values: valuesOf(rest) });
  return stackedBars(box, series, theme);
}

function rows(box: Box, { splits }: Panel, counts: Counts, theme: Theme): string[] {
  const heading = [...splits.map((split) => (split.by === 'value' ? split.label : '')), 'events'];
  const sorted = Object.entries(counts).sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
  const body = sorted.slice(0, MOST_ROWS).map(([path, count]) => [...path.split(' > '), count.toLocaleString('en-US')]);
  const shares = heading.map((_, n) => (n === heading.length - 1 ? 0.15 : 0.85 / splits.length));
  return table(box, [heading, ...body], shares, theme);
}
