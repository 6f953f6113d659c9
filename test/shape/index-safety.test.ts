/** No log of one event spoils the index of the day for the logs of others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, JsonValue } from '../../lib/platform/json.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { looksLikeDate, MAX_UNKNOWN_FIELDS } from '../../lib/shape/values.ts';
import { createMappingJudge } from '../../simulators/mapping-judge.ts';
import { faultsOf, type Mapping } from '../support/log-validator.ts';
import { logOf } from '../support/logs.ts';
import { DATE_LIKE_TEXTS, nastyEvents } from '../support/nasty-events.ts';
import { OPTIONS } from '../support/shaped.ts';

const SHAPES = ['logzio', 'ecs'] as const;
const USUAL = { id: 'e-1', timestamp: '2026-06-15T16:00:00Z', event_type: 'user_update' };

describe('texts that an index takes for dates', () => {
  // Tried on the date parsers of OpenSearch 2.19.1; the first two it takes and cannot index.
  for (const text of [
    '2026-13',
    '2026/13/15',
    '2026/06/15 10:20:30',
    '2026-06',
    '-2026-06',
    '2026-06-15T10:20:30Europe/Berlin',
  ]) {
    it(`are found: ${text}`, () => assert(looksLikeDate(text)));
  }
  for (const text of ['2026', '20260615', '2026-6-15', '2026-06-15 10:20:30', ' 2026-06', '192.0.2.1', '1.2.3', '']) {
    it(`are not all texts with digits: "${text}"`, () => assert(!looksLikeDate(text)));
  }

  for (const shape of SHAPES) {
    it(`stand in quotes in an event that is right otherwise, shape ${shape}`, () => {
      for (const text of DATE_LIKE_TEXTS) {
        const log = logOf(shape, { ...USUAL, password_expires: text, resource: { name: text }, attr: [text] });
        const event = (shape === 'ecs' ? (log.jumpcloud as JsonObject).event : log) as JsonObject;
        const found = [event.password_expires, (event.resource as JsonObject).name, (event.attr as JsonValue[])[0]];
        for (const value of found) assert(value === JSON.stringify(text), `${text} became ${value}`);
      }
    });
  }

  it('stand in quotes as an id too', () => {
    const event = { ...USUAL, id: '2026-06' };
    assert.equal(logOf('logzio', event).event_id, '"2026-06"');
    assert.equal((logOf('ecs', event).event as JsonObject).id, '"2026-06"');
  });
});

for (const shape of SHAPES) {
  describe(`an event of many names, shape ${shape}`, () => {
    const logWith = (unknown: number) =>
      logOf(shape, { ...USUAL, ...Object.fromEntries(Array.from({ length: unknown }, (_, n) => [`new${n}`, 'x'])) });

    it('keeps all of them while they are few', () => {
      assert.equal(logWith(MAX_UNKNOWN_FIELDS).more_fields, undefined);
    });

    it('keeps some, and the rest as one text', () => {
      const log = logWith(500);
      assert.equal(Object.keys(JSON.parse(String(log.more_fields))).length, 500 - MAX_UNKNOWN_FIELDS);
      const event = (shape === 'ecs' ? (log.jumpcloud as JsonObject).event : log) as JsonObject;
      assert.equal(Object.keys(event).filter((name) => name.startsWith('new')).length, MAX_UNKNOWN_FIELDS);
    });

    it('counts those that became fields, at every depth, and no others', () => {
      const names = new Set<string>();
      const [some, more] = ['a', 'b'].map((letter) =>
        Object.fromEntries(Array.from({ length: MAX_UNKNOWN_FIELDS }, (_, n) => [`${letter}${n}`, 'x'])),
      );
      const text = JSON.stringify({ ...USUAL, resource: some, ...more });
      const toLog = createShape({ ...OPTIONS, shape, onUnknownName: (name) => names.add(name) });
      const { line } = toLog({ text, value: JSON.parse(text), eventId: 'e-1', isBroken: false });
      assert.equal(names.size, MAX_UNKNOWN_FIELDS);
      assert.equal(Object.keys(JSON.parse(JSON.parse(line).more_fields)).length, MAX_UNKNOWN_FIELDS);
    });
  });
}

it('no name has two types in a day of nasty events in both shapes', () => {
  const mapping: Mapping = new Map();
  const { judge } = createMappingJudge();
  for (const event of nastyEvents(200)) {
    for (const shape of SHAPES) {
      const log = logOf(shape, event);
      const line = JSON.stringify(log);
      assert.deepEqual(faultsOf(line, mapping), [], line);
      assert.equal(judge(line, log, 'today'), undefined, line);
    }
  }
});

it("the validators find fault with JumpCloud's own nasty events", () => {
  const { judge } = createMappingJudge();
  const refused = nastyEvents(200).filter((event) => {
    const log = { ...event, '@timestamp': event.timestamp } as JsonObject;
    return judge(JSON.stringify(log), log, 'today') !== undefined;
  });
  assert(refused.length > 50, `${refused.length}`);
});
