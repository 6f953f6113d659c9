/**
 * Copies an event's members into a line, under the type rule: most as they are, some with a quote or two more. A value that
 * needs more than that goes the thorough way, alone.
 *
 * What cannot be done like this makes a method return false: the event then goes the thorough way as a whole.
 */

import type { LineWriter } from '../line-writer.ts';
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { DECIMAL, FALSE, INTEGER, NOWHERE, NULL, OBJECT, type Outline, TEXT, TEXTS, TRUE } from '../outline/outline.ts';
import { type Allowance, Conform } from '../shape/conform.ts';
import { MAX_NAME_BYTES, MAX_TEXT_BYTES } from '../shape/limits.ts';
import { oneLine } from '../shape/line.ts';
import { Marks } from '../shape/marks.ts';
import { MOVED_SUFFIX, RESERVED_PREFIX } from '../shape/reserved.ts';
import { isOutlinedTime } from '../shape/timestamps.ts';
import type { CopyPlan, MemberPlan } from './plan.ts';

/** An event with an outline never comes near these limits: see LARGEST_OUTLINED_BYTES. */
const ALLOWANCE: Allowance = {
  textBytes: MAX_TEXT_BYTES,
  nameBytes: MAX_NAME_BYTES,
  unknownFields: Number.POSITIVE_INFINITY,
};
const [COMMA, COLON, QUOTE, CLOSE_BRACE] = [0x2c, 0x3a, 0x22, 0x7d] as const;
const NAME_QUOTES = 2;
const FRACTION = Buffer.from('.0');
const [TRUE_TEXT, FALSE_TEXT] = [Buffer.from('"true"'), Buffer.from('"false"')] as const;

/**
 * How a value is written: as it is, in quotes, without its quotes, as a text that holds it, with a fraction, member by member,
 * as text under another name, or the thorough way.
 */
type Manner = 'copied' | 'quoted' | 'bare' | 'escaped' | 'with fraction' | 'inside' | 'moved' | 'thorough';

/** A member under another name: it comes last in its object. */
interface Renamed {
  readonly name: string;
  readonly member: number;
  readonly manner: Manner;
  /** Where the manner is `thorough`. */
  readonly json: string | undefined;
}

export class Copier {
  readonly #outline: Outline;
  readonly #writer: LineWriter;
  readonly #dropEmpty: boolean;

  /** @param dropEmpty leave out null, empty texts, objects and lists */
  constructor(outline: Outline, writer: LineWriter, dropEmpty: boolean) {
    this.#outline = outline;
    this.#writer = writer;
    this.#dropEmpty = dropEmpty;
  }

