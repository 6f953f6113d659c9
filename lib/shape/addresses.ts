/** Which texts an index takes for IP addresses. */
import { isIP } from 'node:net';
import { type Outline, TEXT } from '../outline/outline.ts';
import type { JsonValue } from '../platform/json.ts';

const [DOT, DIGIT_0] = [0x2e, 0x30] as const;

/** An address with a zone (`fe80::1%eth0`) is none to an index. */
export function isAddress(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
}

/** The same for a value of which no text was made. */
export function isOutlinedAddress(outline: Outline, entry: number): boolean {
  const { body, kinds, starts, ends } = outline;
  if (kinds[entry] !== TEXT) return false;
  const isPlain = isPlainIpv4(body, (starts[entry] as number) + 1, (ends[entry] as number) - 1);
  return isPlain || isAddress(outline.textOf(entry));
}

/** True for an IPv4 address that stands in bytes; what is none may still be one of the other kind. */
function isPlainIpv4(bytes: Uint8Array, from: number, to: number): boolean {
  let parts = 1;
  let digits = 0;
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte === DOT) {
      if (digits === 0) return false;
      parts++;
      digits = 0;
      value = 0;
      continue;
    }
    const digit = byte - DIGIT_0;
    // No number of several digits begins with a zero.
    if (!(digit >= 0 && digit <= 9) || (digits > 0 && value === 0)) return false;
    value = 10 * value + digit;
    digits++;
    if (value > 255) return false;
  }
  return parts === 4 && digits > 0;
}
