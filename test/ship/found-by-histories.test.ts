/** Broken promises that random histories found, each kept since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { peek } from '../../lib/state/dynamodb-store.ts';
import { operationOf } from '../../simulators/aws-answers.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

test('an event that waits in quarantine does not hide the events after it', async () => {
  await using world = await startWorld({ config: { jumpcloud_api: { settings: { limit: 2 } } } });
  const at = NOON - 5 * MINUTE_MS;
  const unreadable = { text: '{"id":"no-time"}', timestamp: new Date(at + 1).toISOString(), service: 'directory' };
  world.jumpcloud.add([loginAt(at, 'first'), unreadable]);
  await world.invoke();
  // The unreadable one is now the last of a full page, and known.
  world.jumpcloud.add([{ ...loginAt(at + 2, 'behind it'), visibleAt: NOON + MINUTE_MS }]);
  world.clock.advance(2 * MINUTE_MS);
  await world.invoke();
  assert.deepEqual(
    world.shipped().map(({ id }) => id),
    ['first', 'behind it'],
  );
});

test('the first half of a bulk that had to be split is saved while the second is still on its way', async () => {
  await using world = await startWorld();
  world.jumpcloud.add([1, 2, 3, 4].map((minute) => loginAt(NOON - minute * MINUTE_MS, `event ${minute}`)));
  const saves = () =>
    world.aws.dynamoDb.requests.filter(
      (request) => operationOf(request) === 'UpdateItem' && request.status !== undefined,
    ).length;
  let remembered = 0;
  world.logzio.settings.onRequest = async (_request, n) => {
    if (n === 1) return { kind: 'answer', status: 413 };
    if (n === 2) return undefined;
    const before = saves();
    world.clock.advance(11_000); // the lease is renewed, which is a save
    while (saves() === before) await turn();
    const state = await peek(world.table, 'live#default');
    remembered = (state?.delivered ?? []).reduce((bytes, { fingerprints }) => bytes + fingerprints.length, 0) / 16;
    return undefined;
  };
  await world.invoke({}, { leaseMs: 30_000 });
  assert.equal(remembered, 2);
  assert.equal(world.shipped().length, 4);
});
