/** JumpCloud in memory: pages, page tokens, counts, access tokens, answers of a gateway. */
import type { HttpAnswer, PostRequest } from '../../../lib/platform/http.ts';
import type { Chance, Faults } from './chance.ts';
import type { TrueEvent } from './truth.ts';
import type { World } from './world.ts';

export const JUMPCLOUD_URL = 'https://jumpcloud.test';
export const TOKEN_URL = `${JUMPCLOUD_URL}/oauth2/token`;
const COUNT_URL = `${JUMPCLOUD_URL}/insights/directory/v1/events/count`;
const SECOND_MS = 1000;
const NARROWER_MS = 999;
const RETENTION_MS = 90 * 24 * 3_600_000;
const ACCESS_TOKEN_SECONDS = 900;
const DEFAULT_LIMIT = 1000;
const HTML = '<html><h1>Bad Gateway</h1></html>';

export const JUMPCLOUD_FAULTS: Faults = [
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
];

/** What is answered instead of an error in JSON. */
const BODIES: Readonly<Record<string, string>> = {
  '302': '',
  '502 HTML': HTML,
  '200 HTML': HTML,
  '200 empty': '',
  '200 object': '{}',
};

interface Query {
  readonly start_time: string;
  readonly end_time: string;
  readonly limit?: number;
  readonly search_after?: [number, string];
}

/** The keys between which events are found. */
interface Range {
  readonly from: string;
  readonly to: string;
}

/** What a page token stands for. */
interface Position {
  readonly query: string;
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

  answer({ url, headers, body }: PostRequest, fault: string): HttpAnswer | 'no answer' | 'broken off' {
    if (fault === 'no answer' || fault === 'broken off') return fault;
    if (this.#world.isTroubled && this.#world.now < this.downUntil) return this.#answer(503, { message: 'down' });
    if (/^\d+/.test(fault) && fault !== '204 for none') return this.#failure(fault, Object.values(headers).join(' '));
    if (url === TOKEN_URL) return this.#accessToken(headers.authorization ?? '');
    const organization = this.#organizationOf(headers);
    if (organization === undefined) return this.#answer(401, { message: `Unauthorized: ${headers['x-api-key']}` });
    const query: Query = JSON.parse(String(body));
    const range = this.#rangeOf(query);
    if (typeof range === 'string') return this.#answer(400, { message: range });
    if (url === COUNT_URL) return this.#answer(200, { count: [...this.#found(organization, range)].length });
    return this.#page(organization, query, range, fault);
  }

  revokeAccessTokens(): void {
    this.#accessTokens.clear();
  }

  #failure(fault: string, said: string): HttpAnswer {
    const headers: Record<string, string> = {};
    if (fault === '302') headers.location = 'https://elsewhere.test/';
    if (fault === '429 with Retry-After') headers['retry-after'] = String(this.#chance.int(0, 30));
    // The worst that an error can do is to repeat the key.
    return this.#answer(Number.parseInt(fault, 10), BODIES[fault] ?? { message: `no: ${said}` }, headers);
  }

  #accessToken(authorization: string): HttpAnswer {
    const pair = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
    if (pair !== this.#world.tokens.jumpcloudSecret) return this.#answer(401, { error: 'invalid_client' });
    const token = `${this.#world.tokens.mark}-access-${++this.#tokens}`;
    this.#accessTokens.set(token, this.#world.now + ACCESS_TOKEN_SECONDS * SECOND_MS);
    const lifetime = this.#chance.happens(0.2) ? {} : { expires_in: ACCESS_TOKEN_SECONDS };
    return this.#answer(200, { access_token: token, ...lifetime });
  }

  /** @returns undefined where the request is not allowed */
  #organizationOf(headers: Readonly<Record<string, string>>): string | undefined {
    const { plan, tokens, now } = this.#world;
    const token = headers.authorization?.replace('Bearer ', '') ?? '';
    const isWelcome = plan.serviceAccount
      ? (this.#accessTokens.get(token) ?? 0) > now
      : headers['x-api-key'] === tokens.jumpcloudSecret;
    return isWelcome ? (headers['x-org-id'] ?? 'default') : undefined;
  }

  /** @returns why the query is refused, where it is */
  #rangeOf({ start_time, end_time }: Query): Range | string {
    const { plan, now } = this.#world;
    const from = this.#keyOf(start_time, plan.narrows ? NARROWER_MS : 0);
    const to = this.#keyOf(end_time, plan.narrows ? -NARROWER_MS : 0);
    if (from >= `${now + 1}` || from >= to) return `Start Time not after End Time ${start_time} > ${end_time}`;
    if (from < `${now - RETENTION_MS}`) return 'Start Time is before the retention';
    return { from, to: plan.endInclusive ? `${to}~` : to };
  }