  /** True where something of the object is not left out. */
  hasMembers(object: number, plan: CopyPlan): boolean {
    const { names, nexts } = this.#outline;
    const end = nexts[object] as number;
    for (let member = object + 1; member < end; member = nexts[member] as number) {
      if (this.#isKept(member, plan.member(names[member] as number))) return true;
    }
    return false;
  }

  object(object: number, plan: CopyPlan): boolean {
    const start = this.#outline.starts[object] as number;
    this.#writer.copy(start, start + 1);
    if (!this.members(object, plan, true)) return false;
    this.#writer.byte(CLOSE_BRACE);
    return true;
  }

  /** Writes an object's members with commas between them. @param isFirst nothing stands before them in the object */
  members(object: number, plan: CopyPlan, isFirst: boolean): boolean {
    const { names, nexts, members } = this.#outline;
    const writer = this.#writer;
    let renamed: Renamed[] | undefined;
    let needsComma = !isFirst;
    const end = nexts[object] as number;
    for (let member = object + 1; member < end; member = nexts[member] as number) {
      const known = plan.member(names[member] as number);
      if (!this.#isKept(member, known)) continue;
      if (known.kind === 'unfit') return false;
      let manner = this.#manner(member, known.kind);
      let name = known.kind === 'reserved' ? RESERVED_PREFIX + known.name : known.name;
      let json: string | undefined;
      if (manner === 'moved') {
        name += MOVED_SUFFIX;
        manner = this.#manner(member, 'text');
      } else if (manner === 'thorough') {
        const conformed = this.#conformed(member, plan, known);
        // Of a name that the log needs and a known field has as well: renamed twice, it comes later still.
        if (conformed === undefined || (known.kind === 'reserved' && conformed.name !== name)) return false;
        ({ name, json } = conformed);
      }
      if (name !== known.name) {
        if (plan.defaults.has(known.name) || !this.#isFree(name, object, plan)) return false;
        renamed ??= [];
        renamed.push({ name, member, manner, json });
        continue;
      }
      if (needsComma) writer.byte(COMMA);
      needsComma = true;
      const start = members[member] as number;
      writer.copy(start, start + name.length + NAME_QUOTES);
      writer.byte(COLON);
      if (json !== undefined) writer.text(json);
      else if (!this.#write(member, known.inside, manner)) return false;
    }
    return renamed === undefined || this.#writeRenamed(renamed, plan, needsComma);
  }

  /** Writes one value as the member of its name would be written; not where that takes another name. */
  value(member: number, plan: CopyPlan): boolean {
    const known = plan.member(this.#outline.names[member] as number);
    if (known.kind === 'unfit' || known.kind === 'reserved') return false;
    const manner = this.#manner(member, known.kind);
    if (manner !== 'thorough') return this.#write(member, known.inside, manner);
    const conformed = this.#conformed(member, plan, known);
    if (conformed?.name !== known.name) return false;
    this.#writer.text(conformed.json);
    return true;
  }

  #isFree(name: string, object: number, plan: CopyPlan): boolean {
    if (plan.schema.fields.has(name) || plan.defaults.has(name)) return false;
    return this.#outline.findIn(object, MEMBER_NAMES.numberOfText(name)) === NOWHERE;
  }

  #isKept(member: number, { kind, inside }: MemberPlan): boolean {
    if (!this.#dropEmpty) return true;
    if (this.#outline.hollow[member] === 1) return false;
    return kind !== 'object' || this.#outline.kinds[member] !== OBJECT || this.hasMembers(member, inside);
  }

  #manner(member: number, kind: MemberPlan['kind']): Manner {
    const is = this.#outline.kinds[member];
    if (is === NULL) return 'copied';
    if (kind === 'object' && is === OBJECT) return 'inside';
    if (this.#outline.loose[member] === 1) return 'thorough';
    switch (kind) {
      case 'object':
        return 'moved';
      case 'boolean':
        if (is === TRUE || is === FALSE) return 'copied';
        return this.#outline.isText(member, TRUE_TEXT) || this.#outline.isText(member, FALSE_TEXT)
          ? 'bare'
          : 'thorough';
      case 'integer':
        return is === INTEGER ? 'copied' : this.#outline.isIntegerText(member) ? 'bare' : 'thorough';
      case 'decimal':
        return is === DECIMAL ? 'copied' : is === INTEGER ? 'with fraction' : 'thorough';
      case 'time':
        return isOutlinedTime(this.#outline, member) ? 'copied' : 'thorough';
      case 'texts':
        return is === TEXTS ? 'copied' : 'thorough';
      case 'changes':
        return is === TEXT ? 'copied' : 'thorough';
      default:
        if (is === TEXT) return 'copied';
        return is === TRUE || is === FALSE || is === INTEGER || is === DECIMAL ? 'quoted' : 'escaped';
    }
  }

  #write(member: number, inside: CopyPlan, manner: Manner): boolean {
    const writer = this.#writer;
    const start = this.#outline.starts[member] as number;
    const end = this.#outline.ends[member] as number;
    switch (manner) {
      case 'copied':
        writer.copy(start, end);
        return true;
      case 'bare':
        writer.copy(start + 1, end - 1);
        return true;
      case 'with fraction':
        writer.copy(start, end);
        writer.piece(FRACTION);
        return true;
      case 'quoted':
        writer.byte(QUOTE);
        writer.copy(start, end);
        writer.byte(QUOTE);
        return true;
      case 'escaped':
        writer.byte(QUOTE);
        writer.escaped(start, end);
        writer.byte(QUOTE);
        return true;
      case 'inside':
        return this.object(member, inside);
      default:
        return false;
    }
  }

  #writeRenamed(renamed: readonly Renamed[], plan: CopyPlan, needsComma: boolean): boolean {
    const writer = this.#writer;
    let isNext = needsComma;
    for (const { name, member, manner, json } of renamed) {
      if (isNext) writer.byte(COMMA);
      isNext = true;
      writer.text(`${JSON.stringify(name)}:`);
      if (json !== undefined) writer.text(json);
      else if (!this.#write(member, plan, manner)) return false;
    }
    return true;
  }

  /** What the thorough way makes of one member. */
  #conformed(member: number, plan: CopyPlan, { name }: MemberPlan): { name: string; json: string } | undefined {
    const marks = new Marks();
    const conform = new Conform(ALLOWANCE, marks, this.#dropEmpty);
    const [conformed] = Object.entries(
      conform.object({ [name]: JSON.parse(this.#outline.jsonOf(member)) }, plan.schema),
    );
    if (conformed === undefined || !marks.isEmpty) return undefined;
    return { name: conformed[0], json: oneLine(JSON.stringify(conformed[1])) };
  }
}
