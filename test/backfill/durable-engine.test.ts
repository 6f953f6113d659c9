/**
 * The durable function, run by the engine's own local testing means: replays, suspensions and
 * chained invocations included.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { ExecutionStatus, LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { runBackfill } from '../../lib/backfill/durable-engine.ts';
import type { BackfillRequest, Totals } from '../../lib/backfill/protocol.ts';
import { system } from '../../lib/platform/outside.ts';
import { tooManyRequests } from '../../simulators/faults.ts';
import { assertEachOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const EVENTS = 300;
const FUNCTIONS = { shipper: 'jumpcloud-logzio', self: 'jumpcloud-logzio-backfill:live', clock: system.clock };

async function worldWithHistory() {
  const world = await startWorld({ config: { jumpcloud_api: { start_date: 'now', settings: { limit: 10 } } } });
  await world.invoke({});
  world.jumpcloud.add(Array.from({ length: EVENTS }, (_, n) => loginAt(NOON - DAY_MS + n * 60_000, `event-${n}`)));
  world.clock.advance(2 * DAY_MS);
  return world;
}

type Ask = (request: BackfillRequest) => Promise<unknown>;

/** @param ask the shipping function */
function runnerOf(
  world: World,
  ask: Ask = (request) => world.invoke(request),
  mostOperations?: number,
): LocalDurableTestRunner<Totals> {
  const handlerFunction = withDurableExecution((event, context) =>
    runBackfill(event, context, FUNCTIONS, mostOperations),
  );
  return (
    new LocalDurableTestRunner<Totals>({ handlerFunction })
      .registerFunction(FUNCTIONS.shipper, ask)
      // A durable function registered as one would run without the functions that are registered
      // here.
      .registerFunction(FUNCTIONS.self, async (rest: unknown) =>
        (await runnerOf(world, ask, mostOperations).run({ payload: rest })).getResult(),
      ) as LocalDurableTestRunner<Totals>
  );
}

function payload(more: object = {}) {
  return { payload: { start_time: new Date(NOON - 2 * DAY_MS).toISOString(), events_per_slice: 30, ...more } };
}

describe('the durable function', () => {
  before(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
  after(() => LocalDurableTestRunner.teardownTestEnvironment());

  it('backfills, suspended while slices are shipped, and shows what it did as named operations', async () => {
    await using world = await worldWithHistory();
    const runner = runnerOf(world);
    const execution = await runner.run(payload());
    assert.equal(execution.getStatus(), ExecutionStatus.SUCCEEDED);
    assertEachOnce(world, EVENTS);
    const totals = execution.getResult();
    assert.equal(totals?.delivered, EVENTS);
    assert.match(totals?.message ?? '', /exactly what JumpCloud counts/);
    const names = execution.getOperations().map((operation) => operation.getName());
    assert.ok(names.includes('plan') && names.includes('next slices') && names.includes('finish'));
    assert.ok(names.some((name) => /^from .*, 5 at once$/.test(name ?? '')));
    assert.ok(names.some((name) => /^2026-.*Z \d+ events$/.test(name ?? '')));
    // One for each slice and wave, and a few: what the limit of 3,000 operations is spent on.
    assert.ok(names.length <= (totals?.slices ?? 0) * 1.5 + 10, `${names.length} operations`);
    assert.ok(execution.getInvocations().length > 3, 'it was suspended and replayed');
  });

  it('loses and repeats nothing when runs are killed and JumpCloud answers 429', async () => {
    await using world = await worldWithHistory();
    let requests = 0;
    world.jumpcloud.settings.onRequest = () => (++requests % 7 < 3 ? tooManyRequests('2') : undefined);
    let ships = 0;
    const execution = await runnerOf(world, async (request) => {
      const answer = await world.invoke(request);
      if (request.backfill === 'ship' && ++ships % 4 === 0) throw new Error('Runtime.ExitError');
      return answer;
    }).run(payload({ max_concurrency: 3 }));
    assert.equal(execution.getStatus(), ExecutionStatus.SUCCEEDED);
    assertEachOnce(world, EVENTS);
  });

  it('ships nothing twice when it is executed again', async () => {
    await using world = await worldWithHistory();
    await runnerOf(world).run(payload());
    const execution = await runnerOf(world).run(payload({ events_per_slice: 100 }));
    assert.equal(execution.getStatus(), ExecutionStatus.SUCCEEDED);
    assertEachOnce(world, EVENTS);
  });

  it('hands over to an execution of its own when its history is nearly full, and that one ships the rest', async () => {
    await using world = await worldWithHistory();
    const started: string[] = [];
    const execution = await runnerOf(
      world,
      (request) => {
        if (request.backfill === 'plan') started.push(request.start_time ?? '');
        return world.invoke(request);
      },
      30,
    ).run(payload({ max_concurrency: 1, events_per_slice: 8 }));
    assert.equal(execution.getStatus(), ExecutionStatus.SUCCEEDED);
    assertEachOnce(world, EVENTS);
    assert.ok(started.length >= 2, `${started.length} executions`);
    assert.equal(new Set(started).size, 1, 'of the same range');
    assert.ok(execution.getOperations().length <= 40);
    assert.equal(execution.getResult()?.counted, EVENTS);
  });

  it('fails with a message that says what to do when an input is not understood', async () => {
    await using world = await worldWithHistory();
    const execution = await runnerOf(world).run({ payload: { start_time: '-90d', from: 'x' } });
    assert.equal(execution.getStatus(), ExecutionStatus.FAILED);
    assert.match(execution.getError().errorMessage ?? '', /unknown: from \(known are start_time/);
    assert.equal(world.shipped().length, 0);
  });
});
