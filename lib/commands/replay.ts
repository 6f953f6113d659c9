/** `{"quarantine": "replay"}`: ships what waits in quarantine once more. */
import { plural } from '../platform/plural.ts';
import { createQuarantine } from '../state/quarantine.ts';
import { countFitting } from './answer-room.ts';
import type { Context } from './context.ts';
import type { Result } from './invocation.ts';
import { liveStreamName } from './live-stream.ts';
import { replayQuarantine } from './replay-entries.ts';
import { partsFor } from './runtime.ts';

export async function replay(
  { runtime, orgId, deadline, roomBytes }: Context,
  ids: readonly string[],
): Promise<Result> {
  const stream = liveStreamName(orgId);
  const quarantine = createQuarantine(runtime.table, runtime.compression);
  const parts = partsFor(runtime, orgId);
  const entries = await replayQuarantine(
    stream,
    ids,
    { ...parts, random: runtime.random, quarantine, redact: await parts.redact?.() },
    deadline,
  );
  const shipped = entries.filter(({ outcome }) => outcome === 'shipped');
  const repeats = entries.reduce((sum, { mayRepeat }) => sum + mayRepeat, 0);
  const missing = ids.filter((id) => !entries.some((entry) => entry.id === id));
  const none =
    missing.length > 0 ? ` There is no entry ${missing.join(', ')}; {"quarantine": "list"} shows those there are.` : '';
  const shown = entries.slice(0, countFitting(entries, roomBytes));
  const more =
    shown.length < entries.length
      ? ` Only the first ${shown.length} are under entries; {"quarantine": "list"} shows what is left.`
      : '';
  return {
    message: `Replayed ${plural(entries.length, 'entry', 'entries')} of ${stream}: ${shipped.length} shipped, ${entries.length - shipped.length} still in quarantine. Up to ${plural(repeats, 'event')} may now be in Logz.io twice.${none}${more}`,
    stream,
    entries: shown,
  };
}
