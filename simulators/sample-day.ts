/**
 * A day of made-up events, as an organization of two dozen people would leave behind in JumpCloud:
 * for trying and testing.
 */

import type { JsonObject } from '../lib/platform/json.ts';
import type { EpochMs } from '../lib/platform/time.ts';
import type { EventInput } from './event-store.ts';
import { writeInstant } from './instant.ts';
import { createRandom, type Random } from './random.ts';
import { createCast } from './sample-cast.ts';
import { RECIPES } from './sample-recipes.ts';
import type { Recipe } from './sample-scene.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/**
 * How busy people are, by hour of the day (UTC); machines keep a third of the noon's pace all
 * night.
 */
const RHYTHM = [2, 1, 1, 1, 2, 4, 9, 22, 40, 44, 38, 32, 26, 34, 40, 38, 33, 26, 17, 10, 7, 5, 4, 3];
const MACHINE_SHARE = 0.33;
/**
 * The longest an event of this day takes to become visible; below the default allowed lateness of
 * 15 minutes.
 */
const LATEST_MS = 6 * 60_000;

export interface SampleDayOptions {
  /** The day is the 24 hours before this instant. */
  readonly end: EpochMs;
  readonly seed?: number;
  /** How many events, not counting the few special ones. */
  readonly count?: number;
  readonly organization?: string;
}

/**
 * Deterministic: the same options give the same events. In time order, but for: some become visible
 * minutes late (a dozen of them only after `end`), two carry a timestamp of the future, some share
 * an instant, and one is there twice, without an id.
 */
export function sampleDay(options: SampleDayOptions): EventInput[] {
  const { end, seed = 1, count = 4000, organization = '5f0000000000000000000001' } = options;
  const random = createRandom(seed);
  const cast = createCast(random, organization);
  const scenes = { random, cast };
  const people = timeTable(end, false);
  const machines = timeTable(end, true);
  const total = RECIPES.reduce((sum, recipe) => sum + recipe.weight, 0);
  const events: EventInput[] = [];
  const event = (recipe: Recipe, ms: EpochMs): EventInput => {
    const scene = { ...scenes, person: random.pick(cast.people), admin: random.pick(cast.admins) };
    return toInput(random, recipe, ms, { ...recipe.fields(scene), organization });
  };

  for (const recipe of RECIPES) {
    // every kind happens at least once a day, so that every service is seen
    const times = Math.max(1, Math.round((count * recipe.weight) / total));
    for (let n = 0; n < times; n++)
      events.push(event(recipe, instantIn(random, recipe.steady ? machines : people, end)));
  }
  for (const share of [0.2, 0.5]) events.push(...ties(event, end - Math.floor(share * DAY_MS)));
  events.push(...identicalTwins(event, end - 5 * HOUR_MS));
  for (let n = 0; n < 12; n++) {
    const ms = end - random.int(1000, 4 * 60_000);
    events.push({ ...event(recipeFor('sso_auth'), ms), visibleAt: end + random.int(1000, LATEST_MS - 4 * 60_000) });
  }
  for (const minutes of [20, 90]) {
    events.push({ ...event(recipeFor('command_run'), end + minutes * 60_000), visibleAt: end });
  }
  return events.sort((a, b) => compareTimestamps(a, b));
}

function recipeFor(type: string): Recipe {
  const recipe = RECIPES.find((one) => one.type === type);
  if (recipe === undefined) throw new Error(`no recipe for ${type}`);
  return recipe;
}

/** Many events of one instant, as an import leaves them. */
function ties(event: (recipe: Recipe, ms: EpochMs) => EventInput, ms: EpochMs): EventInput[] {
  const text = writeInstant({ ms, ns: 0 }, 3);
  return Array.from({ length: 25 }, () => stamped(event(recipeFor('association_change'), ms), text));
}

/** Two identical events without an id are two events. */
function identicalTwins(event: (recipe: Recipe, ms: EpochMs) => EventInput, ms: EpochMs): EventInput[] {
  const { id: _id, ...fields } = JSON.parse(event(recipeFor('ldap_search'), ms).text) as JsonObject;
  const twin = { text: JSON.stringify(fields), timestamp: String(fields.timestamp), service: 'ldap' };
  return [twin, { ...twin }];
}

function stamped(event: EventInput, timestamp: string): EventInput {
  return { ...event, timestamp, text: JSON.stringify({ ...JSON.parse(event.text), timestamp }) };
}

function toInput(random: Random, recipe: Recipe, ms: EpochMs, fields: JsonObject): EventInput {
  // 0 digits and 9 digits are rare, milliseconds are the rule
  const digits = random.chance(0.03) ? 9 : random.chance(0.03) ? 0 : random.chance(0.05) ? 6 : 3;
  const timestamp = writeInstant({ ms, ns: random.int(0, 999_999) }, digits);
  const id = random.chance(recipe.withoutId ?? 0) ? {} : { id: random.chance(0.1) ? random.uuid() : random.hex(24) };
  const event = {
    ...id,
    timestamp,
    service: recipe.service,
    event_type: recipe.type,
    '@version': random.chance(0.8) ? '1' : 1,
    ...fields,
  };
  const late = random.chance(0.02) ? { visibleAt: ms + random.int(5000, LATEST_MS) } : {};
  return { text: JSON.stringify(event), timestamp, service: recipe.service, ...late };
}

/** Cumulative shares of the day's 24 hours, counted from 24 hours before `end`. */
function timeTable(end: EpochMs, machine: boolean): number[] {
  const peak = Math.max(...RHYTHM);
  let sum = 0;
  return Array.from({ length: 24 }, (_, hour) => {
    const ofDay = new Date(end - DAY_MS + (hour + 0.5) * HOUR_MS).getUTCHours();
    sum += (RHYTHM[ofDay] ?? 1) + (machine ? peak * MACHINE_SHARE : 0);
    return sum;
  });
}

function instantIn(random: Random, table: readonly number[], end: EpochMs): EpochMs {
  const at = random.next() * (table.at(-1) ?? 1);
  const hour = table.findIndex((sum) => sum > at);
  return end - DAY_MS + hour * HOUR_MS + random.int(0, HOUR_MS - 1);
}

function compareTimestamps(a: EventInput, b: EventInput): number {
  return Date.parse(a.timestamp ?? '') - Date.parse(b.timestamp ?? '');
}
