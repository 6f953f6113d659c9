/** What the recipes of the sample day share: their form, and how they name who did it. */
import type { JsonObject } from '../lib/platform/json.ts';
import type { Random } from './random.ts';
import type { Cast, Person } from './sample-cast.ts';

export interface Scene {
  readonly random: Random;
  readonly cast: Cast;
  readonly person: Person;
  readonly admin: Person;
}

export interface Recipe {
  readonly service: string;
  readonly type: string;
  /** Relative frequency over the day. */
  readonly weight: number;
  /** Goes on through the night: machines do it. */
  readonly steady?: boolean;
  /** LDAP may send events without an id. */
  readonly withoutId?: number;
  readonly fields: (scene: Scene) => JsonObject;
}

export function byUser(person: Person): JsonObject {
  return { type: 'user', id: person.id, email: person.email, username: person.username };
}

export function byAdmin(admin: Person): JsonObject {
  return { type: 'admin', id: admin.id, email: admin.email };
}
