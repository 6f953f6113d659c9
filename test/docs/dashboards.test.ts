/**
 * What docs/logzio/ holds for people to import: up to date, and in the form that Logz.io's
 * interfaces document.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as v from 'valibot';
import { logzioFiles } from '../../docs/logzio.ts';
import { sigmaFiles } from '../../docs/sigma.ts';
import { ALERTS } from '../../docs/views/alerts.ts';
import { INDEX_PATTERN } from '../../docs/views/saved-objects.ts';
import { fieldIn, SHAPES } from '../../docs/views/terms.ts';

const FOLDER = join(import.meta.dirname, '../..', 'docs', 'logzio');
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
const linesOf = (path: string): unknown[] =>
  read(path)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const json = <const Schema extends v.GenericSchema>(schema: Schema) => v.pipe(v.string(), v.parseJson(), schema);
const lucene = v.strictObject({ language: v.literal('lucene'), query: v.string() });
const reference = v.strictObject({ name: v.string(), type: v.string(), id: v.string() });
const agg = v.variant('type', [
  v.strictObject({ ...aggBase(), type: v.literal('count'), params: v.strictObject({ customLabel: v.string() }) }),
  v.strictObject({
    ...aggBase(),
    type: v.literal('date_histogram'),
    params: v.looseObject({ field: v.literal('@timestamp'), interval: v.string(), min_doc_count: v.number() }),
  }),
  v.strictObject({
    ...aggBase(),
    type: v.literal('terms'),
    params: v.looseObject({
      field: v.string(),
      size: v.pipe(v.number(), v.minValue(1)),
      orderBy: v.literal('1'),
      order: v.picklist(['asc', 'desc']),
    }),
  }),
  v.strictObject({
    ...aggBase(),
    type: v.literal('filters'),
    params: v.strictObject({ filters: v.array(v.strictObject({ label: v.string(), input: lucene })) }),
  }),
]);
const visualization = v.strictObject({
  type: v.literal('visualization'),
  id: v.string(),
  attributes: v.strictObject({
    title: v.pipe(v.string(), v.nonEmpty()),
    description: v.string(),
    version: v.number(),
    uiStateJSON: json(v.strictObject({})),
    visState: json(
      v.strictObject({
        title: v.string(),
        type: v.picklist(['histogram', 'pie', 'horizontal_bar', 'table']),
        params: v.looseObject({}),
        aggs: v.array(agg),
      }),
    ),
    kibanaSavedObjectMeta: v.strictObject({
      searchSourceJSON: json(v.strictObject({ query: lucene, filter: v.array(v.unknown()), indexRefName: v.string() })),
    }),
  }),
  references: v.array(reference),
});
const dashboard = v.strictObject({
  type: v.literal('dashboard'),
  id: v.string(),
  attributes: v.looseObject({
    title: v.string(),
    panelsJSON: json(
      v.array(
        v.looseObject({
          panelRefName: v.string(),
          gridData: v.strictObject({ x: v.number(), y: v.number(), w: v.number(), h: v.number(), i: v.string() }),
        }),
      ),
    ),
    optionsJSON: json(v.looseObject({})),
  }),
  references: v.array(reference),
});

function aggBase() {
  return {
    id: v.string(),
    enabled: v.literal(true),
    schema: v.picklist(['metric', 'segment', 'group', 'bucket']),
  };
}

/** `POST /v2/alerts` as Logz.io documents it. */
const alert = v.strictObject({
  title: v.pipe(v.string(), v.nonEmpty()),
  description: v.string(),
  tags: v.pipe(v.array(v.string()), v.maxLength(10)),
  output: v.strictObject({
    recipients: v.strictObject({ emails: v.array(v.string()), notificationEndpointIds: v.array(v.number()) }),
    suppressNotificationsMinutes: v.pipe(v.number(), v.minValue(5), v.maxValue(1440)),
    type: v.picklist(['JSON', 'TABLE']),
  }),
  searchTimeFrameMinutes: v.pipe(v.number(), v.minValue(5), v.maxValue(1440)),
  subComponents: v.pipe(
    v.array(
      v.strictObject({
        queryDefinition: v.strictObject({
          query: v.pipe(v.string(), v.nonEmpty()),
          filters: v.strictObject({
            bool: v.strictObject({ must: v.array(v.unknown()), must_not: v.array(v.unknown()) }),
          }),
          groupBy: v.pipe(v.array(v.string()), v.maxLength(3)),
          aggregation: v.strictObject({
            aggregationType: v.picklist(['SUM', 'MIN', 'MAX', 'AVG', 'COUNT', 'UNIQUE_COUNT', 'NONE']),
            fieldToAggregateOn: v.optional(v.string()),
          }),
          shouldQueryOnAllAccounts: v.boolean(),
        }),
        trigger: v.strictObject({
          operator: v.picklist([
            'LESS_THAN',
            'GREATER_THAN',
            'LESS_THAN_OR_EQUALS',
            'GREATER_THAN_OR_EQUALS',
            'EQUALS',
            'NOT_EQUALS',
          ]),
          severityThresholdTiers: v.pipe(
            v.record(v.picklist(['INFO', 'LOW', 'MEDIUM', 'HIGH', 'SEVERE']), v.number()),
            v.check((tiers) => Object.keys(tiers).length > 0),
          ),
        }),
        output: v.strictObject({ columns: v.array(v.unknown()), shouldUseAllFields: v.boolean() }),
      }),
    ),
    v.minLength(1),
    v.maxLength(2),
  ),
  correlations: v.strictObject({
    correlationOperators: v.array(v.literal('AND')),
    joins: v.array(v.strictObject({ 0: v.string(), 1: v.string() })),
  }),
  enabled: v.boolean(),
});

