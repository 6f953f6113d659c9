/** What one replay does with each entry, by the answer of Logz.io: shipped, reduced, left alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replayQuarantine } from '../../lib/commands/replay.ts';
import type { Bulk, EventRecord } from '../../lib/logzio/bulk.ts';
import { BULK_BYTES } from '../../lib/logzio/bulk.ts';
import type { Deliver, Delivery } from '../../lib/logzio/deliver.ts';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { createShape, type Shape } from '../../lib/shape/shape.ts';
import type { NewEntry, Quarantine, QuarantineClass, QuarantineHead } from '../../lib/state/quarantine.ts';
import { OPTIONS } from '../support/shaped.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const MINUTE_MS = 60_000;
const RUN_MS = 10 * MINUTE_MS;
const STREAM = 'live#default';

interface Entry {
  readonly class?: QuarantineClass;
  readonly originals: readonly string[];
  readonly taken?: number;
  /** What a claim answers: the first, and the one before what is left is put back. */
  readonly claims?: readonly ('gone' | 'held')[];
}

/** What Logz.io does with a bulk. */
type Reply = (bulk: Bulk, mayRepeat: (lines: number) => void) => Partial<Delivery>;

const event = (id: string, more: object = {}) => JSON.stringify({ id, timestamp: '2026-11-20T11:00:00.000Z', ...more });

const takesAll: Reply = ({ records }) => ({ acknowledged: records });
const fails: Reply = () => ({ failure: new Error('status 403') });
const takesFirst: Reply = ({ records }) => ({ acknowledged: records.slice(0, 1), failure: new Error('status 403') });

const asText: Shape = ({ text, eventId }) => {
  if (text.includes('unshapeable')) throw new Error('nested too deeply');
  return { line: `${eventId} ${text}`, shortened: text.includes('too long') ? ['blob'] : [] };
};

interface Options {
  readonly ids?: readonly string[];
  readonly isRedacted?: boolean;
  /** How long each bulk takes. */
  readonly tookMs?: number;
  readonly shape?: Shape;
}

/** Replays entries whose id is their name; Logz.io answers one reply after the other. */
async function replay(entries: Readonly<Record<string, Entry>>, replies: readonly Reply[], options: Options = {}) {
  const { ids = [], isRedacted = false, tookMs = 0 } = options;
  const clock = new VirtualClock(NOON);
  using deadline = deadlineAfter(clock, RUN_MS);
  const [steps, lines, until]: [string[], string[], number[]] = [[], [], []];
  const heads = (quarantineClass: QuarantineClass) =>
    Object.entries(entries).flatMap(([id, { class: of = 'waiting', originals, taken = 0 }]): QuarantineHead[] =>
      of === quarantineClass
        ? [{ id, class: of, reason: 'refused', at: NOON - 1, events: originals.length, bytes: 0, taken }]
        : [],
    );
  const claims = new Map<string, number>();
  const quarantine = {
    list: async (_: string, quarantineClass: QuarantineClass) => heads(quarantineClass),
    read: async (_: string, { id }: QuarantineHead) => [...(entries[id]?.originals ?? [])],
    claim: async (_: string, { id, taken }: QuarantineHead, claimant: { owner: string; until: number }) => {
      assert.equal(claimant.owner, 'me');
      until.push(claimant.until - NOON);
      const nth = claims.get(id) ?? 0;
      claims.set(id, nth + 1);
      const claim = entries[id]?.claims?.[nth];
      if (claim === 'held') return { heldUntil: NOON + MINUTE_MS };
      return claim ?? { taken };
    },
    add: async (_: string, { class: of, originals, taken }: NewEntry) =>
      void steps.push(`add ${of}, taken ${taken}: ${originals.join(' ')}`),
    release: async (_: string, { id }: QuarantineHead, owner: string) => void steps.push(`release ${id} of ${owner}`),
    remove: async (_: string, { id }: QuarantineHead) => void steps.push(`remove ${id}`),
    replace: async (_: string, { id }: QuarantineHead, rest: Parameters<Quarantine['replace']>[2]) =>
      void steps.push(`replace ${id}, ${rest.reason}, taken ${rest.taken}: ${rest.originals.join(' ')}`),
  };
  let bulks = 0;
  const deliver: Deliver = async (bulk, _, { onPossibleRepeat }) => {
    lines.push(...bulk.body.toString().split('\n').slice(0, -1));
    clock.advance(tookMs);
    await clock.turn();
    const reply = replies[bulks++] ?? takesAll;
    return { acknowledged: [], refused: [], ...reply(bulk, (repeated) => onPossibleRepeat?.(repeated)) };
  };
  const replayed = await replayQuarantine(
    STREAM,
    ids,
    {
      ...{ clock, random: { uuid: () => 'me', fraction: () => 0 }, deliver },
      quarantine: quarantine as unknown as Quarantine,
      shape: options.shape ?? asText,
      redact: isRedacted ? ({ text }) => text.replace('secret', '') : undefined,
    },
    deadline,
  );
  return { replayed, steps, lines, until };
}

