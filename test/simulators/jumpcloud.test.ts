/**
 * The simulator of JumpCloud behaves as its API is documented: every other proof leans on this one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type TestContext, test } from 'node:test';
import { htmlBadGateway, redirectTo, tooManyRequests } from '../../simulators/faults.ts';
import {
  type JumpcloudOptions,
  type JumpcloudSimulator,
  SIMULATED_API_KEY,
  SIMULATED_ORGANIZATION,
  startJumpcloud,
} from '../../simulators/jumpcloud.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');

async function start(t: TestContext, options: JumpcloudOptions = {}): Promise<JumpcloudSimulator> {
  const jumpcloud = await startJumpcloud({ clock: () => NOON, ...options });
  t.after(() => jumpcloud.close());
  return jumpcloud;
}

function event(id: string, timestamp: string, more: object = {}): { text: string } {
  return { text: JSON.stringify({ id, timestamp, service: 'directory', ...more }) };
}

interface Ask {
  path?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function ask(jumpcloud: JumpcloudSimulator, body: unknown, options: Ask = {}): Promise<Response> {
  return fetch(`${jumpcloud.url}/insights/directory/v1/events${options.path ?? ''}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'x-api-key': SIMULATED_API_KEY, 'content-type': 'application/json', ...options.headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

async function ids(response: Response): Promise<string[]> {
  assert.equal(response.status, 200, await response.clone().text());
  const events = (await response.json()) as { id: string }[];
  return events.map((one) => one.id);
}

async function message(response: Response): Promise<string> {
  return ((await response.json()) as { message: string }).message;
}

/** Pages until the last one says that it is the last, each token sent back verbatim. */
async function allPages(jumpcloud: JumpcloudSimulator, body: object, between?: () => void): Promise<string[][]> {
  const pages: string[][] = [];
  let after = '';
  for (;;) {
    const text = JSON.stringify(body);
    const response = await ask(jumpcloud, after === '' ? text : `${text.slice(0, -1)},"search_after":${after}}`);
    const count = Number(response.headers.get('x-result-count'));
    const limit = Number(response.headers.get('x-limit'));
    after = response.headers.get('x-search_after') ?? '';
    pages.push(await ids(response));
    assert.equal(pages.at(-1)?.length, count);
    if (count < limit) return pages;
    between?.();
  }
}

const day = { service: ['all'], start_time: '2026-03-01T00:00:00Z', end_time: '2026-03-01T12:00:00Z' };

test('events come in ascending order, ties and nanoseconds included, and every page ends exactly where the next begins', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([
    event('tie-1', '2026-03-01T10:00:00.5Z'),
    event('tie-2', '2026-03-01T10:00:00.500Z'),
    event('later-by-a-nanosecond', '2026-03-01T10:00:00.500000001Z'),
    event('tie-3', '2026-03-01T10:00:00.500000Z'),
    event('first', '2026-03-01T09:00:00Z'),
    event('tie-4', '2026-03-01T10:00:00.5Z'),
  ]);
  const pages = await allPages(jumpcloud, { ...day, limit: 2 });
  assert.deepEqual(pages, [['first', 'tie-1'], ['tie-2', 'tie-3'], ['tie-4', 'later-by-a-nanosecond'], []]);
});

test('start_time is inclusive, end_time as it is set', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([
    event('just-before', '2026-03-01T09:59:59.999999999Z'),
    event('at-start', '2026-03-01T10:00:00Z'),
    event('at-end', '2026-03-01T10:00:05.000Z'),
    event('just-after', '2026-03-01T10:00:05.000000001Z'),
  ]);
  const body = { service: ['all'], start_time: '2026-03-01T10:00:00Z', end_time: '2026-03-01T10:00:05Z' };
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['at-start', 'at-end']);
  jumpcloud.settings.endInclusive = false;
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['at-start']);
});

