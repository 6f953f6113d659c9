/** What a line of shape `ecs` is copied from, worked out once for all events. */

import { MEMBER_NAMES } from '../outline/member-names.ts';
import type { JsonObject } from '../platform/json.ts';
import {
  ADDRESS_COPIES,
  CATEGORIES,
  COPIES,
  DATASET,
  ECS_VERSION,
  GEO_COPIES,
  LEAVING,
  PROTECT_DEVICE_IPS,
} from '../shape/ecs-mapping.ts';
import { oneLine } from '../shape/line.ts';
import { type Path, toPath } from '../shape/paths.ts';
import type { SchemaNode } from '../shape/schema.ts';
import type { ShapeOptions } from '../shape/shape.ts';
import { CopyPlan } from './plan.ts';

/** Where in an event a member lies. */
export interface Place {
  /** Its path, in numbers of names. */
  readonly path: readonly number[];
  /** Of the object that holds it. */
  readonly plan: CopyPlan;
  /** What is no object there gets another name. */
  readonly isObject: boolean;
  /** Only an IP address counts. */
  readonly isAddress: boolean;
}

/** A member of the log that is copied from the event, or an object of such members. */
export interface Target {
  readonly name: string;
  /** The name as JSON, and a colon. */
  readonly label: Buffer;
  /** Undefined for an object. */
  readonly from: Place | undefined;
  readonly inside: Target[];
}

export type EcsRecipe = ReturnType<typeof ecsRecipe>;

/**
 * @param schema of the event
 * @param added fields that every log gets
 */
export function ecsRecipe(options: ShapeOptions, schema: SchemaNode, added: JsonObject) {
  const plan = new CopyPlan(schema);
  const places: Place[] = [];
  const placeOf = (path: Path, isAddress = false): Place => {
    const numbers = path.map((name) => MEMBER_NAMES.numberOfText(name));
    const around = numbers.slice(0, -1).reduce((outer, number) => outer.member(number).inside, plan);
    const isObject = around.member(numbers.at(-1) ?? 0).kind === 'object';
    const place = { path: numbers, plan: around, isObject, isAddress };
    places.push(place);
    return place;
  };
  const place = (dotted: string) => placeOf(toPath(dotted));
  const copies = [
    ...COPIES.map(({ from, to }) => ({ from: placeOf(from), to })),
    ...ADDRESS_COPIES.map(({ from, to }) => ({ from: placeOf(from, true), to })),
  ];
  const targets = targetsOf(copies);
  const copiedTo = (path: string) =>
    copies.filter(({ to }) => `${to.join('.')}.`.startsWith(`${path}.`)).map(({ from }) => from);
  const { organization, type, tags } = options;
  const fields = Object.keys(added).length === 0 ? '' : `${json(added).slice(1, -1)},`;
  return {
    plan,
    places,
    copies: copies.map(({ from }) => from),
    clientIp: copiedTo('client.ip'),
    sourceIp: copiedTo('source.ip'),
    sourceUser: copiedTo('source.user'),
    eventFields: targets.find(({ name }) => name === 'event')?.inside ?? [],
    /** In the order in which their first members are copied. */
    others: targets.filter(({ name }) => name !== 'event'),
    beforeTime: bytes(`{${fields}"@timestamp":`),
    behindTime: bytes(
      `,"type":${json(type)},"ecs":{"version":"${ECS_VERSION}"},"data_stream":{"dataset":"${DATASET}"},"event":{"id":`,
    ),
    categories: [...CATEGORIES].map(([type, category]) => ({
      json: bytes(json(type)),
      members: `,"category":${json([category])},"type":["info"]`,
    })),
    organization: organization === undefined ? undefined : bytes(`"organization":${json(organization)}`),
    end: bytes(tags.length > 0 ? `,"tags":${json(tags)}}` : '}'),
    keepsOriginal: options.preserveOriginalEvent,
    keepsCopied: options.preserveDuplicateCustomFields,
    leaving: LEAVING.map((path) => placeOf(path)),
    geo: GEO_COPIES.map(([from, to]) => ({ label: bytes(`${json(to)}:`), from: place(`geoip.${from}`) })),
    relatedIps: [toPath('src_ip'), ...PROTECT_DEVICE_IPS].map((path) => placeOf(path, true)),
    timestamp: place('timestamp'),
    version: place('@version'),
    otherVersion: place('version'),
    ownOrganization: place('organization'),
    eventType: place('event_type'),
    success: place('success'),
    tokenSuccess: place('sso_token_success'),
    country: place('geoip.country_code'),
    region: place('geoip.region_code'),
    latitude: place('geoip.latitude'),
    longitude: place('geoip.longitude'),
    userName: place('initiated_by.username'),
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function json(value: unknown): string {
  return oneLine(JSON.stringify(value));
}

/** The copies as the tree that they make in a log. */
function targetsOf(copies: readonly { readonly from: Place; readonly to: Path }[]): Target[] {
  const targets: Target[] = [];
  for (const { from, to } of copies) {
    let among = targets;
    for (const [depth, name] of to.entries()) {
      let target = among.find((one) => one.name === name);
      if (!target) {
        const isCopy = depth === to.length - 1;
        target = { name, label: bytes(`${json(name)}:`), from: isCopy ? from : undefined, inside: [] };
        among.push(target);
      }
      among = target.inside;
    }
  }
  return targets;
}
