/**
 * No log of either shape is refused by an index, whatever came before it that day. `npm run
 * test:dashboards`; needs java and mvn.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { JsonObject } from '../../lib/platform/json.ts';
import { looksLikeDate } from '../../lib/shape/values.ts';
import { createMappingJudge } from '../../simulators/mapping-judge.ts';
import { createRandom } from '../../simulators/random.ts';
import { sampleDay } from '../../simulators/sample-day.ts';
import { faultsOf, type Mapping } from '../support/log-validator.ts';
import { fixtureEvents, logOf } from '../support/logs.ts';
import { DATE_LIKE_TEXTS, nastyEvents, OTHER_TEXTS } from '../support/nasty-events.ts';
import { type Trial, type TrialResult, tryIndices } from './opensearch.ts';

const NASTY = 200;
const day = sampleDay({ end: Date.parse('2026-11-20T12:00:00Z') }).map(({ text }) => JSON.parse(text) as JsonObject);
const usual = [...fixtureEvents(), ...day];
const events = [...nastyEvents(NASTY), ...usual];
const places = events.map((_, place) => place);

/** The nasty events first, last, in between, and all in the opposite order. */
const ORDERS: Readonly<Record<string, readonly number[]>> = {
  'nasty events first': places,
  'nasty events last': [...places.slice(NASTY), ...places.slice(0, NASTY)],
  shuffled: shuffled(places),
  backwards: [...places].reverse(),
};
/**
 * Every event in one shape, now this, now the other; or the shape changes in the middle of the day.
 */
const SHAPES = {
  logzio: (place: number) => `logzio/${place}`,
  ecs: (place: number) => `ecs/${place}`,
  'both shapes mixed': (place: number, nth: number) => `${nth % 2 === 0 ? 'logzio' : 'ecs'}/${place}`,
  'shape changed during the day': (place: number, nth: number) =>
    `${nth < events.length / 2 ? 'ecs' : 'logzio'}/${place}`,
};
/** What becomes of the events themselves: how much the rest of this file is worth. */
const raw = (place: number) => `raw/${place}`;
/** What holds times, and nothing else. */
const DATES = new Set([
  ...['@timestamp', 'timestamp', 'system_timestamp'],
  ...['jumpcloud.event.timestamp', 'jumpcloud.event.system_timestamp'],
]);

/** The names of both shapes together are more than such an index takes on a nasty day. */
const ALONE = ['logzio', 'ecs'] as const;

/** Each comes in a field of its own: what does the index take it for? */
const TEXTS = [...DATE_LIKE_TEXTS, ...OTHER_TEXTS];
const logWith = (place: number, text: string) =>
  JSON.stringify({ '@timestamp': '2026-11-20T00:00:00Z', [`field_${place}`]: text });

const results = new Map<string, TrialResult>();

before(async () => {
  const trials: [key: string, trial: Trial][] = [];
  for (const [order, sequence] of Object.entries(ORDERS)) {
    for (const [shape, logAt] of Object.entries({ ...SHAPES, raw })) {
      trials.push([`${shape}, ${order}`, { index: `trial-${trials.length}`, logs: sequence.map(logAt) }]);
    }
  }
  for (const shape of ALONE) {
    trials.push([
      `defaults, ${shape}`,
      { index: `trial-${trials.length}`, logs: places.map(SHAPES[shape]), mapping: {} },
    ]);
  }
  trials.push(['texts', { index: `trial-${trials.length}`, logs: TEXTS.map((_, place) => `texts/${place}`) }]);
  const sets = {
    texts: TEXTS.map((text, place) => logWith(place, text)),
    raw: events.map((event) => JSON.stringify({ '@timestamp': event.timestamp, ...event })),
    logzio: events.map((event) => JSON.stringify(logOf('logzio', event))),
    ecs: events.map((event) => JSON.stringify(logOf('ecs', event))),
  };
  const outcome = await tryIndices(
    sets,
    trials.map(([, trial]) => trial),
  );
  for (const [place, [key]] of trials.entries()) results.set(key, outcome[place] as TrialResult);
});

for (const shape of Object.keys(SHAPES)) {
  describe(`an index of logs, ${shape}`, () => {
    for (const order of Object.keys(ORDERS)) {
      it(`refuses none, ${order}`, () => {
        const { refused, dates } = results.get(`${shape}, ${order}`) as TrialResult;
        assert.deepEqual(refused.slice(0, 5), [], `${refused.length} of ${events.length} refused`);
        assert.deepEqual(
          dates.filter((path) => !DATES.has(path)),
          [],
          'a field of texts was taken for one of dates',
        );
      });
    }
  });
}

describe("an index with OpenSearch's own defaults, in which each text counts as two fields", () => {
  for (const shape of ALONE) {
    it(`refuses none, ${shape}, nasty events first`, (context) => {
      const { refused, fields } = results.get(`defaults, ${shape}`) as TrialResult;
      context.diagnostic(`${fields} fields`);
      assert.deepEqual(refused.slice(0, 5), [], `${refused.length} refused`);
    });
  }
});

describe("an index of JumpCloud's own events", () => {
  for (const order of Object.keys(ORDERS)) {
    it(`refuses some, ${order}`, (context) => {
      const { refused } = results.get(`raw, ${order}`) as TrialResult;
      context.diagnostic(`${refused.length} of ${events.length} refused`);
      assert(refused.length > 0);
    });
  }
});

describe('a text that an index takes for a date', () => {
  const taken = () => {
    const { dates, refused } = results.get('texts') as TrialResult;
    const impossible = refused.map((fault) => Number(/^texts\/(\d+):/.exec(fault)?.[1]));
    return TEXTS.filter((_, place) => dates.includes(`field_${place}`) || impossible.includes(place));
  };

  it('is one to the shapes', () => {
    assert.deepEqual(
      taken().filter((text) => !looksLikeDate(text)),
      [],
    );
  });

  it("is one to the tests' validator and to the trial run's Logz.io", () => {
    for (const text of taken()) {
      const mapping: Mapping = new Map();
      faultsOf(logWith(0, text), mapping);
      assert.equal(mapping.get('field_0'), 'date', text);
      const { judge } = createMappingJudge();
      judge(logWith(0, text), JSON.parse(logWith(0, text)), 'today');
      assert(judge(logWith(0, 'never'), JSON.parse(logWith(0, 'never')), 'today'), text);
    }
  });
});

it('the nasty events hold every text that looks like a date', () => {
  const all = JSON.stringify(nastyEvents(NASTY));
  for (const text of DATE_LIKE_TEXTS) assert(all.includes(JSON.stringify(text)), text);
});

function shuffled(list: readonly number[]): number[] {
  const random = createRandom(4);
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.int(0, last);
    [result[last], result[other]] = [result[other] as number, result[last] as number];
  }
  return result;
}
