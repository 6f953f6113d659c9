/** `{"quarantine": "list"}`: the newest entries of a quarantine, as many as an answer holds. */
import { plural } from '../platform/messages.ts';
import { formatInstant } from '../platform/time.ts';
import type { QuarantineClass, QuarantineHead } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';

/** These events are in Logz.io, cut: who looks for an original knows its time. */
const SHORTENED_SHOWN = 100;

/** @param before only what was quarantined before this */
export async function listQuarantine(
  { orgId, stream: { name: stream }, parts: { quarantine }, roomBytes }: Context,
  before = Number.POSITIVE_INFINITY,
): Promise<Result> {
  const newest = async (quarantineClass: QuarantineClass, most: number, bytes: number) => {
    const heads = await quarantine.list(stream, quarantineClass);
    return newestOf(heads.filter(({ at }) => at < before).map(toShown), most, bytes);
  };
  const shortened = await newest('shortened', SHORTENED_SHOWN, roomBytes / 2);
  const waiting = await newest('waiting', Number.POSITIVE_INFINITY, roomBytes - jsonBytes(shortened.shown));
  const { entries, events } = waiting;
  const since = before === Number.POSITIVE_INFINITY ? '' : `Quarantined before ${formatInstant(before)}: `;
  const both = `${plural(events, 'event')} of ${stream} ${events === 1 ? 'waits' : 'wait'} in ${plural(entries, 'entry', 'entries')}; ${plural(shortened.entries, 'entry keeps', 'entries keep')} the originals of shortened events.`;
  return {
    message: `${since}${both}${olderOnes(waiting, 'waiting', orgId)}${olderOnes(shortened, 'shortened', orgId)}`,
    stream,
    waiting: waiting.shown,
    shortened: shortened.shown,
    notShown: { waiting: leftOut(waiting), shortened: leftOut(shortened) },
  };
}

type NewestEntries = ReturnType<typeof newestOf>;

function leftOut({ entries, shown }: NewestEntries): number {
  return entries - shown.length;
}

function olderOnes(newest: NewestEntries, list: string, orgId: string | undefined): string {
  if (leftOut(newest) === 0) return '';
  const org = orgId === undefined ? '' : `"org_id": "${orgId}", `;
  return ` Under ${list} the newest ${newest.shown.length} are shown; for the ${leftOut(newest)} older ones give the function {"quarantine": "list", ${org}"before": "${newest.shown[0]?.time}"}.`;
}

/** @returns how many there are, and the newest as far as they fit, oldest first as they came */
function newestOf(all: readonly Shown[], most: number, bytes: number) {
  const newest = all.toReversed();
  const fitting = Math.min(most, countFitting(newest, bytes));
  const shown = newest.slice(0, fitting);
  // Older ones are asked for by time: entries of one millisecond stay together.
  const apart = shown.filter(({ time }) => time !== newest[fitting]?.time);
  const events = all.reduce((sum, entry) => sum + entry.events, 0);
  return { entries: all.length, events, shown: (apart.length > 0 ? apart : shown).reverse() };
}

type Shown = ReturnType<typeof toShown>;

/** All that is shown of an entry: never its events. */
function toShown({ id, reason, at, events, bytes, taken }: QuarantineHead) {
  return { id, reason, time: formatInstant(at), events, bytes, mayRepeat: taken };
}

/** As part of an answer's JSON, with the comma after it. */
function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/** @returns how many of `entries`, from the first on, fit into so many bytes */
export function countFitting(entries: readonly unknown[], roomBytes: number): number {
  let left = roomBytes;
  const tooMany = entries.findIndex((entry) => {
    left -= jsonBytes(entry);
    return left < 0;
  });
  return tooMany < 0 ? entries.length : tooMany;
}
