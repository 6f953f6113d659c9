/** When a stream's watermark is so old that something must be wrong. */
import type { Config } from './config.ts';

/** How many intervals may pass before silence or age is a fault. */
export const INTERVALS_BEFORE_STALE = 3;

/** @returns ms; a healthy watermark lags by the source lag and an interval at most */
export function staleAfterMs({
  timeIntervalMinutes,
  sourceLagSeconds,
}: Pick<Config['jumpcloud']['settings'], 'timeIntervalMinutes' | 'sourceLagSeconds'>): number {
  return INTERVALS_BEFORE_STALE * timeIntervalMinutes * 60_000 + sourceLagSeconds * 1000;
}