const [A, B] = [event('a'), event('b')];
const shipped = (id: string, events: number, mayRepeat = 0) => ({ id, events, mayRepeat, outcome: 'shipped' });
const left = (id: string, events: number, reason: string, mayRepeat = 0) => {
  return { id, events, mayRepeat, outcome: 'still in quarantine', reason };
};

test('an entry that arrives whole leaves the quarantine', async () => {
  const { replayed, steps, lines } = await replay({ one: { originals: [A, B] }, two: { originals: [A] } }, []);
  assert.deepEqual(replayed, [shipped('one', 2), shipped('two', 1)]);
  assert.deepEqual(steps, ['remove one', 'remove two']);
  assert.deepEqual(lines, [`a ${A}`, `b ${B}`, `a ${A}`]);
});

test('originals of shortened events are replayed only when they are asked for by name', async () => {
  const entries = {
    one: { originals: [A] },
    two: { originals: [A], class: 'shortened' },
    three: { originals: [B] },
  } as const;
  assert.deepEqual((await replay(entries, [])).steps, ['remove one', 'remove three']);
  assert.deepEqual((await replay(entries, [], { ids: ['two', 'three'] })).steps, ['remove three', 'remove two']);
});

test('what a replay has to shorten is kept whole before it is sent, also if the replay fails', async () => {
  const long = event('long', { blob: 'too long' });
  const entries = { one: { originals: [A, long] } };
  const kept = `add shortened, taken 1: ${long}`;
  assert.deepEqual((await replay(entries, [])).steps, [kept, 'remove one']);
  assert.deepEqual((await replay(entries, [fails])).steps, [kept, 'release one of me']);
});

test('an original that a replay by name shortens once more stays, and the others of its entry go', async () => {
  const long = event('long', { blob: 'too long' });
  const entries = { one: { originals: [A, long], class: 'shortened', taken: 2 } } as const;
  const { replayed, steps } = await replay(entries, [], { ids: ['one'] });
  assert.deepEqual(replayed, [shipped('one', 2, 2)]);
  assert.deepEqual(steps, [`replace one, refused, taken 1: ${long}`]);
});

test('an entry of which nothing was sent is given back as it was', async () => {
  const { replayed, steps } = await replay({ one: { originals: [A, B], taken: 2 } }, [fails]);
  assert.deepEqual(replayed, [left('one', 2, 'status 403')]);
  assert.deepEqual(steps, ['release one of me']);
});

test('of an entry that arrived in part only the rest stays, as taken as it may be', async () => {
  const { replayed, steps } = await replay({ one: { originals: [A, B], taken: 2 } }, [takesFirst]);
  assert.deepEqual(replayed, [left('one', 2, 'status 403', 2)]);
  assert.deepEqual(steps, [`replace one, refused, taken 1: ${B}`]);
});

test('what was sent without an answer may be there twice, and the rest counts as taken', async () => {
  const unanswered: Reply = (_, mayRepeat) => {
    mayRepeat(2);
    return { failure: new Error('no answer') };
  };
  const { replayed, steps } = await replay({ one: { originals: [A, B] } }, [unanswered]);
  assert.deepEqual(replayed, [left('one', 2, 'no answer', 2)]);
  assert.deepEqual(steps, [`replace one, refused, taken 2: ${A} ${B}`]);
  const arrived: Reply = (bulk, mayRepeat) => {
    mayRepeat(1);
    mayRepeat(1);
    return takesAll(bulk, mayRepeat);
  };
  assert.deepEqual((await replay({ one: { originals: [A, B], taken: 1 } }, [arrived])).replayed, [
    shipped('one', 2, 3),
  ]);
});

