/**
 * The files of docs/logzio/, and what OpenSearch Dashboards and Logz.io's alerts make of them:
 * searches, and how answers are read.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../lib/platform/json.ts';
import { END } from './incidents.ts';
import type { SearchAnswer } from './opensearch.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'logzio');
export const SHAPES = ['logzio', 'ecs'] as const;
export type ShapeName = (typeof SHAPES)[number];

interface Panel {
  readonly id: string;
  readonly query: string;
  readonly aggs: readonly { readonly type: string; readonly params: JsonObject }[];
}

export function panelsOf(shape: ShapeName): Panel[] {
  const lines = readFileSync(join(FOLDER, shape, 'dashboard.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.slice(0, -1).map((line) => {
    const { id, attributes } = JSON.parse(line);
    const { query } = JSON.parse(attributes.kibanaSavedObjectMeta.searchSourceJSON);
    return {
      id: id.replace(`jumpcloud-${shape}-`, ''),
      query: query.query,
      aggs: JSON.parse(attributes.visState).aggs,
    };
  });
}

/**
 * As OpenSearch Dashboards asks: a Lucene query, with wildcards analysed, and the panel's groups.
 */
export function panelSearch({ query, aggs }: Panel): JsonObject {
  return { ...found(query), aggs: nested(aggs) };
}

function found(query: string): JsonObject {
  return { size: 10_000, _source: false, query: { query_string: { query, analyze_wildcard: true, time_zone: 'UTC' } } };
}

/**
 * The panel's groups, one within the other; its time axis is left out, since it counts nothing by
 * itself.
 */
function nested(aggs: Panel['aggs']): JsonObject {
  const groups = aggs.filter((agg) => agg.type === 'terms' || agg.type === 'filters');
  return groups.reduceRight<JsonObject>(
    (inner, { type, params }) => ({ groups: { ...toDsl(type, params), aggs: inner } }),
    {},
  );
}

function toDsl(type: string, params: JsonObject): JsonObject {
  if (type === 'filters') {
    const filters = params.filters as { label: string; input: { query: string } }[];
    return {
      filters: {
        filters: Object.fromEntries(
          filters.map(({ label, input }) => [label, { query_string: { query: input.query } }]),
        ),
      },
    };
  }
  // `missing` would have to be of the field's type: how many lack the field is what the buckets
  // leave over.
  return { terms: { field: params.field as string, size: 1000 } };
}

/** `a > b` → count, for every path of groups whose fields are all there. */
export function tree(aggregations: JsonObject | undefined, path: readonly string[] = []): Record<string, number> {
  const groups = aggregations?.groups as JsonObject | undefined;
  if (!groups) return {};
  const buckets = groups.buckets as JsonObject[] | Record<string, JsonObject>;
  const named = Array.isArray(buckets)
    ? buckets.map((one): [string, JsonObject] => [String(one.key_as_string ?? one.key), one])
    : Object.entries(buckets);
  const counts: Record<string, number> = {};
  for (const [name, bucket] of named) {
    if (Number(bucket.doc_count) === 0) continue;
    const here = [...path, name];
    if (bucket.groups) Object.assign(counts, tree(bucket, here));
    else counts[here.join(' > ')] = Number(bucket.doc_count);
  }
  return counts;
}

export interface SubComponent {
  readonly queryDefinition: {
    readonly query: string;
    readonly groupBy: readonly string[];
    readonly aggregation: { readonly aggregationType: string; readonly fieldToAggregateOn?: string };
  };
  readonly trigger: {
    readonly operator: string;
    readonly severityThresholdTiers: Readonly<Record<string, number>>;
  };
}

export interface Alert {
  readonly searchTimeFrameMinutes: number;
  readonly subComponents: readonly SubComponent[];
}

export function alertsOf(shape: ShapeName): Record<string, Alert> {
  const folder = join(FOLDER, shape, 'alerts');
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    ]),
  );
}

/**
 * What Logz.io's documentation says an alert does: each query within the time frame, by groups,
 * aggregated.
 */
export function alertSearches({ searchTimeFrameMinutes, subComponents }: Alert): JsonObject[] {
  return subComponents.map(({ queryDefinition: { query, groupBy, aggregation } }) =>
    countSearch({
      query,
      minutes: searchTimeFrameMinutes,
      group: groupBy[0],
      differing: aggregation.fieldToAggregateOn,
    }),
  );
}

/**
 * Counts logs, or different values, within the last minutes of the day; for each value of `group`
 * by itself.
 */
export function countSearch(count: {
  readonly query: string;
  readonly minutes: number;
  readonly group: string | undefined;
  readonly differing: string | undefined;
}): JsonObject {
  const { query, minutes, group, differing } = count;
  const range = { '@timestamp': { gte: END - minutes * 60_000, lt: END, format: 'epoch_millis' } };
  const values = differing === undefined ? {} : { differing: { cardinality: { field: differing } } };
  const groups = group === undefined ? values : { groups: { terms: { field: group, size: 1000 }, aggs: values } };
  return {
    size: 0,
    query: { bool: { must: [{ query_string: { query } }], filter: [{ range }] } },
    aggs: groups,
  } as JsonObject;
}

/** An alert of two queries rings where both do for the same group. */
export function rings({ subComponents }: Alert, answers: readonly SearchAnswer[]): boolean {
  const [first, ...others] = subComponents.map((one, place) => ringingGroups(one, answers[place] as SearchAnswer));
  return first?.some((group) => others.every((groups) => groups.includes(group))) ?? false;
}

/** The groups for which a query rings; without groups one without a name. */
function ringingGroups({ queryDefinition, trigger }: SubComponent, answer: SearchAnswer): string[] {
  const threshold = Math.min(...Object.values(trigger.severityThresholdTiers));
  const isReached = (value: number) => (trigger.operator === 'LESS_THAN' ? value < threshold : value >= threshold);
  return countsOf(answer, queryDefinition.groupBy.length > 0)
    .filter(({ count }) => isReached(count))
    .map(({ group }) => group);
}

/** What a `countSearch` counted, by group. */
export function countsOf(
  answer: SearchAnswer,
  isGrouped: boolean,
): { readonly group: string; readonly count: number }[] {
  const all = answer.aggregations?.differing as JsonObject | undefined;
  if (!isGrouped) return [{ group: '', count: Number(all?.value ?? answer.hits.total.value) }];
  return bucketsOf(answer).map((bucket) => ({
    group: String(bucket.key),
    count: Number((bucket.differing as JsonObject | undefined)?.value ?? bucket.doc_count),
  }));
}

/** The groups of an alert's answer. */
function bucketsOf({ aggregations }: SearchAnswer): JsonObject[] {
  return ((aggregations?.groups as JsonObject | undefined)?.buckets ?? []) as JsonObject[];
}
