/** One event's JSON text, read: the only place where events are parsed. */
import { isJsonObject, type JsonObject } from '../platform/json.ts';

/**
 * Reads one event.
 * @returns the event's members; `undefined` where the text is no JSON or its value is no object.
 * Numbers are plain JavaScript numbers here: a shape looks at the text again where one of them
 * cannot hold all its digits.
 */
export function parseEvent(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
