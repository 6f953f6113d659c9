/** The sample day's events of devices: systems, software, MDM. */
import type { JsonObject, JsonValue } from '../lib/platform/json.ts';
import type { Random } from './random.ts';
import { byAdmin, byUser, type Recipe, type Scene } from './sample-scene.ts';

function device({ person }: Scene): JsonObject {
  return { id: person.device.id, hostname: person.device.hostname, displayName: person.device.hostname };
}

/** Several lines, as system logs have them. */
const MESSAGES: readonly [string, ...string[]] = [
  'Accepted publickey for root from 192.0.2.7 port 52114 ssh2',
  'An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\tS-1-5-18\r\n\tAccount Name:\tWORKSTATION$\r\n\r\nLogon Type:\t\t7',
  'pam_unix(sudo:session): session opened for user root\n  tty=pts/0\n  command=/usr/bin/apt update',
];

/** Profiles with their certificates: 15 to 80 KB, far beyond any other event. */
function profileList(random: Random): JsonValue[] {
  const characters = random.int(15_000, 80_000);
  const profiles: JsonValue[] = [];
  for (let length = 0; length < characters; ) {
    const certificate = random.hex(random.int(1000, 3500));
    const profile = {
      payload_identifier: `com.example.profile.${profiles.length}`,
      payload_uuid: random.uuid(),
      payload_display_name: 'Wi-Fi',
      is_managed: true,
      is_encrypted: false,
      signer_certificates: [Buffer.from(certificate).toString('base64')],
    };
    profiles.push(profile);
    length += JSON.stringify(profile).length + 1;
  }
  return profiles;
}

function mdmCommand({ random, person }: Scene): JsonObject {
  return {
    mdm_type: 'apple',
    device_object_id: person.device.id,
    device_manager_object_id: random.hex(24),
    initiated_by: { type: 'system' },
    command_uuid: random.uuid(),
    status: 'Acknowledged',
    success: true,
  };
}

export const DEVICE_RECIPES: readonly Recipe[] = [
  {
    service: 'systems',
    type: 'user_login_attempt',
    weight: 40,
    fields: (scene) => ({
      system: device(scene),
      message: scene.random.pick(MESSAGES),
      username: scene.person.username,
      process_name: scene.random.pick(['sshd', 'loginwindow', 'lsass']),
      success: scene.random.chance(0.95),
      src_ip: '192.0.2.7',
      client_ip: '192.0.2.7',
      provider: null,
      system_timestamp: scene.random.chance(0.5) ? '2026-01-05T09:00:00+01:00' : '2026-01-05T08:00:00Z',
      initiated_by: byUser(scene.person),
    }),
  },
  {
    service: 'systems',
    type: 'command_run',
    weight: 8,
    steady: true,
    fields: (scene) => ({
      system: device(scene),
      resource: { type: 'command', id: scene.random.hex(24), name: 'update all' },
      initiated_by: byAdmin(scene.admin),
      success: true,
      changes: null,
    }),
  },
  {
    service: 'systems',
    type: 'policy_update',
    weight: 2,
    fields: (scene) => ({
      system: device(scene),
      initiated_by: byAdmin(scene.admin),
      changes: [{ field: 'screenLockMinutes', from: 15, to: 5 }],
      windows_meta: { event_id: 4624 },
    }),
  },
  {
    service: 'systems',
    type: 'system_delete',
    weight: 0.4,
    fields: (scene) => ({ system: device(scene), initiated_by: byAdmin(scene.admin), success: true }),
  },
  {
    service: 'software',
    type: 'software_add',
    weight: 22,
    steady: true,
    fields: (scene) => ({
      system: device(scene),
      application: { name: 'editor', version: `1.${scene.random.int(0, 99)}.0` },
      app_management_source: 'osquery',
      provider: null,
    }),
  },
  {
    service: 'software',
    type: 'software_change',
    weight: 25,
    steady: true,
    fields: (scene) => ({
      system: device(scene),
      application: { name: 'browser', version: '146.0.1' },
      changes: [{ field: 'version', from: '145.9.8', to: '146.0.1' }],
    }),
  },
  {
    service: 'mdm',
    type: 'mdm_command_result',
    weight: 25,
    steady: true,
    fields: (scene) => ({
      ...mdmCommand(scene),
      request_type: 'DeviceInformation',
      command: { request_type: 'DeviceInformation' },
      error_chain: scene.random.chance(0.8) ? null : { code: 12021, domain: 'MCMDMErrorDomain' },
    }),
  },
  {
    service: 'mdm',
    type: 'mdm_command_result',
    weight: 1,
    steady: true,
    fields: (scene) => ({
      ...mdmCommand(scene),
      request_type: 'ProfileList',
      command: { request_type: 'ProfileList' },
      error_chain: null,
      profile_list: profileList(scene.random),
    }),
  },
];
