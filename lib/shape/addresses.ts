/** Which texts an index takes for IP addresses. */
import { isIP } from 'node:net';
import type { JsonValue } from '../platform/json.ts';

/** An address with a zone (`fe80::1%eth0`) is none to an index. */
export function isAddress(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
}
