/** Whether the table, the runs and their schedule are well, by what a stream remembers. */
import { staleAfterMs } from '../../config/config.ts';
import { alarmSection, plural } from '../../platform/messages.ts';
import { type EpochMs, formatInstant, MINUTE_MS } from '../../platform/time.ts';
import { isAhead } from '../../ship/checkpoint.ts';
import { type PeekedStream, peek } from '../../state/dynamodb-store.ts';
import type { Runtime } from '../runtime.ts';
import type { Organization } from './check.ts';
import { type Finding, notTested, ok, wrong } from './finding.ts';

const TABLE = 'table is readable';
const QUARANTINE = 'quarantine is empty';
const ARRIVAL = 'events arrive';
const SCHEDULE = 'schedule is running';

/** A schedule with a flexible window may start a run half an interval late. */
const SILENT_INTERVALS = 2;

/** Findings on the table, quarantine, arrival of events, and schedule. */
export async function checkState({ runtime, stream: { name } }: Organization): Promise<Finding[]> {
  const { table, clock, config } = runtime;
  const { settings } = config.jumpcloud;
  const now = clock.now();
  let seen: PeekedStream | undefined;
  try {
    seen = await peek(table, name);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const advice = `table ${table.name} cannot be read (${reason}); deploy again, and if state.table is set in config.yaml, check that it names an existing table`;
    const because = 'the table comes first';
    return [wrong(TABLE, advice), notTested(ARRIVAL, because), notTested(SCHEDULE, because)];
  }
  if (!seen) {
    const begin = `${name} has not run yet: the schedule begins it within ${settings.timeIntervalMinutes} min of the deployment, an invoke with {} at once`;
    return [ok(TABLE, table.name), notTested(ARRIVAL, begin), notTested(SCHEDULE, begin)];
  }
  return [
    ok(TABLE, table.name),
    quarantine(seen.quarantined),
    arrival(seen, staleAfterMs(settings), now),
    schedule(runtime, seen.scheduledAt, now),
  ];
}

function quarantine(events: number): Finding {
  if (events === 0) return ok(QUARANTINE, 'yes');
  return wrong(QUARANTINE, `${plural(events, 'event')} not in Logz.io: see {"quarantine": "list"}`);
}

function arrival({ checkpoint: { watermark }, leaseUntil }: PeekedStream, staleMs: number, now: EpochMs): Finding {
  const found = `read up to ${formatInstant(watermark)}, ${age(now - watermark)} ago`;
  if (isAhead(watermark, now))
    return wrong(
      ARRIVAL,
      `read up to ${formatInstant(watermark)}, which lies ahead of now. A clock was ahead when this was saved, and events before it may be missing. Go back to an instant that you trust: {"rewind_to": "-1d"}`,
    );
  if (now - watermark <= staleMs) return ok(ARRIVAL, found);
  if (leaseUntil > now) return ok(ARRIVAL, `${found}; a run is catching up`);
  return wrong(ARRIVAL, `${found}: the last runs failed, or none was started; see ${alarmSection('stale')}`);
}

function schedule({ config, hasSchedule = true }: Runtime, scheduledAt: EpochMs, now: EpochMs): Finding {
  if (!hasSchedule) return notTested(SCHEDULE, 'there is none: a run on this machine is started here');
  if (scheduledAt === 0)
    return notTested(
      SCHEDULE,
      'no scheduled run has been noted yet: wait for the next one. Schedules of an older version note none: deploy again',
    );
  const interval = config.jumpcloud.settings.timeIntervalMinutes;
  const found = `the last scheduled run began ${age(now - scheduledAt)} ago, one is due every ${interval} min`;
  if (now - scheduledAt <= SILENT_INTERVALS * interval * MINUTE_MS) return ok(SCHEDULE, found);
  return wrong(
    SCHEDULE,
    `${found}: in the console under EventBridge Scheduler, Schedules, enable it; if it is enabled, see ${alarmSection('undelivered')} and ${alarmSection('throttled')}`,
  );
}

function age(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 120) return minutes < 2 ? `${Math.max(0, Math.round(ms / 1000))} s` : `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
