/** Every step of a backfill: what is asked, in which order, how many at once, what it waits for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driveBackfill, type Engine } from '../../lib/backfill/drive.ts';
import { type BackfillStart, type Failure, NO_TOTALS, type Totals } from '../../lib/backfill/protocol.ts';

const DONE = { message: '', done: true, shipped: 1, moved: true, throttled: 0 };
const GOES_ON = { ...DONE, done: false };
const FAILED = { ...GOES_ON, moved: false, failure: 'it failed' };
const waits = (waitMs: number) => ({ ...GOES_ON, waitMs });

interface Script {
  /** Answers in their order; the last one stays. */
  readonly plan?: readonly object[];
  readonly next?: readonly object[];
  readonly finish?: readonly (Partial<Totals> | Failure)[];
  /** By slice. */
  readonly ship?: Readonly<Record<string, readonly object[]>>;
  readonly mostOperations?: number;
}

const PLANNED = { planned: true, start_time: 'instant' };
const slicesOf = (...names: string[]) => names.map((slice) => ({ slice, events: 7 }));

/** Drives a backfill through a script. */
async function drive(script: Script, start: BackfillStart = { start_time: 'age' }) {
  const steps: string[] = [];
  const asked = new Map<string, number>();
  const answer = (name: string, answers: readonly object[]) => {
    const nth = asked.get(name) ?? 0;
    asked.set(name, nth + 1);
    return answers[nth] ?? answers.at(-1) ?? assert.fail(`nothing is said of ${name}`);
  };
  const slices = slicesOf(...Object.keys(script.ship ?? {}));
  const engine: Engine = {
    mostOperations: script.mostOperations ?? 1000,
    async ask(name, request) {
      steps.push(`${name}: ${JSON.stringify(request)}`);
      if (request.backfill === 'plan') return answer('plan', script.plan ?? [PLANNED]);
      if (request.backfill === 'next') return answer('next', script.next ?? [{ slices }]);
      return { ...NO_TOTALS, ...answer('finish', script.finish ?? [{ slices: 1, slicesDone: 1 }]) };
    },
    async askAll(name, requests, atOnce) {
      steps.push(`${name}: ${requests.map(({ name: slice }) => slice.replace(' 7 events', '')).join(', ')}`);
      assert.ok(name.endsWith(`, ${atOnce} at once`));
      return requests.map(({ request }) => {
        assert.ok('slice' in request && request.backfill === 'ship');
        return answer(request.slice, script.ship?.[request.slice] ?? [DONE]);
      });
    },
    wait: async (name, ms) => void steps.push(`wait ${ms}: ${name}`),
    async handOver(given) {
      steps.push(`hand over ${JSON.stringify(given)}`);
      return { ...NO_TOTALS, message: 'by another' };
    },
  };
  let [message, error] = ['', ''];
  await driveBackfill(engine, start).then(
    (totals) => {
      message = totals.message;
    },
    (thrown: Error) => {
      error = `${thrown.name}: ${thrown.message}`;
    },
  );
  return { steps, shipped: steps.filter((step) => step.startsWith('from')), message, error };
}

const RANGE = '"start_time":"instant"';
const ASK_PLAN = 'plan: {"backfill":"plan","start_time":"age"}';
const ASK_NEXT = `next slices: {"backfill":"next",${RANGE}}`;
const ASK_FINISH = `finish: {"backfill":"finish",${RANGE}}`;

test('a backfill is planned, shipped and summed up, and its range stays the one of its start', async () => {
  const { steps, message } = await drive({ ship: { a: [DONE] } });
  assert.deepEqual(steps, [ASK_PLAN, ASK_NEXT, 'from a, 5 at once: a', ASK_FINISH]);
  assert.equal(message, '1 of 1 slice is done, with 0 events.');
});

test('what the person gave goes along: the end, the organization, how many events and how many at once', async () => {
  const start = { start_time: 'age', end_time: 'end', org_id: 'org', max_concurrency: 2, events_per_slice: 9 };
  const next = [{ slices: [{ slice: 'a', events: 7, org_id: 'org' }] }];
  const { steps } = await drive({ next }, start);
  const range = '"start_time":"instant","end_time":"end","org_id":"org"';
  assert.deepEqual(steps, [
    'plan: {"backfill":"plan","start_time":"age","end_time":"end","org_id":"org","events_per_slice":9}',
    `next slices: {"backfill":"next",${range}}`,
    'from a, 2 at once: a of org',
    `finish: {"backfill":"finish",${range}}`,
  ]);
});

test('an end that is an age means one instant for the whole of the backfill', async () => {
  const plan = [{ ...PLANNED, end_time: 'instant of the end' }];
  const { steps } = await drive({ plan }, { start_time: 'age', end_time: 'age of the end' });
  const range = '"start_time":"instant","end_time":"instant of the end"';
  assert.deepEqual(steps.slice(1), [
    `next slices: {"backfill":"next",${range}}`,
    `finish: {"backfill":"finish",${range}}`,
  ]);
});

