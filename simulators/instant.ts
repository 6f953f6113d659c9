/**
 * Instants as JumpCloud has them, down to the nanosecond: the simulators' own reading, apart from
 * the product's.
 */
import type { EpochMs } from '../lib/platform/time.ts';

export interface Instant {
  readonly ms: EpochMs;
  /** Nanoseconds within the millisecond, 0 to 999,999. */
  readonly ns: number;
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 timestamp with 0 to 9 fractional digits; undefined for anything else. */
export function readInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const wholeSecondMs = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(wholeSecondMs)) return undefined;
  const digits = (match[2] ?? '').padEnd(9, '0');
  return { ms: wholeSecondMs + Number(digits.slice(0, 3)), ns: Number(digits.slice(3)) };
}

/**
 * Negative when `a` is earlier than `b`, positive when it is later, 0 when they are the same
 * nanosecond.
 */
export function compareInstants(a: Instant, b: Instant): number {
  return a.ms - b.ms || a.ns - b.ns;
}

/** `2025-06-18T01:40:48.953462371Z`, with as many fractional digits (0 to 9) as asked for. */
export function writeInstant(instant: Instant, digits: number): string {
  const text = new Date(instant.ms).toISOString();
  if (digits === 0) return `${text.slice(0, 19)}Z`;
  return `${text.slice(0, 23)}${String(instant.ns).padStart(6, '0')}`.slice(0, 20 + digits).concat('Z');
}
