/** What `npm run status` reports, and what of it is wrong. */
import type { EpochMs } from '../lib/platform/time.ts';

export interface StreamStatus {
  readonly stream: string;
  /** When its last run ended; absent where none reported. */
  readonly ranAt?: EpochMs;
  readonly failed: boolean;
  /** What that run did, in words. */
  readonly lastRun: string;
  /** How far it has read. */
  readonly watermark?: EpochMs;
  readonly inQuarantine: number;
}

export interface Status {
  readonly streams: readonly StreamStatus[];
  /** An older watermark is a fault. */
  readonly staleAfterMs: number;
  /** The alarms that ring, of how many; absent where there are none, as on this machine. */
  readonly alarms?: { readonly count: number; readonly ringing: readonly string[] };
}

export function isStale({ watermark }: StreamStatus, { staleAfterMs }: Status, now: EpochMs): boolean {
  return watermark === undefined || now - watermark > staleAfterMs;
}

/** True where nobody needs to look. */
export function isWell(status: Status, now: EpochMs): boolean {
  const isRight = (stream: StreamStatus) =>
    !stream.failed && stream.inQuarantine === 0 && !isStale(stream, status, now);
  return (status.alarms?.ringing.length ?? 0) === 0 && status.streams.length > 0 && status.streams.every(isRight);
}
