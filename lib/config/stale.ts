/** When a stream's watermark is so old that something must be wrong. */
import type { Config } from './config.ts';

/** How many intervals may pass before silence or age is a fault. */
export const INTERVALS_BEFORE_STALE = 3;

/**
 * @returns milliseconds; a healthy stream's watermark lags by an interval at most, besides the
 * source lag that was asked for
 */
export function staleAfterMs({
  timeIntervalMinutes,
  sourceLagSeconds,
}: Pick<Config['jumpcloud']['settings'], 'timeIntervalMinutes' | 'sourceLagSeconds'>): number {
  return INTERVALS_BEFORE_STALE * timeIntervalMinutes * 60_000 + sourceLagSeconds * 1000;
}
