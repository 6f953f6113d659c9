/** The ECS fields by which detection rules search: who did what, to whom, from where. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../lib/platform/json.ts';
import { logOf } from '../support/logs.ts';

const ADA = { type: 'user', id: 'id-of-ada', username: 'ada', email: 'ada@example.com' };
const ECS_ADA = { id: 'id-of-ada', name: 'ada', email: 'ada@example.com', domain: 'example.com' };
const of = (more: JsonObject) =>
  logOf('ecs', { id: 'e-1', timestamp: '2026-06-15T16:00:00Z', event_type: 'user_update', ...more });

describe('the one who acted', () => {
  it('is the initiator', () => {
    assert.deepEqual(of({ initiated_by: ADA }).user, ECS_ADA);
  });

  for (const username of ['ada', 'ADA', 'ada@example.com']) {
    it(`is the initiator beside the user name ${username}, which is the same person`, () => {
      assert.deepEqual(of({ initiated_by: ADA, username }).user, { ...ECS_ADA, name: username });
    });
  }

  it('lends no id to a user name of somebody else', () => {
    const { user, source } = of({ initiated_by: ADA, username: 'root' });
    assert.deepEqual(user, { name: 'root' });
    assert.deepEqual((source as JsonObject).user, { id: ADA.id, email: ADA.email, name: ADA.username });
  });
});

describe('the one acted upon', () => {
  it('is the resource, with the address that a mail went to', () => {
    const resource = { type: 'user', id: 'id-of-bob', username: 'bob', recipient_email: 'bob@example.com' };
    assert.deepEqual((of({ resource }).user as JsonObject).target, {
      id: 'id-of-bob',
      name: 'bob',
      email: 'bob@example.com',
    });
  });

  it('is the user at either end of an association, whose group and device stand beside', () => {
    const end = (type: string) => ({ type, object_id: `id-of-${type}`, name: type });
    const log = of({ association: { connection: { from: end('user_group'), to: end('user') } } });
    assert.deepEqual((log.user as JsonObject).target, { id: 'id-of-user', name: 'user' });
    assert.deepEqual(log.group, { id: 'id-of-user_group', name: 'user_group' });
    assert.deepEqual(of({ resource: { type: 'system', id: 'd-1', hostname: 'laptop' } }).host, {
      id: 'd-1',
      name: 'laptop',
    });
  });

  it('is nobody where the resource is no user', () => {
    assert.equal(of({ resource: { type: 'access_request', id: 'r-1' } }).user, undefined);
  });
});

describe('addresses', () => {
  const geoip = { country_code: 'DE' };
  const geo = { country_iso_code: 'DE' };

  it('without a source of its own, the source is the client', () => {
    const { client, source } = of({ client_ip: '192.0.2.1', geoip });
    assert.deepEqual(client, { ip: '192.0.2.1', geo });
    assert.deepEqual(source, { ip: '192.0.2.1', geo });
  });

  it('of two, each keeps its own, and the place is the client', () => {
    const log = of({ client_ip: '192.0.2.1', src_ip: '10.0.0.1', geoip });
    assert.deepEqual(log.source, { ip: '10.0.0.1' });
    assert.deepEqual(log.related, { ip: ['10.0.0.1', '192.0.2.1'] });
  });
});

it('names everybody and every device in related, each once', () => {
  const log = of({
    initiated_by: ADA,
    username: 'ada',
    resource: { type: 'user', id: 'id-only' },
    system: { hostname: 'laptop', displayName: 'laptop' },
  });
  assert.deepEqual(log.related, { user: ['ada', 'ada@example.com', 'id-only'], hosts: ['laptop'] });
});

it('an alert is an alert', () => {
  assert.equal((of({ service: 'alerts' }).event as JsonObject).kind, 'alert');
  assert.equal((of({ service: 'sso' }).event as JsonObject).kind, 'event');
});

it('a text that was cut is named at each place where it stands', () => {
  const log = of({ initiated_by: { ...ADA, username: 'x'.repeat(40_000) } });
  assert.deepEqual(log.shortened_fields, ['source.user.name', 'user.name']);
});
