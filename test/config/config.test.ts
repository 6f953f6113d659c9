/**
 * What a configuration means: defaults, environment, organizations, instants, and every form that
 * is taken with a warning.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from '../../lib/config/config.ts';
import { type Environment, parseConfig } from '../../lib/config/parse.ts';
import { parseYaml } from '../../lib/config/read.ts';

const NOW = Date.parse('2025-06-18T12:00:00Z');

function parse(yaml: string, environment: Environment = {}): { config: Config; warnings: string[] } {
  return parseConfig(parseYaml(yaml), environment, NOW);
}

const DEFAULTS: Config = {
  logzio: { url: 'https://listener.logz.io:8071', tokenParameter: '/jumpcloud-logzio/logzio-token', type: 'jumpcloud' },
  jumpcloud: {
    url: 'https://api.jumpcloud.com',
    startDate: 'now',
    credentials: { type: 'api_key', tokenParameter: '/jumpcloud-logzio/jumpcloud-token', orgIds: [] },
    settings: {
      timeIntervalMinutes: 5,
      services: ['all'],
      limit: 10_000,
      sourceLagSeconds: 30,
      allowedLatenessMinutes: 15,
    },
  },
  output: {
    shape: 'logzio',
    fields: {},
    tags: [],
    preserveOriginalEvent: false,
    preserveDuplicateCustomFields: false,
    dropFields: [],
    hashFields: [],
    hashKeyParameter: '/jumpcloud-logzio/hash-key',
  },
  state: {},
  aws: {},
  alarms: {},
  network: { subnetIds: [], securityGroupIds: [] },
};

describe('a configuration', () => {
  for (const [name, yaml] of [
    ['no file content at all', ''],
    ['comments alone', '# nothing yet\n'],
    ['sections left empty', 'logzio:\njumpcloud_api:\n  credentials:\n  settings:\noutput:\nnetwork:\n'],
    [
      'keys left empty',
      'logzio:\n  url:\n  token: ""\n  type: ~\njumpcloud_api:\n  start_date:\n  settings:\n    limit: null\n',
    ],
  ] as const) {
    test(`means the defaults with ${name}`, () => {
      assert.deepEqual(parse(yaml), { config: DEFAULTS, warnings: [] });
    });
  }

  test('takes every documented key', () => {
    const { config, warnings } = parse(`
logzio:
  url: https://listener-eu.logz.io:8071
  allow_http: false
  token: shipping
  token_parameter: /mine/logzio
  type: identity
jumpcloud_api:
  region: eu
  start_date: 2025-06-01T00:00:00.000000Z
  credentials:
    type: service_account
    token: clientId:clientSecret
    token_parameter: /mine/jumpcloud
    org_ids: [aaa, bbb]
  settings:
    time_interval: 10
    services: [directory, sso]
    limit: 1000
    source_lag: 60
    allowed_lateness: 30
    search_term: {not: [{event_type: ldap_search}]}
output:
  shape: ecs
  fields: {environment: production, cost: {centre: 12}}
  tags: [identity]
  preserve_original_event: true
  preserve_duplicate_custom_fields: true
  drop_fields: [client_ip]
  hash_fields: [initiated_by.email]
  hash_key_parameter: /mine/hash-key
state:
  table: taken-up-again
aws:
  kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
alarms:
  email: security@example.com
network:
  proxy: http://proxy.example.com:3128
  proxy_credentials_parameter: /mine/proxy
  vpc_id: vpc-0123456789abcdef0
  subnet_ids: [subnet-0123456789abcdef0]
  security_group_ids: [sg-0123456789abcdef0]
`);
    assert.deepEqual(warnings, []);
    assert.deepEqual(config, {
      logzio: {
        url: 'https://listener-eu.logz.io:8071',
        token: 'shipping',
        tokenParameter: '/mine/logzio',
        type: 'identity',
      },
      jumpcloud: {
        url: 'https://api.eu.jumpcloud.com',
        startDate: { at: Date.parse('2025-06-01T00:00:00Z') },
        credentials: {
          type: 'service_account',
          token: 'clientId:clientSecret',
          tokenParameter: '/mine/jumpcloud',
          orgIds: ['aaa', 'bbb'],
        },
        settings: {
          timeIntervalMinutes: 10,
          services: ['directory', 'sso'],
          limit: 1000,
          sourceLagSeconds: 60,
          allowedLatenessMinutes: 30,
          searchTerm: { not: [{ event_type: 'ldap_search' }] },
        },
      },
      output: {
        shape: 'ecs',
        fields: { environment: 'production', cost: { centre: 12 } },
        tags: ['identity'],
        preserveOriginalEvent: true,
        preserveDuplicateCustomFields: true,
        dropFields: ['client_ip'],
        hashFields: ['initiated_by.email'],
        hashKeyParameter: '/mine/hash-key',
      },
      state: { table: 'taken-up-again' },
      aws: { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab' },
      alarms: { email: 'security@example.com' },
      network: {
        proxy: 'http://proxy.example.com:3128',
        proxyCredentialsParameter: '/mine/proxy',
        vpcId: 'vpc-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0'],
        securityGroupIds: ['sg-0123456789abcdef0'],
      },
    });
  });

  test('is read alike whatever version of YAML its file names', () => {
    const { config } = parse(`%YAML 1.1
---
jumpcloud_api: {start_date: 2025-05-04T12:30:00Z, settings: {search_term: {}}}
output: {fields: {answer: yes, 0012: digits, 1e3: digits, 0x1F: digits}}
`);
    assert.deepEqual(config.jumpcloud.startDate, { at: Date.parse('2025-05-04T12:30:00Z') });
    assert.ok(!('searchTerm' in config.jumpcloud.settings));
    assert.deepEqual(config.output.fields, { answer: 'yes', '0012': 'digits', '1e3': 'digits', '0x1F': 'digits' });
  });

  for (const [region, url] of [
    ['us', 'https://api.jumpcloud.com'],
    ['eu', 'https://api.eu.jumpcloud.com'],
    ['in', 'https://api.in.jumpcloud.com'],
  ]) {
    test(`asks ${url} in region ${region}`, () => {
      assert.equal(parse(`jumpcloud_api: {region: ${region}}`).config.jumpcloud.url, url);
      assert.equal(parse(`jumpcloud_api: {region: ${region}, url: ${url}}`).config.jumpcloud.url, url);
    });
  }
});

describe('the environment', () => {
  const environment = {
    LOGZIO_API_TOKEN: 'shipping',
    JUMPCLOUD_API_TOKEN: 'key',
    JUMPCLOUD_ORG_ID: 'org',
    LOGZIO_LISTENER_URL: 'https://listener-uk.logz.io:8071',
  };

  test('is enough without a file', () => {
    const { config } = parseConfig(undefined, environment, NOW);
    assert.equal(config.logzio.token, 'shipping');
    assert.equal(config.logzio.url, 'https://listener-uk.logz.io:8071');
    assert.equal(config.jumpcloud.credentials.token, 'key');
    assert.deepEqual(config.jumpcloud.credentials.orgIds, ['org']);
  });

  test('comes before the file, and an empty variable is an absent one', () => {
    const file = 'logzio: {token: old, url: "https://listener-au.logz.io:8071"}';
    assert.equal(parse(file, environment).config.logzio.token, 'shipping');
    assert.equal(parse(file, { LOGZIO_API_TOKEN: '', LOGZIO_LISTENER_URL: ' ' }).config.logzio.token, 'old');
  });

  test('replaces even a list of organizations, and says so', () => {
    const { config, warnings } = parse('jumpcloud_api: {credentials: {org_ids: [a, b]}}', environment);
    assert.deepEqual(config.jumpcloud.credentials.orgIds, ['org']);
    assert.match(warnings.join(), /JUMPCLOUD_ORG_ID: replaces/);
  });
});

describe('organizations', () => {
  const orgIds = (credentials: string) =>
    parse(`jumpcloud_api: {credentials: ${credentials}}`).config.jumpcloud.credentials.orgIds;

  test('are one, several, or the same one said twice', () => {
    assert.deepEqual(orgIds('{org_id: a}'), ['a']);
    assert.deepEqual(orgIds('{org_ids: [a, b]}'), ['a', 'b']);
    assert.deepEqual(orgIds('{org_id: a, org_ids: [a]}'), ['a']);
    assert.deepEqual(orgIds('{org_id: a, org_ids: []}'), ['a']);
  });

  test('keep every digit of an id that YAML takes for a number', () => {
    const ids = ['123456789012345678901234', '5', '5e1', '612345678901e12345678901', '0012'];
    assert.deepEqual(orgIds(`{org_ids: [${ids.join(', ')}]}`), ids);
  });
});

describe('start_date', () => {
  const start = (text: string) => parse(`jumpcloud_api:\n  start_date: ${text}`);
  const at = (text: string) => ({ at: Date.parse(text) });

  for (const [text, expected] of [
    ['2025-05-04T12:30:00.000000Z', at('2025-05-04T12:30:00Z')],
    ['"2025-05-04T12:30:00.123999Z"', at('2025-05-04T12:30:00.123Z')],
    ['2025-05-04T12:30:00Z', at('2025-05-04T12:30:00Z')],
    ['2025-05-04 12:30:00Z', at('2025-05-04T12:30:00Z')],
    ['2025-05-04T12:30:00.5+02:00', at('2025-05-04T10:30:00.5Z')],
    ['2025-05-04', at('2025-05-04T00:00:00Z')],
    ['-15d', { ageMs: 15 * 86_400_000 }],
    ['-360h', { ageMs: 360 * 3_600_000 }],
    ['-90m', { ageMs: 90 * 60_000 }],
    ['now', 'now'],
  ] as const) {
    test(`may be ${text}`, () => {
      assert.deepEqual(start(text), {
        config: { ...DEFAULTS, jumpcloud: { ...DEFAULTS.jumpcloud, startDate: expected } },
        warnings: [],
      });
    });
  }

  test('warns when JumpCloud has nothing that old, and names both retentions', () => {
    for (const text of ['-91d', '2023-05-04T12:30:00.000000Z']) {
      assert.match(start(text).warnings.join(), /start_date: is \d+ days back; .*90 days, on its lowest plan for 15/);
    }
    assert.deepEqual(start('-90d').warnings, []);
  });
});

describe('a form that is not the documented one', () => {
  for (const [yaml, read, warning] of [
    [
      'jumpcloud_api: {settings: {time_interval: "5"}}',
      (c: Config) => c.jumpcloud.settings.timeIntervalMinutes === 5,
      /"5" is read as 5 minutes/,
    ],
    [
      'jumpcloud_api: {settings: {time_interval: 7m}}',
      (c: Config) => c.jumpcloud.settings.timeIntervalMinutes === 7,
      /"7m" is read as 7 minutes/,
    ],
    [
      'jumpcloud_api: {settings: {time_interval: 5 minutes}}',
      (c: Config) => c.jumpcloud.settings.timeIntervalMinutes === 5,
      /"5 minutes" is read as 5/,
    ],
    [
      'jumpcloud_api: {settings: {limit: "1000"}}',
      (c: Config) => c.jumpcloud.settings.limit === 1000,
      /limit: the text "1000"/,
    ],
    [
      'jumpcloud_api: {settings: {services: sso}}',
      (c: Config) => c.jumpcloud.settings.services.join() === 'sso',
      /services: one text is read as a list/,
    ],
    [
      'jumpcloud_api: {url: https://api.eu.jumpcloud.com/insights/directory/v1/events}',
      (c: Config) => c.jumpcloud.url === 'https://api.eu.jumpcloud.com',
      /is not needed; https:\/\/api\.eu\.jumpcloud\.com is used/,
    ],
    [
      'jumpcloud_api: {url: "http://127.0.0.1:9000/insights/directory/v1"}',
      (c: Config) => c.jumpcloud.url === 'http://127.0.0.1:9000',
      /is not needed/,
    ],
    [
      'logzio: {url: "http://relay.internal:8070", allow_http: true}',
      (c: Config) => c.logzio.url === 'http://relay.internal:8070',
      /over plain http anyone/,
    ],
    [
      'logzio: {url: https://listener.logz.io}',
      (c: Config) => c.logzio.url === 'https://listener.logz.io',
      /port 8071/,
    ],
  ] as const) {
    test(`is taken with a warning: ${yaml}`, () => {
      const { config, warnings } = parse(yaml);
      assert.ok(read(config));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', warning);
    });
  }

  test('plain http to this machine needs neither permission nor warning', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'logzio.localhost']) {
      const { config, warnings } = parse(
        `{logzio: {url: "http://${host}:8070/"}, jumpcloud_api: {url: "http://${host}:1/"}}`,
      );
      assert.equal(config.logzio.url, `http://${host}:8070`);
      assert.deepEqual(warnings, []);
    }
  });
});
