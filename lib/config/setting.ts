/** One key of `config.yaml`: what is known of it, and the kinds of values that several share. */
import * as v from 'valibot';
import { copiedAlong } from '../platform/secrets.ts';

/** Takes a form that is not the documented one but clear all the same; may warn of it. */
export type Tolerance = (value: unknown) => { readonly value: unknown; readonly warning?: string } | undefined;

export interface Setting {
  readonly schema: v.GenericSchema;
  /** The value when the key is absent or empty, in its checked form. */
  readonly fallback?: unknown;
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

export type Value<X extends Setting> =
  | v.InferOutput<X['schema']>
  | (X extends { fallback: unknown } ? never : undefined);

/** An id made of digits alone, which YAML takes for a number. */
const textAsNumber: Tolerance = (value) => (Number.isSafeInteger(value) ? { value: String(value) } : undefined);

/** A text with nothing around it. */
export const matching = (pattern: RegExp) => v.pipe(v.string(), v.trim(), v.regex(pattern));
export const text = (pattern: RegExp, expected: string) => ({
  schema: matching(pattern),
  expected,
  tolerate: textAsNumber,
});

const PRINTABLE = /^[!-~]+$/;
export const word = matching(PRINTABLE);

/** A list without repetitions, each entry checked by `entry`. */
export const listOf = (entry: v.GenericSchema<string>) =>
  v.pipe(
    v.array(entry),
    v.checkItems((item, index, items) => items.indexOf(item) === index, 'each entry once'),
  );

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

/** A secret as it goes into a header or an address. */
export const secret = (expected: string) => ({
  schema: v.pipe(
    v.string(),
    v.trim(),
    v.check(
      (token) => !copiedAlong(token),
      ({ input }) => `the token itself: ${copiedAlong(input)}`,
    ),
    v.regex(PRINTABLE),
  ),
  expected,
  secret: true as const,
  tolerate: textAsNumber,
});

/**
 * A full name of an SSM parameter; /aws and /ssm are AWS's own. The leading slash is required
 * although SSM does without it: a token put here by mistake has none, and must not end up in a
 * template.
 */
export const parameter = text(
  /^(?!\/(aws|ssm))(\/[a-z0-9_.-]+){1,15}$/i,
  'the full name of an SSM parameter, such as /jumpcloud-logzio/name, that does not begin with /aws or /ssm',
);

export const yesOrNo = {
  schema: v.boolean(),
  fallback: false,
  expected: 'true or false (YAML takes yes, no, on and off for text)',
};

/** `"5"` is taken for `5`, and of minutes `5m`: the Docker image's page calls its default "5m". */
export const whole = (unit: 'minutes' | 'seconds' | 'events', min: number, max: number) => ({
  schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
  expected: `a whole number of ${unit} from ${min} to ${max}`,
  tolerate: (value: unknown) => {
    const written = unit === 'minutes' ? /^(\d+)\s*(m|mins?|minutes?)?$/i : /^(\d+)$/;
    const [text, digits] = (typeof value === 'string' && written.exec(value.trim())) || [];
    if (digits === undefined) return undefined;
    return { value: Number(digits), warning: `the text "${text}" is read as ${Number(digits)} ${unit}` };
  },
});