test('a plan that takes several answers goes on at once, or after the wait that it asks for', async () => {
  const plan = [
    { planned: false, start_time: 'instant' },
    { planned: false, start_time: 'instant', waitMs: 9 },
    PLANNED,
  ];
  const again = `plan: {"backfill":"plan",${RANGE}}`;
  const { steps } = await drive({ plan, ship: { a: [DONE] } });
  assert.deepEqual(steps.slice(0, 4), [ASK_PLAN, again, 'wait 9: another plan is being made', again]);
});

test('lists and totals that come in parts are asked for to their end', async () => {
  const next = [{ slices: slicesOf('a'), after: 'a' }, { slices: slicesOf('b') }];
  const finish = [
    { slices: 1, slicesDone: 1, delivered: 2, after: 'a' },
    { slices: 1, slicesDone: 1, delivered: 3 },
  ];
  const { steps, message } = await drive({ next, finish });
  assert.deepEqual(steps, [
    ...[ASK_PLAN, ASK_NEXT, 'from a, 5 at once: a'],
    `next slices: {"backfill":"next",${RANGE},"after":"a"}`,
    'from b, 5 at once: b',
    ...[ASK_FINISH, `finish: {"backfill":"finish",${RANGE},"after":"a"}`],
  ]);
  assert.equal(message, '2 of 2 slices are done, with 5 events.');
});

test('four slices for each that is shipped at once make a wave', async () => {
  const ship = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, [DONE]]));
  const { shipped } = await drive({ ship }, { start_time: 'age', max_concurrency: 1 });
  assert.deepEqual(shipped, ['from a, 1 at once: a, b, c, d', 'from e, 1 at once: e, f']);
});

test('a slice that comes further goes first in the next wave, one that failed last', async () => {
  const ship = { a: [FAILED, DONE], b: [DONE], c: [GOES_ON, DONE], d: [DONE], e: [DONE] };
  const { shipped } = await drive({ ship }, { start_time: 'age', max_concurrency: 1 });
  assert.deepEqual(shipped, ['from a, 1 at once: a, b, c, d', 'from c, 1 at once: c, e, a']);
});

test('a slice that came further before it failed, or said nothing of both, does not go first', async () => {
  const ship = (odd: object) => ({ odd: [odd, DONE], b: [DONE], c: [DONE], d: [DONE], e: [DONE] });
  for (const odd of [{ ...FAILED, moved: true }, { failure: 'no' }, { ...GOES_ON, moved: false }, FAILED]) {
    const { shipped } = await drive({ ship: ship(odd) }, { start_time: 'age', max_concurrency: 1 });
    assert.deepEqual(shipped, ['from odd, 1 at once: odd, b, c, d', 'from e, 1 at once: e, odd']);
  }
});

test('a slice that could not be asked for counts as neither throttled nor further', async () => {
  const { steps } = await drive({ ship: { a: [{ failure: 'no' }, DONE] } });
  assert.deepEqual(steps.slice(2, -1), [
    'from a, 5 at once: a',
    'wait 30000: nothing could be shipped: a pause',
    'from a, 5 at once: a',
  ]);
});

test('a slice that was turned away by 429 halves how many are shipped at once, whatever became of the others', async () => {
  const turnedAway = { ...FAILED, throttled: 1 };
  const { shipped } = await drive({ ship: { a: [{ failure: 'no' }, DONE], b: [turnedAway, DONE], c: [DONE] } });
  assert.deepEqual(shipped, ['from a, 5 at once: a, b, c', 'from a, 2 at once: a, b']);
});

test('a slice is tried three times while others go on; to come further makes its failures forgotten', async () => {
  const long = Array.from({ length: 9 }, () => GOES_ON);
  const times = (shipped: readonly string[]) =>
    shipped.filter((step) => /\bweak\b/.test(step.slice(step.indexOf(':')))).length;
  const failing = await drive({ ship: { weak: [FAILED], long: [...long, DONE] } });
  assert.equal(times(failing.shipped), 3);
  const movedOnce = await drive({
    ship: { weak: [FAILED, FAILED, { ...FAILED, moved: true }, FAILED], long: [...long, DONE] },
  });
  assert.equal(times(movedOnce.shipped), 6);
  const waitedOnce = await drive({ ship: { weak: [FAILED, FAILED, waits(1), FAILED], long: [...long, DONE] } });
  assert.ok(times(waitedOnce.shipped) > 4);
  const refused = await drive({ ship: { weak: [{ failure: 'no' }], long: [...long, DONE] } });
  assert.equal(times(refused.shipped), 3, 'also where the request itself could not be served');
});

