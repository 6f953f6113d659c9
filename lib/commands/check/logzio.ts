/** Ships one marked log to Logz.io, the way that events take, and says how to find it there. */

import type { Deliver } from '../../logzio/deliver.ts';
import type { Deadline } from '../../platform/deadline.ts';
import type { Random } from '../../platform/outside.ts';
import type { EpochMs } from '../../platform/time.ts';
import type { Shape, ShapeOptions } from '../../shape/shape.ts';
import { type Finding, ok, wrong } from './finding.ts';

const PART = 'Logz.io takes a log';
/** Tells these logs from JumpCloud's events, whose services have other names. */
const SERVICE = 'jumpcloud_logzio';

export interface MarkedLogOptions extends Pick<ShapeOptions, 'shape' | 'type'> {
  readonly shaped: Shape;
  readonly deliver: Deliver;
  readonly random: Random;
}

/** Never throws for what Logz.io does. */
export async function checkLogzio(options: MarkedLogOptions, now: EpochMs, deadline: Deadline): Promise<Finding> {
  const { shaped, deliver, random, shape, type } = options;
  const id = `check-${random.uuid()}`;
  const value = {
    id,
    timestamp: new Date(now).toISOString(),
    service: SERVICE,
    event_type: 'delivery_check',
    message: 'A check of jumpcloud-logzio: no event of JumpCloud.',
  };
  const original = JSON.stringify(value);
  const { line } = shaped({ text: original, value, eventId: id, isBroken: false });
  const record = {
    fingerprint: '',
    at: now,
    received: { text: original, brokenBytes: undefined },
    shortened: false,
    dated: false,
  };
  const body = Buffer.from(`${line}\n`);
  const { refused, ...delivery } = await deliver({ records: [record], body, ends: [body.length] }, deadline, {});
  if ('failure' in delivery) return wrong(PART, delivery.failure);
  if (refused.length > 0) return wrong(PART, `${refused.map(({ reason }) => reason).join('; ')}: check logzio.url`);
  const field = shape === 'ecs' ? 'event.id' : 'event_id';
  return ok(
    PART,
    `acknowledged. It is there in a minute or two: search for type:${type} AND ${field}:"${id}". If it is not, the token belongs to another account`,
  );
}
