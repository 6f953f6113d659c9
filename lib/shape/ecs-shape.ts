/** Shape `ecs`: the Elastic Common Schema, as Elastic's own JumpCloud integration makes of an event. */

import { isJsonObject, type JsonObject } from '../platform/json.ts';
import { isAddress } from './addresses.ts';
import { type Allowance, Conform } from './conform.ts';
import {
  ADDRESS_COPIES,
  CATEGORIES,
  COPIES,
  DATASET,
  ECS_VERSION,
  GEO_COPIES,
  LEAVING,
  PROTECT_DEVICE_IPS,
} from './ecs-mapping.ts';
import { type ExactEvent, readExactly } from './exact-event.ts';
import { FIELD_TABLE } from './field-table.ts';
import { type Draft, fitToLine } from './line.ts';
import { BROKEN_BYTES, Marks } from './marks.ts';
import { freeName } from './names.ts';
import { addedFields, withDefaults } from './output-fields.ts';
import { getPath, hasMembers, type Path, setPath, withoutPaths } from './paths.ts';
import { MORE_FIELDS } from './reserved.ts';
import { compileSchema } from './schema.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { toIndexableTime } from './timestamps.ts';

const EVENT = 'jumpcloud.event';
const CLIENT_IP: Path = ['client', 'ip'];
const SOURCE_IP: Path = ['source', 'ip'];
const SOURCE_USER_NAME: Path = ['source', 'user', 'name'];

export function createEcsShape(options: ShapeOptions): Shape {
  const schema = compileSchema(FIELD_TABLE);
  const added = addedFields(options.fields, {});

  function build(source: SourceEvent, { value }: ExactEvent, allowance: Allowance): Draft {
    const marks = new Marks();
    if (source.isBroken) marks.add(BROKEN_BYTES);
    const conform = new Conform(allowance, marks, true);
    const event = withOrganization(conform.object(value, schema, `${EVENT}.`), options.organization);
    const eventId = conform.text(source.eventId, 'event.id');
    const original = options.preserveOriginalEvent ? conform.text(source.text, 'event.original') : undefined;
    const log = compose({ ...source, eventId }, event, original, marks);
    const more = conform.moreFields();
    if (more !== undefined) log[MORE_FIELDS] = more;
    return { log: finish(log), unknownFields: conform.unknownFields, marks };
  }

  function finish(log: JsonObject): JsonObject {
    if (options.tags.length > 0) log.tags = [...options.tags];
    return withDefaults(log, added);
  }

  /** @param event obeys the type rule */
  function compose(source: SourceEvent, event: JsonObject, original: string | undefined, marks: Marks): JsonObject {
    const { eventId } = source;
    const ecsEvent: JsonObject = { id: eventId, dataset: DATASET, outcome: outcomeOf(event) };
    const log: JsonObject = {
      '@timestamp': toIndexableTime(source.value.timestamp),
      type: options.type,
      ecs: { version: ECS_VERSION },
      data_stream: { dataset: DATASET },
      event: ecsEvent,
    };
    const copied = copyOut(event, log, marks);
    if (event.id === eventId) copied.push(['id']);
    const category = typeof event.event_type === 'string' ? CATEGORIES.get(event.event_type) : undefined;
    if (category !== undefined) {
      ecsEvent.category = [category];
      ecsEvent.type = ['info'];
    }
    addGeo(event, log);
    addRelated(event, log);
    if (original !== undefined) ecsEvent.original = original;
    const kept = options.preserveDuplicateCustomFields
      ? withVersionRenamed(event)
      : leaveOut(event, [...copied, ...LEAVING], marks);
    if (hasMembers(kept)) log.jumpcloud = { event: kept };
    return log;
  }

  return (event) => {
    const exact = readExactly(event);
    return fitToLine(exact.members, (allowance) => build(event, exact, allowance));
  };
}

/** Comes last, whether JumpCloud sent none or a null. */
function withOrganization(event: JsonObject, organization: string | undefined): JsonObject {
  if (organization === undefined || (event.organization ?? null) !== null) return event;
  const { organization: _none, ...others } = event;
  return { ...others, organization };
}

/** `@version` is `version` in ECS; another `version` of JumpCloud's, never seen so far, is then `version_`. */
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
    geo.region_iso_code = `${geoip.country_code}-${geoip.region_code}`;
  }
  if (geoip.latitude !== undefined && geoip.longitude !== undefined) {
    geo.location = { lat: geoip.latitude, lon: geoip.longitude };
  }
  if (Object.keys(geo).length === 0) return;
  const isSourceOnly = getPath(log, CLIENT_IP) === undefined && getPath(log, SOURCE_IP) !== undefined;
  setPath(log, [isSourceOnly ? 'source' : 'client', 'geo'], geo);
}

function addRelated(event: JsonObject, log: JsonObject): void {
  const related: JsonObject = {};
  const addresses = [getPath(log, SOURCE_IP), ...PROTECT_DEVICE_IPS.map((path) => getPath(event, path))].filter(
    isAddress,
  );
  if (addresses.length > 0) related.ip = [...new Set(addresses)];
  const user = getPath(log, SOURCE_USER_NAME);
  if (user !== undefined) related.user = [user];
  if (Object.keys(related).length > 0) log.related = related;
}
