/** The set of delivered fingerprints: what it keeps, and that it forgets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Delivered } from '../../lib/ship/delivered.ts';
import { FINGERPRINT_BYTES } from '../../lib/state/fingerprints.ts';

/** The bytes of a number. */
function fingerprint(number: number): string {
  const bytes = Buffer.alloc(FINGERPRINT_BYTES);
  bytes.writeUInt32LE(number, 12);
  return bytes.toString('utf16le');
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

test('it lets go of what is settled before it has doubled, and of nothing else', () => {
  const delivered = new Delivered();
  for (let number = 0; number < 100_000; number++) {
    delivered.add(fingerprint(number), number);
    delivered.forgetBefore(number - 1000);
  }
  assert.ok(delivered.size < 5000, `${delivered.size}`);
  for (let number = 99_000; number < 100_000; number++) assert.ok(delivered.has(fingerprint(number)), `${number}`);
});

test('a fingerprint exactly at settled stays known, however many come after it', () => {
  const delivered = new Delivered();
  assert.equal(delivered.add(fingerprint(0), 1000), true, 'it is new');
  delivered.forgetBefore(1000);
  for (let number = 1; number < 5000; number++) delivered.add(fingerprint(number), 2000);
  assert.equal(delivered.add(fingerprint(0), 1000), false, 'it is known');
});
