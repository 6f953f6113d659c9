/**
 * Whole backfills in a small world: what arrives, what does not arrive twice, and what is said
 * about it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackfillFailedError, driveBackfill } from '../../lib/backfill/drive.ts';
import type { BackfillRequest, BackfillStart, NextAnswer, ShipAnswer, Totals } from '../../lib/backfill/protocol.ts';
import type { DynamoDb } from '../../lib/platform/outside.ts';
import { Table } from '../../lib/state/table.ts';
import { inProcessEngine } from '../../local/in-process-engine.ts';
import { tooManyRequests } from '../../simulators/faults.ts';
import { assertEachOnce } from '../support/arrivals.ts';
import { loginAt, MINUTE_MS, NOON, startWorld, type World } from '../support/world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NEVER = new AbortController().signal;

/** Ten days of history, and a live stream that began at noon of today; two days later. */
async function worldWithHistory(events = 400, options: Parameters<typeof startWorld>[0] = {}) {
  const world = await startWorld({
    ...options,
    config: { jumpcloud_api: { start_date: 'now', ...options.config?.jumpcloud_api } },
  });
  await world.invoke({});
  const spacing = (10 * DAY_MS) / events;
  world.jumpcloud.add(
    Array.from({ length: events }, (_, n) => loginAt(NOON - 10 * DAY_MS + n * spacing, `event-${n}`)),
  );
  world.clock.advance(2 * DAY_MS);
  return world;
}

type Ask = (request: BackfillRequest) => Promise<unknown>;

function engineFor(world: World, ask: Ask = (request) => world.invoke(request), signal = NEVER) {
  return inProcessEngine(ask, world.clock, signal);
}

function backfill(world: World, start: Partial<BackfillStart> = {}, ask?: Ask): Promise<Totals> {
  return driveBackfill(engineFor(world, ask), { start_time: '-90d', events_per_slice: 50, ...start });
}

function idsOf(world: World): string[] {
  return world.shipped().map(({ id }) => String(id));
}

