/**
 * The made-up events are what they are said to be: every service, every drift, the same for the
 * same seed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, type JsonObject } from '../../lib/platform/json.ts';
import { readInstant } from '../../simulators/instant.ts';
import { makeEvents } from '../../simulators/make-events.ts';
import { sampleDay } from '../../simulators/sample-day.ts';

const END = Date.parse('2026-03-03T15:00:00Z');
const day = sampleDay({ end: END });
const events = day.map((one) => JSON.parse(one.text) as JsonObject);

function some(what: string, holds: (event: JsonObject) => boolean): void {
  assert.ok(events.some(holds), what);
}

test('the same seed gives the same day, another seed another one', () => {
  assert.deepEqual(sampleDay({ end: END }), day);
  assert.notDeepEqual(sampleDay({ end: END, seed: 2 }), day);
});

test('a day has 3,000 to 5,000 events of every service, and of one that is not known yet', () => {
  assert.ok(day.length >= 3000 && day.length <= 5000, String(day.length));
  const known =
    'access_management alerts asset_management directory ldap mdm notifications object_storage password_manager radius reports saas_app_management software sso systems workflows';
  assert.deepEqual([...new Set(events.map((one) => one.service))].sort(), [...known.split(' '), 'aigw'].sort());
});

test('every frequent event type happens', () => {
  const types = new Set(events.map((one) => one.event_type));
  const frequent =
    'admin_login_attempt user_login_attempt sso_auth ldap_bind ldap_search radius_auth_attempt user_update user_create user_delete user_lockout user_unlocked user_password_change user_password_reset_request user_password_warning_email user_activation_email group_create association_change application_update command_run policy_update system_delete software_add software_change mdm_command_result notification access_management_access_request report_run';
  assert.deepEqual(
    frequent.split(' ').filter((type) => !types.has(type)),
    [],
  );
});

test('the drift that was seen at JumpCloud is in it', () => {
  some('LDAP without id', (one) => one.service === 'ldap' && one.id === undefined);
  some('a UUID', (one) => String(one.id).length === 36);
  some('nanoseconds', (one) => /\.\d{9}Z$/.test(String(one.timestamp)));
  some('no fraction', (one) => /:\d\dZ$/.test(String(one.timestamp)));
  for (const version of ['1', 1]) some(`@version ${typeof version}`, (one) => one['@version'] === version);
  some('mfa_meta as text', (one) => typeof one.mfa_meta === 'string');
  some('mfa_meta as object', (one) => isJsonObject(one.mfa_meta));
  some('changes null', (one) => one.changes === null);
  some('changes empty', (one) => Array.isArray(one.changes) && one.changes.length === 0);
  some('user_agent', (one) => isJsonObject(one.user_agent));
  some('error_chain', (one) => isJsonObject(one.error_chain));
  some('several lines', (one) => String(one.message).includes('\n'));
  some('a type of its own', (one) => one.service === 'notifications' && typeof one.type === 'string');
  some('an offset', (one) => String(one.system_timestamp).endsWith('+01:00'));
  const profiles = events.filter((one) => one.profile_list !== undefined).map((one) => JSON.stringify(one).length);
  assert.ok(
    profiles.length >= 5 && Math.min(...profiles) >= 15_000 && Math.max(...profiles) <= 90_000,
    String(profiles),
  );
});

test('people are awake by day, and all is within the day but for two events of the future', () => {
  const at = day.map((one) => readInstant(one.timestamp ?? '')?.ms ?? Number.NaN);
  assert.equal(at.filter((ms) => ms > END).length, 2);
  assert.ok(Math.min(...at) >= END - 86_400_000);
  const logins = events
    .filter((one) => one.event_type === 'sso_auth')
    .map((one) => String(one.timestamp).slice(11, 13));
  const within = (hours: string[]) => logins.filter((hour) => hours.includes(hour)).length;
  assert.ok(within(['08', '09', '10']) > 10 * within(['01', '02', '03']));
});

test('ties, identical twins and late events are there', () => {
  const perInstant = Map.groupBy(day, (one) => one.timestamp);
  assert.ok([...perInstant.values()].some((same) => same.length >= 25));
  const texts = Map.groupBy(day, (one) => one.text);
  assert.equal([...texts.values()].filter((same) => same.length > 1).length, 1);
  const lateness = day.map((one) => (one.visibleAt ?? 0) - Date.parse(one.timestamp ?? ''));
  assert.ok(lateness.filter((ms) => ms > 0).length > 50);
  assert.ok(Math.max(...lateness) <= 6 * 60_000);
  assert.equal(day.filter((one) => (one.visibleAt ?? 0) > END).length >= 12, true);
});

test('nobody in it exists: example.com and addresses for documentation only', () => {
  const text = day.map((one) => one.text).join('\n');
  for (const [address] of text.matchAll(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g)) {
    assert.match(address, /^(192\.0\.2|198\.51\.100|203\.0\.113|14\d\.0\.0)\./);
  }
  for (const [, host] of text.matchAll(/@([a-z.]+\.[a-z]+)/g)) assert.equal(host, 'example.com');
});

test('bulk events have the size, the number and the span that was asked for, and no id twice', () => {
  const made = [...makeEvents({ count: 1000, seed: 7, from: END, to: END + 1000, bytes: 660 })];
  assert.equal(made.length, 1000);
  assert.equal(new Set(made.map((one) => (JSON.parse(one.text) as JsonObject).id)).size, 1000);
  const bytes = made.reduce((sum, one) => sum + Buffer.byteLength(one.text), 0) / made.length;
  assert.ok(Math.abs(bytes - 660) < 10, String(bytes));
  assert.equal(made[0]?.timestamp, new Date(END).toISOString());
  assert.equal(made.at(-1)?.timestamp, new Date(END + 999).toISOString());
});
