/**
 * A simulator of JumpCloud's Directory Insights API over HTTP, for trying the program and for
 * testing it.
 */
import type { EpochMs } from '../lib/platform/time.ts';
import type { SimulatorAnswer } from './answer.ts';
import { createEventStore, type EventInput, type EventStore, type StoredEvent } from './event-store.ts';
import { type AccessSettings, createAccess, json, refuse } from './jumpcloud-access.ts';
import { BadQueryError, type Query, type QueryRules, readQuery } from './jumpcloud-query.ts';
import { type RecordedRequest, type ServerSettings, type SimulatorRequest, startServer } from './server.ts';

const EVENTS_PATH = '/insights/directory/v1/events';
export const SIMULATED_ORGANIZATION = '5f0000000000000000000001';
export const SIMULATED_API_KEY = 'jumpcloud-simulator-key';

/** Everything here may be changed between requests. */
export interface JumpcloudSettings extends ServerSettings, QueryRules, AccessSettings {
  tokenPath: string;
  /** How header names of a page are written on the wire. */
  headerCase: 'documented' | 'lower' | 'upper';
  /** Page headers to leave out, in lower case, e.g. `x-limit`. */
  omitHeaders: readonly string[];
}

export interface JumpcloudOptions extends Partial<JumpcloudSettings> {
  readonly port?: number;
  /** See `createEventStore`. */
  readonly order?: 'nanosecond' | 'millisecond';
}

export interface JumpcloudSimulator {
  /** `http://127.0.0.1:<port>`: what `jumpcloud_api.url` is set to. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly settings: JumpcloudSettings;
  readonly requests: RecordedRequest[];
  /** Puts events in, in any order, into one organization (the default one when none is named). */
  add(events: Iterable<EventInput>, organization?: string): void;
  /** The events that queries can find now (by the simulator's clock), ascending. */
  visible(organization?: string): StoredEvent[];
  revokeTokens(): void;
  close(): Promise<void>;
}

export async function startJumpcloud(options: JumpcloudOptions = {}): Promise<JumpcloudSimulator> {
  const { port, order = 'nanosecond', ...given } = options;
  const settings: JumpcloudSettings = {
    clock: Date.now,
    latencyMs: 0,
    endInclusive: true,
    roundTimesToSeconds: false,
    limitCap: Number.POSITIVE_INFINITY,
    leftOutOfAll: [],
    tokenUnit: 'milliseconds',
    apiKeys: { [SIMULATED_API_KEY]: { organizations: [SIMULATED_ORGANIZATION] } },
    serviceAccounts: {},
    organizationsWithoutInsights: [],
    accessTokenSeconds: 3600,
    tokenPath: '/oauth2/token',
    headerCase: 'documented',
    omitHeaders: [],
    ...given,
  };
  const stores = new Map<string, EventStore>();
  const access = createAccess(settings, () => settings.clock());

  function storeOf(organization: string): EventStore {
    const store = stores.get(organization) ?? createEventStore(order);
    stores.set(organization, store);
    return store;
  }

  function handle(request: SimulatorRequest): SimulatorAnswer {
    if (request.path === settings.tokenPath && request.method === 'POST') return access.issueToken(request);
    const [, endpoint] = new RegExp(`^${EVENTS_PATH}(|/count|/interval)$`).exec(request.path) ?? [];
    if (endpoint === undefined) return refuse(404, 'Not Found');
    if (request.method !== 'POST') return refuse(405, 'Method Not Allowed');
    const may = access.organizationOf(request);
    if ('refusal' in may) return may.refusal;
    const store = storeOf(may.organization);
    const now = settings.clock();
    try {
      const query = readQuery(request.body.toString('utf8'), now, store.services, settings);
      if (endpoint === '/count') return json(200, { count: countOf(matching(store, query, now)) });
      if (endpoint === '/interval') return json(200, { buckets: bucketsOf(matching(store, query, now), query) });
      return page(store, query, now, { request, settings });
    } catch (error) {
      if (error instanceof BadQueryError) return refuse(400, error.message);
      throw error;
    }
  }

  const server = await startServer({ settings, handle, ...(port === undefined ? {} : { port }) });
  return {
    url: server.url,
    get tokenUrl() {
      return server.url + settings.tokenPath;
    },
    settings,
    requests: server.requests,
    add: (events, organization = SIMULATED_ORGANIZATION) => storeOf(organization).add(events),
    visible: (organization = SIMULATED_ORGANIZATION) =>
      storeOf(organization)
        .sorted()
        .filter((event) => event.visibleAt <= settings.clock()),
    revokeTokens: access.revokeTokens,
    close: server.close,
  };
}

/** The events a query finds, in its order, from its position on. */
function* matching(store: EventStore, query: Query, now: EpochMs): Generator<StoredEvent> {
  const rows = store.sorted();
  const { start, end, after, descending } = query;
  const step = descending ? -1 : 1;
  const begin = descending ? store.indexOf(end.ms + 1) - 1 : store.indexOf(start.ms);
  const resume = after && (descending ? store.indexAfter(after) - 2 : store.indexAfter(after));
  for (let at = resume ?? begin; at >= 0 && at < rows.length; at += step) {
    const row = rows[at];
    if (row === undefined || row.ms < start.ms || row.ms > end.ms) return;
    if (row.visibleAt <= now && query.matches(row)) yield row;
  }
}

function page(
  store: EventStore,
  query: Query,
  now: EpochMs,
  { request, settings }: { readonly request: SimulatorRequest; readonly settings: JumpcloudSettings },
): SimulatorAnswer {
  const found: StoredEvent[] = [];
  if (query.limit + query.skip > 0) {
    for (const event of matching(store, query, now)) {
      found.push(event);
      if (found.length >= query.limit + query.skip) break;
    }
  }
  const events = found.slice(query.skip);
  const last = events.at(-1);
  const documented: Record<string, string> = {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Result-Count': String(events.length),
    'X-Limit': String(query.limit),
    'X-Sort': query.descending ? 'DESC' : 'ASC',
    'X-Search_after': last === undefined ? (query.afterText ?? '[]') : query.tokenAfter(last),
    'X-Request-Id': `simulator-${request.n}`,
  };
  const headers = Object.entries(documented)
    .filter(([name]) => !settings.omitHeaders.includes(name.toLowerCase()))
    .map(([name, value]) => [inCase(name, settings.headerCase), value]);
  return { status: 200, headers: Object.fromEntries(headers), body: pieces(events), gzip: true };
}

function* pieces(events: readonly StoredEvent[]): Generator<string> {
  yield '[';
  for (const [index, event] of events.entries()) {
    if (index > 0) yield ',';
    yield event.text;
  }
  yield ']';
}

function inCase(name: string, headerCase: JumpcloudSettings['headerCase']): string {
  if (headerCase === 'documented') return name;
  return headerCase === 'lower' ? name.toLowerCase() : name.toUpperCase();
}

function countOf(events: Iterable<StoredEvent>): number {
  let count = 0;
  for (const _ of events) count++;
  return count;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Buckets as JumpCloud's own client reads them; empty ones are left out. */
function bucketsOf(events: Iterable<StoredEvent>, query: Query): object[] {
  const width = (UNIT_MS[String(query.body.interval_unit)] ?? 0) * Number(query.body.interval_value ?? 1);
  if (!(width > 0))
    throw new BadQueryError('interval_unit must be one of s, m, h, d, w; interval_value a positive number');
  const counts = new Map<number, number>();
  for (const event of events) {
    const key = Math.floor(event.ms / width) * width;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => ({ key, key_as_string: new Date(key).toISOString(), doc_count: count }));
}
