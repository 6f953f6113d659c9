/**
 * Every fixture in test/fixtures/events: an event, and its log in both shapes; and that
 * docs/fields.md says the same as the tables that the shapes work by.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fieldsReference } from '../../docs/fields.ts';
import { ECS_FIELDS, LOGZIO_OWN_FIELDS } from '../../docs/own-fields.ts';
import { isJsonObject, type JsonObject } from '../../lib/platform/json.ts';
import { FIELD_TABLE } from '../../lib/shape/field-table.ts';
import { RESERVED_NAMES } from '../../lib/shape/names.ts';
import { parseEvent } from '../../lib/shape/parse-event.ts';
import { createShape } from '../../lib/shape/shape.ts';
import { faultsOf, type Mapping } from '../support/log-validator.ts';
import { OPTIONS } from '../support/shaped.ts';

interface Fixture {
  readonly about: string;
  /** The stream's organization, where the event has none. */
  readonly organization?: string;
  /** Where the event has no id. */
  readonly eventId?: string;
  readonly event: JsonObject;
  readonly logzio: JsonObject;
  readonly ecs: JsonObject;
}

const FOLDER = new URL('../fixtures/events/', import.meta.url);
const fixtures = readdirSync(FOLDER).map((file): [name: string, fixture: Fixture] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')),
]);

function shaped(fixture: Fixture, shape: 'logzio' | 'ecs'): string {
  const text = JSON.stringify(fixture.event);
  const value = parseEvent(text);
  assert(value);
  const { line, shortened } = createShape({
    ...OPTIONS,
    shape,
    ...(fixture.organization !== undefined && { organization: fixture.organization }),
  })({ text, value, eventId: fixture.eventId ?? String(fixture.event.id), isBroken: false });
  assert.deepEqual(shortened, [], 'nothing of a fixture has to be cut');
  return line;
}

for (const shape of ['logzio', 'ecs'] as const) {
  describe(`the ${shape} shape`, () => {
    for (const [name, fixture] of fixtures) {
      it(`makes of ${name} the log beside it: ${fixture.about}`, () => {
        assert.deepEqual(JSON.parse(shaped(fixture, shape)), fixture[shape]);
      });
    }

    it('gives every field one type throughout all of these logs, and breaks no limit', () => {
      const mapping: Mapping = new Map();
      for (const [name, fixture] of fixtures) assert.deepEqual(faultsOf(shaped(fixture, shape), mapping), [], name);
    });
  });
}

it('has a fixture for every documented service', () => {
  const services = new Set(fixtures.map(([, { event }]) => event.service));
  for (const service of [
    ...[
      'access_management',
      'alerts',
      'asset_management',
      'directory',
      'ldap',
      'mdm',
      'notifications',
      'object_storage',
    ],
    ...['password_manager', 'radius', 'reports', 'saas_app_management', 'software', 'sso', 'systems', 'workflows'],
  ]) {
    assert(services.has(service), service);
  }
});

it('knows every attribute of the documented services', () => {
  // As documented, 2026-03; `object_storage_item_*` stands for names that are text by the rule.
  const documented = `id event_type timestamp service organization changes correlation category geoip initiated_by client_ip
    success severity username resource system_group association useragent auth_method mfa mfa_meta provider auth_context
    application idm_client_id error_message message_chain @version system target_resource idp_initiated sso_token_success
    nas_mfa_state auth_type eap_type outer connection_id operation_number dn mech start_tls tls_established error_code oid base
    scope deref filter attr number_of_results auth_meta system_timestamp message src_ip process_name app_management_source
    windows_meta mdm_type device_object_id device_manager_object_id windows_device_uuid command_uuid request_type command
    status error_chain result profile_list name description channel_object_id config referrer_object_id referrer_type
    total_software_item_count total_space_used system_object_id user_agent workflow detail`;
  for (const name of documented.split(/\s+/)) assert(Object.hasOwn(FIELD_TABLE, name), name);
});

it('docs/fields.md is what the tables say; after a change of them: npm run docs:fields', () => {
  assert.equal(readFileSync(new URL('../../docs/fields.md', import.meta.url), 'utf8'), fieldsReference());
});

it('every name a log needs for itself is documented', () => {
  const documented = ECS_FIELDS.map(({ path }) => path.split('.')[0]);
  for (const name of RESERVED_NAMES) {
    const isOfEcs = name === 'jumpcloud' || documented.includes(name);
    assert(isOfEcs || Object.hasOwn(LOGZIO_OWN_FIELDS, name), name);
  }
});

it('every field of the ECS fixtures outside jumpcloud.event is documented', () => {
  const documented = new Set(ECS_FIELDS.map(({ path }) => path));
  for (const [name, { ecs }] of fixtures) {
    for (const path of pathsOf(ecs)) {
      if (path.startsWith('jumpcloud.event.')) continue;
      assert(documented.has(path.replace('source.geo.', 'client.geo.')), `${path} in ${name}`);
    }
  }
});

function pathsOf(object: JsonObject, prefix = ''): string[] {
  return Object.entries(object).flatMap(([name, value]) =>
    isJsonObject(value) ? pathsOf(value, `${prefix}${name}.`) : [prefix + name],
  );
}
