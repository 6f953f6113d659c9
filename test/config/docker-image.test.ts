/**
 * The `config.yaml` of the Docker image logzio-jumpcloud, in every form that its documentation and
 * its releases knew.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { parseYaml } from '../../lib/config/read.ts';

const NOW = Date.parse('2023-05-10T00:00:00Z');
const SHIPPING_TOKEN = 'oNeLoGzIoShIpPiNgToKeNoFlEtTeRs';
const JUMPCLOUD_KEY = '0123456789abcdef0123456789abcdef01234567';

const parse = (yaml: string, environment = {}) => parseConfig(parseYaml(yaml), environment, NOW);

/** The documented example, indented by one space and by three as it is there. */
const documented = (changes: { start?: string; interval?: string; more?: string; org?: string } = {}) => `
logzio:
 url: "https://listener.logz.io:8071"
 token: "${SHIPPING_TOKEN}"
jumpcloud_api:
${changes.more ?? ''}   start_date:${changes.start ?? ''}
   credentials:
     token: "${JUMPCLOUD_KEY}"
${changes.org ?? ''}   settings:
     time_interval:${changes.interval ?? ''}
`;

function assertBothTokens({ config }: { config: Config }): void {
  assert.equal(config.logzio.url, 'https://listener.logz.io:8071');
  assert.equal(config.logzio.token, SHIPPING_TOKEN);
  assert.equal(config.jumpcloud.url, 'https://api.jumpcloud.com');
  assert.equal(config.jumpcloud.credentials.token, JUMPCLOUD_KEY);
  assert.equal(config.jumpcloud.settings.timeIntervalMinutes, 5);
  assert.deepEqual(config.jumpcloud.settings.services, ['all']);
}

describe('a config.yaml of the Docker image logzio-jumpcloud', () => {
  test('works as documented, with nothing to warn of', () => {
    const read = parse(documented());
    assertBothTokens(read);
    assert.equal(read.config.jumpcloud.startDate, 'now');
    assert.deepEqual(read.warnings, []);
  });

  for (const start of [' 2023-05-04T12:30:00.000000Z', ' "2023-05-04T12:30:00.000000Z"']) {
    test(`starts at${start}`, () => {
      const read = parse(documented({ start }));
      assertBothTokens(read);
      assert.deepEqual(read.config.jumpcloud.startDate, { at: Date.parse('2023-05-04T12:30:00Z') });
    });
  }

  test('works with the address of its first release, and says that it is not needed', () => {
    const read = parse(documented({ more: '   url: https://api.jumpcloud.com/insights/directory/v1/events\n' }));
    assertBothTokens(read);
    assert.equal(read.warnings.length, 1);
  });

  test('works with an organization, quoted or not', () => {
    for (const id of ['"5f3c2a1b9d8e7f6a5b4c3d2e"', '5f3c2a1b9d8e7f6a5b4c3d2e']) {
      const read = parse(documented({ org: `     org_id: ${id}\n` }));
      assertBothTokens(read);
      assert.deepEqual(read.config.jumpcloud.credentials.orgIds, ['5f3c2a1b9d8e7f6a5b4c3d2e']);
    }
  });

  for (const interval of [' "5"', " '5'", ' 5m', ' "5 minutes"']) {
    test(`works with the interval written as text,${interval}, and says how it is read`, () => {
      const read = parse(documented({ interval }));
      assertBothTokens(read);
      assert.match(read.warnings.join(), /time_interval: the text "5.*" is read as 5 minutes/);
    });
  }

  test('works with the tokens in the environment instead, whether the keys are there or not', () => {
    const environment = { LOGZIO_API_TOKEN: SHIPPING_TOKEN, JUMPCLOUD_API_TOKEN: JUMPCLOUD_KEY };
    const empty =
      'logzio:\n url: "https://listener.logz.io:8071"\n token:\njumpcloud_api:\n credentials:\n  token:\n settings:\n  time_interval: 5\n';
    const absent = 'logzio:\n url: "https://listener.logz.io:8071"\njumpcloud_api:\n credentials: {}\n settings: {}\n';
    for (const yaml of [empty, absent]) assertBothTokens(parse(yaml, environment));
  });

  test('works when it was saved on Windows', () => {
    assertBothTokens(parse(`\uFEFF${documented().replaceAll('\n', '\r\n')}`));
  });

  test('is refused with a placeholder that was left in it', () => {
    const yaml = documented().replace(SHIPPING_TOKEN, '<<LOGZIO_TOKEN>>');
    assert.throws(() => parse(yaml), { name: 'ConfigError', message: /logzio\.token: .*still the placeholder/ });
  });

  test('with the plain listener is refused with the address to use, or taken when that is meant', () => {
    const yaml = documented().replace('https://listener.logz.io:8071', 'http://listener-eu.logz.io:8070');
    assert.throws(() => parse(yaml), {
      name: 'ConfigError',
      message: /expected https:\/\/listener-eu\.logz\.io:8071 /,
    });
    const allowed = parse(yaml.replace(' token:', ' allow_http: true\n token:'));
    assert.equal(allowed.config.logzio.url, 'http://listener-eu.logz.io:8070');
  });
});
