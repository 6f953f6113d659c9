/**
 * A query body of Directory Insights, read as JumpCloud reads it: what it asks for, or why it is a
 * bad query.
 */

import { createHash, randomBytes } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/platform/json.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { Position, StoredEvent } from './event-store.ts';
import { compareInstants, type Instant, readInstant, writeInstant } from './instant.ts';
import { compileSearchTerm } from './search-term.ts';

const DEFAULT_LIMIT = 1000;
/** JumpCloud's documented maximum of `limit`. */
const MAXIMUM_LIMIT = 10_000;

/** The services that JumpCloud's description names (2026-03-31). */
const KNOWN_SERVICES =
  'all access_management alerts asset_management directory ldap mdm notifications object_storage password_manager radius reports saas_app_management software sso systems workflows'.split(
    ' ',
  );

/** How this JumpCloud reads queries; every one of these is undocumented or was seen to differ. */
export interface QueryRules {
  /** Whether an event exactly at `end_time` is part of the answer. */
  endInclusive: boolean;
  /** Query times are rounded to whole seconds before they are used. */
  roundTimesToSeconds: false | 'down' | 'nearest' | 'up';
  /** A server may cap `limit` further than documented. */
  limitCap: number;
  /** Services that are served when asked for by name, but are not part of `all`. */
  leftOutOfAll: readonly string[];
  /**
   * What the first element of `X-Search_after` counts: with nanoseconds it has more digits than a
   * double keeps.
   */
  tokenUnit: 'milliseconds' | 'nanoseconds';
}

export interface Query {
  readonly start: Instant;
  readonly end: Instant;
  readonly limit: number;
  readonly skip: number;
  readonly descending: boolean;
  readonly after: Position | undefined;
  /** The `search_after` as it was sent. */
  readonly afterText: string | undefined;
  /** Everything but visibility and position. */
  matches(event: StoredEvent): boolean;
  /** The paging token for the place after `event`: never the same twice. */
  tokenAfter(event: StoredEvent): string;
  readonly body: JsonObject;
}

/** A 400: `message` is what the body says. */
export class BadQueryError extends Error {
  override readonly name = 'BadQueryError';
}

/** @throws {BadQueryError} */
export function readQuery(text: string, now: EpochMs, services: ReadonlySet<string>, rules: QueryRules): Query {
  const body = parseBody(text);
  const wanted = readServices(body.service, services);
  const start = readTime(body, 'start_time', rules);
  const end = body.end_time === undefined ? { ms: now, ns: 0 } : readTime(body, 'end_time', rules);
  if (start === undefined) throw new BadQueryError('start_time is required');
  if (end === undefined || compareInstants(start, end) >= 0 || start.ms > now) {
    const bound = end !== undefined && compareInstants(start, end) >= 0 ? end : { ms: now, ns: 0 };
    throw new BadQueryError(`Start Time not after End Time ${writeInstant(start, 3)} > ${writeInstant(bound, 3)}`);
  }
  for (const name of ['fields', 'q', 'exact_match']) {
    if (body[name] !== undefined) throw new BadQueryError(`this simulator does not know \`${name}\``);
  }
  if (body.sort !== undefined && !/^(asc|desc)$/i.test(String(body.sort))) {
    throw new BadQueryError('sort must be ASC or DESC');
  }
  const term = body.search_term === undefined ? undefined : readTerm(body.search_term);
  const identity = identityOf(body);
  const afterText = body.search_after === undefined ? undefined : rawSearchAfter(text);
  return {
    start,
    end,
    body,
    limit: Math.min(readLimit(body.limit), rules.limitCap),
    skip: typeof body.skip === 'number' && body.skip > 0 ? Math.floor(body.skip) : 0,
    descending: /^desc$/i.test(String(body.sort ?? 'ASC')),
    afterText,
    after: afterText === undefined ? undefined : readToken(afterText, identity, rules),
    tokenAfter: (event) => writeToken(event, identity, rules),
    matches(event) {
      if (compareInstants(event, start) < 0) return false;
      const toEnd = compareInstants(event, end);
      if (toEnd > 0 || (toEnd === 0 && !rules.endInclusive)) return false;
      const asked = wanted.has('all') && !rules.leftOutOfAll.includes(event.service);
      if (!asked && !wanted.has(event.service)) return false;
      if (term === undefined) return true;
      const value: JsonValue = JSON.parse(event.text);
      return isJsonObject(value) && term(value);
    },
  };
}