test('to be turned away by 429 is no fault of a slice: it is tried until it goes', async () => {
  const turnedAway = Array.from({ length: 4 }, () => ({ ...FAILED, throttled: 1 }));
  const { shipped, error } = await drive({
    ship: { weak: [...turnedAway, DONE], long: [...turnedAway.map(() => GOES_ON), DONE] },
  });
  assert.equal(shipped.filter((step) => step.includes(': weak') || step.includes(', weak')).length, 5);
  assert.equal(error, '');
});

test('slices that have to wait are tried again when nothing else is left, after the longest of their waits', async () => {
  const { steps } = await drive({ ship: { a: [waits(5), DONE], b: [waits(9), DONE], c: [DONE] } });
  assert.deepEqual(steps.slice(2, -1), [
    'from a, 5 at once: a, b, c',
    'wait 9: late events may still come',
    'from a, 5 at once: a, b',
  ]);
});

test('slices that have to wait hold up none of those that were not tried yet', async () => {
  const ship = { a: [waits(5), DONE], b: [DONE], c: [DONE], d: [DONE], e: [DONE] };
  const { steps } = await drive({ ship }, { start_time: 'age', max_concurrency: 1 });
  assert.deepEqual(steps.slice(2, -1), [
    'from a, 1 at once: a, b, c, d',
    'from e, 1 at once: e',
    'wait 5: late events may still come',
    'from a, 1 at once: a',
  ]);
});

test('the longest wait is not kept for those that have to wait later', async () => {
  const { steps } = await drive({ ship: { a: [waits(9), waits(5), DONE], b: [DONE] } });
  const waited = steps.filter((step) => /may still/.test(step));
  assert.deepEqual(waited, ['wait 9: late events may still come', 'wait 5: late events may still come']);
});

test('where nothing goes there are pauses, as long as JumpCloud asks for, and after six waves an end with reasons', async () => {
  const stuck = { ...FAILED, throttled: 1, retryAfterMs: 100_000 };
  const finish = [
    {
      slices: 2,
      slicesDone: 0,
      failures: [
        { slice: 'a', failure: 'no' },
        { slice: 'b', failure: 'never' },
      ],
    },
  ];
  const { steps, error } = await drive({ ship: { a: [stuck], b: [FAILED] }, finish });
  const pauses = steps.filter((step) => step.startsWith('wait'));
  const longest = [100_000, 100_000, 120_000, 240_000, 480_000];
  assert.deepEqual(
    pauses,
    longest.map((ms) => `wait ${ms}: nothing could be shipped: a pause`),
  );
  assert.deepEqual(
    steps.filter((step) => step.startsWith('from')).map((step) => step.split(',')[1]),
    [5, 2, 1, 1, 1, 1].map((atOnce) => ` ${atOnce} at once: a`),
  );
  assert.equal(
    error,
    'BackfillFailedError: 0 of 2 slices are done, with 0 events. Start the same backfill again to go on from here; what was shipped is not shipped again. a: no | b: never',
  );
});

test('a request that could not be served is made again after a pause, five times in all', async () => {
  const { steps, error } = await drive({
    plan: [{ failure: 'no' }, { failure: 'no', retryAfterMs: 90_000 }, { failure: 'no' }],
  });
  const pause = (ms: number) => `wait ${ms}: plan failed: a pause`;
  assert.deepEqual(
    steps.filter((step) => step !== ASK_PLAN),
    [pause(60_000), pause(90_000), pause(60_000), pause(60_000)],
  );
  assert.equal(steps.length, 9);
  assert.match(error, /^BackfillFailedError: plan: no Start the same backfill again to go on from here/);
});

test('a request that no repetition helps ends it at once', async () => {
  const { steps, error } = await drive({ plan: [{ failure: 'no such organization', isFinal: true }] });
  assert.deepEqual(steps, [ASK_PLAN]);
  assert.equal(error, 'BackfillFailedError: plan: no such organization');
});

test('the rest is handed over before a wave that does not fit into the history any more, and not sooner', async () => {
  const ship = { a: [GOES_ON, DONE], b: [DONE] };
  // Plan and list are one each; a wave is one and one for each slice: 2, then 3 more.
  const fits = await drive({ ship, mostOperations: 6 });
  assert.equal(fits.steps.at(-1), ASK_FINISH);
  const full = await drive({ ship, mostOperations: 5 }, { start_time: 'age', events_per_slice: 3, max_concurrency: 2 });
  assert.deepEqual(full.steps.slice(-2), ['from a, 2 at once: a, b', `hand over {${RANGE},"max_concurrency":2}`]);
  assert.equal(full.message, 'by another');
});

test('waits and repeated requests take their place in the history too', async () => {
  const plan = [{ failure: 'no' }, PLANNED];
  const ship = { a: [waits(1), DONE] };
  // Two plans, a pause, a list, a wave of two operations, a wait: 7, and one for the next slice.
  assert.equal((await drive({ plan, ship, mostOperations: 8 })).steps.at(-1), ASK_FINISH);
  assert.match((await drive({ plan, ship, mostOperations: 7 })).steps.at(-1) ?? '', /^hand over/);
});
