/** A backfill ends where its live stream began: the two neither overlap nor leave a hole. */

import type { Range } from '../backfill/input.ts';
import { InputError } from '../config/start-date.ts';
import { formatInstant, type TimeRange } from '../platform/time.ts';
import { readMarks } from '../state/dynamodb-store.ts';
import { liveStreamName } from './live-stream.ts';
import type { Runtime } from './runtime.ts';

/**
 * @returns a window that is empty when the live stream began before the range does; one that ends
 * where the live stream begins when that was rewound into the range since the range was planned
 * @throws InputError where there is no live stream yet
 */
export async function rangeFor(
  { table }: Pick<Runtime, 'table'>,
  { start, end = Number.POSITIVE_INFINITY }: Range,
  orgId: string | undefined,
): Promise<TimeRange> {
  const live = liveStreamName(orgId);
  const began = (await readMarks(table, live))?.began;
  if (began === undefined) {
    throw new InputError(
      `${live} has not begun yet, so it is unknown where its backfill ends. Nothing was done. Let it run once (invoke with {}, or locally npm start -- --once), then start again`,
    );
  }
  const until = Math.min(end, began);
  return { start: Math.min(start, until), end: until };
}

/** @throws InputError where the range reaches into the live stream, or where there is none yet */
export async function rangeToPlan(
  runtime: Pick<Runtime, 'table'>,
  range: Range,
  orgId: string | undefined,
): Promise<TimeRange> {
  const window = await rangeFor(runtime, range, orgId);
  if (range.end === undefined || range.end <= window.end) return window;
  throw new InputError(
    `end_time lies after ${formatInstant(window.end)}, where ${liveStreamName(orgId)} began: its events from there on are shipped by it. Leave end_time out; nothing was done`,
  );
}
