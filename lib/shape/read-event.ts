/** An event for the thorough way: its numbers with all their digits, and marks for what reading it lost. */
import type { JsonObject } from '../platform/json.ts';
import { countMembers, countMembersAtMost, countMembersInText } from './duplicates.ts';
import { readLongNumbers } from './numbers.ts';
import type { SourceEvent } from './shape.ts';

/** The marks for what cannot be given as a path; the original is kept whole, as for anything that had to be cut. */
const NAMED_TWICE = '(a member that was named twice: only its last value is here)';
const DIGITS_LOST = '(digits of long numbers: the event is nested too deeply)';

export interface ReadEvent {
  readonly value: JsonObject;
  /** How many it has, those of everything in it included. */
  readonly members: number;
  readonly losses: readonly string[];
}

export function readEvent(event: SourceEvent): ReadEvent {
  const long = readLongNumbers(event.text);
  const value = long.value ?? event.value;
  const losses: string[] = [];
  if (long.tooDeep) losses.push(DIGITS_LOST);
  const members = countMembers(value);
  if (members !== countMembersAtMost(event.text) && members !== countMembersInText(event.text))
    losses.push(NAMED_TWICE);
  return { value, members, losses };
}
