/** One event's JSON text, read: the only place where whole events are parsed. */
import { isJsonObject, type JsonObject } from '../json.ts';
import type { SourceEvent } from './shape.ts';

/**
 * Reads one event.
 * @returns the event's members; `undefined` where the text is no JSON or its value is no object. Numbers are plain
 * JavaScript numbers here: a shape looks at the text again where one of them cannot hold all its digits.
 */
export function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws SyntaxError where `parseEvent` returns undefined */
export function sourceOf(text: string, eventId: string): SourceEvent {
  const value = parseEvent(text);
  if (value === undefined) throw new SyntaxError('the event is no JSON object');
  return { text, value, eventId };
}
