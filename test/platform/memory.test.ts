/** Memory that is used again is nobody else's at the same time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GrowingBody } from '../../lib/growing-body.ts';
import { giveBack, LARGE_BYTES, takeMemory } from '../../lib/memory.ts';

const MARK = 'left here before';
const isMarked = (memory: Buffer) => memory.toString('latin1', 0, MARK.length) === MARK;

describe('memory for pages and bulks', () => {
  it('is the same again for the next page of the same size', () => {
    const first = takeMemory(7 * LARGE_BYTES - 5).fill(MARK);
    const part = first.subarray(5, 10);
    giveBack(first);
    giveBack(part);
    const next = Array.from({ length: 20 }, () => takeMemory(7 * LARGE_BYTES - 9));
    assert.equal(next.filter(isMarked).length, 1, 'given back twice, it is there once');
    assert.equal(first.length + part.length, 0, 'whoever still looks at it sees nothing');
  });

  it('is never two buffers’ at once, and always as large as was asked for', () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 9 * LARGE_BYTES }) }),
      fc.record({ giveBack: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const held: Buffer[] = [];
        for (const one of steps) {
          if ('take' in one) {
            const taken = takeMemory(one.take);
            assert.ok(taken.length >= one.take);
            assert.ok(!held.some(({ buffer }) => buffer === taken.buffer));
            held.push(taken);
          } else for (const buffer of held.splice(one.giveBack, 1)) giveBack(buffer.subarray(1));
        }
        for (const buffer of held) giveBack(buffer);
      }),
    );
  });

  it('is let go when there is plenty of it', () => {
    const take = () => Array.from({ length: 20 }, () => takeMemory(4 * LARGE_BYTES));
    const many = take();
    for (const buffer of many) giveBack(buffer.fill(MARK));
    assert.equal(take().filter(isMarked).length, 3, '12 MB are kept idle');
  });

  it('that has lain idle longest makes room for what is in use now', () => {
    const old = Array.from({ length: 12 }, () => takeMemory(LARGE_BYTES));
    for (const buffer of old) giveBack(buffer);
    giveBack(takeMemory(5 * LARGE_BYTES).fill(MARK));
    assert.ok(isMarked(takeMemory(5 * LARGE_BYTES)));
  });

  it('too large to lie idle is let go, and leaves the rest alone', () => {
    giveBack(takeMemory(5 * LARGE_BYTES).fill(MARK));
    giveBack(takeMemory(13 * LARGE_BYTES).fill(MARK));
    assert.ok(!isMarked(takeMemory(13 * LARGE_BYTES)));
    assert.ok(isMarked(takeMemory(5 * LARGE_BYTES)));
  });

  it('that small buffers share is left alone', () => {
    const small = Buffer.from('shared with others');
    giveBack(small);
    assert.equal(small.toString(), 'shared with others');
  });
});

describe('an answer that grows', () => {
  it('is the bytes that came, in however many pieces, whatever was in the memory before', () => {
    const chunk = fc.record({ bytes: fc.integer({ min: 0, max: 700_000 }), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
        const body = new GrowingBody();
        for (const { bytes, value } of chunks) body.add(Buffer.alloc(bytes, value));
        const expected = Buffer.concat(chunks.map(({ bytes, value }) => Buffer.alloc(bytes, value)));
        assert.equal(body.length, expected.length);
        const whole = body.end();
        assert.ok(whole.equals(expected));
        giveBack(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('gives its memory back when nobody wants it', () => {
    const body = new GrowingBody();
    body.add(Buffer.alloc(3 * LARGE_BYTES, MARK));
    const whole = body.end();
    const memoryBytes = whole.buffer.byteLength;
    body.giveUp();
    assert.equal(whole.length, 0, 'nobody sees it any more');
    assert.ok(Array.from({ length: 20 }, () => takeMemory(memoryBytes)).some(isMarked));
  });
});
