/** The two updates of a checkpoint: what they write beside what the store's tests read back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newCheckpoint } from '../../lib/ship/checkpoint.ts';
import { moveCheckpoint, takeLease } from '../../lib/state/checkpoint-item.ts';

const NOON = Date.parse('2026-11-20T12:00:00Z');

test('a run that the schedule asked for is remembered as such, and one that a person asked for is not', () => {
  const update = (isScheduled: boolean) => takeLease({ owner: 'me', until: NOON, isScheduled }, NOON, NOON).update;
  assert.match(update(true), /, #ranAt = :now, #scheduledAt = :now, #runs = /);
  assert.match(update(false), /, #ranAt = :now, #runs = /);
});

test('a checkpoint says in plain text how far it is, for a person who looks into the table', () => {
  const checkpoint = { ...newCheckpoint(NOON), watermark: NOON + 60_000 };
  const state = { checkpoint, hourlyCounts: new Map(), quarantined: 0, recent: [], chunksUntil: 0, saves: 1 };
  const { values } = moveCheckpoint('me', NOON, state);
  const readable = 'read to 2026-11-20T12:01:00.000Z, settled to 2026-11-20T12:00:00.000Z';
  assert.ok(Object.values(values ?? {}).includes(readable));
});