test('a server that rounds query times answers for the rounded window', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([event('a', '2026-03-01T10:00:00.2Z'), event('b', '2026-03-01T10:00:01.2Z')]);
  const body = { service: ['all'], start_time: '2026-03-01T10:00:00.400Z', end_time: '2026-03-01T10:00:01.900Z' };
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['b']);
  jumpcloud.settings.roundTimesToSeconds = 'down';
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['a']);
  jumpcloud.settings.roundTimesToSeconds = 'up';
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['b']);
  jumpcloud.settings.roundTimesToSeconds = 'nearest';
  assert.deepEqual(await ids(await ask(jumpcloud, body)), ['a', 'b']);
});

test('a late event is invisible until its instant, also between two pages, and shifts no position', async (t) => {
  let now = NOON;
  const jumpcloud = await start(t, { clock: () => now });
  jumpcloud.add([
    event('1', '2026-03-01T10:00:01Z'),
    event('3', '2026-03-01T10:00:03Z'),
    event('5', '2026-03-01T10:00:05Z'),
    { ...event('late-2', '2026-03-01T10:00:02Z'), visibleAt: NOON + 1000 },
    { ...event('late-4', '2026-03-01T10:00:04Z'), visibleAt: NOON + 1000 },
  ]);
  const pages = await allPages(jumpcloud, { ...day, limit: 2 }, () => {
    now = NOON + 1000;
  });
  assert.deepEqual(pages, [['1', '3'], ['late-4', '5'], []]);
  assert.deepEqual(await ids(await ask(jumpcloud, day)), ['1', 'late-2', '3', 'late-4', '5']);
  assert.equal(jumpcloud.visible().length, 5);
});

test('an event ahead of the clock is not there yet, unless it is made visible', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([
    event('not-yet', '2026-03-01T12:00:01Z'),
    { ...event('future', '2026-03-01T13:00:00Z'), visibleAt: NOON },
  ]);
  assert.deepEqual(await ids(await ask(jumpcloud, { ...day, end_time: '2026-03-02T00:00:00Z' })), ['future']);
  assert.deepEqual(await ids(await ask(jumpcloud, { service: ['all'], start_time: day.start_time })), []);
});

test('limit is 1000 by default and for nonsense, at most 10,000, and may be capped further', async (t) => {
  const jumpcloud = await start(t);
  const stated = async (limit: unknown) => (await ask(jumpcloud, { ...day, limit })).headers.get('x-limit');
  for (const nonsense of [undefined, 0, -5, 2.5, '50', null]) assert.equal(await stated(nonsense), '1000');
  assert.equal(await stated(7), '7');
  assert.equal(await stated(20_000), '10000');
  jumpcloud.settings.limitCap = 500;
  assert.equal(await stated(10_000), '500');
});

test('the services asked for are the services answered, unknown ones are refused by name', async (t) => {
  const jumpcloud = await start(t, { leftOutOfAll: ['aigw'] });
  jumpcloud.add([
    event('d', '2026-03-01T10:00:00Z'),
    event('l', '2026-03-01T10:00:01Z', { service: 'ldap' }),
    event('hidden', '2026-03-01T10:00:02Z', { service: 'aigw' }),
  ]);
  assert.deepEqual(await ids(await ask(jumpcloud, day)), ['d', 'l']);
  assert.deepEqual(await ids(await ask(jumpcloud, { ...day, service: ['ldap'] })), ['l']);
  assert.deepEqual(await ids(await ask(jumpcloud, { ...day, service: ['aigw', 'ldap'] })), ['l', 'hidden']);
  const refused = await ask(jumpcloud, { ...day, service: ['nonsense'] });
  assert.equal(refused.status, 400);
  assert.match(await message(refused), /"nonsense".*directory/);
});

