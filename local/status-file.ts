/**
 * `status.json`: what the last runs on this machine did, for `npm run status -- --local`. Reading
 * it needs no database.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { organizationsOf } from '../lib/commands/context.ts';
import { sentence } from '../lib/commands/summary.ts';
import { staleAfterMs } from '../lib/config/config.ts';
import type { Report } from '../lib/ship/report.ts';
import { liveStreamName } from '../lib/state/stream-name.ts';
import { FileError } from '../simulators/own-files.ts';
import { replaceFile } from './replace-file.ts';
import { NO_ADVICE } from './run-words.ts';
import type { Status, StreamStatus } from './status.ts';
import type { LocalRun } from './with-runtime.ts';

const FILE = 'status.json';

/** @param folder `.local` of the project. A status that cannot be written does not end a run. */
function writeStatus(folder: string, status: Status): void {
  try {
    replaceFile(join(folder, FILE), `${JSON.stringify(status)}\n`);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
}

/**
 * @returns undefined where no run has left a status that can be read
 * @throws FileError where it is another user's
 */
export function readStatus(folder: string): Status | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Status;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      throw new FileError(`${folder} is another user's. Ask for the status as the user who runs the program.`);
    return undefined;
  }
}

/** @returns called after every round; one failure counts for all streams of the round */
export function statusNotes({
  config,
  folder,
  clock,
}: Pick<LocalRun, 'config' | 'folder' | 'clock'>): (reports: readonly Report[], failure?: string) => void {
  const streams = new Map<string, StreamStatus>();
  const limit = { staleAfterMs: staleAfterMs(config.jumpcloud.settings) };
  return (reports, failure) => {
    for (const report of reports) {
      if (report.heldUntil !== undefined) continue;
      const { stream, watermark, waitingInQuarantine: inQuarantine } = report;
      const lastRun = sentence(report, NO_ADVICE);
      streams.set(stream, { stream, ranAt: clock.now(), failed: false, lastRun, watermark, inQuarantine });
    }
    const shown = failure === undefined ? [...streams.values()] : failed(failure);
    writeStatus(folder, { streams: shown, ...limit });
  };

  /** Not kept: a stream that has not reported yet may bear another name than its organization. */
  function failed(lastRun: string): StreamStatus[] {
    const own = organizationsOf(config).map(liveStreamName);
    const known = streams.size < own.length ? own : [...streams.keys()];
    const now = clock.now();
    return known.map((stream) => ({
      ...(streams.get(stream) ?? { stream, inQuarantine: 0 }),
      ...{ ranAt: now, failed: true, lastRun },
    }));
  }
}
