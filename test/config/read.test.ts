/** Reading a directory's configuration, and the part of it that may leave this process. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { type Config, type DeployedConfig, withoutTokens } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { readConfig, readConfigToDeploy } from '../../lib/config/read.ts';
import { outputFaults } from '../../lib/shape/shape.ts';

const NOW = Date.parse('2025-06-18T12:00:00Z');
const TOKENS = { LOGZIO_API_TOKEN: 'shipping-token-1', JUMPCLOUD_API_TOKEN: 'jumpcloud-key-1' };

describe('the configuration of a directory', () => {
  let directory: string;
  const write = (text: string, name = 'config.yaml') => writeFileSync(join(directory, name), text, { mode: 0o600 });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('is the file and the environment together', () => {
    write('logzio: {token: from-file}\njumpcloud_api: {region: eu}\n');
    const { config, warnings, fromFile } = readConfig(directory, { JUMPCLOUD_API_TOKEN: 'key' }, NOW);
    assert.equal(config.logzio.token, 'from-file');
    assert.equal(config.jumpcloud.credentials.token, 'key');
    assert.equal(config.jumpcloud.url, 'https://api.eu.jumpcloud.com');
    assert.deepEqual({ warnings, fromFile }, { warnings: [], fromFile: true });
  });

  test('is the environment alone without a file', () => {
    const { config, fromFile } = readConfig(directory, TOKENS, NOW);
    assert.equal(config.logzio.token, 'shipping-token-1');
    assert.equal(fromFile, false);
  });

  for (const [encoding, bytes] of [
    ['UTF-16, as PowerShell writes it', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 of the other byte order', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
  ] as const) {
    test(`is read in ${encoding}, and its faults in readable letters`, () => {
      writeFileSync(join(directory, 'config.yaml'), bytes('logzio: {token: from-file}\r\n'), { mode: 0o600 });
      assert.equal(readConfig(directory, {}, NOW).config.logzio.token, 'from-file');
      writeFileSync(join(directory, 'config.yaml'), bytes('logzio: token from-file\r\n'));
      assert.throws(() => readConfig(directory, {}, NOW), {
        message: /logzio: found "token from-file"; expected a map/,
      });
    });
  }

  test('is refused in an unknown encoding, and nothing of it is shown', () => {
    writeFileSync(join(directory, 'config.yaml'), Buffer.from('logzio: {token: from-file}\r\n', 'utf16le'));
    assert.throws(() => readConfig(directory, {}, NOW), {
      name: 'ConfigError',
      message:
        'The configuration has one fault:\n  config.yaml: cannot be read: it is not text in UTF-8; save it as UTF-8.',
    });
  });

  test('is not silently empty when the file has another name', () => {
    write('logzio:\n', 'config.yml');
    assert.throws(() => readConfig(directory, {}, NOW), {
      name: 'ConfigError',
      message: /config\.yml: must be named config\.yaml/,
    });
  });

  test('comes with a warning when others may read the tokens in it', { skip: process.platform === 'win32' }, () => {
    write('logzio: {token: from-file}\n');
    chmodSync(join(directory, 'config.yaml'), 0o644);
    assert.match(readConfig(directory, {}, NOW).warnings.join(), /chmod 600 config\.yaml/);
    assert.deepEqual(readConfig(directory, TOKENS, NOW).warnings.length, 1, 'the old token still lies there');
  });

  test('for a deployment leaves out the tokens and the proxy of this machine', () => {
    write('logzio: {token: shipping-token-1}\n');
    const { config } = readConfigToDeploy(directory, { ...TOKENS, HTTPS_PROXY: 'http://proxy.here:3128' }, NOW);
    assert.doesNotMatch(JSON.stringify(config), /shipping-token-1|jumpcloud-key-1|proxy\.here/);
    write('network: {proxy: "http://proxy.there:3128"}\n');
    assert.equal(readConfigToDeploy(directory, {}, NOW).config.network.proxy, 'http://proxy.there:3128');
  });

  test('for a deployment has 200 organizations at most, and with more it says how to deploy a second stack', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `org-${index}`);
    write(`jumpcloud_api: {credentials: {org_ids: [${ids(201)}]}}\n`);
    assert.equal(readConfig(directory, {}, NOW).config.jumpcloud.credentials.orgIds.length, 201);
    assert.throws(() => readConfigToDeploy(directory, {}, NOW), {
      name: 'ConfigError',
      message:
        /org_ids: found a list of 201; expected at most 200, .*: npx cdk deploy -c stack=NAME -c config=DIRECTORY$/,
    });
    write(`jumpcloud_api: {credentials: {org_ids: [${ids(200)}]}}\n`);
    assert.equal(readConfigToDeploy(directory, {}, NOW).config.jumpcloud.credentials.orgIds.length, 200);
  });
});

describe('a deployed configuration', () => {
  const full = () =>
    parseConfig(
      {
        jumpcloud_api: {
          start_date: '-15d',
          credentials: { org_ids: ['a', 'b'] },
          settings: { search_term: { not: [{ event_type: 'ldap_search' }] } },
        },
        output: { fields: { note: 'ünï\u2028code', n: 1.5, deep: { list: [null, true] } }, tags: ['x'] },
        network: { proxy: 'http://proxy:3128' },
      },
      TOKENS,
      NOW,
    ).config;

  test('is what was validated, less the tokens, after a trip through its file', () => {
    const config = full();
    const read = JSON.parse(JSON.stringify(withoutTokens(config)));
    const { logzio, jumpcloud } = config;
    assert.deepEqual(read, {
      ...config,
      logzio: { url: logzio.url, tokenParameter: logzio.tokenParameter, type: logzio.type },
      jumpcloud: {
        ...jumpcloud,
        credentials: { type: 'api_key', tokenParameter: jumpcloud.credentials.tokenParameter, orgIds: ['a', 'b'] },
      },
    });
  });

  test('survives the trip whatever the start date and the added fields are', () => {
    const start = fc.constantFrom('now', '-90m', '2025-06-01T00:00:00.000001Z');
    const fields = fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), fc.jsonValue());
    fc.assert(
      fc.property(start, fields, (start_date, extra) => {
        const safe = JSON.parse(JSON.stringify({ ...extra, type: undefined, tags: undefined }));
        // What a shape refuses is a fault already, and never gets as far as a file.
        fc.pre(outputFaults({ fields: safe, tags: [] }).length === 0);
        const { config } = parseConfig({ jumpcloud_api: { start_date }, output: { fields: safe } }, {}, NOW);
        assert.deepEqual(JSON.parse(JSON.stringify(withoutTokens(config))), config);
      }),
    );
  });

  test('has no room for a token: the compiler refuses a configuration that may hold one', () => {
    const deploy = (config: DeployedConfig) => JSON.stringify(config);
    // @ts-expect-error A Config may hold tokens; without this error the type would let them through.
    assert.match(deploy(full() satisfies Config), /shipping-token-1/);
    assert.doesNotMatch(deploy(withoutTokens(full())), /shipping-token-1|jumpcloud-key-1/);
  });
});
