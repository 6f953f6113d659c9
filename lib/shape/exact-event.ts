/** An event with all that JSON.parse loses in silence: long numbers, members named twice. */
import type { JsonObject } from '../platform/json.ts';
import { countMembers, countMembersInText } from './members.ts';
import { withLongNumbers } from './numbers.ts';
import type { SourceEvent } from './shape.ts';

export interface ExactEvent {
  readonly value: JsonObject;
  /** How many it has, those of everything in it included. */
  readonly members: number;
}

type Parsed = Pick<SourceEvent, 'value' | 'text' | 'membersInText'>;

/** @throws RangeError for one that is nested too deeply or names a member twice */
export function readExactly({ value, text, membersInText }: Parsed): ExactEvent {
  const members = countMembers(value);
  // Of two members with one name JSON.parse keeps the last. No JSON writer makes them.
  if (members !== (membersInText ?? countMembersInText(text))) throw new RangeError('it names a member twice');
  return { value: withLongNumbers(value, text), members };
}
