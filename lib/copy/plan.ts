/** The table of known fields by the numbers of their names: what becomes of a member that is copied. */
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { isSafeName } from '../shape/names.ts';
import type { SchemaNode } from '../shape/schema.ts';

/** What is known of one name. */
export interface MemberPlan {
  readonly name: string;
  /** `unfit`: the name cannot stay as it is, or not where it is. */
  readonly kind: SchemaNode['kind'] | 'unfit';
  /** For the members of a known object. */
  readonly inside: CopyPlan;
}

const NONE: ReadonlySet<string> = new Set();

/** Made of a schema as the names are met. */
export class CopyPlan {
  readonly schema: SchemaNode;
  /** Names that the object gets in any case: a member that is renamed may neither leave one behind nor take it. */
  readonly defaults: ReadonlySet<string>;
  readonly #members: (MemberPlan | undefined)[] = [];

  constructor(schema: SchemaNode, defaults = NONE) {
    this.schema = schema;
    this.defaults = defaults;
  }

  /** @param name its number */
  member(name: number): MemberPlan {
    return this.#members[name] ?? this.#add(name);
  }

  #add(number: number): MemberPlan {
    const name = MEMBER_NAMES.textOf(number);
    const field = this.schema.fields.get(name);
    // JavaScript puts a name that is a number before all others.
    const isFit = isSafeName(name) && !/^\d/.test(name);
    const plan: MemberPlan = {
      name,
      kind: isFit ? (field?.kind ?? 'text') : 'unfit',
      inside: field ? new CopyPlan(field) : this,
    };
    this.#members[number] = plan;
    return plan;
  }
}
