/** How the pages of a time range are asked for, and which answers end that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, JumpCloudError, LARGEST_PAGE_BYTES } from '../../lib/jumpcloud/client.ts';
import type { Page } from '../../lib/jumpcloud/page.ts';
import { createReadPages } from '../../lib/jumpcloud/pages.ts';
import type { Query } from '../../lib/jumpcloud/query.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import type { ErrorDetails } from '../../lib/platform/retry.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const RANGE = { start: NOON, end: NOON + 60_000 };
const QUERY: Query = { services: ['all'], limit: 8 };

function answer(events: number, headers: Record<string, string> = {}, body?: string): Answer {
  const text = body ?? `[${Array.from({ length: events }, (_, nth) => `{"n":${nth}}`).join(',')}]`;
  return { headers, body: Buffer.from(text), date: NOON, serverNow: NOON };
}

/** A page of eight behind which there is another one. */
const full = (token: string, limit = 8) =>
  answer(limit, { 'x-search_after': token, 'x-result-count': `${limit}`, 'x-limit': `${limit}` });
const last = answer(1, { 'x-search_after': '["z"]', 'x-result-count': '1', 'x-limit': '8' });

function failure(details: Partial<ErrorDetails> = {}): JumpCloudError {
  return new JumpCloudError('it failed', { retryable: true, ...details });
}

const tooLarge = failure({ askForLess: true, needsNoWait: true });
const tooSlow = failure({ askForLess: true });

interface Asked {
  readonly path: string;
  readonly body: string;
  readonly isOversized: boolean;
}

/** Reads what JumpCloud answers, one after the other. */
async function read(answers: readonly (Answer | Error)[], query: Query = QUERY, isHeard = true) {
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 600_000);
  const asked: Asked[] = [];
  const [pages, events]: [Page[], string[]] = [[], []];
  let retries = 0;
  const readPages = createReadPages(
    async (path, body, _, isOversized = false) => {
      const given = answers[asked.length] ?? assert.fail('one request too many');
      asked.push({ path, body, isOversized });
      events.push(`asked ${asked.length}`);
      if (given instanceof Error) throw given;
      return given;
    },
    { clock, random: { fraction: () => 0.5, uuid: () => '' } },
  );
  let error: unknown;
  try {
    for await (const page of readPages(query, RANGE, { deadline, ...(isHeard && { onRetry: () => retries++ }) })) {
      pages.push(page);
      events.push(`page ${pages.length}`);
      await clock.turn();
    }
  } catch (thrown) {
    error = thrown;
  }
  const limits = asked.map(({ body }) => JSON.parse(body).limit as number);
  return { asked, pages, events, retries, limits, error, waitedMs: clock.now() - NOON };
}

/** The one page that JumpCloud answers so. */
async function onePage(given: Answer) {
  const { pages, error, retries } = await read([given, last]);
  return { page: pages[0], error, retries };
}

test('every page is asked for with the same query, and the page token of the one before byte for byte', async () => {
  const token = '[1795176000000.12345678901234567890,"a"]';
  const { asked, pages, error } = await read([full(token), last]);
  assert.equal(error, undefined);
  assert.deepEqual(
    pages.map(({ count }) => count),
    [8, 1],
  );
  const query =
    '{"service":["all"],"start_time":"2026-11-20T11:59:59Z","end_time":"2026-11-20T12:01:01Z","sort":"ASC","limit":8';
  assert.deepEqual(asked, [
    { path: '/events', body: `${query}}`, isOversized: false },
    { path: '/events', body: `${query},"search_after":${token}}`, isOversized: false },
  ]);
});

test('a search term goes along with every page', async () => {
  const { asked } = await read([last], { ...QUERY, searchTerm: { and: [] } });
  assert.deepEqual(JSON.parse(asked[0]?.body ?? '').search_term, { and: [] });
});

test('the next page is asked for before this one is worked on, and its failure shows behind this one', async () => {
  const { events } = await read([full('["a"]'), last]);
  assert.deepEqual(events, ['asked 1', 'asked 2', 'page 1', 'page 2']);
  const broken = failure({ retryable: false });
  const { pages, error } = await read([full('["a"]'), broken]);
  assert.deepEqual([pages.length, error], [1, broken]);
});

