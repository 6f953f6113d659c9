/**
 * JumpCloud in memory: pages, page tokens, counts, access tokens, and every answer that it or a
 * gateway may give.
 */
import type { HttpAnswer } from '../../../lib/platform/http.ts';
import type { Chance } from './chance.ts';
import type { Exchange, NoAnswer } from './instance.ts';
import type { TrueEvent } from './truth.ts';
import type { World } from './world.ts';

export const JUMPCLOUD_URL = 'https://jumpcloud.test';
export const TOKEN_URL = `${JUMPCLOUD_URL}/oauth2/token`;
const EVENTS_PATH = '/insights/directory/v1/events';
const SECOND_MS = 1000;
const NARROWER_MS = 999;
const RETENTION_MS = 90 * 24 * 3_600_000;
const ACCESS_TOKEN_SECONDS = 900;
const DEFAULT_LIMIT = 1000;
const BYTE_ORDER_MARK = '\ufeff';
const HTML = '<html><h1>Bad Gateway</h1></html>';

/** How often each fault strikes where one does. */
export const JUMPCLOUD_FAULTS = [
  [1, 'no connection'],
  [0.3, 'proxy refuses'],
  [0.3, 'no such name'],
  [2, 'broken off'],
  [1, 'no answer'],
  [0.3, '400'],
  [0.6, '401'],
  [0.3, '402'],
  [0.3, '403'],
  [0.3, '404'],
  [0.6, '408'],
  [1, '429'],
  [2, '429 with Retry-After'],
  [2, '500'],
  [1, '502 HTML'],
  [1, '503'],
  [1, '504'],
  [0.5, '302'],
  [0.7, '200 HTML'],
  [0.7, '200 empty'],
  [0.7, '200 object'],
  [2, 'cut'],
  [0.5, 'no x-limit'],
  [0.5, 'no x-result-count'],
  [1, 'no x-search_after'],
  [2, 'no date'],
  [1, 'byte order mark'],
  [1, 'null for none'],
  [1, '204 for none'],
  [1, 'an event again'],
  [1, 'page token again'],
  [1, 'pages in a circle'],
] as const satisfies readonly (readonly [number, string])[];

interface Query {
  readonly start_time: string;
  readonly end_time: string;
  readonly limit?: number;
  readonly search_after?: [number, string];
}

interface Position {
  readonly query: string;
  /** The key from which events are found. */
  readonly from: string;
  readonly lastEvent: TrueEvent;
  /** From here on every token is a new one, and every page the same. */
  readonly isInCircle: boolean;
}

export class JumpCloud {
  /** Answers 503 to everything until then. */
  downUntil = 0;
  readonly #world: World;
  readonly #chance: Chance;
  readonly #positions = new Map<string, Position>();
  readonly #accessTokens = new Map<string, number>();
  #tokens = 0;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  answer({ request, fault }: Exchange): HttpAnswer | NoAnswer {
    const path = new URL(request.url).pathname;
    if (fault === 'no answer' || fault === 'broken off') return fault;
    if (this.#world.isTroubled && this.#world.now < this.downUntil) return this.#json(503, { message: 'down' });
    const failure = this.#failure(fault, Object.values(request.headers).join(' '));
    if (failure) return failure;
    const body = String(request.body);
    if (path === '/oauth2/token') return this.#accessToken(request.headers.authorization ?? '');
    const organization = this.#organizationOf(request.headers);
    if (organization === undefined)
      return this.#json(401, { message: `Unauthorized: ${request.headers['x-api-key']}` });
    const query: Query = JSON.parse(body);
    const range = this.#rangeOf(query);
    if (typeof range === 'string') return this.#json(400, { message: range });
    if (path === `${EVENTS_PATH}/count`)
      return this.#json(200, { count: [...this.#found(organization, range)].length });
    return this.#page(organization, query, range, fault);
  }

  revokeAccessTokens(): void {
    this.#accessTokens.clear();
  }

  #failure(fault: string | undefined, said: string): HttpAnswer | undefined {
    switch (fault) {
      case '429':
        return this.#json(429, { message: 'Too many requests' });
      case '429 with Retry-After':
        return this.#json(429, { message: 'Too many requests' }, { 'retry-after': String(this.#chance.int(0, 30)) });
      case '502 HTML':
        return this.#raw(502, HTML);
      case '200 HTML':
        return this.#raw(200, HTML);
      case '200 empty':
        return this.#raw(200, '');
      case '200 object':
        return this.#raw(200, '{}');
      case '302':
        return { ...this.#raw(302, ''), headers: { location: 'https://elsewhere.test/' } };
    }
    // The worst that an error can do is to repeat the key.
    return fault !== undefined && /^\d+$/.test(fault)
      ? this.#json(Number(fault), { message: `no: ${said}` })
      : undefined;
  }

  #accessToken(authorization: string): HttpAnswer {
    const pair = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
    if (pair !== this.#world.tokens.jumpcloudSecret) return this.#json(401, { error: 'invalid_client' });
    const token = `${this.#world.tokens.mark}-access-${++this.#tokens}`;
    this.#accessTokens.set(token, this.#world.now + ACCESS_TOKEN_SECONDS * SECOND_MS);
    const lifetime = this.#chance.happens(0.2) ? {} : { expires_in: ACCESS_TOKEN_SECONDS };
    return this.#json(200, { access_token: token, ...lifetime });
  }