  /** As the keys of events. */
  #keyOf(text: string, moveMs: number): string {
    const { rounding } = this.#world.plan;
    const sub = (/\.\d{3}(\d*)Z/.exec(text)?.[1] ?? '').padEnd(6, '0').slice(0, 6);
    const ms = Date.parse(text) + moveMs;
    if (rounding === 'none') return `${ms}${sub}`;
    const round = { down: Math.floor, nearest: Math.round, up: Math.ceil }[rounding];
    return `${round(ms / SECOND_MS) * SECOND_MS}000000`;
  }

  *#found(organization: string, { from, to }: Range): Generator<TrueEvent> {
    const { truth, now } = this.#world;
    for (const event of truth.from(organization, from)) {
      if (event.key >= to) return;
      if (event.visibleAt <= now && event.atMs >= now - RETENTION_MS) yield event;
    }
  }

  #page(organization: string, query: Query, range: Range, fault: string): HttpAnswer {
    const { search_after: token, limit = DEFAULT_LIMIT, ...rest } = query;
    const frozen = JSON.stringify(rest);
    const position = token && this.#positions.get(token[1]);
    if (token && position?.query !== frozen) return this.#answer(400, { message: 'search_after of another query' });
    const from = position?.from ?? range.from;
    let most = Math.min(limit, this.#world.plan.limitCap);
    const events = this.#found(organization, { from, to: range.to }).take(most).toArray();
    const last = events.at(-1) ?? position?.lastEvent;
    // With an id an event that comes twice is recognized; without one, it could as well be a twin.
    if (fault === 'an event again' && position?.lastEvent.hasId && events.length > 0) {
      events.unshift(position.lastEvent);
      most++;
    }
    const isInCircle = position?.isInCircle || (fault === 'pages in a circle' && events.every(({ hasId }) => hasId));
    const name = `n${++this.#tokens}`;
    const behind = isInCircle ? from : `${last?.key}~`;
    if (last) this.#positions.set(name, { query: frozen, from: behind, lastEvent: last, isInCircle });
    const next = fault === 'page token again' && token ? token : last && [last.atMs, name];
    const isOther = this.#chance.happens(0.2);
    const texts = events.map(({ text, otherText }) => (isOther ? otherText : text));
    const { status, headers, body } = this.#answer(200, `${fault === 'byte order mark' ? '\ufeff' : ''}[${texts}]`, {
      'x-result-count': String(events.length),
      'x-limit': String(most),
      'x-sort': 'ASC',
      'x-search_after': JSON.stringify(next ?? []),
    });
    if (fault.startsWith('no ')) delete headers[fault.slice('no '.length)];
    if (events.length === 0 && fault === 'null for none') return { status, headers, body: Buffer.from('null') };
    if (events.length === 0 && fault === '204 for none') return { status: 204, headers, body: Buffer.alloc(0) };
    const length = fault === 'cut' ? Math.ceil(body.length * this.#chance.next()) : body.length;
    return { status, headers, body: body.subarray(0, length) };
  }

  #answer(status: number, body: string | object, more: Record<string, string> = {}) {
    const headers: Record<string, string> = { date: new Date(this.#world.now).toUTCString(), ...more };
    return { status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
  }
}
