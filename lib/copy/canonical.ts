/** The canonical JSON of an event that has an outline, copied together without an object being made of it. */

import type { LineBytes } from '../line-writer.ts';
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { LIST, OBJECT, type Outline } from '../outline/outline.ts';
import { canonicalJson } from '../ship/fingerprint.ts';
import type { Draft } from '../stencil/draft.ts';
import type { Compute } from '../stencil/stencil.ts';
import { Stencils } from '../stencil/stencils.ts';

const [COMMA, COLON, OPEN_BRACE, CLOSE_BRACE] = [0x2c, 0x3a, 0x7b, 0x7d] as const;

const stencils = new Stencils((draft) => write(draft, 0));

/** @returns what `canonicalJson` makes of the event, in UTF-8; valid until the next call */
export function canonicalOf(outline: Outline): Buffer {
  // Nothing in an event needs another way here.
  const { bytes, length } = stencils.write(outline) as LineBytes;
  return bytes.subarray(0, length);
}

function write(draft: Draft, entry: number): void {
  const { kinds, loose, names } = draft.layout;
  // Of what is in a list an outline says nothing.
  if (kinds[entry] === LIST || (kinds[entry] !== OBJECT && loose[entry] === 1)) {
    draft.computed(canonicalValue(entry));
    return;
  }
  if (kinds[entry] !== OBJECT) {
    draft.value(entry);
    return;
  }
  const members = draft.layout
    .membersOf(entry)
    .map((member) => ({ member, name: MEMBER_NAMES.textOf(names[member] as number) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  draft.byte(OPEN_BRACE);
  for (const [nth, { member, name }] of members.entries()) {
    if (nth > 0) draft.byte(COMMA);
    draft.name(member, name.length);
    draft.byte(COLON);
    write(draft, member);
  }
  draft.byte(CLOSE_BRACE);
}

function canonicalValue(entry: number): Compute {
  return (outline) => canonicalJson(JSON.parse(outline.jsonOf(entry)));
}
