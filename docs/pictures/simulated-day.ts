/**
 * The metrics and run summaries of a day between simulators. From 09:00 to 09:40 JumpCloud answers
 * 503.
 */
import type { EpochMs } from '../../lib/platform/time.ts';
import { sampleDay } from '../../simulators/sample-day.ts';
import { startWorld } from '../../test/support/world.ts';

const MINUTE_MS = 60_000;
const INTERVAL_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START: EpochMs = Date.parse('2026-11-20T00:00:00Z');
const OUTAGE = { from: START + 9 * 60 * MINUTE_MS, to: START + (9 * 60 + 40) * MINUTE_MS };
const AUDIT_AT = START + 12 * 60 * MINUTE_MS;

export interface Point {
  readonly at: EpochMs;
  readonly value: number;
}

export interface SimulatedDay {
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** By name. */
  readonly metrics: ReadonlyMap<string, readonly Point[]>;
  /** The summary line of each run that ended well. */
  readonly runs: readonly { readonly at: EpochMs; readonly fields: Readonly<Record<string, unknown>> }[];
}

export async function simulatedDay(): Promise<SimulatedDay> {
  const end = START + DAY_MS;
  await using world = await startWorld({ now: START });
  // Equal pauses before each retry, so that the picture is the same every time.
  const random = { ...world.runtime.random, fraction: () => 0.5 };
  world.jumpcloud.add(sampleDay({ end }));
  world.jumpcloud.settings.onRequest = () => {
    const isDown = world.clock.now() >= OUTAGE.from && world.clock.now() < OUTAGE.to;
    return isDown ? { kind: 'answer', status: 503 } : undefined;
  };
  const metrics = new Map<string, Point[]>();
  const runs: { at: EpochMs; fields: Record<string, unknown> }[] = [];
  for (let at = START; at < end; at += INTERVAL_MS) {
    const write = (name: string, value: number) => {
      metrics.set(name, [...(metrics.get(name) ?? []), { at, value }]);
    };
    world.clock.advance(Math.max(0, at - world.clock.now()));
    const [written, printed] = [world.written.length, world.printed.length];
    write('Invocations', 1);
    write('Throttles', 0);
    const hasFailed = await world.invoke({ scheduled: true }, { random }).then(
      () => false,
      () => true,
    );
    write('Errors', Number(hasFailed));
    if (at === AUDIT_AT) await world.invoke({ audit: true });
    for (const { name, value } of world.written.slice(written)) write(name, value);
    for (const line of world.printed.slice(printed)) {
      const { message, ...fields } = JSON.parse(line);
      if (message === 'run' && fields.shipped !== undefined) runs.push({ at, fields });
    }
  }
  return { start: START, end, metrics, runs };
}
