/** What the simulation found, as the small stories that it made of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History } from './people/history.ts';
import { told } from './story.ts';
import { SMALL } from './systematic.ts';

const MOST_EFFECTS = 12;
const FROZEN_MS = 90_000;

test('a run that is frozen while it takes its lease saves before it sends anything', async () => {
  for (let effect = 1; effect <= MOST_EFFECTS; effect++) {
    const [first, ...rest] = SMALL.steps;
    assert.ok(first);
    const frozen = { ...first, mishaps: [{ kind: 'freeze', effect, ms: FROZEN_MS, outlives: false } as const] };
    await mustHold({ ...SMALL, plan: { ...SMALL.plan, leaseMs: FROZEN_MS / 3 }, steps: [frozen, ...rest] });
  }
});

async function mustHold(history: History): Promise<void> {
  const story = await told(history);
  assert.match(story, /it keeps the promise now/, story);
}
