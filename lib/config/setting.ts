/** One key of `config.yaml`: what is known of it, and the kinds of values that several share. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { copiedAlong } from '../platform/token-form.ts';

/** Takes a form that is not the documented one but clear all the same; may warn of it. */
export type Tolerance = (value: unknown) => { readonly value: unknown; readonly warning?: string } | undefined;

export interface Setting<S extends v.GenericSchema = v.GenericSchema, D = unknown> {
  readonly schema: S;
  /** The value when the key is absent or empty, in its checked form. */
  readonly fallback?: D;
  /** What the documentation shows as the default where `fallback` does not speak for itself. */
  readonly fallbackText?: string;
  /** What should stand there, as the object of "expected". */
  readonly expected: string;
  /** One or two sentences for the reference. */
  readonly meaning: string;
  /** The environment variable that overrides the file. */
  readonly environment?: string;
  /** Never shown, never deployed. */
  readonly secret?: true;
  readonly tolerate?: Tolerance;
}

/** Keeps the exact type of the schema, and whether there is a default. */
export function setting<S extends v.GenericSchema, D = undefined>(given: Setting<S, D>): Setting<S, D> {
  return given;
}

export type ValueOf<X> =
  X extends Setting<infer S, infer D> ? v.InferOutput<S> | (D extends undefined ? undefined : never) : never;

/** @param adviceFor what should stand there instead; undefined where the value is right */
export const advised = <T>(adviceFor: (value: T) => string | undefined) =>
  v.check(
    (value: T) => adviceFor(value) === undefined,
    ({ input }: v.CheckIssue<T>) => adviceFor(input) ?? '',
  );

/** A text with nothing around it. */
export const matching = (pattern: RegExp) => v.pipe(v.string(), v.trim(), v.regex(pattern));
export const text = (pattern: RegExp, expected: string) => ({ schema: matching(pattern), expected });

const PRINTABLE = /^[\x21-\x7e]+$/;
export const word = matching(PRINTABLE);

/** A list without repetitions, each entry checked by `entry`. */
export const listOf = (entry: v.GenericSchema<string>) => v.pipe(v.array(entry), advised(adviceOnRepetition));

function adviceOnRepetition(entries: string[]): string | undefined {
  const again = entries.findIndex((entry, index) => entries.indexOf(entry) < index);
  if (again < 0) return undefined;
  return `each entry once: entries ${entries.indexOf(entries[again] ?? '') + 1} and ${again + 1} are the same`;
}

/** It may be one text too, and its entries may be digits alone. */
export const list = (entry: v.GenericSchema<string>, expected: string) => ({
  schema: listOf(entry),
  fallback: [],
  expected,
  tolerate: looseList,
});

const looseList: Tolerance = (value) => {
  if (typeof value === 'string') return { value: [value], warning: 'one text is read as a list of one' };
  return Array.isArray(value) ? { value: value.map((entry) => textAsNumber(entry)?.value ?? entry) } : undefined;
};

/** An id made of digits alone, which YAML takes for a number. */
export const textAsNumber: Tolerance = (value) => (Number.isSafeInteger(value) ? { value: String(value) } : undefined);

/** A secret as it goes into a header or an address. */
export const secret = (expected: string) => ({
  schema: v.pipe(
    v.string(),
    v.trim(),
    advised((token: string) => {
      const copied = copiedAlong(token);
      return copied && `the token itself: ${copied}`;
    }),
    v.regex(PRINTABLE),
  ),
  expected,
  secret: true as const,
  tolerate: textAsNumber,
});

/**
 * A fully qualified name of an SSM parameter. The leading slash is required although SSM does
 * without it: a token put here by mistake has none, and must not end up in a template.
 */
export const parameter = {
  schema: v.pipe(
    matching(/^(\/[A-Za-z0-9_.-]+){1,15}$/),
    v.maxLength(1011), // SSM counts the ARN too: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    v.check(
      (name) => !/^\/(aws|ssm)/i.test(name),
      'a name that does not begin with /aws or /ssm: AWS keeps these for itself',
    ),
  ),
  expected: 'the full name of an SSM parameter, such as /jumpcloud-logzio/logzio-token',
};

export const yesOrNo = {
  schema: v.boolean(),
  fallback: false,
  expected: 'true or false (YAML takes yes, no, on and off for text)',
};

/** `"5"` is taken for `5`, and of minutes `5m`: the Docker image's page calls its default "5m". */
export const whole = (unit: 'minutes' | 'seconds' | 'events', min: number, max: number) => {
  const written = unit === 'minutes' ? /^\s*(\d+)\s*(m|mins?|minutes?)?\s*$/i : /^\s*(\d+)\s*$/;
  const tolerate: Tolerance = (value) => {
    const digits = typeof value === 'string' ? written.exec(value)?.[1] : undefined;
    if (digits === undefined) return undefined;
    const warning = `the text "${String(value).trim()}" is read as ${Number(digits)} ${unit}`;
    return { value: Number(digits), warning };
  };
  return {
    schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
    expected: `a whole number of ${unit} from ${min} to ${max}`,
    tolerate,
  };
};

/** JSON of the user's own making: YAML knows numbers that JSON does not. */
export const jsonObject = v.pipe(
  v.custom<JsonObject>(isJsonObject),
  v.check((value) => isFiniteJson(value), 'finite numbers: JSON does not know .inf and .nan'),
);

function isFiniteJson(value: JsonValue): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isFiniteJson);
  return typeof value !== 'number' || Number.isFinite(value);
}
