/** Events, and the logs that the shapes make of them, as parsed JSON. */
import { readdirSync, readFileSync } from 'node:fs';
import type { JsonObject } from '../../lib/platform/json.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { OPTIONS } from './shaped.ts';

const FIXTURES = new URL('../fixtures/events/', import.meta.url);

/** The events of all fixtures, in the order of their names. */
export function fixtureEvents(): JsonObject[] {
  return readdirSync(FIXTURES).map((file) => JSON.parse(readFileSync(new URL(file, FIXTURES), 'utf8')).event);
}

/** The log of an event, with the default options. */
export function logOf(shape: 'logzio' | 'ecs', value: JsonObject): JsonObject {
  const text = JSON.stringify(value);
  return JSON.parse(toLog[shape]({ text, value, eventId: String(value.id ?? 'none'), isBroken: false }).line);
}

const toLog = { logzio: createShape(OPTIONS), ecs: createShape({ ...OPTIONS, shape: 'ecs' }) };
