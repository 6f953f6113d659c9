/** The sample day's events of the smaller services, and of one that nobody has heard of yet. */
import type { JsonObject } from '../lib/platform/json.ts';
import { addressOf, userAgentOf } from './sample-cast.ts';
import { byAdmin, byUser, type Recipe, type Scene } from './sample-scene.ts';

/** Some services write `user_agent` where others write `useragent`. */
function underscored({ random, person }: Scene): JsonObject {
  return { ...addressOf(random, person), user_agent: userAgentOf(random, person), provider: null, success: true };
}

export const OTHER_RECIPES: readonly Recipe[] = [
  {
    service: 'notifications',
    type: 'notification',
    weight: 4,
    steady: true,
    fields: ({ random }) => ({
      name: 'User locked out',
      type: random.pick(['EMAIL', 'WEBHOOK']),
      description: 'Tell the help desk',
      channel_object_id: random.hex(24),
      correlation: { id: random.uuid() },
      config: [
        { key: 'recipients', value: ['helpdesk@example.com'] },
        { key: 'retries', value: 3 },
      ],
      success: true,
      initiated_by: { type: 'system' },
      client_ip: '203.0.113.9',
    }),
  },
  {
    service: 'alerts',
    type: 'alert_created',
    weight: 3,
    steady: true,
    fields: ({ random, person }) => ({
      severity: random.pick(['low', 'medium', 'high']),
      category: 'security',
      correlation: random.uuid(),
      username: person.username,
      resource: { type: 'system', id: person.device.id },
      success: true,
      changes: null,
    }),
  },
  {
    service: 'object_storage',
    type: 'object_storage_item_upload',
    weight: 3,
    steady: true,
    fields: ({ random }) => ({
      result: 'success',
      referrer_object_id: random.hex(24),
      referrer_type: 'software',
      object_storage_item_name: 'installer.pkg',
      object_storage_item_size: random.int(1e6, 4e9),
      total_software_item_count: random.int(1, 40),
      total_space_used: 9_007_199_254_740_000,
      system_object_id: random.hex(24),
    }),
  },
  {
    service: 'password_manager',
    type: 'password_manager_item_share',
    weight: 5,
    fields: (scene) => ({
      ...underscored(scene),
      initiated_by: byUser(scene.person),
      resource: { type: 'password_manager_item', id: scene.random.uuid() },
      changes: [{ field: 'members', from: [], to: ['team'] }],
    }),
  },
  {
    service: 'access_management',
    type: 'access_management_access_request',
    weight: 3,
    fields: (scene) => ({
      ...underscored(scene),
      initiated_by: byUser(scene.person),
      resource: { type: 'access_request', id: scene.random.uuid() },
      workflow: { id: scene.random.hex(24), name: 'manager approval' },
    }),
  },
  {
    service: 'reports',
    type: 'report_run',
    weight: 1.5,
    fields: (scene) => ({
      ...underscored(scene),
      initiated_by: byAdmin(scene.admin),
      resource: { type: 'report', name: 'users to devices' },
    }),
  },
  {
    service: 'saas_app_management',
    type: 'saas_app_license_update',
    weight: 3,
    fields: ({ random, admin }) => ({
      initiated_by: byAdmin(admin),
      username: admin.username,
      resource: { type: 'application', name: 'CRM' },
      detail: { seats: random.int(5, 50), 'plan.name': 'team' },
      ...addressOf(random, admin),
    }),
  },
  {
    service: 'asset_management',
    type: 'asset_update',
    weight: 2,
    fields: ({ random, admin, person }) => ({
      initiated_by: byAdmin(admin),
      username: admin.username,
      resource: { type: 'asset', name: person.device.hostname },
      detail: 'moved to storage',
      ...addressOf(random, admin),
    }),
  },
  {
    service: 'workflows',
    type: 'workflow_run',
    weight: 2,
    steady: true,
    fields: ({ random }) => ({
      workflow: { id: random.hex(24), steps: random.int(1, 9), status: 'done' },
      initiated_by: { type: 'system' },
    }),
  },
  {
    service: 'aigw',
    type: 'prompt_blocked',
    weight: 1,
    fields: ({ random, person }) => ({
      initiated_by: byUser(person),
      verdict: { score: random.int(0, 100) / 100, labels: ['secret'] },
      nothing_known: [1, 'two', { three: 3 }],
    }),
  },
];
