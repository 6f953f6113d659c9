/**
 * Panels as OpenSearch Dashboards keeps them: saved objects, one JSON a line, or the body of
 * Logz.io's import API.
 */
import { MISSING, PANELS, type Panel, type Split } from './panels.ts';
import { fieldIn, type ShapeName } from './terms.ts';

/** Logz.io's one index pattern, under the id it has in every account. */
export const INDEX_PATTERN = 'logzioCustomerIndex*';
/**
 * The version that Logz.io's import API knows these objects by; OpenSearch Dashboards migrates
 * them.
 */
export const KIBANA_VERSION = '7.2.1';

const DASHBOARD_COLUMNS = 48;
const PANEL_ROWS = 14;

interface Reference {
  readonly name: string;
  readonly type: string;
  readonly id: string;
}

export interface SavedObject {
  readonly type: 'visualization' | 'dashboard';
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly Reference[];
}

/** The visualizations, and after them the dashboard that shows them. */
export function savedObjects(shape: ShapeName): SavedObject[] {
  return [...PANELS.map((panel) => visualization(shape, panel)), dashboard(shape)];
}

/** For "Saved objects → Import". */
export function asNdjson(objects: readonly SavedObject[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join('');
}

/** For `POST /v1/kibana/import`. */
export function asImport(objects: readonly SavedObject[]): string {
  const hits = objects.map(({ type, id, attributes, references }) => ({
    _index: INDEX_PATTERN,
    _type: '_doc',
    _id: `${type}:${id}`,
    _source: { type, [type]: attributes, references },
  }));
  return `${JSON.stringify({ kibanaVersion: KIBANA_VERSION, override: true, hits }, null, 2)}\n`;
}

function idOf(shape: ShapeName, name: string): string {
  return `jumpcloud-${shape}-${name}`;
}

function visualization(shape: ShapeName, panel: Panel): SavedObject {
  const visState = {
    title: titleOf(panel.title, shape),
    type: typeOf(panel),
    params: paramsOf(panel),
    aggs: aggsOf(shape, panel),
  };
  const search = {
    query: { language: 'lucene', query: panel.condition(shape) },
    filter: [],
    indexRefName: 'kibanaSavedObjectMeta.searchSourceJSON.index',
  };
  return {
    type: 'visualization',
    id: idOf(shape, panel.id),
    attributes: {
      title: visState.title,
      description: '',
      version: 1,
      visState: JSON.stringify(visState),
      uiStateJSON: '{}',
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(search) },
    },
    references: [{ name: search.indexRefName, type: 'index-pattern', id: INDEX_PATTERN }],
  };
}

function titleOf(title: string, shape: ShapeName): string {
  return `JumpCloud: ${title}${shape === 'ecs' ? ' (ECS)' : ''}`;
}

function typeOf({ kind }: Panel): string {
  return { 'over time': 'histogram', shares: 'pie', bars: 'horizontal_bar', table: 'table' }[kind];
}

function paramsOf(panel: Panel): object {
  const common = { addLegend: true, addTooltip: true, legendPosition: 'right', type: typeOf(panel) };
  if (panel.kind === 'table') return { perPage: 15, showPartialRows: false, showTotal: true, totalFunc: 'sum' };
  if (panel.kind === 'shares')
    return { ...common, isDonut: true, labels: { show: true, values: true, last_level: true } };
  const [categories, values] = panel.kind === 'bars' ? ['left', 'bottom'] : ['bottom', 'left'];
  return {
    ...common,
    grid: { categoryLines: false },
    categoryAxes: [
      {
        id: 'CategoryAxis-1',
        type: 'category',
        position: categories,
        show: true,
        scale: { type: 'linear' },
        labels: { show: true, filter: true, truncate: 100 },
        title: {},
      },
    ],
    valueAxes: [
      {
        id: 'ValueAxis-1',
        name: 'LeftAxis-1',
        type: 'value',
        position: values,
        show: true,
        scale: { type: 'linear', mode: 'normal' },
        labels: { show: true, filter: false, truncate: 100 },
        title: { text: 'events' },
      },
    ],
    seriesParams: [
      {
        show: true,
        type: 'histogram',
        mode: 'stacked',
        data: { id: '1', label: 'events' },
        valueAxis: 'ValueAxis-1',
        drawLinesBetweenPoints: true,
        showCircles: true,
      },
    ],
  };
}

function aggsOf(shape: ShapeName, { kind, splits }: Panel): object[] {
  const count = { id: '1', enabled: true, type: 'count', schema: 'metric', params: { customLabel: 'events' } };
  const time = {
    id: '2',
    enabled: true,
    type: 'date_histogram',
    schema: 'segment',
    params: { field: '@timestamp', interval: 'auto', min_doc_count: 1, extended_bounds: {} },
  };
  const schema = { 'over time': 'group', shares: 'segment', bars: 'segment', table: 'bucket' }[kind];
  const rest = splits.map((split, index) => ({ id: String(index + 3), enabled: true, schema, ...aggOf(shape, split) }));
  return kind === 'over time' ? [count, time, ...rest] : [count, ...rest];
}

function aggOf(shape: ShapeName, split: Split): object {
  if (split.by === 'condition') {
    const filters = Object.entries(split.groups).map(([label, condition]) => ({
      label,
      input: { language: 'lucene', query: condition(shape) },
    }));
    return { type: 'filters', params: { filters } };
  }
  const params = {
    field: fieldIn(shape, split.path),
    size: split.most,
    orderBy: '1',
    order: 'desc',
    otherBucket: false,
    missingBucket: true,
    missingBucketLabel: MISSING,
    customLabel: split.label,
  };
  return { type: 'terms', params };
}

function dashboard(shape: ShapeName): SavedObject {
  let [x, y] = [0, 0];
  const panels = PANELS.map(({ columns }, index) => {
    if (x + columns > DASHBOARD_COLUMNS) [x, y] = [0, y + PANEL_ROWS];
    const gridData = { x, y, w: columns, h: PANEL_ROWS, i: String(index + 1) };
    x += columns;
    return {
      version: KIBANA_VERSION,
      panelIndex: gridData.i,
      gridData,
      embeddableConfig: {},
      panelRefName: `panel_${index}`,
    };
  });
  return {
    type: 'dashboard',
    id: idOf(shape, 'dashboard'),
    attributes: {
      title: titleOf('what happens', shape),
      description: 'Logins, administrators, lockouts and passwords in the events of JumpCloud Directory Insights.',
      version: 1,
      hits: 0,
      timeRestore: true,
      timeFrom: 'now-7d',
      timeTo: 'now',
      refreshInterval: { pause: true, value: 0 },
      optionsJSON: JSON.stringify({ hidePanelTitles: false, useMargins: true }),
      panelsJSON: JSON.stringify(panels),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { language: 'lucene', query: '' }, filter: [] }),
      },
    },
    references: PANELS.map(({ id }, index) => ({ name: `panel_${index}`, type: 'visualization', id: idOf(shape, id) })),
  };
}
