/**
 * Copies an event's members into a line, under the type rule: most as they are, some with a quote or two more. A value that
 * needs more than that goes the thorough way, alone.
 *
 * What cannot be done like this gives up the draft: the event then goes the thorough way as a whole.
 */
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { DECIMAL, FALSE, INTEGER, NOWHERE, NULL, OBJECT, type Outline, TEXT, TEXTS, TRUE } from '../outline/outline.ts';
import { type Allowance, Conform } from '../shape/conform.ts';
import { MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../shape/limits.ts';
import { oneLine } from '../shape/line.ts';
import { Marks } from '../shape/marks.ts';
import { MOVED_SUFFIX, RESERVED_PREFIX } from '../shape/reserved.ts';
import { isOutlinedTime } from '../shape/timestamps.ts';
import type { Draft, Layout } from '../stencil/draft.ts';
import type { Compute } from '../stencil/stencil.ts';
import type { CopyPlan, MemberPlan } from './plan.ts';

/** An event with an outline never comes near these limits: see LARGEST_OUTLINED_BYTES. */
const ALLOWANCE: Allowance = {
  textBytes: MAX_TEXT_BYTES,
  nameBytes: MAX_NAME_BYTES,
  unknownFields: Number.POSITIVE_INFINITY,
};
const [COMMA, COLON, QUOTE, CLOSE_BRACE] = [0x2c, 0x3a, 0x22, 0x7d] as const;
const FRACTION = Buffer.from('.0');
const TRUTHS = { true: Buffer.from('"true"'), false: Buffer.from('"false"') };

/**
 * How a value is written: as it is, in quotes, without its quotes, as a text that holds it, with a fraction, member by member,
 * as text under another name, or the thorough way.
 */
type Manner = 'copied' | 'quoted' | 'bare' | 'escaped' | 'with fraction' | 'inside' | 'moved' | 'thorough';

/** What becomes of one member. */
interface Fate {
  readonly name: string;
  readonly member: number;
  readonly known: MemberPlan;
  readonly manner: Manner;
}

/** True for a text that says that something is true or false. */
export function isTruth(draft: Draft, entry: number, truth: boolean): boolean {
  const json = TRUTHS[`${truth}`];
  return draft.layout.kinds[entry] === TEXT && draft.ask((outline) => outline.isText(entry, json));
}

export class Copier {
  readonly #draft: Draft;
  readonly #layout: Layout;
  readonly #dropEmpty: boolean;
  readonly #left = new Set<number>();

  /** @param dropEmpty leave out null, empty texts, objects and lists */
  constructor(draft: Draft, dropEmpty: boolean) {
    this.#draft = draft;
    this.#layout = draft.layout;
    this.#dropEmpty = dropEmpty;
  }

  /** Has a member left out of what follows. */
  leave(member: number): void {
    this.#left.add(member);
  }

  /** True where something of the object is not left out. */
  hasMembers(object: number, plan: CopyPlan): boolean {
    for (const member of this.#layout.membersOf(object)) {
      if (this.#isKept(member, plan.member(this.#layout.names[member] as number))) return true;
    }
    return false;
  }

  /** Writes an object's members with commas between them. @param isFirst nothing stands before them in the object */
  members(object: number, plan: CopyPlan, isFirst: boolean): void {
    const draft = this.#draft;
    const renamed: Fate[] = [];
    let needsComma = !isFirst;
    for (const member of this.#layout.membersOf(object)) {
      const known = plan.member(this.#layout.names[member] as number);
      if (!this.#isKept(member, known)) continue;
      const fate = this.#fate(member, plan, known);
      if (fate?.name === known.name) {
        if (needsComma) draft.byte(COMMA);
        needsComma = true;
        draft.name(member, known.name.length);
        draft.byte(COLON);
        this.#write(fate, plan);
      } else if (fate && this.#isFree(fate.name, known.name, object, plan)) renamed.push(fate);
      else draft.giveUp();
    }
    // What has another name comes last in its object.
    for (const fate of renamed) {
      if (needsComma) draft.byte(COMMA);
      needsComma = true;
      draft.piece(Buffer.from(`${JSON.stringify(fate.name)}:`));
      this.#write(fate, plan);
    }
  }

  /** Writes one value as the member of its name would be written; not where that takes another name. */
  value(member: number, plan: CopyPlan): void {
    const known = plan.member(this.#layout.names[member] as number);
    const fate = this.#fate(member, plan, known);
    if (fate?.name === known.name) this.#write(fate, plan);
    else this.#draft.giveUp();
  }

  /** @returns undefined where the whole event has to go the thorough way */
  #fate(member: number, plan: CopyPlan, known: MemberPlan): Fate | undefined {
    if (known.kind === 'unfit') return undefined;
    const name = known.kind === 'reserved' ? RESERVED_PREFIX + known.name : known.name;
    const manner = this.#manner(member, known.kind);
    if (manner === 'moved') {
      const moved = this.#manner(member, 'text');
      return moved === 'thorough' ? undefined : { name: name + MOVED_SUFFIX, member, known, manner: moved };
    }
    if (manner !== 'thorough') return { name, member, known, manner };
    const conformed = this.#draft.askOnce((outline) => conform(outline, member, plan, known, this.#dropEmpty));
    // Of a name that the log needs and a known field has as well: renamed twice, it comes later still.
    if (conformed === undefined || (known.kind === 'reserved' && conformed.name !== name)) return undefined;
    return { name: conformed.name, member, known, manner };
  }

  #isFree(name: string, from: string, object: number, { schema, defaults }: CopyPlan): boolean {
    if (defaults.has(from) || schema.fields.has(name) || defaults.has(name)) return false;
    return this.#layout.findIn(object, MEMBER_NAMES.numberOfText(name)) === NOWHERE;
  }

  #isKept(member: number, { kind, inside }: MemberPlan): boolean {
    if (!this.#dropEmpty) return true;
    if (this.#layout.hollow[member] === 1 || this.#left.has(member)) return false;
    return kind !== 'object' || this.#layout.kinds[member] !== OBJECT || this.hasMembers(member, inside);
  }

  #manner(member: number, kind: MemberPlan['kind']): Manner {
    const { kinds, loose } = this.#layout;
    const is = kinds[member];
    if (is === NULL) return 'copied';
    if (kind === 'object' && is === OBJECT) return 'inside';
    if (loose[member] === 1) return 'thorough';
    switch (kind) {
      case 'object':
        return 'moved';
      case 'boolean':
        if (is === TRUE || is === FALSE) return 'copied';
        return isTruth(this.#draft, member, true) || isTruth(this.#draft, member, false) ? 'bare' : 'thorough';
      case 'integer':
        if (is === INTEGER) return 'copied';
        return this.#draft.ask((outline) => outline.isIntegerText(member)) ? 'bare' : 'thorough';
      case 'decimal':
        return is === DECIMAL ? 'copied' : is === INTEGER ? 'with fraction' : 'thorough';
      case 'time':
        return this.#draft.ask((outline) => isOutlinedTime(outline, member)) ? 'copied' : 'thorough';
      case 'texts':
        return is === TEXTS ? 'copied' : 'thorough';
      case 'changes':
        return is === TEXT ? 'copied' : 'thorough';
      default:
        if (is === TEXT) return 'copied';
        return is === TRUE || is === FALSE || is === INTEGER || is === DECIMAL ? 'quoted' : 'escaped';
    }
  }

  #write({ name, member, known, manner }: Fate, plan: CopyPlan): void {
    const draft = this.#draft;
    switch (manner) {
      case 'copied':
        draft.value(member);
        break;
      case 'bare':
        draft.value(member, 1, 1);
        break;
      case 'with fraction':
        draft.value(member);
        draft.piece(FRACTION);
        break;
      case 'quoted':
        draft.byte(QUOTE);
        draft.value(member);
        draft.byte(QUOTE);
        break;
      case 'escaped':
        draft.byte(QUOTE);
        draft.escaped(member);
        draft.byte(QUOTE);
        break;
      case 'inside':
        draft.opening(member);
        this.members(member, known.inside, true);
        draft.byte(CLOSE_BRACE);
        break;
      default:
        draft.computed(conformedAs(name, member, plan, known, this.#dropEmpty));
    }
  }
}

/** @returns undefined at an event of which the value needs another name */
function conformedAs(name: string, ...how: [number, CopyPlan, MemberPlan, boolean]): Compute {
  return (outline) => {
    const conformed = conform(outline, ...how);
    return conformed?.name === name ? conformed.json : undefined;
  };
}

/** What the thorough way makes of one member. */
function conform(outline: Outline, member: number, { schema }: CopyPlan, { name }: MemberPlan, dropEmpty: boolean) {
  const marks = new Marks();
  const [conformed] = Object.entries(
    new Conform(ALLOWANCE, marks, dropEmpty).object({ [name]: JSON.parse(outline.jsonOf(member)) }, schema),
  );
  if (conformed === undefined || !marks.isEmpty) return undefined;
  return { name: conformed[0], json: oneLine(JSON.stringify(conformed[1])) };
}
