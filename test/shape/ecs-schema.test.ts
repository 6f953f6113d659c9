/**
 * Every ECS log of the fixtures and of the sample day keeps to the schema that Elastic publishes
 * for ECS.
 */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { EcsFlat } from '@elastic/ecs';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/platform/json.ts';
import { classOf, EVENT_TYPES } from '../../lib/shape/ecs-event-types.ts';
import { sampleDay } from '../../simulators/sample-day.ts';
import { fixtureEvents, logOf } from '../support/logs.ts';

interface EcsEntry {
  readonly type: string;
  readonly normalize: readonly string[];
  readonly allowed_values?: readonly { readonly name: string; readonly expected_event_types?: readonly string[] }[];
}

const SCHEMA: Readonly<Record<string, EcsEntry>> = EcsFlat as never;
/** Not of ECS: Logz.io's type, our marks, and JumpCloud's event itself. */
const NOT_ECS = new Set(['type', 'more_fields', 'shortened_fields', 'jumpcloud']);

const fixtures = fixtureEvents();
const day = sampleDay({ end: Date.parse('2026-11-20T12:00:00Z') }).map(({ text }) => JSON.parse(text) as JsonObject);

describe('the ECS shape and the schema of ECS', () => {
  it('every field of every log is one of ECS, with its type and an allowed value', () => {
    for (const event of [...fixtures, ...day]) {
      for (const [path, value] of leavesOf(logOf('ecs', event))) {
        const fault = faultOf(path, value);
        assert.equal(fault, undefined, `${path} = ${JSON.stringify(value)}, event type ${event.event_type}`);
      }
    }
  });

  it('every event type of the table has categories, and types that ECS expects of one of them', () => {
    for (const eventType of [...EVENT_TYPES.keys(), ...unlisted()]) {
      const { category, type } = classOf(eventType);
      const categories = valuesOf('event.category').filter(({ name }) => category.includes(name));
      assert.equal(categories.length, category.length, `${eventType}: ${category}`);
      const expected = categories.flatMap((one) => one.expected_event_types ?? []);
      for (const one of type) assert(expected.includes(one), `${eventType}: ${one} is not expected of ${category}`);
    }
  });

  it('an event type that nobody has listed gets what its words say', () => {
    assert.deepEqual(classOf('user_badge_create'), { category: ['iam'], type: ['creation'] });
    assert.deepEqual(classOf('printer_deleted'), { category: ['configuration'], type: ['deletion'] });
    assert.deepEqual(classOf('vpn_login_attempt'), { category: ['authentication'], type: ['start'] });
    assert.deepEqual(classOf('user_login_settings_update'), { category: ['iam'], type: ['change'] });
    assert.deepEqual(classOf('something_new'), { category: ['api'], type: ['info'] });
    assert.deepEqual(classOf('constructor'), { category: ['api'], type: ['info'] });
  });
});

function unlisted(): string[] {
  return ['user_badge_create', 'printer_updated', 'group_thing_removed', 'vpn_login', 'mail_blocked', 'something_new'];
}

function valuesOf(path: string) {
  return SCHEMA[path]?.allowed_values ?? [];
}

/** Every field that holds no object, by its path. */
function leavesOf(object: JsonObject, prefix = ''): [path: string, value: JsonValue][] {
  return Object.entries(object).flatMap(([name, value]): [string, JsonValue][] => {
    if (prefix === '' && NOT_ECS.has(name)) return [];
    const path = prefix + name;
    return isJsonObject(value) && SCHEMA[path]?.type !== 'geo_point' ? leavesOf(value, `${path}.`) : [[path, value]];
  });
}

function faultOf(path: string, value: JsonValue): string | undefined {
  const entry = SCHEMA[path];
  if (entry === undefined) return 'is no field of ECS';
  if (Array.isArray(value) !== entry.normalize.includes('array')) return 'is a list where ECS has none, or none';
  const values = Array.isArray(value) ? value : [value];
  if (!values.every((one) => isOf(entry.type, one))) return `is no ${entry.type}`;
  const allowed = entry.allowed_values?.map(({ name }) => name);
  return allowed === undefined || values.every((one) => allowed.includes(String(one))) ? undefined : 'is not allowed';
}

function isOf(type: string, value: JsonValue): boolean {
  if (type === 'geo_point') return isJsonObject(value) && isWithin(value.lat, 90) && isWithin(value.lon, 180);
  if (type === 'ip') return typeof value === 'string' && isIP(value) !== 0;
  if (type === 'date') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return /keyword|text|wildcard/.test(type) && typeof value === 'string';
}

function isWithin(value: JsonValue | undefined, most: number): boolean {
  return typeof value === 'number' && Math.abs(value) <= most;
}
