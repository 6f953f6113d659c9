/** The canonical JSON of an event that has an outline, copied together without an object being made of it. */
import { canonicalJson } from '../fingerprint.ts';
import { LineWriter } from '../line-writer.ts';
import { MEMBER_NAMES } from './member-names.ts';
import { LIST, OBJECT, type Outline } from './outline.ts';

const [COMMA, COLON, OPEN_BRACE, CLOSE_BRACE] = [0x2c, 0x3a, 0x7b, 0x7d] as const;
const NAME_QUOTES = 2;

const writer = new LineWriter();

/** @returns what `canonicalJson` makes of the event, in UTF-8; valid until the next call */
export function canonicalOf(outline: Outline): Buffer {
  writer.begin(outline.body);
  write(outline, 0);
  const { bytes, length } = writer.end();
  return bytes.subarray(0, length);
}

function write(outline: Outline, entry: number): void {
  const { kinds, loose, names, members, starts, ends } = outline;
  // Of what is in a list an outline says nothing.
  if (kinds[entry] === LIST || (kinds[entry] !== OBJECT && loose[entry] === 1)) {
    writer.text(canonicalJson(JSON.parse(outline.jsonOf(entry))));
    return;
  }
  if (kinds[entry] !== OBJECT) {
    writer.copy(starts[entry] as number, ends[entry] as number);
    return;
  }
  writer.byte(OPEN_BRACE);
  let isNext = false;
  for (const member of sortedMembers(outline, entry)) {
    if (isNext) writer.byte(COMMA);
    isNext = true;
    const start = members[member] as number;
    writer.copy(start, start + MEMBER_NAMES.textOf(names[member] as number).length + NAME_QUOTES);
    writer.byte(COLON);
    write(outline, member);
  }
  writer.byte(CLOSE_BRACE);
}

function sortedMembers({ names, nexts }: Outline, object: number): number[] {
  const { ranks } = MEMBER_NAMES;
  const sorted: number[] = [];
  const end = nexts[object] as number;
  for (let member = object + 1; member < end; member = nexts[member] as number) {
    const rank = ranks[names[member] as number] as number;
    let place = sorted.length;
    // A few members, mostly in some order already.
    for (; place > 0; place--) {
      const before = sorted[place - 1] as number;
      if ((ranks[names[before] as number] as number) < rank) break;
      sorted[place] = before;
    }
    sorted[place] = member;
  }
  return sorted;
}
