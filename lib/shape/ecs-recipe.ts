/** What a line of shape `ecs` is copied from, worked out once for all events. */
import type { JsonObject } from '../json.ts';
import { MEMBER_NAMES } from '../outline/member-names.ts';
import { CopyPlan } from './copy-plan.ts';
import {
  ADDRESS_COPIES,
  CATEGORIES,
  COPIES,
  type Copy,
  DATASET,
  ECS_VERSION,
  GEO_COPIES,
  LEAVING,
  PROTECT_DEVICE_IPS,
} from './ecs-mapping.ts';
import { oneLine } from './line.ts';
import { type Path, toPath } from './paths.ts';
import type { SchemaNode } from './schema.ts';
import type { ShapeOptions } from './shape.ts';

/** Where in an event a member lies: its path, in numbers of names, and the plan of the object that holds it. */
export interface Place {
  readonly path: readonly number[];
  readonly plan: CopyPlan;
  /** What is no object there gets another name. */
  readonly isObject: boolean;
}

/** A member of the log that is copied from the event, or an object of such members. */
export interface Target {
  readonly name: string;
  /** The name as JSON, and a colon. */
  readonly label: Buffer;
  /** Undefined for an object. */
  readonly from: Place | undefined;
  /** Its number among the copies. */
  readonly slot: number;
  /** Copied only where it is an IP address. */
  readonly isAddress: boolean;
  readonly inside: Target[];
}

export type EcsRecipe = ReturnType<typeof ecsRecipe>;

/**
 * @param schema of the event
 * @param added fields that every log gets
 */
export function ecsRecipe(options: ShapeOptions, schema: SchemaNode, added: JsonObject) {
  const plan = new CopyPlan(schema);
  const placeOf = (path: Path): Place => {
    const numbers = path.map((name) => MEMBER_NAMES.numberOfText(name));
    const around = numbers.slice(0, -1).reduce((outer, number) => outer.member(number).inside, plan);
    return { path: numbers, plan: around, isObject: around.member(numbers.at(-1) ?? 0).kind === 'object' };
  };
  const place = (dotted: string) => placeOf(toPath(dotted));
  const { copies, targets } = targetsOf([...COPIES, ...ADDRESS_COPIES], placeOf);
  const { organization, type, tags } = options;
  const fields = Object.keys(added).length === 0 ? '' : `${json(added).slice(1, -1)},`;
  return {
    plan,
    copies,
    /** By slot: the entry that is copied of the event at hand. */
    entries: new Int32Array(copies.length),
    eventFields: targets.find(({ name }) => name === 'event')?.inside ?? [],
    /** In the order in which their first members are copied. */
    others: targets.filter(({ name }) => name !== 'event'),
    beforeTime: bytes(`{${fields}"@timestamp":`),
    behindTime: bytes(
      `,"type":${json(type)},"ecs":{"version":"${ECS_VERSION}"},"data_stream":{"dataset":"${DATASET}"},"event":{"id":`,
    ),
    categories: [...CATEGORIES].map(([type, category]) => ({
      type: bytes(json(type)),
      piece: bytes(`,"category":${json([category])},"type":["info"]`),
    })),
    organization: organization === undefined ? undefined : bytes(`"organization":${json(organization)}`),
    end: bytes(tags.length > 0 ? `,"tags":${json(tags)}}` : '}'),
    keepsOriginal: options.preserveOriginalEvent,
    keepsCopied: options.preserveDuplicateCustomFields,
    leaving: LEAVING.map(placeOf),
    geo: GEO_COPIES.map(([from, to]) => ({ label: bytes(`${json(to)}:`), from: place(`geoip.${from}`) })),
    relatedIps: [toPath('src_ip'), ...PROTECT_DEVICE_IPS].map(placeOf),
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
function targetsOf(list: readonly Copy[], placeOf: (path: Path) => Place) {
  const targets: Target[] = [];
  const copies: Target[] = [];
  for (const copy of list) {
    let among = targets;
    for (const [depth, name] of copy.to.entries()) {
      let target = among.find((one) => one.name === name);
      if (!target) {
        const isCopy = depth === copy.to.length - 1;
        target = {
          name,
          label: bytes(`${json(name)}:`),
          from: isCopy ? placeOf(copy.from) : undefined,
          slot: copies.length,
          isAddress: ADDRESS_COPIES.includes(copy),
          inside: [],
        };
        if (isCopy) copies.push(target);
        among.push(target);
      }
      among = target.inside;
    }
  }
  return { copies, targets };
}
