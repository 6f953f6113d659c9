/**
 * The files that a good round leaves for people, monitors and the next start. None of them decides
 * whether it was good.
 */

import { type Config, staleAfterMs } from '../lib/config/config.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import { FileError } from '../simulators/own-files.ts';
import { writeHealth } from './health-file.ts';
import { writeLastTime } from './last-time.ts';
import type { Terminal } from './terminal.ts';

interface Place {
  readonly terminal: Terminal;
  /** `.local` of the project. */
  readonly folder: string;
}

/**
 * `lastTime.txt` has a copy in the folder: as long as they agree, nobody else wrote it, however
 * much further the checkpoint is after a run that failed.
 * @returns called with the watermark after every good round; says each fault once
 */
export function sideFiles({ terminal, folder }: Place, config: Config): (watermark: EpochMs) => void {
  const health = { staleAfterMs: staleAfterMs(config.jumpcloud.settings) };
  const said = new Set<string>();
  return (watermark) => {
    for (const fault of [
      faultOf(() => {
        writeLastTime(process.cwd(), watermark);
        writeLastTime(folder, watermark);
      }),
      faultOf(() => writeHealth(folder, { watermark, ...health })),
    ]) {
      if (fault === undefined || said.has(fault)) continue;
      said.add(fault);
      terminal.say(`Warning: ${fault} Shipping goes on; the checkpoint in ${folder} counts.`);
    }
  };
}

/** Keeps what `lastTime.txt` said when a stream began at it. */
export function copyLastTime({ terminal, folder }: Place, at: EpochMs): void {
  const fault = faultOf(() => writeLastTime(folder, at));
  if (fault !== undefined) terminal.say(`Warning: ${fault}`);
}

function faultOf(write: () => void): string | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof FileError) return error.message;
    throw error;
  }
}
