/** How lines are packed into bulks, and how a bulk that is too large is halved. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BULK_BYTES, type Bulk, firstLines, halve, Packer } from '../../lib/logzio/bulk.ts';
import { MAX_LINE_BYTES } from '../../lib/shape/values.ts';

/** Logz.io's limit for a body. */
const LARGEST_BODY_BYTES = 10_485_760;

function record(text: string) {
  const received = { text, brokenBytes: undefined };
  return { fingerprint: '\0'.repeat(8), at: 0, received, shortened: false, dated: true };
}

function pack(lines: readonly string[]): Bulk[] {
  const packer = new Packer();
  const bulks = lines.map((line) => packer.add(record(line), line));
  return [...bulks, packer.flush()].filter((bulk) => bulk !== undefined);
}

const linesOf = (bulk: Bulk) => bulk.body.toString().split('\n').slice(0, -1);

test('every line is in exactly one bulk, in order, ended by a line break, beside its own record', () => {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify({ text })) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 160_000 }).map((length) => `"${'ü€x'.repeat(length)}"`) },
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
      const bulks = pack(lines);
      assert.deepEqual(bulks.flatMap(linesOf), lines);
      assert.deepEqual(
        bulks.flatMap(({ records }) => records.map(({ received }) => received.text)),
        lines,
      );
      for (const bulk of bulks) {
        assert.ok(bulk.body.length <= BULK_BYTES);
        assert.equal(bulk.ends.at(-1), bulk.body.length);
        assert.deepEqual(firstLines(bulk, 3), linesOf(bulk).slice(0, 3));
      }
    }),
    { numRuns: 40 },
  );
});

test('a bulk stays far below the limit of Logz.io, and the longest line fits into one', () => {
  assert.ok(BULK_BYTES + MAX_LINE_BYTES < LARGEST_BODY_BYTES);
  const longest = 'x'.repeat(MAX_LINE_BYTES);
  const bulks = pack(Array.from({ length: 13 }, () => longest));
  for (const { records, ends } of bulks) assert.equal(ends.length, records.length);
  assert.deepEqual(
    bulks.map(({ records }) => records.length),
    [6, 6, 1],
  );
});

test('a line joins a bulk if its bytes fit, to the last one, however many characters they are', () => {
  const first = 'x'.repeat(BULK_BYTES - 182);
  const fits = '€'.repeat(60);
  const mixed = `${'€'.repeat(20)}${'x'.repeat(120)}`;
  for (const line of [fits, mixed]) assert.deepEqual(pack([first, line]).map(linesOf), [[first, line]]);
  const isOneByteTooLong = `${fits}x`;
  assert.deepEqual(pack([first, isOneByteTooLong]).map(linesOf), [[first], [isOneByteTooLong]]);
});

test('nothing makes no bulk', () => {
  assert.deepEqual(pack([]), []);
});

test('the halves of a bulk are the bulk', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
        { minLength: 2 },
      ),
      (lines) => {
        const [bulk] = pack(lines);
        assert.ok(bulk);
        const halves = halve(bulk);
        assert.deepEqual(halves.flatMap(linesOf), lines);
        for (const half of halves) {
          assert.ok(half.records.length > 0);
          assert.deepEqual(firstLines(half, 1000), linesOf(half));
        }
        assert.ok(Math.abs(halves[0].records.length - halves[1].records.length) <= 1);
      },
    ),
  );
});
