/** `npm run uninstall`, as far as it goes without an account; test/deploy/ runs it whole. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { goes, parseUninstallArguments, stays } from '../../infra/uninstall-words.ts';
import { synth } from './synth.ts';

const OUTPUTS = {
  TableName: 'jumpcloud-logzio-State1C20CC9A-1B354F7C70FBE',
  LogGroupName: 'jumpcloud-logzio-ShipperLogsC5150F11-abcdefghijkl',
  TokenParameters: '/jumpcloud-logzio/logzio-token, /jumpcloud-logzio/jumpcloud-token',
};

const PROGRAM = join(import.meta.dirname, '../../infra/uninstall.ts');

/** What AWS says of a stack that this program did not make. */
const ANSWERS: Readonly<Record<string, string>> = {
  GetCallerIdentity: '<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/a</Arn>',
  DescribeStacks:
    '<Stacks><member><StackName>payroll</StackName><Outputs><member><OutputKey>Url</OutputKey><OutputValue>u</OutputValue></member></Outputs></member></Stacks>',
};

describe('npm run uninstall', () => {
  it('shows account, region, what goes and what stays before it asks', () => {
    const shownFirst = goes('jumpcloud-logzio', { account: '111122223333', region: 'eu-west-1' }, OUTPUTS);
    for (const shown of ['111122223333', 'eu-west-1', ...Object.values(OUTPUTS)])
      assert.ok(shownFirst.includes(shown), shown);
  });

  it('ends with how to go on later, and with the commands that remove the rest', () => {
    const last = stays(OUTPUTS);
    assert.match(last, /state:\n {2}table: jumpcloud-logzio-State1C20CC9A-1B354F7C70FBE\n/);
    assert.match(
      last,
      /aws ssm delete-parameters --names \/jumpcloud-logzio\/logzio-token \/jumpcloud-logzio\/jumpcloud-token\n/,
    );
  });

  it('warns before the tokens are deleted that another stack may read the same', () => {
    assert.match(stays(OUTPUTS), /Keep parameters that another stack reads/);
  });

  it('of a stack that was never deployed to its end shows no command that cannot be run', () => {
    const last = stays({});
    assert.doesNotMatch(last, /unknown|aws /);
    assert.match(last, /A table and a log group may be left/);
  });

  it('finds everything it names among the outputs of the stack', () => {
    const outputs = Object.keys(synth().toJSON().Outputs);
    for (const name of Object.keys(OUTPUTS)) assert.ok(outputs.includes(name), name);
  });

  it('leaves the stack of another program alone, whatever was typed', async (t) => {
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      const action = new URLSearchParams(await text(request)).get('Action') ?? '';
      asked.push(action);
      response.end(`<${action}Response><${action}Result>${ANSWERS[action]}</${action}Result></${action}Response>`);
    }).listen(0);
    t.after(() => server.close());
    await once(server, 'listening');
    const env = {
      ...{ PATH: process.env.PATH, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    const child = spawn(process.execPath, [PROGRAM, '--stack', 'payroll', '--yes'], { env });
    t.after(() => child.kill('SIGKILL'));
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.equal(code, 1, said);
    assert.match(said, /The stack payroll is not one of this program/);
    assert.deepEqual(asked, ['GetCallerIdentity', 'DescribeStacks']);
  });

  it('says what it knows when it is given a wrong flag, and touches nothing', () => {
    assert.throws(
      () => parseUninstallArguments(['--force']),
      /Unknown flag --force: known are --stack, --yes and --help\. See --help\./,
    );
    const { status, stdout } = spawnSync(process.execPath, [PROGRAM, '--help'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    });
    assert.equal(status, 0);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
  });
});