test('reading ends behind the last page, and where no page token is named', async () => {
  for (const given of [
    last,
    answer(8),
    answer(8, { 'x-search_after': 'no JSON' }),
    answer(8, { 'x-search_after': '{}' }),
  ])
    assert.deepEqual((await read([given])).error, undefined);
});

test('a page token that came before ends the reading behind its page, and says that paging goes in a circle', async () => {
  const { pages, error } = await read([full('["a"]'), full('["b"]'), full('["a"]')]);
  assert.equal(pages.length, 3);
  assert.ok(error instanceof JumpCloudError);
  assert.equal(error.retryable, false);
  assert.match(
    error.message,
    /the same page token \(X-Search_after\) came twice, so paging goes in a circle\. .*unchanged/,
  );
});

test('an answer that is too large or too slow is asked for again with half the limit, down to one event', async () => {
  const { limits, retries, waitedMs } = await read([tooLarge, tooLarge, last], { ...QUERY, limit: 5 });
  assert.deepEqual(limits, [5, 3, 2]);
  assert.deepEqual({ retries, waitedMs }, { retries: 2, waitedMs: 0 });
  const slow = await read([tooSlow, last]);
  assert.deepEqual(slow.limits, [8, 4]);
  assert.ok(slow.waitedMs > 0);
});

test('any other failure is met again with the same limit', async () => {
  const { limits, retries } = await read([failure(), failure(), last]);
  assert.deepEqual({ limits, retries }, { limits: [8, 8, 8], retries: 2 });
});

test('a retry works without anybody to report it to', async () => {
  assert.deepEqual((await read([tooLarge, last], QUERY, false)).limits, [8, 4]);
});

test('a single event that is too large may take more room than a page; one that is too slow may not', async () => {
  const large = await read([tooLarge, tooLarge, last], { ...QUERY, limit: 2 });
  assert.deepEqual(
    large.asked.map(({ isOversized }) => isOversized),
    [false, false, true],
  );
  const slow = await read([tooSlow, tooSlow, last], { ...QUERY, limit: 2 });
  assert.ok(slow.asked.every(({ isOversized }) => !isOversized));
  const other = await read([failure({ needsNoWait: true }), last], { ...QUERY, limit: 1 });
  assert.ok(other.asked.every(({ isOversized }) => !isOversized));
});

test('the room for a single large event is not kept for the page behind it', async () => {
  const one = full('["a"]', 1);
  const { asked } = await read([tooLarge, one, last], { ...QUERY, limit: 1 });
  assert.deepEqual(
    asked.map(({ isOversized }) => isOversized),
    [false, true, false],
  );
});

test('a single event that cannot be read says so, and names the way on', async () => {
  const cause = failure({ retryable: false, askForLess: true, givenUp: true });
  const { error } = await read([cause], { ...QUERY, limit: 1 });
  assert.ok(error instanceof JumpCloudError);
  assert.equal(
    error.message,
    'JumpCloud POST /events: not even a single event between 2026-11-20T12:00:00.000Z and 2026-11-20T12:01:00.000Z can be read: it failed. The events before it are shipped, and none after it. The next run tries again. Most likely JumpCloud or the network is down: wait. Only if later events can be read ({"dry_run": true} with a start_time shows it), leave this one out: {"skip_to": "<a time after the event>"}',
  );
  assert.deepEqual([error.retryable, error.givenUp, error.cause], [false, true, cause]);
  const other = failure({ retryable: false });
  assert.equal((await read([other], { ...QUERY, limit: 1 })).error, other);
  const ofMany = failure({ retryable: false, askForLess: true });
  assert.equal((await read([ofMany])).error, ofMany);
});

test('behind a small page twice as many events are asked for, up to the configured limit', async () => {
  const { limits } = await read([tooLarge, tooLarge, full('["a"]', 2), full('["b"]', 4), full('["c"]'), last]);
  assert.deepEqual(limits, [8, 4, 2, 4, 8, 8]);
});

test('a page of two fifths of the room or more is no small one', async () => {
  const large = (bytes: number) => ({ ...full('["a"]', 4), body: Buffer.from(`[1,2,3,4]${' '.repeat(bytes - 9)}`) });
  assert.deepEqual((await read([tooLarge, large(0.4 * LARGEST_PAGE_BYTES - 1), last])).limits, [8, 4, 8]);
  assert.deepEqual((await read([tooLarge, large(0.4 * LARGEST_PAGE_BYTES + 1), last])).limits, [8, 4, 4]);
});

