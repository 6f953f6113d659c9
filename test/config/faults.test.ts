/**
 * What is reported of a wrong configuration: everything at once, where it stands, what was found,
 * what to write, and never a token.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ConfigError, type Fault, hideTokens } from '../../lib/config/fault.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { parseYaml } from '../../lib/config/read.ts';
import { settings } from '../../lib/config/settings.ts';

const NOW = Date.parse('2025-06-18T12:00:00Z');

function errorOf(yaml: string, environment = {}): ConfigError {
  try {
    parseConfig(parseYaml(yaml), environment, NOW);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error;
  }
  return assert.fail(`no fault was found in ${yaml}`);
}

function onlyFault(yaml: string, environment = {}): Fault {
  const { faults } = errorOf(yaml, environment);
  const [fault] = faults;
  assert.equal(faults.length, 1, JSON.stringify(faults));
  assert.ok(fault);
  return fault;
}

describe('a wrong configuration', () => {
  test('has all its faults reported at once, each with its path, what was found and what is expected', () => {
    const { faults, message } = errorOf(`
logzio: {url: ftp://listener.logz.io, tpye: x}
jumpcloud_api:
  region: mars
  start_date: yesterday
  settings: {limit: 20000, time_interval: 0, services: []}
`);
    assert.deepEqual(
      faults.map(({ path }) => path),
      [
        'logzio.tpye',
        'logzio.url',
        'jumpcloud_api.region',
        'jumpcloud_api.start_date',
        'jumpcloud_api.settings.time_interval',
        'jumpcloud_api.settings.services',
        'jumpcloud_api.settings.limit',
      ],
    );
    assert.match(message, /^The configuration has 7 faults:$/m);
    assert.match(
      message,
      /^ {2}jumpcloud_api\.settings\.limit: found 20000; expected a whole number of events from 1 to 10000/m,
    );
    assert.match(message, /^ {2}jumpcloud_api\.region: found "mars"; expected us, eu or in$/m);
  });

  for (const [yaml, path, expected] of [
    ['logzio: {tpye: x}', 'logzio.tpye', /did you mean logzio\.type\?/],
    ['jumpcloud_api: {startDate: now}', 'jumpcloud_api.startDate', /did you mean jumpcloud_api\.start_date\?/],
    ['jumpcloud_api: {setings: {limit: 1}}', 'jumpcloud_api.setings', /did you mean jumpcloud_api\.settings\?/],
    ['jumpcloud_api: {token: x}', 'jumpcloud_api.token', /did you mean jumpcloud_api\.credentials\.token\?/],
    ['jumpcloud: {region: us}', 'jumpcloud', /did you mean jumpcloud_api\?/],
    ['limit: 5', 'limit', /did you mean jumpcloud_api\.settings\.limit\?/],
    ['wholly_different: 5', 'wholly_different', /known here: logzio, jumpcloud_api, output/],
  ] as const) {
    test(`has an unknown key, and the nearest known one is named: ${yaml}`, () => {
      const fault = onlyFault(yaml);
      assert.equal(fault.path, path);
      assert.match(fault.expected, expected);
    });
  }

  for (const [yaml, path, words] of [
    ['[1, 2]', 'config.yaml', /found a list of 2; expected a mapping with the keys logzio/],
    ['just text', 'config.yaml', /found "just text"; expected a mapping/],
    [
      'jumpcloud_api: {settings: 5}',
      'jumpcloud_api.settings',
      /found 5; expected a mapping with the keys time_interval/,
    ],
    [
      'jumpcloud_api: {start_date: {credentials: {token: x}}}',
      'jumpcloud_api.start_date',
      /found a mapping with credentials \(indented too far\?\)/,
    ],
    ['jumpcloud_api: {start_date: 2026-01-01T00:00:00Z}', 'jumpcloud_api.start_date', /is in the future/],
    ['jumpcloud_api: {start_date: 2025-05-04T12:30:00}', 'jumpcloud_api.start_date', /add a Z for UTC/],
    ['jumpcloud_api: {start_date: 2025-02-30T00:00:00Z}', 'jumpcloud_api.start_date', /no such date/],
    ['jumpcloud_api: {start_date: 15d}', 'jumpcloud_api.start_date', /a minus, as in -15d/],
    ['jumpcloud_api: {start_date: 1683203400}', 'jumpcloud_api.start_date', /found 1683203400; expected a time/],
    ['jumpcloud_api: {settings: {time_interval: 1441}}', 'jumpcloud_api.settings.time_interval', /from 1 to 1440/],
    [
      'jumpcloud_api: {settings: {time_interval: 1.5}}',
      'jumpcloud_api.settings.time_interval',
      /found 1.5; expected a whole number of minutes/,
    ],
    [
      'jumpcloud_api: {settings: {time_interval: 0.5}}',
      'jumpcloud_api.settings.time_interval',
      /^The configuration has one fault:\n.*found 0\.5; expected a whole number of minutes/,
    ],
    ['logzio: {type: 2026-11}', 'logzio.type', /found "2026-11"; expected a name .* does not look like a date/],
    ['jumpcloud_api: {settings: {limit: 0}}', 'jumpcloud_api.settings.limit', /from 1 to 10000/],
    ['jumpcloud_api: {settings: {limit: 5m}}', 'jumpcloud_api.settings.limit', /found "5m"; expected a whole number/],
    [
      'jumpcloud_api: {settings: {source_lag: 900}}',
      'jumpcloud_api.settings.allowed_lateness',
      /found 15 \(900 seconds\); expected more than source_lag, 900 seconds/,
    ],
    ['jumpcloud_api: {settings: {services: []}}', 'jumpcloud_api.settings.services', /at least one/],
    [
      'jumpcloud_api: {settings: {services: [all, all]}}',
      'jumpcloud_api.settings.services[1]',
      /found "all"; expected each entry once/,
    ],
    [
      'jumpcloud_api: {settings: {search_term: {event_type: x}}}',
      'jumpcloud_api.settings.search_term',
      /one of and, or, not/,
    ],
    [
      'jumpcloud_api: {credentials: {type: service_account}}',
      'jumpcloud_api.credentials.org_id',
      /JumpCloud requires it of a service account/,
    ],
    [
      'jumpcloud_api: {credentials: {type: service_account, org_id: a, token: key}}',
      'jumpcloud_api.credentials.token',
      /a text of 3 characters without a colon/,
    ],
    [
      'jumpcloud_api: {credentials: {org_id: a, org_ids: [a, b]}}',
      'jumpcloud_api.credentials.org_id',
      /keep one of org_id and org_ids/,
    ],
    [
      'jumpcloud_api: {credentials: {org_ids: [a, b, a]}}',
      'jumpcloud_api.credentials.org_ids[2]',
      /found "a"; expected each entry once/,
    ],
    ['jumpcloud_api: {credentials: {org_ids: [a, "b c"]}}', 'jumpcloud_api.credentials.org_ids[1]', /found "b c"/],
    [
      'jumpcloud_api: {credentials: {token_parameter: no-slash}}',
      'jumpcloud_api.credentials.token_parameter',
      /full name of an SSM parameter/,
    ],
    [
      'jumpcloud_api: {credentials: {token_parameter: /aws/mine}}',
      'jumpcloud_api.credentials.token_parameter',
      /does not begin with \/aws/,
    ],
    [
      '{logzio: {token_parameter: /a}, jumpcloud_api: {credentials: {token_parameter: /a}}}',
      'jumpcloud_api.credentials.token_parameter',
      /logzio\.token_parameter names the same/,
    ],
    ['jumpcloud_api: {url: http://api.jumpcloud.com}', 'jumpcloud_api.url', /expected https:\/\/api\.jumpcloud\.com/],
    [
      'jumpcloud_api: {url: https://api.jumpcloud.com/v2}',
      'jumpcloud_api.url',
      /expected nothing but https:\/\/api\.jumpcloud\.com \(/,
    ],
    [
      'jumpcloud_api: {region: eu, url: https://api.jumpcloud.com}',
      'jumpcloud_api.url',
      /one of region and url: region eu is https:\/\/api\.eu/,
    ],
    ['logzio: {url: http://listener.logz.io:8070}', 'logzio.url', /expected https:\/\/listener\.logz\.io:8071 /],
    ['logzio: {url: listener-eu.logz.io}', 'logzio.url', /with its scheme: https:\/\/listener-eu\.logz\.io:8071$/],
    ['logzio: {url: listener.logz.io:8071}', 'logzio.url', /with its scheme: https:\/\/listener\.logz\.io:8071/],
    [
      'logzio: {url: "https://app-eu.logz.io"}',
      'logzio.url',
      /https:\/\/listener-eu\.logz\.io:8071 \(the listener, not the web application or its API\)/,
    ],
    ['logzio: {allow_http: yes}', 'logzio.allow_http', /found "yes"; expected true or false/],
    [
      'logzio: {token: "a b"}',
      'logzio.token',
      /found a text of 3 characters; expected the log shipping token, without spaces/,
    ],
    ['output: {fields: {type: mine}}', 'output.fields.type', /the log needs this name for itself; choose another/],
    ['output: {shape: esc}', 'output.shape', /logzio or ecs/],
    ['aws: {kms_key_arn: alias/mine}', 'aws.kms_key_arn', /not an alias/],
    ['alarms: {email: nobody}', 'alarms.email', /one e-mail address/],
    [
      'network: {proxy: "http://user:secret@proxy:3128"}',
      'network.proxy',
      /found a text of 29 characters, not shown because it may hold a secret; .*network\.proxy_credentials_parameter/,
    ],
    // A proxy is spoken to in plain http, nearly always.
    ['network: {proxy: proxy.example.com:3128}', 'network.proxy', /with its scheme: http:\/\/proxy\.example\.com:3128/],
    [
      'network: {proxy_credentials_parameter: /a}',
      'network.proxy_credentials_parameter',
      /needs network\.proxy as well/,
    ],
    [
      'network: {vpc_id: vpc-01234567, security_group_ids: [sg-01234567]}',
      'network.vpc_id',
      /needs network\.subnet_ids as well/,
    ],
    ['network: {subnet_ids: [subnet-01234567]}', 'network.subnet_ids', /needs network\.vpc_id as well/],
    // Lambda: "SubnetIds and SecurityIds must coexist or be both empty list".
    [
      'network: {vpc_id: vpc-01234567, subnet_ids: [subnet-01234567]}',
      'network.vpc_id',
      /one fault:.*\n.*needs network\.security_group_ids as well/,
    ],
    ['network: {vpc_id: my-vpc, subnet_ids: [subnet-01234567]}', 'network.vpc_id', /one fault:.*\n.*the id of a VPC/],
    ['logzio:\n  type: a\n  type: b\n', 'config.yaml:3:3', /Map keys must be unique/],
    ['logzio:\n  url: [\n', 'config.yaml:3:1', /Flow sequence/],
    ['logzio:\n---\noutput:\n', 'config.yaml:2:1', /2:1: a second document begins here; remove this line,/],
    ['logzio: !secret x\n', 'config.yaml:1:9', /Unresolved tag/],
    ['logzio: !!timestamp 2025-05-04\n', 'config.yaml:1:9', /Unresolved tag/],
    ['output: {drop_fields: [*.email]}\n', 'config.yaml:1:24', /a text that begins with \* needs quotes/],
    ['logzio: *nowhere\n', 'config.yaml:1:9', /alias/i],
  ] as const) {
    test(`gets advice: ${JSON.stringify(yaml)}`, () => {
      assert.equal(onlyFault(yaml).path, path);
      assert.match(errorOf(yaml).message, words);
    });
  }

  for (const [what, token, words] of [
    ['in quotes', `'"abcdef"'`, /it is in quotes: leave them out/],
    ['with its header', 'x-api-key:abcdef', /it begins with "x-api-key:": leave that out/],
    ['with Bearer', 'Bearer abcdef', /it begins with "Bearer" or "Basic": leave that out/],
    ['with its variable', 'LOGZIO_API_TOKEN=abcdef', /it begins with the name of a variable: leave that out/],
  ] as const) {
    test(`refuses a token ${what} by name, from the environment and from the file`, () => {
      for (const fault of [onlyFault('', { JUMPCLOUD_API_TOKEN: token }), onlyFault('', { LOGZIO_API_TOKEN: token })]) {
        assert.match(fault.expected, words);
        assert.doesNotMatch(JSON.stringify(fault), /abcdef/);
      }
    });
  }

  test('questions the address of the API, and the port without encryption under https', () => {
    assert.match(onlyFault('logzio: {url: "https://api.logz.io"}').expected, /https:\/\/listener\.logz\.io:8071/);
    assert.match(
      onlyFault('logzio: {url: "https://listener.logz.io:8070"}').expected,
      /:8071 \(port 8070 is the one without/,
    );
  });

  test('is reported with the variable where the value came from the environment', () => {
    assert.equal(onlyFault('', { LOGZIO_LISTENER_URL: 'nonsense' }).path, 'LOGZIO_LISTENER_URL');
  });

  test('may use anchors and merge keys, but not a bomb of them', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, index) => {
        const before = 'abcdefgh'[index];
        return `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`;
      }),
    ].join('\n');
    assert.match(errorOf(bomb).message, /alias/i);
  });
});

const nested = (keys: string[], value: unknown) => keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

function everythingSaidOf(document: unknown): string {
  try {
    return parseConfig(document, {}, NOW).warnings.join('\n');
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
}

describe('a token', () => {
  const TOKEN = 'oNeLoGzIoShIpPiNgToKeNoFlEtTeRs';

  for (const yaml of [
    `logzio: {token: "${TOKEN} "two}`,
    `logzio: {token: [${TOKEN}]}`,
    `logzio: {token: {${TOKEN}: 1}}`,
    `logzio: {${TOKEN}: token}`,
    `logzio: {token: *${TOKEN}}`,
    `logzio:\n  token: ${TOKEN}\n bad: x`,
    `logzio: !${TOKEN} x`,
    `logzio: ${TOKEN}`,
    TOKEN,
    `logzio: {url: "https://listener.logz.io:8071/?token=${TOKEN}"}`,
    `logzio: {url: "listener.logz.io:8071/?token=${TOKEN}"}`,
    `logzio: {url: "https://${TOKEN}@listener.logz.io:8071"}`,
    `logzio: {token_parameter: ${TOKEN}}`,
    `logzio: {type: "${TOKEN} "}\njumpcloud_api: {region: ${TOKEN}, start_date: ${TOKEN}, credentials: {org_ids: ["${TOKEN}!"]}, settings: {limit: ${TOKEN}, time_interval: ${TOKEN}}}`,
    `network: {proxy: "http://user:${TOKEN}@proxy:3128"}`,
    `logzio: {token: ${TOKEN}, type: ${TOKEN}}`,
    `logzio: {token: ${TOKEN}}\noutput: {fields: {note: "my ${TOKEN}"}}`,
    `logzio: {token: ${TOKEN}}\noutput: {tags: [${TOKEN}]}`,
    `jumpcloud_api: {credentials: {token: ${TOKEN}}, settings: {search_term: {not: [{a: ${TOKEN}}]}}}`,
  ]) {
    test(`is never repeated, wherever it was pasted: ${JSON.stringify(yaml.replaceAll(TOKEN, 'TOKEN'))}`, () => {
      const error = errorOf(yaml);
      const told = `${error.stack}${JSON.stringify(error.faults)}`;
      assert.ok(!told.toLowerCase().includes(TOKEN.toLowerCase()), told);
    });
  }

  const IN_PARTS = [
    '8f14e45f-ceea-467f-a9d2-1f5ab8c7d0e3',
    'kD8~3fQ.x_7Hq-2Lm:Zp9~wE4.r_5Tn-8Vb',
    'client-1234:s3cr3t-with-dashes-9f8e',
    'kD8~3fQ#x_7Hq-2Lm?Zp9~wE4@r_5Tn-8Vb',
    'kD8~3fQ x_7Hq-2Lm Zp9~wE4 r_5Tn-8Vb',
  ];
  for (const token of IN_PARTS) {
    test(`is not repeated either where it is made of parts, not even one part of it: ${token}`, () => {
      const parts = token.split(/[^A-Za-z0-9]/).filter((part) => /\d\D|\D\d/.test(part));
      for (const [path] of settings) {
        const keys = path.split('.');
        for (const document of [nested(keys, token), nested(keys, [token]), nested([...keys.slice(0, -1), token], 1)]) {
          const told = everythingSaidOf(document);
          for (const part of parts) assert.ok(!told.includes(part), `${path}: ${told}`);
        }
      }
    });
  }

  test('is not repeated where an @ may end a password or be part of a query', () => {
    for (const address of ['http://user:pass?word@proxy:3128', 'https://listener.logz.io/?token=pass@word'])
      assert.doesNotMatch(errorOf(`logzio: {url: "${address}"}`).message, /pass|word/);
  });

  test('is not repeated where another encoding has torn it into single letters', () => {
    const torn = [...TOKEN].join('\\0');
    assert.match(onlyFault(`logzio: {type: "${torn}"}`).found ?? '', /^a text of \d+ characters, not shown/);
  });

  test('is never repeated under any key, whatever surrounds it', () => {
    const path = fc.constantFrom(...settings.map(([known]) => known));
    const junk = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(path, junk, junk, fc.boolean(), (key, before, after, asList) => {
        const value = `${before}${TOKEN}${after}`;
        const told = everythingSaidOf(nested(key.split('.'), asList ? [value] : value));
        assert.ok(!told.toLowerCase().includes(TOKEN.toLowerCase()), told);
      }),
      { numRuns: 2000 },
    );
  });
});

test('what is no token is shown, so that it can be found', () => {
  for (const text of [
    'https://listener-eu.logz.io:8071/logs',
    'https://proxy1.internal.example.com:3128/path',
    '2025-02-30T12:30:00.000000Z',
    'jumpcloud_api.settings.allowedLateness',
    'yesterday at noon, or somewhat later',
  ]) {
    assert.equal(onlyFault(`jumpcloud_api: {start_date: "${text}"}`).found, `"${text}"`);
  }
  for (const [path, { expected }] of settings) assert.equal(hideTokens(`${path} ${expected}`), `${path} ${expected}`);
});