function parseBody(text: string): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new BadQueryError('the body is not JSON');
  }
  if (!isJsonObject(body)) throw new BadQueryError('the body must be a JSON object');
  return body;
}

function readServices(value: JsonValue | undefined, seen: ReadonlySet<string>): ReadonlySet<string> {
  if (!Array.isArray(value) || value.length === 0) throw new BadQueryError('service is required');
  for (const service of value) {
    if (typeof service === 'string' && (KNOWN_SERVICES.includes(service) || seen.has(service))) continue;
    throw new BadQueryError(
      `Invalid service: ${JSON.stringify(service)}. Valid services: ${KNOWN_SERVICES.join(', ')}`,
    );
  }
  return new Set(value as string[]);
}

function readTime(body: JsonObject, name: string, rules: QueryRules): Instant | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  const instant = typeof value === 'string' && value.endsWith('Z') ? readInstant(value) : undefined;
  if (instant === undefined) throw new BadQueryError(`${name} must be RFC 3339 in UTC, found ${JSON.stringify(value)}`);
  const seconds = (instant.ms + instant.ns / 1e6) / 1000;
  if (rules.roundTimesToSeconds === 'down') return { ms: Math.floor(instant.ms / 1000) * 1000, ns: 0 };
  if (rules.roundTimesToSeconds === 'nearest') return { ms: Math.round(seconds) * 1000, ns: 0 };
  if (rules.roundTimesToSeconds === 'up') return { ms: Math.ceil(seconds) * 1000, ns: 0 };
  return instant;
}

function readLimit(value: JsonValue | undefined): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) return DEFAULT_LIMIT;
  return Math.min(value, MAXIMUM_LIMIT);
}

function readTerm(value: JsonValue): (event: JsonObject) => boolean {
  try {
    return compileSearchTerm(value);
  } catch (error) {
    throw new BadQueryError(error instanceof Error ? error.message : String(error));
  }
}

/** A paging token belongs to its query; only `limit` may change from page to page. */
function identityOf(body: JsonObject): string {
  const { limit: _limit, search_after: _after, ...rest } = body;
  const sorted = Object.keys(rest).sort();
  const text = JSON.stringify(sorted.map((name) => [name, rest[name]]));
  return createHash('sha1').update(text).digest('hex').slice(0, 8);
}

function writeToken(at: Position, identity: string, rules: QueryRules): string {
  const opaque = [at.order, at.ns, identity, randomBytes(4).toString('hex')].join('.');
  return `[${instantText(at, rules)},"${opaque}"]`;
}

function instantText(at: Instant, rules: QueryRules): string {
  return rules.tokenUnit === 'nanoseconds' ? `${at.ms}${String(at.ns).padStart(6, '0')}` : String(at.ms);
}

/** The digits as they came over the wire: parsing them would forgive what a client lost. */
function rawSearchAfter(text: string): string | undefined {
  return /"search_after"\s*:\s*(\[[^\]]*\])/.exec(text)?.[1]?.replaceAll(/\s/g, '') ?? 'null';
}

function readToken(text: string, identity: string, rules: QueryRules): Position {
  const match = /^\[(\d+),"(\d+)\.(\d+)\.([0-9a-f]{8})\.[0-9a-f]{8}"\]$/.exec(text);
  if (match === null) throw new BadQueryError(`search_after is not one that was answered: ${text.slice(0, 100)}`);
  const ms = Number(rules.tokenUnit === 'nanoseconds' ? match[1]?.slice(0, -6) : match[1]);
  const position = { ms, order: Number(match[2]), ns: Number(match[3]) };
  if (instantText(position, rules) !== match[1]) throw new BadQueryError('search_after was not sent back verbatim');
  if (match[4] !== identity) throw new BadQueryError('search_after belongs to another query');
  return position;
}
