/** Where a backfill of an organization ends: where its live stream began, so that the two neither overlap nor leave a hole. */
import { readMarks } from '../lib/dynamodb-store.ts';
import { formatInstant } from '../lib/instant.ts';
import { liveStreamName } from '../lib/live-stream.ts';
import type { Window } from '../lib/window.ts';
import type { Range } from './backfill-input.ts';
import { InputError } from './input.ts';
import type { Runtime } from './runtime.ts';

/**
 * @returns a window that is empty when the live stream began before the range does
 * @throws InputError where there is no live stream yet, or where the range reaches into it
 */
export async function rangeFor(
  { dynamodb, table }: Pick<Runtime, 'dynamodb' | 'table'>,
  { start, end }: Range,
  orgId: string | undefined,
): Promise<Window> {
  const live = liveStreamName(orgId);
  const began = (await readMarks(dynamodb, table, live))?.began;
  if (began === undefined) {
    throw new InputError(
      `${live} has not begun yet, so nobody knows where its backfill ends: let it run once (invoke with {}, or locally npm start -- --once), then start again; nothing was done`,
    );
  }
  if (end !== undefined && end > began) {
    throw new InputError(
      `end_time lies after ${formatInstant(began)}, where ${live} began: its events from there on are shipped by it. Leave end_time out; nothing was done`,
    );
  }
  return { start: Math.min(start, end ?? began), end: end ?? began };
}
