/** What lies in a stream's quarantine, told so that an answer holds it, whatever lies there. */
import type { EpochMs } from '../platform/clock.ts';
import { formatInstant } from '../platform/instant.ts';
import { plural } from '../platform/plural.ts';
import { createQuarantine } from '../state/quarantine.ts';
import { jsonBytes } from './answer-room.ts';
import type { Context } from './context.ts';
import type { Result } from './invocation.ts';
import { liveStreamName } from './live-stream.ts';
import { type NewestEntries, newestEntries } from './newest-entries.ts';

/**
 * These events are in Logz.io, cut to its limits: who looks for an original knows when it happened.
 */
const SHORTENED_SHOWN = 100;

/** @param before only what was quarantined before this */
export async function listQuarantine(
  { runtime, orgId, roomBytes }: Context,
  before: EpochMs | undefined,
): Promise<Result> {
  const { table, compression } = runtime;
  const quarantine = createQuarantine(table, compression);
  const stream = liveStreamName(orgId);
  const shortened = await newestEntries(quarantine.heads(stream, 'shortened'), {
    before,
    entries: SHORTENED_SHOWN,
    bytes: roomBytes / 2,
  });
  const waiting = await newestEntries(quarantine.heads(stream, 'waiting'), {
    before,
    entries: Number.POSITIVE_INFINITY,
    bytes: roomBytes - jsonBytes(shortened.shown),
  });
  const { entries, events } = waiting;
  const since = before === undefined ? '' : `Quarantined before ${formatInstant(before)}: `;
  const both = `${plural(events, 'event')} of ${stream} ${events === 1 ? 'waits' : 'wait'} in ${plural(entries, 'entry', 'entries')}; ${plural(shortened.entries, 'entry keeps', 'entries keep')} the originals of shortened events.`;
  return {
    message: `${since}${both}${olderOnes(waiting, 'waiting', orgId)}${olderOnes(shortened, 'shortened', orgId)}`,
    stream,
    waiting: waiting.shown,
    shortened: shortened.shown,
    notShown: { waiting: leftOut(waiting), shortened: leftOut(shortened) },
  };
}

function leftOut({ entries, shown }: NewestEntries): number {
  return entries - shown.length;
}

function olderOnes(newest: NewestEntries, list: string, orgId: string | undefined): string {
  if (leftOut(newest) === 0) return '';
  const org = orgId === undefined ? '' : `"org_id": "${orgId}", `;
  return ` Under ${list} the newest ${newest.shown.length} are shown; for the ${leftOut(newest)} older ones invoke with {"quarantine": "list", ${org}"before": "${newest.olderThan}"}.`;
}
