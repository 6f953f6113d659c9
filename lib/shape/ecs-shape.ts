/** Shape `ecs`: the Elastic Common Schema, as Elastic's own JumpCloud integration has it. */

import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { type Allowance, Conform } from './conform.ts';
import { addDetectionFields } from './ecs-detection.ts';
import { classOf } from './ecs-event-types.ts';
import {
  ADDRESS_COPIES,
  ALERT_SERVICES,
  COPIES,
  DATASET,
  ECS_VERSION,
  EVENT,
  GEO_COPIES,
  getPath,
  hasMembers,
  LEAVING,
  type Path,
  setPath,
  withoutPaths,
} from './ecs-mapping.ts';
import { compileSchema } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { BROKEN_BYTES, type Conformed, type Marks, toLog } from './line.ts';
import { freeName, MORE_FIELDS } from './names.ts';
import { addedFields, withDefaults } from './output-fields.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { isAddress, plainText, toIndexableTime } from './values.ts';

const MAX_LATITUDE = 90;
const MAX_LONGITUDE = 180;
const CLIENT_IP: Path = ['client', 'ip'];
const SOURCE_IP: Path = ['source', 'ip'];

export function createEcsShape(options: ShapeOptions): Shape {
  const schema = compileSchema(FIELD_TABLE);
  const added = addedFields(options.fields);
  const organization = options.organization === undefined ? undefined : plainText(options.organization);

  return (event) => toLog(event, { conform, compose });

  function conform(event: SourceEvent, value: JsonObject, allowance: Allowance): Conformed {
    const conform = new Conform(allowance, true, options.onUnknownName);
    if (event.isBroken) conform.marks.add(BROKEN_BYTES);
    const known = conform.object(value, schema, `${EVENT}.`);
    const fields = organization === undefined || known.organization !== undefined ? known : { ...known, organization };
    return { conform, eventId: conform.text(event.eventId, 'event.id'), fields };
  }

  function compose(source: SourceEvent, { conform, eventId, fields: event }: Conformed): JsonObject {
    const { marks } = conform;
    const original = options.preserveOriginalEvent ? conform.text(source.text, 'event.original') : undefined;
    const { category, type } = classOf(String(event.event_type));
    const ecsEvent: JsonObject = {
      id: eventId,
      dataset: DATASET,
      kind: ALERT_SERVICES.has(String(event.service)) ? 'alert' : 'event',
      category,
      type,
      outcome: outcomeOf(event),
    };
    const log: JsonObject = {
      '@timestamp': toIndexableTime(source.value.timestamp),
      type: options.type,
      ecs: { version: ECS_VERSION },
      data_stream: { dataset: DATASET },
      event: ecsEvent,
    };
    const copied = copyOut(event, log, marks);
    if (event.id === eventId) copied.push(['id']);
    addGeo(event, log);
    addDetectionFields({ event, changes: source.value.changes, conform }, log);
    if (original !== undefined) ecsEvent.original = original;
    const kept = options.preserveDuplicateCustomFields
      ? withVersionRenamed(event)
      : leaveOut(event, [...copied, ...LEAVING], marks);
    if (hasMembers(kept)) log.jumpcloud = { event: kept };
    return finish(log, conform);
  }

  function finish(log: JsonObject, conform: Conform): JsonObject {
    const more = conform.moreFields();
    if (more !== undefined) log[MORE_FIELDS] = more;
    if (options.tags.length > 0) log.tags = [...options.tags];
    return withDefaults(log, added);
  }
}

/**
 * `@version` is `version` in ECS; another `version` of JumpCloud's, never seen so far, is then
 * `version_`.
 */
function withVersionRenamed(event: JsonObject): JsonObject {
  const { '@version': version, version: other, ...result } = event;
  if (version === undefined) return event;
  if (other !== undefined) {
    const isTaken = (name: string) => name === 'version' || result[name] !== undefined;
    result[freeName('version', isTaken, new Map())] = other;
  }
  result.version = version;
  return result;
}

/** @returns the paths that were copied */
function copyOut(event: JsonObject, log: JsonObject, marks: Marks): Path[] {
  const copied: Path[] = [];
  for (const { from, to } of COPIES) {
    const value = getPath(event, from);
    if (value === undefined) continue;
    setPath(log, to, value);
    if (!marks.isEmpty) marks.copy(`${EVENT}.${from.join('.')}`, to.join('.'));
    copied.push(from);
  }
  for (const { from, to } of ADDRESS_COPIES) {
    const value = getPath(event, from);
    if (!isAddress(value)) continue;
    setPath(log, to, value);
    copied.push(from);
  }
  return copied;
}

function leaveOut(event: JsonObject, paths: readonly Path[], marks: Marks): JsonObject {
  if (!marks.isEmpty) for (const path of paths) marks.leave(`${EVENT}.${path.join('.')}`);
  return withoutPaths(event, paths);
}

function outcomeOf(event: JsonObject): string {
  const success = typeof event.success === 'boolean' ? event.success : event.sso_token_success;
  return success === true ? 'success' : success === false ? 'failure' : 'unknown';
}

/** From the event's own `geoip`, since there is no look-up by address here. */
function addGeo(event: JsonObject, log: JsonObject): void {
  const { geoip } = event;
  if (!isJsonObject(geoip)) return;
  const geo: JsonObject = {};
  for (const [from, to] of GEO_COPIES) if (geoip[from] !== undefined) geo[to] = geoip[from];
  if (geoip.country_code !== undefined && geoip.region_code !== undefined) {
    geo.region_iso_code = plainText(`${geoip.country_code}-${geoip.region_code}`);
  }
  if (isWithin(geoip.latitude, MAX_LATITUDE) && isWithin(geoip.longitude, MAX_LONGITUDE)) {
    geo.location = { lat: geoip.latitude as JsonValue, lon: geoip.longitude as JsonValue };
  }
  if (Object.keys(geo).length === 0) return;
  const isSourceOnly = getPath(log, CLIENT_IP) === undefined && getPath(log, SOURCE_IP) !== undefined;
  setPath(log, [isSourceOnly ? 'source' : 'client', 'geo'], geo);
}

/** A coordinate that no place has is left out here; the event's own `geoip` keeps it. */
function isWithin(value: JsonValue | undefined, most: number): boolean {
  return value !== undefined && Math.abs(Number(JSON.stringify(value))) <= most;
}
