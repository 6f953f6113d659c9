/**
 * Many plain events, fast: for benchmarks and for histories that are too long for details.
 */
import type { EpochMs } from '../lib/platform/time.ts';
import type { EventInput } from './event-store.ts';
import { createRandom } from './random.ts';

export interface BulkEventsOptions {
  readonly count: number;
  readonly seed: number;
  /** The events are spread evenly over `[from, to)`, in time order. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** About how long each event's text is; 660 by default, and never under 420. */
  readonly bytes?: number;
  readonly service?: string;
}

/**
 * One at a time, so that a million of them need not be in memory here. Ids are unique within a
 * seed.
 */
export function* makeEvents(options: BulkEventsOptions): Generator<EventInput> {
  const { count, seed, from, to, bytes = 660, service = 'sso' } = options;
  const random = createRandom(seed);
  const prefix = random.hex(12);
  const stepMs = (to - from) / count;
  const bare = `{"id":"${prefix}000000000000","timestamp":"${new Date(from).toISOString()}","service":"${service}","event_type":"sso_auth","organization":"5f0000000000000000000001","success":true,"client_ip":"192.0.2.100","initiated_by":{"type":"user","id":"5f00000000000000000000aa","email":"user1000@example.com","username":"user1000"},"geoip":{"country_code":"DE","timezone":"Europe/Berlin","latitude":52.5196,"longitude":13.4069},"filler":""}`;
  // the filler varies from event to event, so that gzip does not have it easier than with real ones
  const filler = random.hex(4096 + Math.max(0, bytes - bare.length)).replace(/[0-4]/g, ' ');
  const fillerLength = Math.max(0, bytes - bare.length);
  for (let n = 0; n < count; n++) {
    const timestamp = new Date(from + Math.floor(n * stepMs)).toISOString();
    const who = random.int(1000, 9999);
    const at = random.int(0, 4095);
    const text = `{"id":"${prefix}${n.toString(16).padStart(12, '0')}","timestamp":"${timestamp}","service":"${service}","event_type":"sso_auth","organization":"5f0000000000000000000001","success":${who % 17 !== 0},"client_ip":"192.0.2.${100 + (who % 100)}","initiated_by":{"type":"user","id":"5f00000000000000000000aa","email":"user${who}@example.com","username":"user${who}"},"geoip":{"country_code":"DE","timezone":"Europe/Berlin","latitude":52.5196,"longitude":13.4069},"filler":"${filler.slice(at, at + fillerLength)}"}`;
    yield { text, timestamp, service };
  }
}
