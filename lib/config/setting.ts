/** One key of `config.yaml`: what is known of it, and the kinds of values, addresses among them. */
import * as v from 'valibot';
import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { copiedAlong, PRINTABLE } from '../platform/secrets.ts';
import { parseStartDate, type StartDate } from './start-date.ts';

/** Takes a form that is not the documented one but clear all the same; may warn of it. */
export type Tolerance = (value: unknown) => { readonly value: unknown; readonly warning?: string } | undefined;

export interface Setting {
  readonly schema: v.GenericSchema;
  /** The value when the key is absent or empty, in its checked form. */
  readonly fallback?: unknown;
  /** What should stand there, as the object of "expected". */
  readonly expected: string;
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

export const word = matching(PRINTABLE);

const looseList: Tolerance = (value) => {
  if (typeof value === 'string') return { value: [value], warning: 'one text is read as a list of one' };
  return Array.isArray(value) ? { value: value.map((entry) => textAsNumber(entry)?.value ?? entry) } : undefined;
};

/** A list without repetitions. It may be one text too, and its entries may be digits alone. */
export const list = (entry: v.GenericSchema<string>, expected: string, least = 0) => ({
  schema: v.pipe(
    v.array(entry),
    v.minLength(least),
    v.checkItems((item, index, items) => items.indexOf(item) === index, 'each entry once'),
  ),
  fallback: [],
  expected,
  tolerate: looseList,
});

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

const START_EXPECTED = 'a time such as 2023-05-04T12:30:00.000000Z, an age such as -15d, -360h or -90m, or now';

export const startDate = {
  schema: v.pipe(
    v.string(),
    v.rawTransform<string, StartDate>(({ dataset, addIssue, NEVER }) => {
      const read = parseStartDate(dataset.value);
      if ('start' in read) return read.start;
      addIssue({ message: `${START_EXPECTED}: ${read.reason}` });
      return NEVER;
    }),
  ),
  expected: START_EXPECTED,
};

/** It holds one of `and`, `or`, `not`; what they hold is JumpCloud's to judge. Empty is none. */
export const searchTerm = {
  schema: v.pipe(
    v.custom<JsonObject>(isJsonObject),
    v.check((term) => /^(and|or|not)?$/.test(Object.keys(term).join()), 'one of and, or, not at its top'),
    v.transform((term) => (Object.keys(term).length === 0 ? undefined : term)),
  ),
  expected: 'a filter such as {not: [{event_type: ldap_search}]}',
};

export const fieldPaths = list(
  matching(/^(\*|[^\s\p{Cc}.,*[\]$]+)(\.(\*|[^\s\p{Cc}.,*[\]$]+))*$/u),
  'a list of paths as JumpCloud names its fields, such as client_ip or geoip.latitude; * stands for any one name, and lists need no index',
);

/** JumpCloud's regions and the origins of their APIs. */
export const REGION_URLS = {
  us: 'https://api.jumpcloud.com',
  eu: 'https://api.eu.jumpcloud.com',
  in: 'https://api.in.jumpcloud.com',
} as const;

/** Logz.io's own, without the port it answers on. */
export const LISTENER = /^listener(-\w+)?\.logz\.io$/;

/**
 * An address of scheme, host and port alone.
 * @param credentialsBelong where a token or password that stands in the address belongs instead
 */
export const origin = (example: string, credentialsBelong: string) => ({
  schema: v.pipe(
    v.string(),
    v.trim(),
    v.rawTransform<string, string>(({ dataset: { value }, addIssue, NEVER }) => {
      const url = URL.parse(value);
      const isHttp = url !== null && /^https?:$/.test(url.protocol);
      if (isHttp && url.href === `${url.origin}/`) return url.origin;
      const message = isHttp
        ? `nothing but ${url.origin} (${credentialsBelong})`
        : withScheme(value, new URL(example).protocol);
      addIssue({ message: message ?? `an address such as ${example}` });
      return NEVER;
    }),
  ),
  expected: `an address such as ${example}`,
});

function withScheme(address: string, scheme: string): string | undefined {
  const host = /^[\w-]+(\.[\w-]+)+(:\d+)?(?=\/?$)/.exec(address)?.[0];
  return host && `an address with its scheme: ${scheme}//${LISTENER.test(host) ? `${host}:8071` : host}`;
}

const EVENTS_ADDRESS = /^\s*(https?:\/\/[^/?#@]+)(\/insights(?:\/directory(?:\/v1(?:\/events)?)?)?)\/*\s*$/;

/** The Docker image's first release asked for the full address of the events. */
export const eventsAddress: Tolerance = (value) => {
  const [, api, path] = (typeof value === 'string' && EVENTS_ADDRESS.exec(value)) || [];
  return api === undefined ? undefined : { value: api, warning: `the path ${path} is not needed; ${api} is used` };
};

/** This machine, where nobody can listen in: `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return /^((.+\.)?localhost|\[::1\]|127(\.\d+){3})$/.test(new URL(address).hostname);
}
