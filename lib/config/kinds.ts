/** The kinds of values that several settings share, with the forms of each that are tolerated. */
import * as v from 'valibot';
import { copiedAlong } from '../platform/token-form.ts';
import type { Tolerance } from './setting.ts';

export const wholeNumber = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

/** Printable text without spaces, trimmed. */
export const word = v.pipe(v.string(), v.trim(), v.regex(/^[\x21-\x7e]+$/));

export const matching = (pattern: RegExp) => v.pipe(v.string(), v.trim(), v.regex(pattern));

/** A list without repetitions, each entry checked by `entry`. */
export const listOf = <S extends v.GenericSchema<string>>(entry: S) =>
  v.pipe(
    v.array(entry),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const again = dataset.value.findIndex((item, index) => dataset.value.indexOf(item) < index);
      const first = dataset.value.indexOf(dataset.value[again] ?? '');
      if (again >= 0) addIssue({ message: `each entry once: entries ${first + 1} and ${again + 1} are the same` });
    }),
  );

/**
 * A secret as it goes into a header or an address. The pattern of the placeholders is the one of
 * the Docker image's documentation, `<<LOGZIO_TOKEN>>`.
 */
export const secret = v.pipe(
  v.string(),
  v.trim(),
  v.rawCheck(({ dataset, addIssue }) => {
    const copied = dataset.typed ? copiedAlong(dataset.value) : undefined;
    if (copied) addIssue({ message: `the token itself: ${copied}` });
  }),
  v.regex(/^[\x21-\x7e]+$/),
);

/**
 * A fully qualified name of an SSM parameter. The leading slash is required although SSM does
 * without it: a token put here by mistake has none, and must not end up in a template.
 */
export const parameterName = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1011), // SSM counts the ARN too: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
  v.regex(/^(\/[A-Za-z0-9_.-]+){1,15}$/),
  v.check(
    (name) => !/^\/(aws|ssm)/i.test(name),
    'a name that does not begin with /aws or /ssm: AWS keeps these for itself',
  ),
);
export const parameterNameExpected = 'the full name of an SSM parameter, such as /jumpcloud-logzio/logzio-token';

/** `"5"` for `5`. */
export const numberAsText: Tolerance = (value) =>
  typeof value === 'string' && /^\s*\d+\s*$/.test(value)
    ? { value: Number(value), warning: `the text "${value.trim()}" is read as the number ${Number(value)}` }
    : undefined;

/** `"5"`, `5m`, `5 min`, `5 minutes` for `5`: the Docker image's page calls its default "5m". */
export const minutesAsText: Tolerance = (value) => {
  const minutes = typeof value === 'string' ? /^\s*(\d+)\s*(m|mins?|minutes?)?\s*$/i.exec(value)?.[1] : undefined;
  if (minutes === undefined) return undefined;
  return {
    value: Number(minutes),
    warning: `the text "${String(value).trim()}" is read as ${Number(minutes)} minutes`,
  };
};

/** An id made of digits alone, which YAML takes for a number. */
export const textAsNumber: Tolerance = (value) => (Number.isSafeInteger(value) ? { value: String(value) } : undefined);

/** One text where a list of texts is expected, and entries made of digits alone. */
export const looseList: Tolerance = (value) => {
  if (typeof value === 'string') return { value: [value], warning: 'one text is read as a list of one' };
  return Array.isArray(value) ? { value: value.map((entry) => textAsNumber(entry)?.value ?? entry) } : undefined;
};
