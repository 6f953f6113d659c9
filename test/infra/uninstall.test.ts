/** `npm run uninstall`, as far as it goes without an account; test/deploy/ runs it whole. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { goes, parseUninstallArguments, stays } from '../../infra/uninstall-words.ts';
import { synth } from './synth.ts';

const OUTPUTS = {
  TableName: 'jumpcloud-logzio-State1C20CC9A-1B354F7C70FBE',
  LogGroupName: 'jumpcloud-logzio-ShipperLogsC5150F11-abcdefghijkl',
  TokenParameters: '/jumpcloud-logzio/logzio-token, /jumpcloud-logzio/jumpcloud-token',
};

describe('npm run uninstall', () => {
  it('shows account, region, what goes and what stays before it asks', () => {
    const text = goes('jumpcloud-logzio', { account: '111122223333', region: 'eu-west-1' }, OUTPUTS);
    for (const shown of ['111122223333', 'eu-west-1', ...Object.values(OUTPUTS)])
      assert.ok(text.includes(shown), shown);
  });

  it('ends with how to go on later, and with the commands that remove the rest', () => {
    const text = stays(OUTPUTS);
    assert.match(text, /state:\n {2}table: jumpcloud-logzio-State1C20CC9A-1B354F7C70FBE\n/);
    assert.match(
      text,
      /aws ssm delete-parameters --names \/jumpcloud-logzio\/logzio-token \/jumpcloud-logzio\/jumpcloud-token\n/,
    );
  });

  it('finds everything it names among the outputs of the stack', () => {
    const outputs = Object.keys(synth().toJSON().Outputs);
    for (const name of Object.keys(OUTPUTS)) assert.ok(outputs.includes(name), name);
  });

  it('says what it knows when it is given a wrong flag, and touches nothing', () => {
    assert.throws(
      () => parseUninstallArguments(['--force']),
      /Unknown flag --force: known are --stack, --yes and --help\. See --help\./,
    );
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../infra/uninstall.ts'), '--help'],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      },
    );
    assert.equal(status, 0);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });
});
