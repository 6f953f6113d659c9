/** Whatever its size and its characters: what is cut, where, and how the log says so. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shaped } from '../support/shaped.ts';

describe('texts', () => {
  it('with half a surrogate pair arrive as valid text, marked as shortened', () => {
    const log = shaped('"username":"a\\ud800b"');
    assert.equal(JSON.parse(log.line).username, 'a\ufffdb');
    assert.deepEqual(log.shortened, ['username']);
  });

  it('keep line separators, which never end the line', () => {
    const { line } = shaped('"message":"a\\u2028b\\u2029c\\u0085d\\ne"');
    assert.equal(JSON.parse(line).message, 'a\u2028b\u2029c\u0085d\ne');
    assert(!/[\u2028\u2029\u0085\n]/.test(line));
  });

  it('longer than 32,700 bytes are cut between two characters, and marked', () => {
    for (const character of ['x', 'ä', '€', '😀']) {
      const log = shaped(`"message":"${character.repeat(40_000)}"`);
      const { message, shortened_fields } = JSON.parse(log.line);
      assert(Buffer.byteLength(message) <= 32_700);
      assert(Buffer.byteLength(message) > 32_700 - 4);
      assert(character.repeat(40_000).startsWith(message));
      assert.deepEqual(shortened_fields, ['message']);
      assert.deepEqual(log.shortened, ['message']);
    }
  });

  it('that begin with a date and go on for long are no dates: cut like others, and not put in quotes', () => {
    const message = '2026-06-15T16:00:00Z agent: step "one" failed\n'.repeat(1000);
    for (const shape of ['logzio', 'ecs'] as const) {
      const log = JSON.parse(shaped(`"message":${JSON.stringify(message)}`, { shape }).line);
      assert.equal(log.message, message.slice(0, 32_700));
    }
  });

  it('made of two texts are cut like others', () => {
    const codes = `"country_code":"${'x'.repeat(20_000)}","region_code":"${'y'.repeat(20_000)}"`;
    const { shortened } = shaped(`"geoip":{${codes}}`, { shape: 'ecs' });
    assert.deepEqual(shortened, ['client.geo.region_iso_code']);
  });

  it('of exactly 32,700 bytes are left alone', () => {
    assert.deepEqual(shaped(`"message":"${'x'.repeat(32_700)}"`).shortened, []);
  });
});

describe('an event that is too large', () => {
  it('has the fields nobody knows moved to more_fields beyond a hundred, the known ones kept', () => {
    const many = Array.from({ length: 2000 }, (_, i) => `"f${i}":"${i}"`).join(',');
    const log = shaped(`${many},"username":"ada"`);
    const parsed = JSON.parse(log.line);
    assert.equal(parsed.username, 'ada');
    assert.equal(parsed.f0, '0');
    assert.equal(JSON.parse(parsed.more_fields).f1999, '1999');
    assert.deepEqual(log.shortened, ['more_fields']);
  });

  it('has its longest texts halved until the line fits, the short ones whole', () => {
    const large = Array.from({ length: 40 }, (_, i) => `"f${i}":"${'x'.repeat(30_000)}"`).join(',');
    const log = shaped(`${large},"username":"ada"`);
    const parsed = JSON.parse(log.line);
    assert.equal(parsed.username, 'ada');
    assert.equal(parsed.f0.length, 8175);
    assert.equal(log.shortened.length, 40);
  });

  it('names no more than fifty paths, and says how many more there are', () => {
    const large = Array.from({ length: 100 }, (_, i) => `"f${i}":"${'x'.repeat(33_000)}"`).join(',');
    const { shortened } = shaped(large);
    assert.equal(shortened.length, 51);
    assert.equal(shortened.at(-1), 'and 50 more');
  });

  const strange: [what: string, members: string][] = [
    [
      '900 long names of control characters',
      Array.from({ length: 900 }, (_, i) => `"${'\\u0001'.repeat(800)}${i}":"\\u0001"`).join(','),
    ],
    ['a text of five million characters', `"message":"${'é'.repeat(5_000_000)}"`],
    [
      'ten thousand names that differ only in their dots',
      Array.from({ length: 10_000 }, (_, i) => `"${i.toString(2).replaceAll('0', '_').replaceAll('1', '.')}":1`).join(
        ',',
      ),
    ],
  ];
  for (const [what, members] of strange) {
    it(`fits all the same: ${what}`, () => {
      assert(shaped(members).shortened.length > 0);
      assert(shaped(members, { shape: 'ecs', preserveOriginalEvent: true }).shortened.length > 0);
    });
  }

  const tooDeep: [what: string, members: string][] = [
    ['lists nested 200,000 deep', `"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['objects nested 100,000 deep', `"x":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    [
      'changes nested 100,000 deep',
      `"changes":[{"field":"f","to":${'['.repeat(100_000)}12345678901234567890${']'.repeat(100_000)}}]`,
    ],
  ];
  for (const [what, members] of tooDeep) {
    it(`has no log, and belongs into quarantine: ${what}`, () => {
      assert.throws(() => shaped(members), RangeError);
      assert.throws(() => shaped(members, { shape: 'ecs' }), RangeError);
    });
  }

  it('is marked in the ECS shape at the paths its texts have there', () => {
    const log = shaped(`"message":"${'x'.repeat(40_000)}","profile_list":"${'x'.repeat(40_000)}"`, { shape: 'ecs' });
    assert.deepEqual(log.shortened, ['jumpcloud.event.profile_list', 'message']);
  });
});
