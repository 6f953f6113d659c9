/** `{"quarantine": "list"}`: the newest entries of a quarantine, as many as an answer holds. */
import { onlyFor, plural } from '../platform/messages.ts';
import { type EpochMs, formatInstant } from '../platform/time.ts';
import type { QuarantineClass, QuarantineHead } from '../state/quarantine.ts';
import type { Context, Result } from './context.ts';

/** These events are in Logz.io, cut: who looks for an original knows its time. */
const SHORTENED_SHOWN = 100;

/** @param before only what was quarantined at this time, or before it */
export async function listQuarantine(
  { orgId, stream: { name: stream }, parts: { quarantine }, mostEntries }: Context,
  before: EpochMs | undefined,
): Promise<Result> {
  const newest = async (quarantineClass: QuarantineClass, most: number) => {
    const heads = await quarantine.list(stream, quarantineClass);
    const all = heads.filter(({ at }) => before === undefined || at <= before);
    const shown = all.slice(-most).map(toShown);
    const notShown = all.length - shown.length;
    const olderOnes = ` Under ${quarantineClass} the newest ${shown.length} are shown; for the ${notShown} older ones give the function {"quarantine": "list"${onlyFor(orgId)}, "before": "${shown[0]?.time}"}.`;
    return { all, shown, notShown, olderOnes: notShown === 0 ? '' : olderOnes };
  };
  const waiting = await newest('waiting', mostEntries);
  const shortened = await newest('shortened', Math.min(mostEntries, SHORTENED_SHOWN));
  const events = waiting.all.reduce((sum, head) => sum + head.events, 0);
  const since = before === undefined ? '' : `Quarantined up to ${formatInstant(before)}: `;
  const both = `${plural(events, 'event')} of ${stream} ${events === 1 ? 'waits' : 'wait'} in ${plural(waiting.all.length, 'entry', 'entries')}; ${plural(shortened.all.length, 'entry keeps', 'entries keep')} the originals of shortened events.`;
  return {
    message: `${since}${both}${waiting.olderOnes}${shortened.olderOnes}`,
    stream,
    waiting: waiting.shown,
    shortened: shortened.shown,
    notShown: { waiting: waiting.notShown, shortened: shortened.notShown },
  };
}

/** All that is shown of an entry: never its events. */
function toShown({ id, reason, at, events, bytes, taken }: QuarantineHead) {
  return { id, reason, time: formatInstant(at), events, bytes, mayRepeat: taken };
}