test('search_term finds by and, or, not, nested, in lower case, also below the top level', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([
    event('a', '2026-03-01T10:00:00Z', { event_type: 'sso_auth', success: true, initiated_by: { username: 'Ann' } }),
    event('b', '2026-03-01T10:00:01Z', { event_type: 'ldap_search', success: true }),
    event('c', '2026-03-01T10:00:02Z', { event_type: 'SSO_AUTH', success: false }),
  ]);
  const find = async (term: object) => ids(await ask(jumpcloud, { ...day, search_term: term }));
  assert.deepEqual(await find({ and: [{ event_type: 'sso_auth' }, { success: false }] }), ['c']);
  assert.deepEqual(await find({ or: [{ event_type: 'ldap_search' }, { success: false }] }), ['b', 'c']);
  assert.deepEqual(await find({ not: [{ event_type: 'ldap_search' }] }), ['a', 'c']);
  assert.deepEqual(await find({ and: [{ success: true }, { not: { event_type: 'ldap_search' } }] }), ['a']);
  assert.deepEqual(await find({ and: { 'initiated_by.username': 'ann' } }), ['a']);
  assert.equal((await ask(jumpcloud, { ...day, search_term: { and: [{ useragent: 'x' }] } })).status, 400);
  assert.equal((await ask(jumpcloud, { ...day, search_term: { xor: [] } })).status, 400);
});

test('DESC gives the same events the other way round, page by page', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add(['1', '2', '3', '4', '5'].map((n) => event(n, `2026-03-01T10:00:0${n}Z`)));
  const pages = await allPages(jumpcloud, { ...day, sort: 'DESC', limit: 2 });
  assert.deepEqual(pages, [['5', '4'], ['3', '2'], ['1']]);
});

test('a bad query is a 400 with a message', async (t) => {
  const jumpcloud = await start(t);
  const because = async (body: unknown) => {
    const response = await ask(jumpcloud, body);
    assert.equal(response.status, 400);
    return message(response);
  };
  assert.match(await because('{'), /not JSON/);
  assert.match(await because({ start_time: day.start_time }), /service/);
  assert.match(await because({ service: ['all'] }), /start_time/);
  assert.match(await because({ ...day, start_time: 'yesterday' }), /start_time/);
  assert.match(await because({ ...day, start_time: day.end_time }), /^Start Time not after End Time .* > /);
  assert.match(
    await because({ service: ['all'], start_time: '2026-03-01T12:00:01Z', end_time: '2026-03-03T00:00:00Z' }),
    /^Start Time not after End Time/,
  );
});

