/** The set of delivered fingerprints, against JavaScript's own Set. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Delivered } from '../../lib/ship/delivered.ts';
import { FINGERPRINT_BYTES } from '../../lib/state/fingerprints.ts';

/** Few different ones, alike in all but their last word, so that they meet often and in the same place. */
function fingerprint(number: number): string {
  const bytes = Buffer.alloc(FINGERPRINT_BYTES);
  bytes.writeUInt32LE(number % 7, 0);
  bytes.writeUInt32LE(number, 12);
  return bytes.toString('latin1');
}

const step = fc.oneof(
  fc.record({ do: fc.constant('add' as const), number: fc.nat(3000), at: fc.nat(1000) }),
  fc.record({ do: fc.constant('forget' as const), before: fc.nat(1000) }),
);

test('whatever is added is there until settled has passed it; nothing is there that was not added', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const delivered = new Delivered();
      const model = new Map<number, number>();
      let settled = 0;
      for (const one of steps) {
        if (one.do === 'forget') {
          settled = Math.max(settled, one.before);
          delivered.forgetBefore(one.before);
        } else if (!delivered.has(fingerprint(one.number))) {
          delivered.add(fingerprint(one.number), one.at);
          model.set(one.number, one.at);
        } else {
          assert.ok(model.has(one.number), 'it was added');
        }
      }
      for (const [number, at] of model) {
        if (at >= settled) assert.ok(delivered.has(fingerprint(number)), `${number} at ${at}`);
      }
      for (let number = 3001; number < 3050; number++) assert.ok(!delivered.has(fingerprint(number)));
    }),
  );
});

test('it holds a hundred thousand, and has let go of the old ones once it needed room', () => {
  const delivered = new Delivered();
  const spread = (number: number) => {
    const bytes = Buffer.alloc(FINGERPRINT_BYTES);
    bytes.writeUInt32LE(Math.imul(number, 2_654_435_761) >>> 0, 0);
    bytes.writeUInt32LE(number, 12);
    return bytes.toString('latin1');
  };
  for (let number = 0; number < 100_000; number++) delivered.add(spread(number), number);
  for (let number = 0; number < 100_000; number += 97) assert.ok(delivered.has(spread(number)));
  delivered.forgetBefore(90_000);
  for (let number = 100_000; number < 300_000; number++) delivered.add(spread(number), number);
  assert.ok(!delivered.has(spread(1)));
  for (let number = 90_000; number < 300_000; number += 97) assert.ok(delivered.has(spread(number)), `${number}`);
});
