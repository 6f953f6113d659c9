/** Shape `ecs`: the Elastic Common Schema, as Elastic's own JumpCloud integration makes of an event. */
import { isIP } from 'node:net';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { type Allowance, Conform } from './conform.ts';
import { ADDRESS_COPIES, CATEGORIES, COPIES, DATASET, ECS_VERSION, GEO_COPIES, LEAVING } from './ecs-mapping.ts';
import { FIELD_TABLE } from './field-table.ts';
import { type Draft, fitToLine } from './line.ts';
import { Marks } from './marks.ts';
import { freeName } from './names.ts';
import { addedFields, withDefaults } from './output-fields.ts';
import { deletePath, getPath, setPath } from './paths.ts';
import { type ReadEvent, readEvent } from './read-event.ts';
import { MORE_FIELDS } from './reserved.ts';
import { compileSchema } from './schema.ts';
import type { Shape, ShapeOptions, SourceEvent } from './shape.ts';
import { toIndexableTime } from './timestamps.ts';

const EVENT = 'jumpcloud.event';

export function createEcsShape(options: ShapeOptions): Shape {
  const schema = compileSchema(FIELD_TABLE);
  const added = addedFields(options.fields, {});

  function build(source: SourceEvent, { value, losses }: ReadEvent, allowance: Allowance): Draft {
    const marks = new Marks();
    for (const loss of losses) marks.add(loss);
    const conform = new Conform(allowance, marks, true);
    const event = conform.object(withOrganization(value, options.organization), schema, `${EVENT}.`);
    renameVersion(event);

    const eventId = conform.text(source.eventId, 'event.id');
    const log: JsonObject = {
      '@timestamp': toIndexableTime(source.value.timestamp),
      type: options.type,
      ecs: { version: ECS_VERSION },
      data_stream: { dataset: DATASET },
      event: { id: eventId, dataset: DATASET, outcome: outcomeOf(event) },
    };
    const copied = copyOut(event, log, marks);
    if (event.id === eventId) copied.push('id');
    const category = typeof event.event_type === 'string' ? CATEGORIES.get(event.event_type) : undefined;
    if (category !== undefined) {
      setPath(log, 'event.category', [category]);
      setPath(log, 'event.type', ['info']);
    }
    addGeo(event, log);
    addRelated(event, log);
    if (options.preserveOriginalEvent) {
      setPath(log, 'event.original', conform.text(source.text, 'event.original'));
    }
    if (!options.preserveDuplicateCustomFields) leaveOut(event, [...copied, ...LEAVING], marks);
    if (Object.keys(event).length > 0) setPath(log, EVENT, event);
    const more = conform.moreFields();
    if (more !== undefined) log[MORE_FIELDS] = more;
    if (options.tags.length > 0) log.tags = [...options.tags];
    return { log: withDefaults(log, added), unknownFields: conform.unknownFields, marks };
  }

  return (event) => {
    const read = readEvent(event);
    return fitToLine((allowance) => build(event, read, allowance));
  };
}

function withOrganization(event: JsonObject, organization: string | undefined): JsonObject {
  return organization === undefined || (event.organization ?? null) !== null ? event : { ...event, organization };
}

/** `@version` is `version` in ECS; another `version` of JumpCloud's, never seen so far, stays as `version_`. */
function renameVersion(event: JsonObject): void {
  const version = event['@version'];
  if (version === undefined) return;
  if (event.version !== undefined) {
    event[freeName('version', (name) => Object.hasOwn(event, name), new Map())] = event.version;
  }
  event.version = version;
  delete event['@version'];
}

/** @returns the paths that were copied */
function copyOut(event: JsonObject, log: JsonObject, marks: Marks): string[] {
  const copied: string[] = [];
  for (const [from, to] of COPIES) {
    const value = getPath(event, from);
    if (value === undefined) continue;
    setPath(log, to, value);
    marks.copy(`${EVENT}.${from}`, to);
    copied.push(from);
  }
  for (const [from, to] of ADDRESS_COPIES) {
    const value = getPath(event, from);
    if (!isAddress(value)) continue;
    setPath(log, to, value);
    copied.push(from);
  }
  return copied;
}

function leaveOut(event: JsonObject, paths: readonly string[], marks: Marks): void {
  for (const path of paths) {
    deletePath(event, path);
    marks.leave(`${EVENT}.${path}`);
  }
}

/** An address with a zone (`fe80::1%eth0`) is none to an index. */
function isAddress(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isIP(value) !== 0 && !value.includes('%');
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
  const isSourceOnly = getPath(log, 'client.ip') === undefined && getPath(log, 'source.ip') !== undefined;
  setPath(log, isSourceOnly ? 'source.geo' : 'client.geo', geo);
}

function addRelated(event: JsonObject, log: JsonObject): void {
  const addresses = [
    getPath(log, 'source.ip'),
    getPath(event, 'jumpcloud_protect_device.ip'),
    getPath(event, 'auth_context.jumpcloud_protect_device.ip'),
  ].filter(isAddress);
  if (addresses.length > 0) setPath(log, 'related.ip', [...new Set(addresses)]);
  const user = getPath(log, 'source.user.name');
  if (user !== undefined) setPath(log, 'related.user', [user]);
}
