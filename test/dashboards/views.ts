/** The files of docs/logzio/, and what OpenSearch Dashboards and Logz.io's alerts make of them: searches, and how answers are read. */
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

/** As OpenSearch Dashboards asks: a Lucene query, with wildcards analysed, and the panel's groups. */
export function panelSearch({ query, aggs }: Panel): JsonObject {
  return { ...found(query), aggs: nested(aggs) };
}

function found(query: string): JsonObject {
  return { size: 10_000, _source: false, query: { query_string: { query, analyze_wildcard: true, time_zone: 'UTC' } } };
}

/** The panel's groups, one within the other; its time axis is left out, since it counts nothing by itself. */
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
  // `missing` would have to be of the field's type: how many lack the field is what the buckets leave over.
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

export interface Alert {
  readonly searchTimeFrameMinutes: number;
  readonly subComponents: readonly [
    {
      readonly queryDefinition: {
        readonly query: string;
        readonly groupBy: readonly string[];
        readonly aggregation: { readonly aggregationType: string; readonly fieldToAggregateOn?: string };
      };
      readonly trigger: {
        readonly operator: string;
        readonly severityThresholdTiers: Readonly<Record<string, number>>;
      };
    },
  ];
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

/** What Logz.io's documentation says an alert does: the query within the time frame, by groups, aggregated. */
export function alertSearch({ searchTimeFrameMinutes, subComponents: [{ queryDefinition }] }: Alert): JsonObject {
  const { query, groupBy, aggregation } = queryDefinition;
  const range = { '@timestamp': { gte: END - searchTimeFrameMinutes * 60_000, lt: END, format: 'epoch_millis' } };
  const bool = { bool: { must: [{ query_string: { query } }], filter: [{ range }] } };
  const [field] = groupBy;
  const differing = aggregation.fieldToAggregateOn;
  const inner = differing === undefined ? {} : { aggs: { differing: { cardinality: { field: differing } } } };
  return {
    size: 0,
    query: bool,
    ...(field !== undefined && { aggs: { groups: { terms: { field, size: 1000 }, ...inner } } }),
  } as JsonObject;
}

export function rings({ subComponents: [{ queryDefinition, trigger }] }: Alert, answer: SearchAnswer): boolean {
  const values =
    queryDefinition.groupBy.length === 0
      ? [answer.hits.total.value]
      : bucketsOf(answer).map((bucket) =>
          Number((bucket.differing as JsonObject | undefined)?.value ?? bucket.doc_count),
        );
  const threshold = Math.min(...Object.values(trigger.severityThresholdTiers));
  return values.some((value) => (trigger.operator === 'LESS_THAN' ? value < threshold : value >= threshold));
}

/** The groups of an alert's answer. */
export function bucketsOf({ aggregations }: SearchAnswer): JsonObject[] {
  return ((aggregations?.groups as JsonObject | undefined)?.buckets ?? []) as JsonObject[];
}