test('a paging token works for its own query only, verbatim, and is never the same twice', async (t) => {
  const jumpcloud = await start(t, { tokenUnit: 'nanoseconds' });
  jumpcloud.add([event('a', '2026-03-01T10:00:00.123456789Z'), event('b', '2026-03-01T10:00:01Z')]);
  const token = (await ask(jumpcloud, { ...day, limit: 1 })).headers.get('x-search_after') ?? '';
  assert.match(token, /^\[1772359200123456789,"/);
  const again = (await ask(jumpcloud, { ...day, limit: 1 })).headers.get('x-search_after');
  assert.notEqual(again, token);
  const withToken = (body: object, text: string) => `${JSON.stringify(body).slice(0, -1)},"search_after":${text}}`;
  assert.deepEqual(await ids(await ask(jumpcloud, withToken({ ...day, limit: 5 }, token))), ['b']);
  const parsed = JSON.stringify(JSON.parse(token)); // loses the last digits
  assert.equal((await ask(jumpcloud, withToken(day, parsed))).status, 400);
  assert.equal((await ask(jumpcloud, withToken({ ...day, service: ['ldap'] }, token))).status, 400);
  assert.equal((await ask(jumpcloud, withToken(day, '["x"]'))).status, 400);
});

test('keys and organizations: 401, 402, 403 as documented', async (t) => {
  const jumpcloud = await start(t, {
    apiKeys: {
      single: { organizations: ['one'] },
      many: { organizations: ['one', 'two', 'unpaid'], multiTenant: true },
      runner: { organizations: ['one'], forbidden: true },
    },
    organizationsWithoutInsights: ['unpaid'],
  });
  jumpcloud.add([event('of-one', '2026-03-01T10:00:00Z')], 'one');
  jumpcloud.add([event('of-two', '2026-03-01T10:00:00Z')], 'two');
  const as = (key: string, organization?: string) =>
    ask(jumpcloud, day, { headers: { 'x-api-key': key, ...(organization ? { 'x-org-id': organization } : {}) } });
  assert.equal((await as('wrong')).status, 401);
  assert.deepEqual(await ids(await as('single')), ['of-one']);
  assert.equal((await as('single', 'two')).status, 403);
  assert.equal((await as('many')).status, 403);
  assert.deepEqual(await ids(await as('many', 'two')), ['of-two']);
  assert.equal((await as('many', 'unpaid')).status, 402);
  assert.equal((await as('runner')).status, 403);
  jumpcloud.settings.apiKeys = { rotated: { organizations: ['one'] } };
  assert.equal((await as('single')).status, 401);
  assert.deepEqual(await ids(await as('rotated')), ['of-one']);
});

test('a service account gets a token that lapses and needs the organization named', async (t) => {
  let now = NOON;
  const jumpcloud = await start(t, {
    clock: () => now,
    serviceAccounts: { client: { clientSecret: 'se:cret', organizations: [SIMULATED_ORGANIZATION] } },
    accessTokenSeconds: 60,
  });
  jumpcloud.add([event('a', '2026-03-01T10:00:00Z')]);
  const tokenFor = (basic: string, form: string) =>
    fetch(jumpcloud.tokenUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(basic)}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: form,
    });
  assert.equal((await tokenFor('client:wrong', 'grant_type=client_credentials&scope=api')).status, 401);
  assert.equal((await tokenFor('client:se:cret', 'grant_type=password')).status, 400);
  const granted = await tokenFor('client:se:cret', 'grant_type=client_credentials&scope=api');
  const { access_token, expires_in } = (await granted.json()) as { access_token: string; expires_in: number };
  assert.equal(expires_in, 60);
  const asBearer = (organization: Record<string, string>) =>
    ask(jumpcloud, day, { headers: { 'x-api-key': '', authorization: `Bearer ${access_token}`, ...organization } });
  assert.equal((await asBearer({})).status, 403);
  assert.deepEqual(await ids(await asBearer({ 'x-org-id': SIMULATED_ORGANIZATION })), ['a']);
  now += 60_000;
  assert.equal((await asBearer({ 'x-org-id': SIMULATED_ORGANIZATION })).status, 401);
});

test('count and interval count what a query would find', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([
    event('a', '2026-03-01T09:10:00Z'),
    event('b', '2026-03-01T09:50:00Z'),
    event('c', '2026-03-01T11:00:00Z'),
  ]);
  assert.deepEqual(await (await ask(jumpcloud, day, { path: '/count' })).json(), { count: 3 });
  const hourly = { ...day, interval_unit: 'h', interval_value: '1' };
  assert.deepEqual(await (await ask(jumpcloud, hourly, { path: '/interval' })).json(), {
    buckets: [
      { key: Date.parse('2026-03-01T09:00:00Z'), key_as_string: '2026-03-01T09:00:00.000Z', doc_count: 2 },
      { key: Date.parse('2026-03-01T11:00:00Z'), key_as_string: '2026-03-01T11:00:00.000Z', doc_count: 1 },
    ],
  });
});

test('an event passes byte for byte, gzip or not, and the headers are those of the documentation', async (t) => {
  const jumpcloud = await start(t);
  const odd =
    '{ "id":"odd", "timestamp":"2026-03-01T10:00:00Z", "n": 9223372036854775807123, "x":1e400,"x":"\\ud800" }';
  jumpcloud.add([{ text: odd }, { text: '"not an object"', timestamp: '2026-03-01T10:00:01Z', service: 'directory' }]);
  for (const encoding of ['gzip', 'identity']) {
    const response = await ask(jumpcloud, day, { headers: { 'accept-encoding': encoding } });
    assert.equal(response.headers.get('content-encoding'), encoding === 'gzip' ? 'gzip' : null);
    assert.equal(await response.text(), `[${odd},"not an object"]`);
    assert.equal(response.headers.get('date'), 'Sun, 01 Mar 2026 12:00:00 GMT');
    assert.equal(response.headers.get('x-sort'), 'ASC');
    assert.ok(response.headers.get('x-request-id'));
  }
});