describe('a backfill', () => {
  it('ships everything from its start to where the live stream began, each event once', async () => {
    await using world = await worldWithHistory();
    const totals = await backfill(world);
    assertEachOnce(world, 400);
    assert.match(totals.message, /^(\d+) of \1 slices are done, with 400 events: exactly what JumpCloud counts\.$/);
    assert.equal(totals.delivered, 400);
    assert.equal(totals.counted, 400);
    assert.ok(totals.slices >= 8, `cut into ${totals.slices} slices`);
  });

  it('ends and says why where JumpCloud counts nothing for half an hour: it does not ask for ever', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.settings.onRequest = ({ path }) =>
      path.endsWith('/count') ? { kind: 'answer', status: 503 } : undefined;
    let plans = 0;
    const ask = (request: BackfillRequest) => {
      assert.ok(++plans <= 10, 'asked for ever');
      return world.invoke(request);
    };
    await assert.rejects(
      backfill(world, {}, ask),
      /plan: JumpCloud POST \/events\/count: status 503; .* Start the same/,
    );
  });

  it('leaves no hole and no overlap where the live stream begins', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.add([loginAt(NOON - 1, 'just before'), loginAt(NOON, 'at'), loginAt(NOON + 1, 'just after')]);
    await backfill(world);
    await world.invoke({});
    await world.invoke({});
    assert.deepEqual(
      idsOf(world)
        .filter((id) => !id.startsWith('event-'))
        .sort(),
      ['at', 'just after', 'just before'],
    );
    assertEachOnce(world, 403);
  });

  it('also where the live stream was rewound to before it began', async () => {
    await using world = await worldWithHistory();
    await world.invoke({ rewind_to: new Date(NOON - DAY_MS).toISOString() });
    await world.invoke({});
    assert.equal(idsOf(world).length, 40, 'the live stream has shipped a day of history');
    await backfill(world);
    assertEachOnce(world, 400);
  });

  it('ships what JumpCloud still keeps where that refuses to be asked for what lies further back', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.settings.onRequest = ({ body }) =>
      Date.parse(JSON.parse(String(body)).start_time) < world.clock.now() - 90 * DAY_MS
        ? { kind: 'answer', status: 400 }
        : undefined;
    const totals = await backfill(world, { start_time: '-91d' });
    assertEachOnce(world, 400);
    assert.match(totals.message, /with 400 events: exactly what JumpCloud counts\.$/);
  });

  it('keeps its end, given as an age, although its plan takes longer than that end is from the live stream', async () => {
    await using world = await worldWithHistory();
    let plans = 0;
    await backfill(world, { end_time: '-49h' }, async (request) => {
      const answer = await world.invoke(request);
      if (request.backfill !== 'plan' || ++plans > 1) return answer;
      world.clock.advance(2 * HOUR_MS);
      return { ...answer, planned: false };
    });
    assert.ok(idsOf(world).length > 390);
  });

  it('names the slice that JumpCloud has more of since it was shipped as it was planned', async () => {
    await using world = await worldWithHistory();
    const { differences, counted } = await backfill(world, {}, async (request) => {
      if (request.backfill === 'finish') world.jumpcloud.add([loginAt(NOON - 9 * DAY_MS, 'too late')]);
      return await world.invoke(request);
    });
    assert.equal(counted, 401);
    assert.deepEqual(
      differences.map((slice) => slice.counted - slice.delivered),
      [1],
    );
  });

  it('says that the plan may keep events for less where JumpCloud refuses to count from so far back', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.settings.onRequest = () => ({ kind: 'answer', status: 400 });
    await assert.rejects(
      backfill(world, { start_time: '-30d' }),
      /further back than your plan keeps events: .*Then give a later start/,
    );
  });

  it('ends well once more, days later, where the plan no longer keeps what was shipped', async () => {
    await using world = await worldWithHistory();
    const keptDays = 15;
    world.jumpcloud.settings.onRequest = ({ body }) =>
      Date.parse(JSON.parse(String(body)).start_time) < world.clock.now() - keptDays * DAY_MS
        ? { kind: 'answer', status: 400 }
        : undefined;
    await backfill(world, { start_time: '-14d' });
    world.clock.advance(4 * DAY_MS);
    const { message, counted = 0 } = await backfill(world, { start_time: '-15d' });
    assert.match(message, /^(\d+) of \1 slices are done/);
    assert.ok(counted > 0 && counted < 400, String(counted));
  });

  it('leaves to the live stream what that was rewound to while the backfill is under way', async () => {
    await using world = await worldWithHistory();
    let asked = 0;
    await backfill(world, { max_concurrency: 1 }, async (request) => {
      if (request.backfill === 'ship' && ++asked === 2) {
        await world.invoke({ rewind_to: new Date(NOON - 2.5 * DAY_MS).toISOString() });
        await world.invoke({});
      }
      return await world.invoke(request);
    });
    await world.invoke({});
    assertEachOnce(world, 400);
  });

  it('also where an end was given for it, which then lies within the live stream', async () => {
    await using world = await worldWithHistory();
    let asked = 0;
    const end_time = new Date(NOON - DAY_MS).toISOString();
    const totals = await backfill(world, { end_time, max_concurrency: 1 }, async (request) => {
      if (request.backfill === 'ship' && ++asked === 2)
        await world.invoke({ rewind_to: new Date(NOON - 2.5 * DAY_MS).toISOString() });
      return await world.invoke(request);
    });
    assert.match(totals.message, /^(\d+) of \1 slices are done, with 300 events: exactly what JumpCloud counts\.$/);
    await world.invoke({});
    assertEachOnce(world, 400);
  });

  it('of less than a second goes well although JumpCloud rounds times to seconds', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.add([loginAt(NOON - 300, 'just before')]);
    world.jumpcloud.settings.roundTimesToSeconds = 'down';
    await backfill(world, { start_time: new Date(NOON - 400).toISOString() });
    assert.deepEqual(idsOf(world), ['just before']);
  });

  it('ships nothing when it is run again, also an hour later with the same age', async () => {
    await using world = await worldWithHistory();
    await backfill(world, { start_time: '-12d' });
    world.clock.advance(HOUR_MS);
    const before = world.jumpcloud.requests.filter(({ path }) => path.endsWith('/events')).length;
    const again = await backfill(world, { start_time: '-12d' });
    assertEachOnce(world, 400);
    assert.equal(
      world.jumpcloud.requests.filter(({ path }) => path.endsWith('/events')).length,
      before,
      'nothing was read',
    );
    assert.equal(again.slicesDone, again.slices);
  });

  it('ships only what is missing when it is run again from further back, with other slices', async () => {
    await using world = await worldWithHistory();
    await backfill(world, { start_time: new Date(NOON - 3 * DAY_MS - 1234).toISOString() });
    assert.equal(idsOf(world).length, 120);
    await backfill(world, { events_per_slice: 7 });
    assertEachOnce(world, 400);
  });

  it('ships an event that became visible after the plan was made', async () => {
    await using world = await worldWithHistory();
    let planned = false;
    const totals = await backfill(world, {}, async (request) => {
      const answer = await world.invoke(request);
      if (request.backfill === 'plan' && !planned) {
        planned = true;
        world.jumpcloud.add([loginAt(NOON - 5 * DAY_MS, 'latecomer')]);
      }
      return answer;
    });
    assertEachOnce(world, 401);
    assert.equal(totals.counted, 401);
    assert.equal(totals.delivered, 401);
  });

  it('waits for the allowed lateness where the live stream has only just begun', async () => {
    await using world = await startWorld({ config: { jumpcloud_api: { start_date: 'now' } } });
    await world.invoke({});
    const late = { ...loginAt(NOON - MINUTE_MS, 'late'), visibleAt: NOON + 10 * MINUTE_MS };
    world.jumpcloud.add([loginAt(NOON - 2 * MINUTE_MS, 'early'), late]);
    world.clock.advance(MINUTE_MS);
    const totals = await backfill(world, { start_time: '-1h' });
    assert.deepEqual(idsOf(world).sort(), ['early', 'late']);
    assert.equal(totals.slicesDone, totals.slices);
    assert.ok(world.clock.now() >= NOON + 14 * MINUTE_MS, 'until late events are final');
  });

  it('carries on with a slice that is longer than one run', async () => {
    await using world = await worldWithHistory(400, { config: { jumpcloud_api: { settings: { limit: 10 } } } });
    // Every page takes its time: a run ends long before its slice does.
    world.jumpcloud.settings.onRequest = ({ path }) => {
      if (path.endsWith('/events')) world.clock.advance(4_000);
      return undefined;
    };
    let runs = 0;
    const totals = await backfill(world, { events_per_slice: 200, max_concurrency: 1 }, (request) => {
      if (request.backfill === 'ship') runs++;
      return world.invoke(request, {}, 60_000);
    });
    assertEachOnce(world, 400);
    assert.ok(runs > totals.slices, `${runs} runs for ${totals.slices} slices`);
  });

  it('backfills every organization up to where its own live stream began', async () => {
    const organizations = ['5f0000000000000000000001', '5f0000000000000000000002'] as const;
    await using world = await startWorld({
      config: { jumpcloud_api: { start_date: 'now', credentials: { org_ids: [...organizations] } } },
      jumpcloud: { apiKeys: { 'jumpcloud-simulator-key': { organizations } } },
    });
    for (const org_id of organizations) {
      await world.invoke({ org_id });
      world.jumpcloud.add(
        Array.from({ length: 60 }, (_, n) => loginAt(NOON - DAY_MS + n * 1000, `${org_id}-${n}`)),
        org_id,
      );
      world.clock.advance(MINUTE_MS);
    }
    world.clock.advance(DAY_MS);
    const totals = await backfill(world, { start_time: '-10d', events_per_slice: 20 });
    assertEachOnce(world, 120);
    assert.equal(totals.counted, 120);
  });

  it('asks again where the time for a plan ends behind the slices of the first organization', async () => {
    const organizations = ['5f0000000000000000000001', '5f0000000000000000000002'] as const;
    await using world = await startWorld({
      config: { jumpcloud_api: { start_date: 'now', credentials: { org_ids: [...organizations] } } },
      jumpcloud: { apiKeys: { 'jumpcloud-simulator-key': { organizations } } },
    });
    for (const org_id of organizations) await world.invoke({ org_id });
    let counts = 0;
    world.jumpcloud.settings.onRequest = ({ path }) => {
      if (path.endsWith('/events/count') && ++counts === 2) world.clock.advance(MINUTE_MS);
      return undefined;
    };
    const request = { backfill: 'plan', start_time: '-10d' };
    const { planned, failure } = await world.invoke(request, {}, MINUTE_MS);
    assert.deepEqual([planned, failure], [false, undefined]);
    assert.equal((await world.invoke(request)).planned, true);
  });

  it('says what there is of a range without slices', async () => {
    await using world = await worldWithHistory();
    assert.match(String((await world.invoke({ backfill: 'status', start_time: '-90d' })).message), /^0 of 0 slices/);
  });

  it('is refused, before anything is done, where no live stream gives its end', async () => {
    await using world = await startWorld();
    await assert.rejects(backfill(world), (error: Error) => {
      assert.equal(error.name, 'BackfillFailedError');
      return /live#default has not begun yet.*start again/.test(error.message);
    });
    assert.equal(world.jumpcloud.requests.length, 0);
  });

  it('is refused where its end lies inside what the live stream ships', async () => {
    await using world = await worldWithHistory();
    await assert.rejects(backfill(world, { end_time: new Date(NOON + 1).toISOString() }), /Leave end_time out/);
  });
});

