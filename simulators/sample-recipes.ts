/**
 * The kinds of events of the sample day: how often each happens, and what it looks like,
 * JumpCloud's drift included.
 */
import type { JsonObject, JsonValue } from '../lib/platform/json.ts';
import { addressOf, type Person, userAgentOf } from './sample-cast.ts';
import { DEVICE_RECIPES } from './sample-recipes-devices.ts';
import { OTHER_RECIPES } from './sample-recipes-other.ts';
import { byAdmin, byUser, type Recipe, type Scene } from './sample-scene.ts';

/** What an event that a person caused has in most services. */
function fromBrowser({ random }: Scene, person: Person): JsonObject {
  return { ...addressOf(random, person), useragent: userAgentOf(random, person), provider: null };
}

function userResource({ person }: Scene): JsonObject {
  return { type: 'user', id: person.id, email: person.email, username: person.username };
}

const CHANGES: readonly [JsonValue, ...JsonValue[]] = [
  [{ field: 'department', from: 'Research', to: 'Engineering' }],
  [{ field: 'active', from: false, to: true }, { field: 'password' }],
  [{ field: 'phoneNumbers', from: [], to: [{ type: 'work', number: '+1 555 0100' }] }],
  [
    { field: 'loginAttempts', from: 3, to: 0 },
    { field: 'attributes', to: { costCenter: 17 } },
  ],
  [
    { field: 'title', from: 'Analyst' },
    { field: 'title', to: 'Programmer' },
  ],
  [],
  null,
];

export const RECIPES: readonly Recipe[] = [
  {
    service: 'directory',
    type: 'user_login_attempt',
    weight: 60,
    fields: (scene) => ({
      initiated_by: byUser(scene.person),
      ...fromBrowser(scene, scene.person),
      success: scene.random.chance(0.94),
      mfa: true,
      mfa_meta: { type: 'totp' },
      auth_method: 'password',
      resource: userResource(scene),
      auth_context: { auth_methods: { password: { success: true }, totp: { success: true } }, policies_applied: [] },
    }),
  },
  {
    service: 'directory',
    type: 'admin_login_attempt',
    weight: 6,
    fields: (scene) => ({
      initiated_by: byAdmin(scene.admin),
      ...fromBrowser(scene, scene.admin),
      success: scene.random.chance(0.97),
      mfa: true,
    }),
  },
  {
    service: 'directory',
    type: 'user_update',
    weight: 8,
    fields: (scene) => ({
      initiated_by: byAdmin(scene.admin),
      ...fromBrowser(scene, scene.admin),
      resource: userResource(scene),
      changes: scene.random.pick(CHANGES),
    }),
  },
  ...[
    'user_create',
    'user_delete',
    'user_lockout',
    'user_unlocked',
    'user_password_change',
    'user_password_reset_request',
    'user_password_warning_email',
    'user_activation_email',
  ].map(
    (type): Recipe => ({
      service: 'directory',
      type,
      weight: 1.5,
      fields: (scene) => ({
        initiated_by: byAdmin(scene.admin),
        ...fromBrowser(scene, scene.admin),
        resource: userResource(scene),
        success: true,
        error_message: '',
      }),
    }),
  ),
  {
    service: 'directory',
    type: 'group_create',
    weight: 0.6,
    fields: (scene) => ({
      initiated_by: byAdmin(scene.admin),
      ...fromBrowser(scene, scene.admin),
      resource: scene.random.pick(scene.cast.groups),
      changes: [{ field: 'name', to: 'night shift' }],
    }),
  },
  {
    service: 'directory',
    type: 'association_change',
    weight: 5,
    fields: (scene) => ({
      initiated_by: byAdmin(scene.admin),
      ...fromBrowser(scene, scene.admin),
      auth_method: 'session',
      association: {
        action_source: 'direct',
        op: scene.random.pick(['add', 'remove']),
        connection: {
          from: { type: 'user', object_id: scene.person.id, name: '' },
          to: { type: 'user_group', object_id: String(scene.random.pick(scene.cast.groups).id), name: 'engineering' },
        },
      },
    }),
  },
  {
    service: 'directory',
    type: 'application_update',
    weight: 0.8,
    fields: (scene) => ({
      initiated_by: byAdmin(scene.admin),
      ...fromBrowser(scene, scene.admin),
      application: scene.random.pick(scene.cast.applications),
      changes: [
        { field: 'config', from: { acsUrl: 'https://old.example.com' }, to: { acsUrl: 'https://new.example.com' } },
      ],
    }),
  },
  {
    service: 'sso',
    type: 'sso_auth',
    weight: 70,
    fields: (scene) => {
      const success = scene.random.chance(0.95);
      return {
        initiated_by: byUser(scene.person),
        ...fromBrowser(scene, scene.person),
        application: scene.random.pick(scene.cast.applications),
        idp_initiated: scene.random.chance(0.3),
        sso_token_success: success,
        ...(success ? {} : { error_message: 'user is not bound to the application' }),
      };
    },
  },
  {
    service: 'ldap',
    type: 'ldap_bind',
    weight: 80,
    steady: true,
    withoutId: 0.4,
    fields: ({ random, cast, person }) => ({
      connection_id: String(random.int(1e6, 9e6)),
      operation_number: random.int(1, 9),
      dn: `uid=${person.username},ou=Users,o=${cast.organization},dc=example,dc=com`,
      auth_method: 'simple',
      mech: '',
      start_tls: false,
      tls_established: true,
      username: person.username,
      success: random.chance(0.98),
      error_code: random.pick([0, 49]),
      error_message: '',
      client_ip: '192.0.2.5',
      initiated_by: byUser(person),
      auth_meta: {},
    }),
  },
  {
    service: 'ldap',
    type: 'ldap_search',
    weight: 70,
    steady: true,
    withoutId: 0.6,
    fields: ({ random, cast, person }) => ({
      connection_id: random.int(1e6, 9e6),
      operation_number: String(random.int(1, 9)),
      base: `ou=Users,o=${cast.organization},dc=example,dc=com`,
      scope: 2,
      deref: 0,
      filter: `(&(objectClass=inetOrgPerson)(uid=${person.username}))`,
      attr: ['uid', 'mail', 'memberOf'],
      number_of_results: random.int(0, 3),
      username: 'svc-wiki',
      success: true,
      client_ip: '192.0.2.5',
    }),
  },
  {
    service: 'radius',
    type: 'radius_auth_attempt',
    weight: 45,
    steady: true,
    fields: ({ random, person }) => ({
      initiated_by: byUser(person),
      username: person.username,
      auth_type: 'eap',
      eap_type: 'PEAP',
      nas_mfa_state: 'DISABLED',
      client_ip: '198.51.100.2',
      success: random.chance(0.96),
      mfa: false,
      mfa_meta: random.chance(0.5) ? 'none' : { type: 'push', factor: 1 },
      error_message: '',
      outer: { eap_type: 'EAP-TTLS', username: 'anonymous', error_message: '' },
    }),
  },
  ...DEVICE_RECIPES,
  ...OTHER_RECIPES,
];
