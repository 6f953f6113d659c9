/**
 * `output.drop_fields` and `output.hash_fields`: what is taken out of an event before it is shaped,
 * sent or quarantined.
 */
import { createHmac } from 'node:crypto';
import { isJsonObject, type JsonValue } from '../platform/json.ts';
import { readExactly } from './parse-event.ts';
import type { SourceEvent } from './shape.ts';

export interface PrivateFields {
  readonly dropFields: readonly string[];
  readonly hashFields: readonly string[];
}

/**
 * @param isRedacted it was redacted before, so that its hashes are not hashed again
 * @returns the event's text without what must not leave; undefined where it cannot be read exactly:
 * then none of it may leave
 */
export type Redact = (event: Pick<SourceEvent, 'text' | 'value'>, isRedacted: boolean) => string | undefined;

/** What is left of a path at some depth of the event, and what happens to the values at its end. */
interface Rule {
  readonly path: readonly string[];
  readonly drops: boolean;
}

const ANY = '*';
/** 128 bits: two values never meet by chance, and a log stays short. */
const HASH_DIGITS = 32;
/**
 * With letters in front and an underscore, it is one word to a search, and no number or date to an
 * index.
 */
const HASH_PREFIX = 'hmac_';
const HASHED = new RegExp(`^${HASH_PREFIX}[0-9a-f]{${HASH_DIGITS}}$`);

/** @param key of the hashes; undefined where none is asked for */
export function createRedact({ dropFields, hashFields }: PrivateFields, key: string | undefined): Redact {
  const rules = [...dropFields.flatMap(ruleOf(true)), ...hashFields.flatMap(ruleOf(false))];
  // Without a key this throws: what cannot be hashed does not leave.
  function hash(text: string): string {
    const hmac = createHmac('sha256', key as string).update(text);
    return HASH_PREFIX + hmac.digest('hex').slice(0, HASH_DIGITS);
  }

  function hashed(value: JsonValue, isRedacted: boolean): JsonValue {
    if (JSON.isRawJSON(value)) return hash(value.rawJSON);
    if (Array.isArray(value)) return value.map((item) => hashed(item, isRedacted));
    if (isJsonObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hashed(member, isRedacted)]));
    }
    // Nothing is nothing, and its hash would be the same everywhere.
    if (value === null || value === '' || (isRedacted && HASHED.test(String(value)))) return value;
    return hash(String(value));
  }

  function redacted(value: JsonValue, matching: readonly Rule[], isRedacted: boolean): JsonValue {
    if (matching.length === 0 || typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
    if (Array.isArray(value)) return value.map((item) => redacted(item, matching, isRedacted));
    // No assignment by name: one to `__proto__` would set the prototype.
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, member]) => {
        const below = matching.flatMap((rule) => rulesBelow(name, rule));
        const ended = below.filter(({ path }) => path.length === 0);
        if (ended.some(({ drops }) => drops)) return [];
        if (ended.length === 0) return [[name, redacted(member, below, isRedacted)]];
        // All that is left is hashed, so that a path within is none to hash again.
        const dropping = below.filter(({ drops }) => drops);
        return [[name, hashed(redacted(member, dropping, isRedacted), isRedacted)]];
      }),
    );
  }

  return (event, isRedacted) => {
    try {
      return JSON.stringify(redacted(readExactly(event), rules, isRedacted));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
}

/**
 * What is left of a path inside the member of this name. A name with dots counts as a path, and as
 * the name with underscores that it gets in the log.
 */
function rulesBelow(name: string, { path, drops }: Rule): Rule[] {
  const forms = name.includes('.') ? [name.split('.'), [name.replaceAll('.', '_')]] : [[name]];
  return forms
    .filter((names) => names.every((part, depth) => [undefined, ANY, part].includes(path[depth])))
    .map((names) => ({ path: path.slice(names.length), drops }));
}

/** Some services write `user_agent` where most write `useragent`; the log has one name for both. */
const USER_AGENT = ['useragent', 'user_agent'];

function ruleOf(drops: boolean): (dotted: string) => Rule[] {
  return (dotted) => {
    const [first = '', ...rest] = dotted.split('.');
    return (USER_AGENT.includes(first) ? USER_AGENT : [first]).map((name) => ({ path: [name, ...rest], drops }));
  };
}

/** Names at the top of the event that every log needs. */
const NEEDED: readonly string[] = ['id', 'timestamp', '@timestamp', 'type'];
/** Names in the log alone, and what they are made of. */
const MADE_OF: ReadonlyMap<string, string> = new Map([
  ['changed_fields', 'changes.field'],
  ['changed_from', 'changes.from'],
  ['changed_to', 'changes.to'],
  ['auth_context.policy_ids', 'auth_context.policies_applied.id'],
  ['auth_context.policy_actions', 'auth_context.policies_applied.metadata.action'],
]);

/** What is wrong with the two lists: a key and a sentence each. Their form is right already. */
export function privateFieldsFaults({ dropFields, hashFields }: PrivateFields): (readonly [string, string])[] {
  const lists = { 'output.drop_fields': dropFields, 'output.hash_fields': hashFields };
  const faults = Object.entries(lists).flatMap(([key, paths]) =>
    paths.flatMap((path): [string, string][] => {
      const [first = '', second] = path.split('.');
      if (NEEDED.includes(first) || path === ANY)
        return [[key, `without ${path}: every log needs its type, and its event's id and timestamp`]];
      if (first === 'jumpcloud' && second === 'event')
        return [[key, `JumpCloud's own names: ${path.slice('jumpcloud.event.'.length)} in place of ${path}`]];
      const from = MADE_OF.get(path);
      return from === undefined ? [] : [[key, `${from} in place of ${path}, which is made of it`]];
    }),
  );
  const both = hashFields.filter((path) => dropFields.includes(path));
  return [
    ...faults,
    ...both.map((path) => ['output.hash_fields', `without ${path}: output.drop_fields has it too`] as const),
  ];
}
