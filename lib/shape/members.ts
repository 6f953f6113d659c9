/** How many members an event has: fewer in its value than in its text where one was named twice. */
import type { JsonValue } from '../platform/json.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** All members of all objects in a JSON text, each counted as often as it is written. */
export function countMembersInText(text: string): number {
  let members = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (unit === QUOTE) inString = false;
      else if (unit === BACKSLASH) at++;
    } else if (unit === QUOTE) inString = true;
    else if (unit === COLON) members++;
  }
  return members;
}

/** How many members the value and everything in it have. */
export function countMembers(value: JsonValue): number {
  let members = 0;
  // A stack of our own: a value may be nested more deeply than calls can be.
  const rest: JsonValue[] = [value];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next !== 'object' || next === null || JSON.isRawJSON(next)) continue;
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === 'object' && item !== null) rest.push(item);
      continue;
    }
    for (const name in next) {
      const member = next[name];
      // Left out when it is written.
      if (member === undefined) continue;
      members++;
      if (typeof member === 'object' && member !== null) rest.push(member);
    }
  }
  return members;
}
