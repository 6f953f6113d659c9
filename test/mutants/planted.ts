/** The planted bugs: what is replaced in which file, and the quick tests that must notice it. */
import { BACKFILLS } from './planted-in-backfills.ts';
import { BULKS_AND_PAGES } from './planted-in-bulks-and-pages.ts';
import { COMMANDS } from './planted-in-commands.ts';
import { RUNS } from './planted-in-runs.ts';
import { LOOP } from './planted-in-the-loop.ts';
import { STATE } from './planted-in-the-state.ts';

export interface PlantedBug {
  /** What goes wrong for a user. */
  readonly breaks: string;
  /** Text that occurs once in the file. */
  readonly from: string;
  readonly to: string;
}

export interface Target {
  readonly file: string;
  /** Run before the simulation, and by Stryker: the first that fails ends it. */
  readonly tests: readonly string[];
  readonly bugs: readonly PlantedBug[];
}

export const TARGETS: readonly Target[] = [...LOOP, ...RUNS, ...STATE, ...BULKS_AND_PAGES, ...COMMANDS, ...BACKFILLS];