describe('a backfill under fire', () => {
  it('loses and repeats nothing when its runs are killed at any instruction and JumpCloud answers 429 in storms', async () => {
    await using world = await worldWithHistory(400, { config: { jumpcloud_api: { settings: { limit: 10 } } } });
    let requests = 0;
    world.jumpcloud.settings.onRequest = () => (++requests % 7 < 3 ? tooManyRequests('2') : undefined);
    let ships = 0;
    const totals = await backfill(world, {}, async (request) => {
      if (request.backfill === 'ship' && ++ships % 3 === 0) {
        // A run whose answer never comes back: the engine knows nothing of what it did.
        await world.invoke(request);
        throw new Error('killed');
      }
      return await world.invoke(request);
    });
    assertEachOnce(world, 400);
    assert.equal(totals.delivered, 400);
  });

  it('goes on where a run was killed in the middle of a page', async () => {
    await using world = await worldWithHistory(400, { config: { jumpcloud_api: { settings: { limit: 10 } } } });
    let killed = 0;
    const totals = await backfill(world, { max_concurrency: 1, events_per_slice: 200 }, async (request) => {
      if (request.backfill !== 'ship' || killed >= 3) return await world.invoke(request);
      const kill = new AbortController();
      let writes = 0;
      // The table goes away under the run: nothing of its end can be saved any more.
      const client: DynamoDb = world.dynamodb;
      const send: DynamoDb['send'] = async (command) => {
        if (++writes > 12) throw new Error('this process is dead');
        return await client.send(command);
      };
      killed++;
      return await world.invoke(request, {
        table: new Table({ send }, world.table.name),
        signal: kill.signal,
      });
    });
    const ids = idsOf(world);
    assert.equal(new Set(ids).size, 400, 'nothing is lost');
    assert.ok(ids.length <= 400 + 3 * 20, `a killed run repeats two pages at most, not ${ids.length - 400} events`);
    assert.equal(totals.delivered, 400, 'and the count is still exact');
  });

  it('ships fewer slices at once while JumpCloud answers 429, and more again afterwards', async () => {
    await using world = await worldWithHistory();
    let storm = true;
    world.jumpcloud.settings.onRequest = ({ path, n }) =>
      storm && path.endsWith('/events') && n % 2 === 0 ? tooManyRequests('1') : undefined;
    const atOnce: number[] = [];
    const engine = engineFor(world);
    await driveBackfill(
      {
        ...engine,
        askAll: async (name, requests, lanes) => {
          atOnce.push(lanes);
          if (atOnce.length === 3) storm = false;
          return await engine.askAll(name, requests, lanes);
        },
      },
      { start_time: '-90d', events_per_slice: 5, max_concurrency: 6 },
    );
    assertEachOnce(world, 400);
    assert.deepEqual(atOnce.slice(0, 5), [6, 3, 1, 2, 3]);
  });

  it('stays away for as long as JumpCloud asks it to, instead of giving up meanwhile', async () => {
    await using world = await worldWithHistory();
    const until = world.clock.now() + 5 * HOUR_MS;
    world.jumpcloud.settings.onRequest = () =>
      world.clock.now() < until ? tooManyRequests(new Date(until).toUTCString()) : undefined;
    await backfill(world);
    assertEachOnce(world, 400);
    assert.ok(world.jumpcloud.requests.length < 60, `${world.jumpcloud.requests.length} requests`);
  });

  it('can be stopped and started again: what was shipped is not shipped again', async () => {
    await using world = await worldWithHistory();
    const stop = new AbortController();
    let ships = 0;
    const stopped = driveBackfill(
      engineFor(
        world,
        async (request) => {
          if (request.backfill === 'ship' && ++ships === 4) stop.abort(new Error('stopped'));
          return await world.invoke(request);
        },
        stop.signal,
      ),
      { start_time: '-90d', events_per_slice: 50 },
    );
    await assert.rejects(stopped, /stopped/);
    assert.ok(idsOf(world).length < 400);
    await backfill(world);
    assertEachOnce(world, 400);
  });

  it('goes on without a slice that fails again and again, names it, and ships it when it is started again', async () => {
    await using world = await worldWithHistory();
    let broken: string | undefined;
    const failing = backfill(world, {}, async (request) => {
      if (request.backfill === 'ship') {
        broken ??= request.slice;
        if (request.slice === broken) throw new Error('Runtime.ExitError');
      }
      return await world.invoke(request);
    });
    await assert.rejects(failing, (error: Error) => {
      assert.ok(error instanceof BackfillFailedError);
      assert.match(error.message, /(\d+) of (\d+) slices are done.*Start the same backfill again/);
      assert.ok(broken && error.message.includes(broken), 'the slice is named');
      return true;
    });
    assert.ok(idsOf(world).length >= 350, 'the others have arrived');
    await backfill(world);
    assertEachOnce(world, 400);
  });

  it('gives up, saying why, when nothing goes any more', async () => {
    await using world = await worldWithHistory();
    const began = world.clock.now();
    const failing = backfill(world, {}, async (request) => {
      if (request.backfill === 'ship') world.jumpcloud.settings.apiKeys = {};
      return await world.invoke(request);
    });
    await assert.rejects(failing, /finish: .*status 401.*does not accept the key/);
    assert.ok(world.clock.now() - began > 2 * MINUTE_MS, 'but not at the first trouble');
  });

  it('ends, naming the page headers that are lost, instead of reading the same page again for ever', async () => {
    await using world = await worldWithHistory();
    world.jumpcloud.settings.omitHeaders = ['x-search_after', 'x-result-count', 'x-limit'];
    await assert.rejects(
      backfill(world),
      /\d+ of \d+ slices are done.*X-Search_after, X-Result-Count, X-Limit are missing/,
    );
    assertEachOnce(world, 400);
    world.jumpcloud.settings.omitHeaders = [];
    await backfill(world);
    assertEachOnce(world, 400);
  });

  it('ships a slice that is done no second time, also when it is asked for long after its checkpoint expired', async () => {
    await using world = await worldWithHistory();
    const slices: BackfillRequest[] = [];
    await backfill(world, {}, (request) => {
      if (request.backfill === 'ship') slices.push(request);
      return world.invoke(request);
    });
    const { DeleteItemCommand, ScanCommand } = await import('@aws-sdk/client-dynamodb');
    const { Items = [] } = await world.dynamodb.send(new ScanCommand({ TableName: world.table.name }));
    for (const { stream, item } of Items)
      if (stream?.S?.startsWith('backfill#default#') && item)
        await world.dynamodb.send(new DeleteItemCommand({ TableName: world.table.name, Key: { stream, item } }));
    for (const slice of slices) assert.equal((await world.invoke(slice)).message, 'This slice was done before.');
    assertEachOnce(world, 400);
  });

  it('quarantines where the live stream does, so that a list of it shows both', async () => {
    await using world = await worldWithHistory();
    const timestamp = new Date(NOON - 5 * DAY_MS).toISOString();
    world.jumpcloud.add([{ text: '17', timestamp, service: 'directory' }]);
    await backfill(world);
    assert.match((await world.invoke({ quarantine: 'list' })).message, /^1 event of live#default waits/);
  });

  it('says of a slice that another run holds, and of one that waits for late events, how long to wait', async () => {
    await using world = await worldWithHistory(400, { config: { jumpcloud_api: { start_date: 'now' } } });
    world.clock.advance(-2 * DAY_MS + MINUTE_MS);
    const ask = (request: object) => world.invoke(request) as Promise<object> as Promise<ShipAnswer>;
    await ask({ backfill: 'plan', start_time: '-90d', events_per_slice: 1_000_000 });
    const { slices } = (await world.invoke({ backfill: 'next', start_time: '-90d' })) as unknown as NextAnswer;
    const ship = () => ask({ backfill: 'ship', slice: slices.at(-1)?.slice });
    const [one, other] = (await Promise.all([ship(), ship()])).sort((a, b) => b.shipped - a.shipped);
    assert.match(one?.message ?? '', /late ones may still become visible/);
    assert.match(other?.message ?? '', /Another run ships this slice/);
    for (const answer of [one, other]) {
      assert.deepEqual([answer?.done, answer?.moved], [false, true]);
      assert.ok(Number(answer?.waitMs) > 0, JSON.stringify(answer));
    }
  });

  it('two at the same time share the work', async () => {
    await using world = await worldWithHistory();
    // The hands of the one clock must not move while either waits for the other: a pause is a turn
    // of the event loop.
    const patient = { ...world.clock, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const together = () =>
      driveBackfill(
        inProcessEngine((request) => world.invoke(request), patient, NEVER),
        { start_time: '-90d', events_per_slice: 50 },
      );
    await Promise.all([together(), together()]);
    assertEachOnce(world, 400);
  });
});

describe('the table after a backfill', () => {
  it('holds no hourly counts and lets the checkpoints of its slices go', async () => {
    await using world = await worldWithHistory();
    await backfill(world);
    const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
    const { Items = [] } = await world.dynamodb.send(new ScanCommand({ TableName: world.table.name }));
    const ofSlices = Items.filter(({ stream }) => stream?.S?.startsWith('backfill#default#'));
    assert.ok(ofSlices.length > 0);
    for (const { item, expires } of ofSlices) {
      assert.equal(item?.S, 'checkpoint');
      assert.ok(Number(expires?.N) * 1000 > world.clock.now());
    }
    const ledger = Items.filter(({ stream }) => stream?.S === 'backfill#default');
    assert.deepEqual([...new Set(ledger.map(({ item }) => item?.S?.split('#')[0]))].sort(), ['checkpoint', 'slice']);
  });
});
