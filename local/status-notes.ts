/** Keeps what the last runs of each stream did, for `npm run status -- --local`. */
import { liveStreamName, organizationsOf } from '../lib/commands/live-stream.ts';
import { sentence } from '../lib/commands/summary.ts';
import { staleAfterMs } from '../lib/config/config.ts';
import type { Report } from '../lib/ship/report.ts';
import { NO_ADVICE } from './run-words.ts';
import type { StreamStatus } from './status.ts';
import { writeStatus } from './status-file.ts';
import type { LocalRun } from './with-runtime.ts';

/** @returns called after every round; one failure counts for all streams of the round */
export function statusNotes({
  config,
  folder,
  clock,
}: LocalRun): (reports: readonly Report[], failure?: string) => void {
  const streams = new Map<string, StreamStatus>();
  const limit = { staleAfterMs: staleAfterMs(config.jumpcloud.settings) };
  return (reports, failure) => {
    for (const report of reports) {
      if (report.heldUntil !== undefined) continue;
      const { stream, watermark, waitingInQuarantine: inQuarantine } = report;
      const lastRun = sentence(report, NO_ADVICE);
      streams.set(stream, { stream, ranAt: clock.now(), failed: false, lastRun, watermark, inQuarantine });
    }
    if (failure !== undefined) noteFailure(failure);
    writeStatus(folder, { streams: [...streams.values()], ...limit });
  };

  function noteFailure(lastRun: string): void {
    for (const orgId of organizationsOf(config)) {
      const stream = liveStreamName(orgId);
      const before = streams.get(stream) ?? { stream, inQuarantine: 0 };
      streams.set(stream, { ...before, ranAt: clock.now(), failed: true, lastRun });
    }
  }
}
