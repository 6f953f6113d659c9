/** The canonical JSON of an event that has an outline, without an object being made of it. */
import { canonicalJson } from '../fingerprint.ts';
import { MEMBER_NAMES } from './member-names.ts';
import { LIST, OBJECT, type Outline } from './outline.ts';

/** @returns what `canonicalJson` makes of the event */
export function canonicalOf(outline: Outline): string {
  return canonicalValue(outline, 0);
}

function canonicalValue(outline: Outline, entry: number): string {
  const { kinds, loose, names, nexts } = outline;
  if (kinds[entry] !== OBJECT) {
    // A list may hold objects, of which the outline says nothing.
    const isAsItIs = loose[entry] === 0 && kinds[entry] !== LIST;
    const json = outline.jsonOf(entry);
    return isAsItIs ? json : canonicalJson(JSON.parse(json));
  }
  const members: (readonly [name: string, member: number])[] = [];
  const end = nexts[entry] as number;
  for (let member = entry + 1; member < end; member = nexts[member] as number) {
    members.push([MEMBER_NAMES.textOf(names[member] as number), member]);
  }
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `"${name}":${canonicalValue(outline, member)}`).join()}}`;
}
