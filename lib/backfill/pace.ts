/** How many slices are shipped at once: fewer when JumpCloud says 429, more again when it stops. */

export interface Pace {
  readonly atOnce: number;
  readonly most: number;
  /** Waves in a row in which nothing could be shipped. */
  readonly stalled: number;
}

/** How a wave of slices went. */
export interface WaveOutcome {
  /** Times that JumpCloud answered 429. */
  readonly throttled: number;
  /** At least one slice came further, or is done, or only has to wait. */
  readonly moved: boolean;
}

/** Slices of a wave for each at once: enough that the wave's last one keeps few others waiting. */
const SLICES_A_LANE = 4;
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 15 * 60_000;
/** 30 s, 1, 2, 4 and 8 minutes of pauses: what has not come back by then needs a person. */
const MOST_STALLED = 6;

export function firstPace(most: number): Pace {
  return { atOnce: most, most, stalled: 0 };
}

export function waveSize({ atOnce }: Pace): number {
  return atOnce * SLICES_A_LANE;
}

/** Half as many after a wave that met 429, one more after one that did not. */
export function afterWave({ atOnce, most, stalled }: Pace, { throttled, moved }: WaveOutcome): Pace {
  return {
    atOnce: throttled > 0 ? Math.max(1, Math.floor(atOnce / 2)) : Math.min(most, atOnce + 1),
    most,
    stalled: moved ? 0 : stalled + 1,
  };
}

/** How long to pause before the next wave; 0 when the last one moved. */
export function pauseMs({ stalled }: Pace): number {
  return stalled === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (stalled - 1));
}

export function isHopeless({ stalled }: Pace): boolean {
  return stalled >= MOST_STALLED;
}
