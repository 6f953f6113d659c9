/** `{"dry_run": true}`: what a run would ship, without shipping or saving anything. */
import { type Bulk, firstLines } from '../logzio/bulk.ts';
import type { Deliver } from '../logzio/deliver.ts';
import { plural } from '../platform/messages.ts';
import { DAY_MS, type TimeRange } from '../platform/time.ts';
import { parseExactly } from '../shape/numbers.ts';
import { newCheckpoint } from '../ship/checkpoint.ts';
import { ship } from '../ship/ship.ts';
import { forgetfulStore } from '../state/checkpoint.ts';
import { peek } from '../state/dynamodb-store.ts';
import { noQuarantine } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';
import { liveStream } from './live-stream.ts';
import { partsFor } from './runtime.ts';
import { summarize } from './summary.ts';

/** Reads, shapes and counts; ships and saves nothing. */
export async function dryRun({ runtime, orgId, deadline }: Context, window: TimeRange | undefined): Promise<Result> {
  const { deliver, sample } = samplingDeliver();
  const live = liveStream(runtime.config, orgId, runtime.clock.now());
  const seen = window ? undefined : await peek(runtime.table, live.name);
  const checkpoint = window ? newCheckpoint(window.start) : (seen?.checkpoint ?? newCheckpoint(live.start));
  const store = forgetfulStore({ checkpoint, hourlyCounts: new Map(), quarantined: 0 }, seen?.delivered);
  const stream = window ? { ...live, end: window.end } : live;
  const report = await ship(
    stream,
    { ...partsFor(runtime, orgId), deliver, store, quarantine: noQuarantine },
    { deadline, leaseMs: DAY_MS },
  );
  const summary = summarize(report, runtime.clock.now());
  const wouldShip = report.shipped;
  return {
    ...summary,
    message: `Dry run: ${plural(wouldShip, 'event')} would be shipped${window ? '' : `, ${report.alreadyDelivered} were delivered before`}. Nothing was shipped or saved.`,
    shipped: 0,
    wouldShip,
    sample: sample.map(parseExactly),
  };
}

/** Lines shown of what would be shipped. */
const SAMPLE_LINES = 3;

/** @returns a way out that leads nowhere, and the first lines that took it */
export function samplingDeliver(): { deliver: Deliver; sample: string[] } {
  const sample: string[] = [];
  const deliver: Deliver = async (bulk: Bulk, _deadline, events) => {
    sample.push(...firstLines(bulk, SAMPLE_LINES - sample.length));
    events.onAcknowledged?.(bulk.records);
    return { acknowledged: bulk.records, refused: [] };
  };
  return { deliver, sample };
}