test('an answer that is sorted newest first is refused: events would be lost', async () => {
  for (const sort of ['DESC', ' desc', 'Descending']) {
    const { error, retries } = await onePage(answer(1, { 'x-sort': sort }));
    assert.match(
      String(error),
      /sorted newest first \(X-Sort: DESC\), although oldest first was asked for\. .*unchanged/,
    );
    assert.ok(error instanceof JumpCloudError);
    assert.deepEqual([error.retryable, retries], [false, 0]);
  }
  for (const sort of ['ASC', 'no desc']) assert.equal((await onePage(answer(1, { 'x-sort': sort }))).error, undefined);
});

test('what the headers say of a page is taken where they are numbers', async () => {
  const missing = async (headers: Record<string, string>) => (await onePage(answer(1, headers))).page?.missingHeaders;
  assert.deepEqual(await missing({ 'x-search_after': '["a"]', 'x-result-count': '1', 'x-limit': '8' }), []);
  assert.deepEqual(await missing({ 'x-search_after': '["a"]', 'x-result-count': 'one', 'x-limit': '' }), [
    'X-Result-Count',
    'X-Limit',
  ]);
});

test('a list with fewer events than it counts is asked for again three times in a row, and then believed', async () => {
  const short = (events: number, token: string) =>
    answer(events, { 'x-search_after': token, 'x-result-count': '8', 'x-limit': '8' });
  const mended = await read([short(7, '["a"]'), short(8, '["a"]'), short(7, '["b"]'), last]);
  assert.deepEqual([mended.pages.map(({ count }) => count), mended.retries], [[8, 1], 2]);
  const wrong = await read([...Array.from({ length: 4 }, () => short(7, '["a"]')), short(7, '["b"]'), last]);
  assert.deepEqual([wrong.pages.map(({ count }) => count), wrong.retries], [[7, 7, 1], 3]);
});

test('an empty list that counts events is asked for again three times, and believed when it comes once more', async () => {
  const doubtful = answer(0, { 'x-result-count': '2', 'x-limit': '8' });
  const { pages, retries, error, waitedMs } = await read([doubtful, doubtful, doubtful, doubtful]);
  assert.deepEqual([pages.length, pages[0]?.count, retries, error], [1, 0, 3, undefined]);
  assert.ok(waitedMs > 0);
  assert.deepEqual((await read([doubtful, last])).pages[0]?.count, 1);
  const errors: string[] = [];
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, 600_000);
  const answers = [doubtful, last];
  const readPages = createReadPages(async () => answers.shift() ?? assert.fail(), {
    ...{ clock, random: { fraction: () => 0.5, uuid: () => '' } },
  });
  const onRetry = ({ message }: Error) => void errors.push(message);
  assert.equal((await Array.fromAsync(readPages(QUERY, RANGE, { deadline, onRetry }))).length, 1);
  assert.deepEqual(errors, ["JumpCloud POST /events: X-Result-Count is 2, but the answer's events are 0"]);
});

test('null is an empty page unless events are counted; an empty body, where none are counted', async () => {
  const countOf = async (body: string, headers: Record<string, string> = {}) => {
    const { page, retries } = await onePage(answer(0, headers, body));
    return retries > 0 ? 'asked again' : page?.count;
  };
  const [none, one] = [{ 'x-result-count': '0' }, { 'x-result-count': '1' }];
  for (const body of ['null', ' null\n', '\uFEFFnull']) {
    assert.equal(await countOf(body), 0);
    assert.equal(await countOf(body, none), 0);
    assert.equal(await countOf(body, one), 'asked again');
  }
  const counted = answer(0, one, 'null');
  const { pages } = await read([counted, counted, counted, counted, counted, last]);
  assert.equal(pages[0]?.count, 1, 'it is never believed, however often it comes');
  assert.equal(await countOf('', none), 0);
  assert.equal(await countOf(' ', none), 0);
  assert.equal(await countOf(''), 'asked again');
  assert.equal(await countOf('', one), 'asked again');
  assert.equal(await countOf('nil', none), 'asked again');
});

test('an event that an oversized answer holds in part is named with the size of the whole', async () => {
  const { page } = await onePage({ ...answer(0, {}, '[{"n":1'), wholeBytes: 5000 });
  assert.equal([...(page?.events() ?? [])][0]?.wholeBytes, 5000);
});
