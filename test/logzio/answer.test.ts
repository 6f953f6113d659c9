/** What each answer of Logz.io means for the lines of a bulk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, LogzioError } from '../../lib/logzio/answer.ts';

const LINES = 5;
const NOON = Date.parse('2026-11-20T12:00:00Z');

function verdict(status: number, body = '', headers: Record<string, string> = {}) {
  return judge({ status, headers, body: Buffer.from(body) }, LINES, '/logzio-token', NOON);
}

/** Of a 400 with these counters. */
function refusal(counts: object | string) {
  const found = verdict(400, typeof counts === 'string' ? counts : JSON.stringify(counts));
  return found.kind === 'refused' ? `${found.taken}: ${found.reason}` : found.kind;
}

function failure(status: number, body = '', headers: Record<string, string> = {}) {
  try {
    verdict(status, body, headers);
  } catch (error) {
    assert.ok(error instanceof LogzioError);
    return error;
  }
  return assert.fail(`${status} is no failure`);
}

test('every status from 200 to 299 acknowledges a bulk, unless it comes with a page of HTML', () => {
  for (const status of [200, 204, 299]) assert.equal(verdict(status).kind, 'acknowledged');
  for (const status of [199, 300]) assert.equal(failure(status).status, status);
  assert.equal(verdict(200, '', { 'content-type': 'application/json' }).kind, 'acknowledged');
  const html = { 'content-type': 'text/html; charset=utf-8' };
  assert.equal(verdict(200, '', html).kind, 'acknowledged', 'as Logz.io answers, whatever its headers say');
  const { message, status, retryable, mayHaveArrived } = failure(200, 'Sign in', html);
  assert.deepEqual({ status, retryable, mayHaveArrived }, { status: 200, retryable: true, mayHaveArrived: false });
  assert.match(message, /^Logz\.io POST \/: status 200 with a page of HTML; .*let it pass requests to logzio\.url$/);
});

test('413 means that the bulk is too large, and nothing else does', () => {
  assert.equal(verdict(413).kind, 'too large');
});

test('a 400 that took every line acknowledges the bulk', () => {
  assert.equal(refusal({ successfulLines: LINES, malformedLines: 0 }), 'acknowledged');
});

test('a 400 that took some lines says how many, and names the faults that it counts', () => {
  assert.equal(
    refusal({ successfulLines: 2, malformedLines: 1, oversizedLines: 2, emptyLogLines: 0, others: 9 }),
    '2: Logz.io answered 400: took 2 of 5 lines (malformedLines 1, oversizedLines 2)',
  );
  assert.equal(
    refusal({ successfulLines: 0, emptyLogLines: 5 }),
    '0: Logz.io answered 400: took 0 of 5 lines (emptyLogLines 5)',
  );
  assert.equal(refusal({ successfulLines: 4 }), '4: Logz.io answered 400: took 4 of 5 lines (no fault named)');
  assert.equal(
    refusal({ successfulLines: 4, malformedLines: -1 }),
    '4: Logz.io answered 400: took 4 of 5 lines (no fault named)',
  );
});

test('a 400 whose count cannot be true or read leaves open which lines were taken: it may be all', () => {
  const unsaid = `${LINES}: Logz.io answered 400 without saying which lines it took`;
  const bodies = [
    '',
    'bad request',
    'null',
    '[5]',
    '{}',
    '{"successfulLines":"5"}',
    '{"successfulLines":2.5}',
    '{"successfulLines":-1}',
    `{"successfulLines":${LINES + 1}}`,
  ];
  for (const body of bodies) assert.equal(refusal(body), unsaid, body);
});

test('408, 429 and every status from 500 on are sent again; a 5xx other than 503 may have taken the bulk', () => {
  const of = (status: number) => {
    const { retryable, mayHaveArrived, status: stated } = failure(status);
    assert.equal(stated, status);
    return { retryable, mayHaveArrived };
  };
  for (const status of [408, 429, 503]) assert.deepEqual(of(status), { retryable: true, mayHaveArrived: false });
  for (const status of [500, 502, 599]) assert.deepEqual(of(status), { retryable: true, mayHaveArrived: true });
  for (const status of [301, 401, 403, 404, 499])
    assert.deepEqual(of(status), { retryable: false, mayHaveArrived: false });
});

test('a failure says the status and what to do, and keeps how long Logz.io asked us to wait', () => {
  assert.match(failure(401).message, /^Logz\.io POST \/: status 401; it does not accept the token.*\/logzio-token/);
  const asked = failure(429, '', { 'retry-after': '7' });
  assert.equal(asked.retryAfterMs, 7000);
  assert.match(asked.message, /^Logz\.io POST \/: status 429; it is overloaded or failing, and asks us to wait until /);
  assert.equal(failure(401, '', { 'retry-after': '7' }).retryAfterMs, undefined);
});

test('a refusal that no retry mends says what to do', () => {
  const todo = {
    401: /does not accept the token, .*into \/logzio-token with "npm run tokens"\. Check that logzio\.url is the listener/,
    403: /refuses this account: check the shipping token and the plan/,
    404: /there is no listener at this address: check logzio\.url/,
    300: /it redirects to another address\. .*Set logzio\.url to the final address/,
    399: /it redirects to another address/,
    199: /this status is unexpected: check logzio\.url/,
    402: /this status is unexpected/,
  };
  for (const [status, words] of Object.entries(todo)) {
    const { name, message, retryable } = failure(Number(status));
    assert.match(message, words);
    assert.deepEqual({ name, retryable }, { name: 'LogzioError', retryable: false });
  }
});

test('an error of Logz.io is taken for lasting, and keeps its cause', () => {
  const cause = new Error('of the client');
  const error = new LogzioError('it failed', { cause });
  assert.deepEqual([error.retryable, error.mayHaveArrived, error.cause], [false, false, cause]);
});