test('header names change case, and headers are left out, as they are set', async (t) => {
  const jumpcloud = await start(t, { headerCase: 'upper', omitHeaders: ['x-limit'] });
  const body = JSON.stringify(day);
  const request = httpRequest(`${jumpcloud.url}/insights/directory/v1/events`, {
    method: 'POST',
    headers: { 'x-api-key': SIMULATED_API_KEY },
  });
  request.end(body);
  const [response] = await once(request, 'response');
  response.resume();
  assert.ok(response.rawHeaders.includes('X-SEARCH_AFTER'));
  assert.equal(response.headers['x-limit'], undefined);
  assert.equal(response.headers['x-result-count'], '0');
});

test('faults strike the request they are meant for, and are recorded', async (t) => {
  const jumpcloud = await start(t);
  jumpcloud.add([event('a', '2026-03-01T10:00:00Z', { text: 'x'.repeat(5000) })]);
  const plain = { headers: { 'accept-encoding': 'identity' } };
  const struck = (fault: NonNullable<Awaited<ReturnType<NonNullable<typeof jumpcloud.settings.onRequest>>>>) => {
    jumpcloud.settings.onRequest = () => fault;
    return ask(jumpcloud, day, { ...plain, signal: AbortSignal.timeout(300) });
  };
  const busy = await struck(tooManyRequests('7'));
  assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '7']);
  assert.match(await (await struck(htmlBadGateway)).text(), /^<html>/);
  const elsewhere = await struck(redirectTo('http://127.0.0.1:9/'));
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('location')], [307, 'http://127.0.0.1:9/']);
  await assert.rejects(struck({ kind: 'reset' }), /fetch failed/);
  await assert.rejects(struck({ kind: 'hang' }), { name: 'TimeoutError' });
  await assert.rejects((await struck({ kind: 'hang-after-headers' })).text(), { name: 'TimeoutError' });
  await assert.rejects((await struck({ kind: 'cut', bytes: 100 })).text(), /terminated/);
  await assert.rejects((await struck({ kind: 'malformed' })).json(), SyntaxError);
  assert.deepEqual(await ids(await struck({ kind: 'slow', chunkBytes: 1000, everyMs: 1 })), ['a']);
  assert.deepEqual(await ids(await struck({ kind: 'delay', ms: 5 })), ['a']);
  jumpcloud.settings.onRequest = undefined;
  jumpcloud.settings.onHeaders = () => 'reset';
  await assert.rejects(ask(jumpcloud, day), /fetch failed/);
  assert.deepEqual(
    jumpcloud.requests.map((one) => one.fault),
    [
      'answer',
      'answer',
      'answer',
      'reset',
      'hang',
      'hang-after-headers',
      'cut',
      'malformed',
      'slow',
      'delay',
      'reset-before-body',
    ],
  );
  const [first] = jumpcloud.requests;
  assert.equal(first?.headers['x-api-key'], SIMULATED_API_KEY);
  assert.deepEqual(JSON.parse(first?.body ?? ''), day);
  assert.equal(first?.status, 429);
});

test('a server that sorts by the millisecond leaves the nanoseconds of one millisecond in any order', async (t) => {
  const jumpcloud = await start(t, { order: 'millisecond' });
  jumpcloud.add([
    event('b', '2026-03-01T10:00:00.000000002Z'),
    event('a', '2026-03-01T10:00:00.000000001Z'),
    event('before', '2026-03-01T09:00:00Z'),
  ]);
  assert.deepEqual(await allPages(jumpcloud, { ...day, limit: 1 }), [['before'], ['b'], ['a'], []]);
});
