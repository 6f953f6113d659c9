/** What the ECS logs of the sample day have, counted: for docs/fields.md. */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/platform/json.ts';
import { partiesOf } from '../lib/shape/ecs-detection.ts';
import { getPath, toPath } from '../lib/shape/ecs-mapping.ts';
import { parseEvent } from '../lib/shape/parse-event.ts';
import { createShape } from '../lib/shape/shape.ts';
import { sampleDay } from '../simulators/sample-day.ts';

/** The day that the tests use too. */
export const SAMPLE_DAY_END = Date.parse('2026-11-20T12:00:00Z');

export interface SampleCount {
  readonly what: string;
  /** Events that should have it. */
  readonly events: number;
  readonly have: number;
}

interface Shaped {
  readonly event: JsonObject;
  readonly log: JsonObject;
}

const at = (object: JsonObject, path: string) => getPath(object, toPath(path));
const always = () => true;

/** What is counted, of which events, and by which of the log's fields. */
const ROWS: readonly [what: string, of: (event: Shaped) => boolean, has: (log: JsonObject) => boolean][] = [
  [
    '`event.category` and `event.type`',
    always,
    (log) => isList(at(log, 'event.category')) && isList(at(log, 'event.type')),
  ],
  [
    '`user`: the one who acted, of events that name one',
    namesActor,
    (log) => has(log, 'user.id', 'user.name', 'user.email'),
  ],
  ['`user.target`, of events that something was done to a user in', namesTarget, (log) => has(log, 'user.target')],
  ['`source.ip`, of logins', isLogin, (log) => has(log, 'source.ip')],
  [
    '`related.ip`, of events with an address',
    ({ event }) => has(event, 'client_ip', 'src_ip'),
    (log) => has(log, 'related.ip'),
  ],
  ['`related.user`, of events that name anybody', namesAnybody, (log) => has(log, 'related.user')],
];

export function sampleCounts(): SampleCount[] {
  const day = shapedSampleDay();
  return ROWS.map(([what, of, hasIt]) => {
    const events = day.filter(of);
    return { what, events: events.length, have: events.filter(({ log }) => hasIt(log)).length };
  });
}

function shapedSampleDay(): Shaped[] {
  const toLog = createShape({
    shape: 'ecs',
    type: 'jumpcloud',
    fields: {},
    tags: [],
    preserveOriginalEvent: false,
    preserveDuplicateCustomFields: false,
  });
  return sampleDay({ end: SAMPLE_DAY_END }).map(({ text }) => {
    const event = parseEvent(text) as JsonObject;
    return {
      event,
      log: JSON.parse(toLog({ text, value: event, eventId: String(event.id ?? 'none'), isBroken: false }).line),
    };
  });
}

function namesActor({ event }: Shaped): boolean {
  return has(event, 'initiated_by.id', 'initiated_by.email', 'initiated_by.username');
}

function namesTarget({ event }: Shaped): boolean {
  return partiesOf(event).some(({ kind }) => kind === 'user');
}

function namesAnybody(shaped: Shaped): boolean {
  return namesActor(shaped) || namesTarget(shaped) || has(shaped.event, 'username');
}

function isLogin({ log }: Shaped): boolean {
  return (at(log, 'event.category') as JsonValue[]).includes('authentication');
}

function has(object: JsonObject, ...paths: readonly string[]): boolean {
  return paths.some((path) => {
    const value = at(object, path);
    return (typeof value === 'string' && value !== '') || isList(value) || isJsonObject(value);
  });
}

function isList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}
