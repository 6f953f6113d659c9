/**
 * The parameters of the package's template: checked like a config.yaml, refused by their own names.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deployedConfig, OTHER_SETTINGS, PARAMETERS, variableOf } from '../../lib/config/parameters.ts';
import { parseConfig } from '../../lib/config/parse.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const TOKEN = 'hVnFAkEShippingTokenAbCdEfGhIjKl';

function read(parameters: Record<string, string>) {
  const given = Object.entries({ [OTHER_SETTINGS]: '', ...parameters });
  const environment = Object.fromEntries(given.map(([name, value]) => [variableOf(name), value]));
  return deployedConfig(environment, () => assert.fail('the bundle is not read'), NOW);
}

function refusal(parameters: Record<string, string>): string {
  try {
    read(parameters);
  } catch (error) {
    assert.equal((error as Error).name, 'ConfigError');
    return (error as Error).message;
  }
  return assert.fail(`taken: ${JSON.stringify(parameters)}`);
}

describe('parameters', () => {
  it('left empty mean the defaults of config.yaml', () => {
    const empty = Object.fromEntries(Object.keys(PARAMETERS).map((name) => [name, '']));
    assert.deepEqual(read({ ...empty, OtherSettings: '' }).config, parseConfig({}, {}, NOW).config);
  });

  it('set what their keys of config.yaml set', () => {
    const { config, warnings } = read({
      ListenerUrl: 'https://listener-eu.logz.io:8071',
      LogzioTokenName: '/team/shipping',
      LogType: 'directory',
      JumpCloudRegion: 'eu',
      JumpCloudTokenName: '/team/jumpcloud',
      CredentialsType: 'service_account',
      OrganizationIds: '5f0000000000000000000001, 612345678901234567890123',
      Start: '-15d',
      IntervalMinutes: '10',
      Services: 'directory,sso',
      Shape: 'ecs',
      DropFields: 'geoip',
      HashFields: 'client_ip, *.username',
      HashKeyName: '/team/hash-key',
      AlarmEmail: 'on-call@example.com',
      ExistingTopicArn: 'arn:aws:sns:eu-central-1:111122223333:incidents',
      ExistingTable: 'jumpcloud-State-1ABC',
      OtherSettings: '{"output": {"tags": ["production"]}, "jumpcloud_api": {"settings": {"limit": 1000}}}',
    });
    assert.deepEqual(warnings, []);
    const { config: expected } = parseConfig(
      {
        logzio: { url: 'https://listener-eu.logz.io:8071', token_parameter: '/team/shipping', type: 'directory' },
        jumpcloud_api: {
          region: 'eu',
          start_date: '-15d',
          credentials: {
            type: 'service_account',
            token_parameter: '/team/jumpcloud',
            org_ids: ['5f0000000000000000000001', '612345678901234567890123'],
          },
          settings: { time_interval: 10, services: ['directory', 'sso'], limit: 1000 },
        },
        output: {
          shape: 'ecs',
          tags: ['production'],
          drop_fields: ['geoip'],
          hash_fields: ['client_ip', '*.username'],
          hash_key_parameter: '/team/hash-key',
        },
        alarms: { email: 'on-call@example.com', topic_arn: 'arn:aws:sns:eu-central-1:111122223333:incidents' },
        state: { table: 'jumpcloud-State-1ABC' },
      },
      {},
      NOW,
    );
    assert.deepEqual(config, expected);
  });

  for (const [name, wrong, message] of [
    ['ListenerUrl', 'listener.logz.io', /ListenerUrl \(logzio\.url\): found "listener\.logz\.io"; expected .*https:/],
    ['LogzioTokenName', 'shipping token', /LogzioTokenName \(logzio\.token_parameter\): .*full name of an SSM/],
    ['LogType', 'two words', /LogType \(logzio\.type\): found "two words"; expected a name of letters/],
    ['JumpCloudRegion', 'uk', /JumpCloudRegion \(jumpcloud_api\.region\): found "uk"; expected us, eu or in/],
    [
      'JumpCloudTokenName',
      '/aws/token',
      /JumpCloudTokenName \(jumpcloud_api\.credentials\.token_parameter\): .*does not begin with \/aws/,
    ],
    ['CredentialsType', 'oauth', /CredentialsType \(jumpcloud_api\.credentials\.type\): .*api_key or service_account/],
    [
      'OrganizationIds',
      'mine,no spaces',
      /OrganizationIds \(jumpcloud_api\.credentials\.org_ids\[1\]\): found "no spaces"; expected a list of ids/,
    ],
    ['Start', 'yesterday', /Start \(jumpcloud_api\.start_date\): found "yesterday"; expected a time such as/],
    [
      'IntervalMinutes',
      '0',
      /IntervalMinutes \(jumpcloud_api\.settings\.time_interval\): found 0; expected a whole number of min/,
    ],
    ['IntervalMinutes', 'often', /IntervalMinutes \(.*\): found "often"; expected a whole number of minutes/],
    ['Services', 'sso,sso', /Services \(jumpcloud_api\.settings\.services\[1\]\): .*each entry once/],
    ['Shape', 'json', /Shape \(output\.shape\): found "json"; expected logzio or ecs/],
    ['AlarmEmail', 'nobody', /AlarmEmail \(alarms\.email\): found "nobody"; expected one e-mail address/],
    ['ExistingTopicArn', 'incidents', /ExistingTopicArn \(alarms\.topic_arn\): .*the ARN of a standard SNS topic/],
    ['ExistingTable', 'no table', /ExistingTable \(state\.table\): .*the name of a DynamoDB table/],
    ['OtherSettings', 'limit: 5', /OtherSettings: found "limit: 5"; expected JSON with keys of config\.yaml/],
    ['OtherSettings', '[]', /OtherSettings: .*expected JSON with keys/],
  ] as const) {
    it(`${name} "${wrong}" is refused by its name`, () => assert.match(refusal({ [name]: wrong }), message));
  }

  it('cover every parameter with a refusal of its own', () => {
    for (const name of Object.keys(PARAMETERS))
      assert.match(refusal({ [name]: '\u0000' }), new RegExp(`  ${name} \\(`));
  });

  it('that contradict each other are refused like keys that do', () => {
    assert.match(
      refusal({ CredentialsType: 'service_account' }),
      /OrganizationIds \(.*org_id\): .*requires it of a serv/,
    );
    const same = { LogzioTokenName: '/team/token', JumpCloudTokenName: '/team/token' };
    assert.match(refusal(same), /TokenName \(.*a parameter of its own/);
  });

  it('show all their faults at once', () => {
    const message = refusal({ Start: 'yesterday', Shape: 'json', OtherSettings: '{"output": {"tag": []}}' });
    assert.match(message, /has 3 faults/);
    assert.match(message, /OtherSettings \(output\.tag\): unknown key; did you mean output\.tags\?/);
  });
});

describe('OtherSettings', () => {
  const others = (document: object) => refusal({ OtherSettings: JSON.stringify(document) });

  it('name the parameter that a key has of its own', () => {
    assert.match(others({ output: { shape: 'ecs' } }), /OtherSettings: without output\.shape: set Shape/);
    assert.match(others({ jumpcloud_api: { credentials: { org_id: 'mine' } } }), /org_id: set OrganizationIds/);
  });

  it('refuse what the template would have to know', () => {
    assert.match(others({ aws: { kms_key_arn: '' } }), /without aws\.kms_key_arn: the package does not have it/);
  });

  it('refuse a token without showing it, and say that it is no secret any more', () => {
    const message = others({ logzio: { token: TOKEN } });
    assert.match(message, /without logzio\.token: tokens belong in SSM.*replace it/);
    assert.ok(!message.includes(TOKEN));
  });
});

describe('a function', () => {
  it('takes its configuration from parameters only where the template gave it some', () => {
    const bundled = read({}).config;
    const isBundled = (environment: Record<string, string>) =>
      deployedConfig(environment, () => bundled, NOW).config === bundled;
    assert.ok(isBundled({ TABLE_NAME: 'state', SETTING: 'x' }));
    assert.ok(!isBundled({ [variableOf(OTHER_SETTINGS)]: '' }));
  });
});
