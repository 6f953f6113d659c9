import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../../lib/config/fault.ts';
import { parseConfig } from '../../lib/config/parse.ts';

test('more added fields than a log has room for are a fault of the configuration', () => {
  const fields = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`field_${index}`, 'x']));
  const read = () => parseConfig({ output: { fields } }, {}, Date.now());
  assert.throws(read, (error) => error instanceof ConfigError && /output\.fields: has 101 fields/.test(error.message));
});

test('fields that every log may carry are no fault', () => {
  const { config } = parseConfig({ output: { fields: { team: 'security' }, tags: ['prod'] } }, {}, Date.now());
  assert.deepEqual(config.output.fields, { team: 'security' });
});

const LISTS = ['drop_fields', 'hash_fields'] as const;

function faultsOf(output: object): string {
  try {
    parseConfig({ output }, {}, Date.now());
    return '';
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
}

for (const list of LISTS) {
  test(`output.${list} takes paths in JumpCloud's names`, () => {
    const paths = ['client_ip', 'geoip.latitude', '*.email', 'changes.*', '@version', 'a-b.c:d'];
    const { config, warnings } = parseConfig({ output: { [list]: paths } }, {}, Date.now());
    assert.deepEqual(list === 'drop_fields' ? config.output.dropFields : config.output.hashFields, paths);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /no known event has a field a-b\.c:d, so/);
  });

  test(`output.${list} refuses what every log needs`, () => {
    for (const path of ['id', 'timestamp', '@timestamp', 'type', '*', 'timestamp.x'])
      assert.match(faultsOf({ [list]: [path] }), /every log needs its type, and its event's id and timestamp/, path);
  });

  test(`output.${list} refuses what is no path, and says what one is`, () => {
    for (const path of ['', 'a..b', '.a', 'a.', 'changes[0].to', '$.a', 'a b', 'a.b*', 'client_ip,username'])
      assert.match(faultsOf({ [list]: [path] }), /expected a list of paths as JumpCloud names its fields/, path);
    assert.match(
      faultsOf({ [list]: ['client_ip', 'client_ip'] }),
      /fields\[1\]: found "client_ip"; expected each entry once/,
    );
  });

  test(`output.${list} refuses names that only the log has, and names the event's`, () => {
    assert.match(
      faultsOf({ [list]: ['jumpcloud.event.client_ip'] }),
      /client_ip in place of jumpcloud\.event\.client_ip/,
    );
    assert.match(faultsOf({ [list]: ['changed_to'] }), /changes\.to in place of changed_to/);
    assert.match(
      faultsOf({ [list]: ['auth_context.policy_ids'] }),
      /auth_context\.policies_applied\.id in place of auth_context\.policy_ids, which is made of it/,
    );
  });

  test(`output.${list} warns of a slip of the fingers`, () => {
    const { warnings } = parseConfig({ output: { [list]: ['clientip'] } }, {}, Date.now());
    assert.match(warnings[0] ?? '', /clientip, so this path may have no effect; did you mean client_ip\?/);
    const inside = parseConfig({ output: { [list]: ['initiated_by.emial', 'geoip.zip', 'detail.x'] } }, {}, Date.now());
    assert.match(inside.warnings[0] ?? '', /initiated_by\.emial, so .*; did you mean initiated_by\.email\?/);
    assert.match(inside.warnings[1] ?? '', /a field geoip\.zip, so this path may have no effect$/);
    assert.equal(inside.warnings.length, 2);
  });
}

test('a path cannot be dropped and hashed', () => {
  const faults = faultsOf({ drop_fields: ['client_ip'], hash_fields: ['client_ip'] });
  assert.match(faults, /output\.hash_fields: without client_ip: output\.drop_fields has it too/);
});

test('the key of the hashes is no token: it has a parameter of its own', () => {
  const faults = faultsOf({ hash_key_parameter: '/jumpcloud-logzio/logzio-token' });
  assert.match(faults, /output\.hash_key_parameter: a parameter of its own/);
});

test('an added field that cannot arrive as it was given brings a warning with the form in which it arrives', () => {
  const fields = { service: { name: 'x' }, team: 'a', level: 3, since: '2026-06' };
  const { warnings } = parseConfig({ output: { fields } }, {}, Date.now());
  const why = 'because docs/fields.md gives each name one type in all logs';
  assert.deepEqual(warnings, [
    `output.fields.service: arrives as {"service":"{\\"name\\":\\"x\\"}"}, ${why}`,
    `output.fields.since: arrives as {"since":"\\"2026-06\\""}, ${why}`,
  ]);
});