test('an entry that is refused once more says why, and how many of its lines were taken', async () => {
  const refuses =
    (taken: number): Reply =>
    ({ records }) => ({ refused: [{ records, reason: 'took some lines', taken }] });
  const taken = await replay({ one: { originals: [A, B] } }, [refuses(1)]);
  assert.deepEqual(taken.replayed, [left('one', 2, 'took some lines')]);
  assert.deepEqual(taken.steps, [`replace one, refused, taken 1: ${A} ${B}`]);
  const untouched = await replay({ one: { originals: [A, B] } }, [refuses(0)]);
  assert.deepEqual(untouched.steps, ['release one of me']);
});

test('a failure that is no error, and a bulk that nobody speaks of, are not acknowledged', async () => {
  assert.deepEqual((await replay({ one: { originals: [A] } }, [() => ({ failure: 'odd' })])).replayed, [
    left('one', 1, 'not acknowledged'),
  ]);
  assert.deepEqual((await replay({ one: { originals: [A] } }, [() => ({})])).replayed, [
    left('one', 1, 'not acknowledged'),
  ]);
});

test('after a bulk that failed no other one of the entry is sent; after a refused one the others are', async () => {
  const large = (id: string) => event(id, { padding: 'x'.repeat(400_000) });
  const originals = Array.from({ length: 10 }, (_, nth) => large(`${nth}`));
  assert.ok(originals.join('').length > BULK_BYTES);
  const failed = await replay({ one: { originals } }, [takesFirst]);
  assert.equal(failed.lines.length, 7, 'one bulk');
  const refuses: Reply = ({ records }) => ({ refused: [{ records, reason: 'no', taken: 0 }] });
  const refused = await replay({ one: { originals } }, [refuses]);
  assert.equal(refused.lines.length, 10, 'two bulks');
  assert.equal(refused.replayed[0]?.reason, 'no');
  assert.match(refused.steps[0] ?? '', /^replace one, refused, taken 0: \{"id":"0"/);
});

test('an event that cannot be shaped stays alone, with the reason', async () => {
  const odd = event('odd', { note: 'unshapeable' });
  const { replayed, steps, lines } = await replay({ one: { originals: [A, odd, B] } }, []);
  assert.deepEqual(lines, [`a ${A}`, `b ${B}`]);
  assert.deepEqual(replayed, [left('one', 3, 'cannot be shaped (nested too deeply)')]);
  assert.deepEqual(steps, [`replace one, refused, taken 0: ${odd}`]);
  const alone = await replay({ one: { originals: [odd] } }, []);
  assert.deepEqual([alone.lines, alone.steps], [[], ['release one of me']]);
});

test('an entry that another replay holds says until when; one that is gone is not spoken of', async () => {
  const entries = { held: { originals: [A], claims: ['held'] }, gone: { originals: [A], claims: ['gone'] } } as const;
  const { replayed, steps, lines } = await replay(entries, []);
  assert.deepEqual(replayed, [
    left('held', 1, 'another replay works on it until 2026-11-20T12:01:00.000Z at the latest'),
  ]);
  assert.deepEqual([steps, lines], [[], []]);
});

test('a claim is held for longer than the replay may take, and by less than half a minute', async () => {
  const { until } = await replay({ one: { originals: [A] } }, []);
  assert.equal(until.length, 1);
  const [held = 0] = until;
  assert.ok(held > RUN_MS && held < RUN_MS + 30_000, `${held}`);
});

test('a replay that lost its claim leaves what is left to the other one', async () => {
  for (const claim of ['held', 'gone'] as const) {
    const claims = [undefined, claim] as unknown as Entry['claims'];
    const { steps } = await replay({ one: { originals: [A, B], ...(claims && { claims }) } }, [takesFirst]);
    assert.deepEqual(steps, []);
  }
});

test('when time is up, nothing more is claimed or sent, and what is left says so', async () => {
  const large = event('large', { padding: 'x'.repeat(400_000) });
  const entries = { one: { originals: Array.from({ length: 10 }, () => large) }, two: { originals: [A] } };
  const { replayed, lines, until } = await replay(entries, [], { tookMs: RUN_MS });
  assert.equal(lines.length, 7, 'one bulk');
  const noTime = 'no time left; replay again';
  assert.deepEqual(replayed, [left('one', 10, noTime), left('two', 1, noTime)]);
  assert.equal(until.length, 2, 'the first entry, before and after');
});

test('an event without a readable time arrives with that of its quarantine, and its own beside it as text', async () => {
  const originals = ['{"id":"a","timestamp":"soon"}', '{"id":"b","timestamp":5}', '{"id":"c"}', 'no JSON', '[1]'];
  const { lines } = await replay({ one: { originals } }, []);
  const timestamp = '2026-11-20T11:59:59.999Z';
  const values = lines.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));
  assert.deepEqual(values, [
    { id: 'a', unreadable_timestamp: 'soon', timestamp },
    { id: 'b', unreadable_timestamp: '5', timestamp },
    { id: 'c', timestamp },
    { message: 'no JSON', timestamp },
    { message: '[1]', timestamp },
  ]);
});

