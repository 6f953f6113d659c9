/** When an attempt is made again, and how long before that is waited. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorDetails, retryAfterOf, retrying, ServiceError, statusFault } from '../../lib/platform/retry.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const DAY_MS = 86_400_000;

function fault(details: ErrorDetails = {}): Error {
  return new ServiceError('no answer', { retryable: true, ...details });
}

interface Options {
  readonly remainingMs?: number;
  readonly stop?: AbortController;
  /** The deadline comes during so many-th wait. */
  readonly stopsInWait?: number;
}

/** Lets attempts fail with `faults`, one after the other, and then succeed. */
async function retry(faults: readonly unknown[], { remainingMs = DAY_MS, stop, stopsInWait }: Options = {}) {
  const { signal } = stop ?? new AbortController();
  const waits: number[] = [];
  let [attempts, retries] = [0, 0];
  const sleep = async (ms: number, asked?: AbortSignal) => {
    assert.equal(asked, signal);
    waits.push(ms);
    if (waits.length === stopsInWait) throw new Error('the deadline is near');
  };
  const attempt = async () => {
    if (attempts < faults.length) throw faults[attempts++];
    attempts++;
    return 'done';
  };
  const clock = { sleep } as Parameters<typeof retrying>[1]['clock'];
  const random = { fraction: () => 0.5 } as Parameters<typeof retrying>[1]['random'];
  const deadline = { stop: signal, remainingMs: () => remainingMs };
  const outcome = await retrying(attempt, { clock, random, deadline, onRetry: () => retries++ }).catch(
    (error: Error) => error,
  );
  return { outcome, waits, attempts, retries };
}

test('a fault that may pass is met again, after waits that double up to twenty seconds', async () => {
  const { outcome, waits, attempts, retries } = await retry(Array.from({ length: 8 }, () => fault()));
  assert.deepEqual({ outcome, attempts, retries }, { outcome: 'done', attempts: 9, retries: 8 });
  assert.deepEqual(waits, [400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});

test('a retry works without anybody to report it to', async () => {
  const clock = { sleep: async () => undefined } as unknown as Parameters<typeof retrying>[1]['clock'];
  const deadline = { stop: new AbortController().signal, remainingMs: () => DAY_MS };
  let attempts = 0;
  const attempt = async () => {
    if (attempts++ === 0) throw fault();
    return 'done';
  };
  const random = { fraction: () => 0, uuid: () => '' };
  assert.equal(await retrying(attempt, { clock, random, deadline }), 'done');
});

test('a fault that does not pass ends it at once', async () => {
  for (const error of [fault({ retryable: false }), new Error('unknown'), 'text', { retryable: true }]) {
    const { outcome, attempts, waits } = await retry([error]);
    assert.equal(outcome, error);
    assert.deepEqual({ attempts, waits }, { attempts: 1, waits: [] });
  }
});

test('the wait that a server asks for is kept, where it is longer than ours', async () => {
  assert.deepEqual((await retry([fault({ retryAfterMs: 30_000 })])).waits, [30_000]);
  assert.deepEqual((await retry([fault({ retryAfterMs: 100 })])).waits, [400]);
});

test('a server that asks for more time than is left ends it at once', async () => {
  const error = fault({ retryAfterMs: 5000 });
  assert.equal((await retry([error], { remainingMs: 4999 })).outcome, error);
  assert.equal((await retry([error], { remainingMs: 5000 })).outcome, 'done');
});

test('an attempt that needs no wait is made again at once', async () => {
  assert.deepEqual((await retry([fault({ needsNoWait: true })])).waits, [0]);
});

test('nothing is attempted again after the deadline, nor where it comes during the wait', async () => {
  const stop = new AbortController();
  stop.abort();
  const error = fault();
  assert.deepEqual((await retry([error], { stop })).waits, []);
  const second = fault();
  const { outcome, attempts, retries } = await retry([error, second], { stopsInWait: 2 });
  assert.equal(outcome, second);
  assert.deepEqual({ attempts, retries }, { attempts: 2, retries: 1 });
});

test('an error that names how many attempts make sense gets no more', async () => {
  const limited = (details: ErrorDetails) => retry(Array.from({ length: 5 }, () => fault(details)));
  assert.equal((await limited({ mostAttempts: 3 })).attempts, 3);
  assert.equal((await limited({})).outcome, 'done');
});

test('a failed run passes on how long a server asked us to stay away, where it did', () => {
  assert.deepEqual(retryAfterOf(fault({ retryAfterMs: 7000 })), { retryAfterMs: 7000 });
  assert.deepEqual(retryAfterOf(fault()), {});
  assert.deepEqual(retryAfterOf(fault({ retryable: false, retryAfterMs: 7000 })), {});
  assert.deepEqual(retryAfterOf(undefined), {});
});

function faultOf(status: number, retryAfter?: string) {
  return statusFault({ status, headers: { 'retry-after': retryAfter }, body: Buffer.of() }, NOON, 'check the key');
}

test('408, 429 and every status from 500 on may pass; no other does', () => {
  for (const status of [408, 429, 500, 503, 599])
    assert.deepEqual(faultOf(status), {
      ...{ status, retryable: true, retryAfterMs: undefined },
      meaning: 'it is overloaded or failing',
    });
  for (const status of [300, 400, 407, 409, 428, 430, 499])
    assert.deepEqual(faultOf(status, '7'), { status, retryable: false, meaning: 'check the key' });
});

test('Retry-After is read in seconds or as a date, and is never longer than a day', () => {
  const asked = (header: string) => faultOf(503, header).retryAfterMs;
  assert.equal(asked('7'), 7000);
  assert.equal(asked(' 17 '), 17_000);
  assert.equal(asked('Fri, 20 Nov 2026 12:00:09 GMT'), 9000);
  assert.equal(asked('Fri, 20 Nov 2026 11:59:00 GMT'), 0, 'a date that has passed');
  for (const header of ['soon', '']) assert.equal(asked(header), undefined, `nobody can say what "${header}" asks for`);
  assert.equal(asked('100000'), DAY_MS);
  assert.equal(asked('Fri, 20 Nov 2099 12:00:00 GMT'), DAY_MS);
  assert.equal(
    faultOf(429, '7').meaning,
    'it is overloaded or failing, and asks us to wait until 2026-11-20T12:00:07.000Z',
  );
});

test('an error says no more than it was given, and keeps its cause', () => {
  const cause = new Error('below');
  const error = new ServiceError('the table is busy', { cause });
  const { retryable, needsNoWait, mayHaveArrived, askForLess, givenUp } = error;
  const said = { retryable, needsNoWait, mayHaveArrived, askForLess, givenUp };
  assert.deepEqual(new Set(Object.values(said)), new Set([false]));
  assert.equal(error.cause, cause);
});