describe('the files for Logz.io', () => {
  it('are what the generator makes of the tables (else: npm run docs:logzio)', () => {
    for (const [path, text] of logzioFiles()) assert.equal(read(path), text, path);
  });

  it('are all generated', () => {
    const present = SHAPES.flatMap((shape) =>
      readdirSync(join(FOLDER, shape), { recursive: true, encoding: 'utf8' }).map((path) => join(shape, path)),
    ).filter((path) => statSync(join(FOLDER, path)).isFile());
    assert.deepEqual(present.sort(), [...logzioFiles().keys()].sort());
  });

  it('so are the pipelines for Sigma rules (else: npm run docs:sigma)', () => {
    for (const [path, text] of sigmaFiles()) {
      assert.equal(readFileSync(join(FOLDER, '..', 'sigma', path), 'utf8'), text, path);
    }
  });

  it('can name no field that a log does not have', () => {
    assert.throws(() => fieldIn('logzio', 'initiated_by.user_name'), /not in the tables/);
    assert.equal(fieldIn('ecs', 'geoip.country_code'), 'client.geo.country_iso_code');
    assert.equal(fieldIn('ecs', 'application.name'), 'jumpcloud.event.application.name');
  });
});

for (const shape of SHAPES) {
  describe(`the dashboard for shape ${shape}`, () => {
    const objects = linesOf(`${shape}/dashboard.ndjson`);
    const visualizations = objects.slice(0, -1).map((object) => v.parse(visualization, object));
    const board = v.parse(dashboard, objects.at(-1));

    it('shows every visualization once, beside one another and within the width', () => {
      assert.deepEqual(
        board.references.map(({ id }) => id),
        visualizations.map(({ id }) => id),
      );
      const cells = new Set<string>();
      for (const { gridData } of board.attributes.panelsJSON) {
        assert.ok(gridData.x + gridData.w <= 48);
        for (let x = gridData.x; x < gridData.x + gridData.w; x++) {
          assert.ok(!cells.has(`${x},${gridData.y}`), 'panels overlap');
          cells.add(`${x},${gridData.y}`);
        }
      }
      const names = board.attributes.panelsJSON.map(({ panelRefName }) => panelRefName);
      assert.deepEqual(
        names,
        board.references.map(({ name }) => name),
      );
    });

    it("reads Logz.io's index pattern, which every account has", () => {
      for (const { references, attributes } of visualizations) {
        assert.deepEqual(references, [
          {
            name: attributes.kibanaSavedObjectMeta.searchSourceJSON.indexRefName,
            type: 'index-pattern',
            id: INDEX_PATTERN,
          },
        ]);
      }
    });

    it('counts events in each panel', () => {
      for (const { attributes } of visualizations) {
        const { aggs } = attributes.visState;
        assert.equal(aggs[0]?.type, 'count');
        assert.equal(new Set(aggs.map(({ id }) => id)).size, aggs.length);
      }
    });

    it('is the same in the file for the import API', () => {
      const { hits } = JSON.parse(read(`${shape}/dashboard-import.json`));
      assert.deepEqual(
        hits.map(({ _source }: { _source: Record<string, unknown> }) => _source[String(_source.type)]),
        objects.map((object) => (object as { attributes: unknown }).attributes),
      );
    });
  });

  describe(`the alerts for shape ${shape}`, () => {
    for (const { name } of ALERTS) {
      it(`${name} is a body of POST /v2/alerts`, () => {
        const { subComponents } = v.parse(alert, JSON.parse(read(`${shape}/alerts/${name}.json`)));
        const { groupBy, aggregation } = subComponents[0]?.queryDefinition ?? assert.fail();
        const { aggregationType, fieldToAggregateOn } = aggregation;
        // Logz.io's own rules for what goes with what.
        assert.equal(groupBy.length === 0, aggregationType === 'NONE');
        assert.equal(fieldToAggregateOn === undefined, aggregationType === 'NONE' || aggregationType === 'COUNT');
        assert.ok(fieldToAggregateOn === undefined || !groupBy.includes(fieldToAggregateOn));
      });
    }
  });
}