test('an event without a readable time arrives with all digits of its numbers', async () => {
  const { lines } = await replay(
    { one: { originals: ['{"timestamp":1763636400123456789,"n":12345678901234567890}'] } },
    [],
  );
  assert.match(lines.join(), /"n":12345678901234567890,"unreadable_timestamp":"1763636400123456789"/);
});

test('an event without a readable time that would lose a field stays, and does not hold up other entries', async () => {
  const deep = `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const entries = { one: { originals: ['{"n":1,"n":2}'] }, two: { originals: [deep] }, three: { originals: [A] } };
  const { replayed, lines } = await replay(entries, []);
  const reason = 'has no readable timestamp, and cannot be given one: it has the same field twice, or too many levels';
  assert.deepEqual(replayed, [left('one', 1, reason), left('two', 1, reason), shipped('three', 1)]);
  assert.deepEqual(lines, [`a ${A}`]);
});

test('fields that are to be dropped leave out of an older entry too, and do not come back with what stays', async () => {
  const originals = [event('a', { note: 'secret' }), event('b', { note: 'secret' })];
  const { lines, steps } = await replay({ one: { originals } }, [takesFirst], { isRedacted: true });
  assert.equal(lines.join(' ').includes('secret'), false);
  assert.deepEqual(steps, [`replace one, refused, taken 0: redacted:${event('b', { note: '' })}`]);
});

test('a record names its event as it was kept', async () => {
  const records: EventRecord[] = [];
  const noted: Reply = (bulk, mayRepeat) => {
    records.push(...bulk.records);
    return takesAll(bulk, mayRepeat);
  };
  await replay({ one: { originals: [A, '{"id":"z"}'] } }, [noted]);
  assert.deepEqual(
    records.map(({ at, received, shortened, dated }) => ({ at, original: received.text, shortened, dated })),
    [
      { at: NOON - 60 * MINUTE_MS, original: A, shortened: false, dated: true },
      { at: NOON - 1, original: '{"id":"z"}', shortened: false, dated: true },
    ],
  );
});

test('an event of more values than the memory has room for is replayed as text', async () => {
  const huge = event('huge', { list: Array.from({ length: 1_500_000 }, () => ({})) });
  const { replayed, lines } = await replay({ one: { originals: [huge] } }, [], { shape: createShape(OPTIONS) });
  assert.deepEqual(replayed, [shipped('one', 1)]);
  assert.match(lines[0] ?? '', /"message":"\{\\"id\\":\\"huge/);
});

test('the first part of an event that was cut off is replayed, however many quotes it has', async () => {
  const cut = event('cut', { list: Array.from({ length: 2_500_000 }, () => 'a') }).slice(0, -2);
  const { replayed } = await replay({ one: { originals: [cut] } }, [], { shape: createShape(OPTIONS) });
  assert.deepEqual(replayed, [shipped('one', 1)]);
});
