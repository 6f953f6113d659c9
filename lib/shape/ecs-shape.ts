/** Shape `ecs`: the Elastic Common Schema, as Elastic's own JumpCloud integration has it. */

import { isJsonObject, type JsonObject, type JsonValue } from '../platform/json.ts';
import { type Allowance, addedFields, Conform, withDefaults } from './conform.ts';
import { addDetectionFields } from './ecs-detection.ts';
import { classOf } from './ecs-event-types.ts';
import {
  ADDRESS_COPIES,
  addPath,
  COPIES,
  copy,
  DATASET,
  type Draft,
  ECS_VERSION,
  EVENT,
  GEO_COPIES,
  getPath,
  type Path,
  toPaths,
} from './ecs-mapping.ts';
import { compileSchema } from './field-kinds.ts';
import { FIELD_TABLE } from './field-table.ts';
import { type Conformed, toLog } from './line.ts';
import { BROKEN_BYTES, freeName, type Marks, MORE_FIELDS } from './names.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { isAddress, isEmpty, plainText, toIndexableTime } from './values.ts';

/** Events of these services say that something else happened. */
const ALERT_SERVICES: ReadonlySet<JsonValue | undefined> = new Set(['alerts', 'alert']);
/** What leaves `jumpcloud.event`: copied above, or kept as `@timestamp` or in the copies' parts. */
const LEAVING = [...COPIES.flatMap(({ from }) => from), ...toPaths('timestamp @version useragent')];
/** Deleting the member instead would make writing three times as slow. */
const NOT_WRITTEN = undefined as unknown as JsonValue;
const MAX_LATITUDE = 90;
const MAX_LONGITUDE = 180;

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
    const original = options.preserveOriginalEvent ? conform.text(source.text, 'event.original') : undefined;
    const { category, type } = classOf(String(event.event_type));
    const ecsEvent: JsonObject = {
      id: eventId,
      dataset: DATASET,
      kind: ALERT_SERVICES.has(event.service) ? 'alert' : 'event',
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
    const draft = { event, log, conform };
    for (const one of COPIES) copy(draft, one);
    const leaving = [...LEAVING];
    for (const one of ADDRESS_COPIES) {
      const [path = []] = one.from;
      if (!isAddress(getPath(event, path))) continue;
      copy(draft, one);
      leaving.push(path);
    }
    if (event.id === eventId) leaving.push(['id']);
    addGeo(draft);
    addDetectionFields(draft, source.value.changes);
    if (original !== undefined) ecsEvent.original = original;
    const kept = options.preserveDuplicateCustomFields
      ? withVersionRenamed(event)
      : leaveOut(event, leaving, conform.marks);
    if (!isEmpty(kept)) log.jumpcloud = { event: kept };
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
    result[freeName('version', isTaken)] = other;
  }
  result.version = version;
  return result;
}

/** @returns a copy in which the members at these paths, of two names at most, are undefined */
function leaveOut(event: JsonObject, paths: readonly Path[], marks: Marks): JsonObject {
  const result = { ...event };
  for (const path of paths) {
    if (!marks.isEmpty) marks.leave(`${EVENT}.${path.join('.')}`);
    const [name = '', member] = path;
    const value = result[name];
    if (value === undefined) continue;
    if (member === undefined) result[name] = NOT_WRITTEN;
    else if (isJsonObject(value) && value[member] !== undefined) {
      const left = value === event[name] ? { ...value } : value;
      left[member] = NOT_WRITTEN;
      result[name] = isEmpty(left) ? NOT_WRITTEN : left;
    }
  }
  return result;
}

function outcomeOf(event: JsonObject): string {
  const success = typeof event.success === 'boolean' ? event.success : event.sso_token_success;
  return success === true ? 'success' : success === false ? 'failure' : 'unknown';
}

/** From the event's own `geoip`, since there is no look-up by address here. */
function addGeo({ event, log, conform }: Draft): void {
  const { geoip } = event;
  if (!isJsonObject(geoip)) return;
  const geo: JsonObject = {};
  for (const [from, to] of GEO_COPIES) if (geoip[from] !== undefined) geo[to] = geoip[from];
  if (geoip.country_code !== undefined && geoip.region_code !== undefined) {
    const region = `${geoip.country_code}-${geoip.region_code}`;
    geo.region_iso_code = conform.text(region, 'client.geo.region_iso_code');
  }
  if (isWithin(geoip.latitude, MAX_LATITUDE) && isWithin(geoip.longitude, MAX_LONGITUDE)) {
    geo.location = { lat: geoip.latitude as JsonValue, lon: geoip.longitude as JsonValue };
  }
  if (Object.keys(geo).length === 0) return;
  const isSourceOnly = log.client === undefined && getPath(log, ['source', 'ip']) !== undefined;
  addPath(log, [isSourceOnly ? 'source' : 'client', 'geo'], geo);
}

/** A coordinate that no place has is left out here; the event's own `geoip` keeps it. */
function isWithin(value: JsonValue | undefined, most: number): boolean {
  return Math.abs(Number(JSON.isRawJSON(value) ? value.rawJSON : value)) <= most;
}