  /** @returns undefined where the request is not allowed */
  #organizationOf(headers: Readonly<Record<string, string>>): string | undefined {
    const { plan, tokens } = this.#world;
    const token = headers.authorization?.replace('Bearer ', '');
    const isWelcome = plan.serviceAccount
      ? token !== undefined && (this.#accessTokens.get(token) ?? 0) > this.#world.now
      : headers['x-api-key'] === tokens.jumpcloudSecret;
    return isWelcome ? (headers['x-org-id'] ?? 'default') : undefined;
  }

  /** @returns the keys between which events are found, or why the query is refused */
  #rangeOf({ start_time, end_time }: Query): { from: string; to: string } | string {
    const { plan, now } = this.#world;
    const start = this.#instantOf(start_time, plan.narrows ? NARROWER_MS : 0);
    const end = this.#instantOf(end_time, plan.narrows ? -NARROWER_MS : 0);
    if (start.ms > now) return `Start Time not after End Time ${start_time} > ${end_time}`;
    if (start.ms < now - RETENTION_MS) return 'Start Time is before the retention';
    const [from, to] = [keyOf(start), keyOf(end)];
    if (from >= to) return `Start Time not after End Time ${start_time} > ${end_time}`;
    return { from, to: plan.endInclusive ? `${to}~` : to };
  }

  #instantOf(text: string, moveMs: number): { ms: number; sub: string } {
    const { rounding } = this.#world.plan;
    const sub = (/\.\d{3}(\d*)Z/.exec(text)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
    const ms = Date.parse(text) + moveMs;
    if (rounding === 'none') return { ms, sub };
    const round = { down: Math.floor, nearest: Math.round, up: Math.ceil }[rounding];
    return { ms: round(ms / SECOND_MS) * SECOND_MS, sub: '000000' };
  }

  *#found(organization: string, { from, to }: { from: string; to: string }): Generator<TrueEvent> {
    const events = this.#world.truth.of(organization);
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((events[middle] as TrueEvent).key < from) low = middle + 1;
      else high = middle;
    }
    const { now } = this.#world;
    for (let at = low; at < events.length; at++) {
      const event = events[at] as TrueEvent;
      if (event.key >= to) return;
      if (event.visibleAt <= now && event.atMs >= now - RETENTION_MS) yield event;
    }
  }

  #page(
    organization: string,
    query: Query,
    range: { from: string; to: string },
    fault: string | undefined,
  ): HttpAnswer {
    const { search_after: token, limit = DEFAULT_LIMIT, ...rest } = query;
    const frozen = JSON.stringify(rest);
    const position = token && this.#positions.get(token[1]);
    if (token && position?.query !== frozen) return this.#json(400, { message: 'search_after of another query' });
    const from = position?.from ?? range.from;
    let most = Math.min(limit, this.#world.plan.limitCap);
    const events: TrueEvent[] = [];
    for (const event of this.#found(organization, { from, to: range.to })) {
      events.push(event);
      if (events.length === most) break;
    }
    const last = events.at(-1) ?? position?.lastEvent;
    // With an id an event that comes twice is recognized; without one, it could as well be a twin.
    if (fault === 'an event again' && position?.lastEvent.hasId && events.length > 0) {
      events.unshift(position.lastEvent);
      most++;
    }
    const isInCircle =
      position?.isInCircle === true || (fault === 'pages in a circle' && events.every(({ hasId }) => hasId));
    const name = `n${++this.#tokens}`;
    const behind = isInCircle ? from : `${last?.key}~`;
    if (last) this.#positions.set(name, { query: frozen, from: behind, lastEvent: last, isInCircle });
    const next = fault === 'page token again' && token ? token : last && [last.atMs, name];
    const isOther = this.#chance.happens(0.2);
    const texts = events.map(({ text, otherText }) => (isOther ? otherText : text));
    const mark = fault === 'byte order mark' ? BYTE_ORDER_MARK : '';
    const answer = this.#raw(200, `${mark}[${texts.join(',')}]`);
    const headers: Record<string, string | undefined> = {
      ...answer.headers,
      'x-result-count': String(events.length),
      'x-limit': String(most),
      'x-sort': 'ASC',
      'x-search_after': JSON.stringify(next ?? []),
    };
    if (fault?.startsWith('no ')) delete headers[fault.slice('no '.length)];
    const body =
      fault === 'cut' ? answer.body.subarray(0, Math.ceil(answer.body.length * this.#chance.next())) : answer.body;
    if (events.length === 0 && fault === 'null for none') return { status: 200, headers, body: Buffer.from('null') };
    if (events.length === 0 && fault === '204 for none') return { status: 204, headers, body: Buffer.alloc(0) };
    return { status: 200, headers, body };
  }

  #json(status: number, body: object, headers: Record<string, string> = {}): HttpAnswer {
    const answer = this.#raw(status, JSON.stringify(body));
    return { ...answer, headers: { ...answer.headers, ...headers } };
  }

  #raw(status: number, text: string): HttpAnswer {
    return { status, headers: { date: new Date(this.#world.now).toUTCString() }, body: Buffer.from(text) };
  }
}

function keyOf({ ms, sub }: { ms: number; sub: string }): string {
  return `${ms}${sub}`;
}
