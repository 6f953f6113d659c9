/**
 * `npm run tokens`, run as a user runs it: against a server that answers like SSM and STS, with and
 * without a terminal.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { ReadStream } from 'node:tty';
import { askHidden } from '../../local/prompt.ts';
import { parseTokensArguments } from '../../local/tokens-arguments.ts';

const SHIPPING_TOKEN = 'oNeLoGzIoShIpPiNgToKeNoFlEtTeRs';
const JUMPCLOUD_KEY = '0123456789abcdef0123456789abcdef01234567';
const COMMAND = join(import.meta.dirname, '../../local/tokens.ts');
const CALLER = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

/** Nothing of the machine's own AWS configuration. */
const SAFE = {
  PATH: process.env.PATH ?? '',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_MAX_ATTEMPTS: '1',
};

interface Run {
  readonly code: number | null;
  readonly output: string;
}

describe('npm run tokens', () => {
  let directory: string;
  const put: Record<string, unknown>[] = [];
  /** The answer to the next PutParameter of this name, in place of success. */
  const refusals = new Map<string, { type: string; message: string }>();

  const aws = createServer(async (request, response) => {
    const body = await text(request);
    if (body.includes('GetCallerIdentity')) return void response.setHeader('content-type', 'text/xml').end(CALLER);
    const input = JSON.parse(body);
    const refusal = refusals.get(input.Name);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (refusal) {
      response.statusCode = 400;
      return void response.end(JSON.stringify({ __type: refusal.type, message: refusal.message }));
    }
    put.push(input);
    response.end(JSON.stringify({ Version: put.length, Tier: 'Standard' }));
  });
  const endpoint = () => `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;

  before(async () => {
    aws.listen(0, '127.0.0.1');
    await once(aws, 'listening');
  });
  after(() => aws.close());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tokens-'));
  });
  afterEach(() => {
    put.length = 0;
    refusals.clear();
    rmSync(directory, { recursive: true });
  });

  /** An empty value takes the variable away. */
  const environmentWith = (more: Record<string, string>) => {
    const all = { ...SAFE, HOME: directory, AWS_ENDPOINT_URL: endpoint(), ...more };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  };
  const tokens = { LOGZIO_API_TOKEN: SHIPPING_TOKEN, JUMPCLOUD_API_TOKEN: JUMPCLOUD_KEY };
  const config = (yaml: string) => writeFileSync(join(directory, 'config.yaml'), yaml, { mode: 0o600 });

  /** Runs it without a terminal. */
  async function run(words: string[], environment: Record<string, string> = {}): Promise<Run> {
    const child = spawn(process.execPath, [COMMAND, ...words], {
      cwd: directory,
      env: environmentWith(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const output = out + err;
    assert.ok(!output.includes(SHIPPING_TOKEN) && !output.includes(JUMPCLOUD_KEY), `a token in:\n${output}`);
    return { code, output };
  }

  test('puts the tokens of a second stack into the parameters of its own config.yaml, which --config finds', async () => {
    mkdirSync(join(directory, 'second'));
    writeFileSync(join(directory, 'second/config.yaml'), 'logzio: {token_parameter: /second/token}\n');
    const { code, output } = await run(['--config', 'second', '--only', 'logzio'], tokens);
    assert.equal(code, 0, output);
    assert.deepEqual(
      put.map(({ Name }) => Name),
      ['/second/token'],
    );
  });

  test('puts nothing where --config names a folder without config.yaml', async () => {
    const { code, output } = await run(['--config', 'secnd'], tokens);
    assert.match(output, /--config: there is no config\.yaml in secnd/);
    assert.equal(code, 2);
    assert.equal(put.length, 0);
  });

  test('puts both tokens as SecureStrings, and says account, region and names before', async () => {
    config(`logzio: {token: ${SHIPPING_TOKEN}}\njumpcloud_api: {credentials: {token_parameter: /mine/key}}\n`);
    const { code, output } = await run([], { JUMPCLOUD_API_TOKEN: JUMPCLOUD_KEY });
    assert.equal(code, 0, output);
    assert.deepEqual(
      put.map(({ Name, Value, Type, Overwrite, KeyId }) => ({ Name, Value, Type, Overwrite, KeyId })),
      [
        {
          Name: '/jumpcloud-logzio/logzio-token',
          Value: SHIPPING_TOKEN,
          Type: 'SecureString',
          Overwrite: true,
          KeyId: undefined,
        },
        { Name: '/mine/key', Value: JUMPCLOUD_KEY, Type: 'SecureString', Overwrite: true, KeyId: undefined },
      ],
    );
    const told = [
      '123456789012',
      'eu-west-1',
      endpoint(),
      '/jumpcloud-logzio/logzio-token',
      'from  config.yaml',
      '/mine/key',
      'from  JUMPCLOUD_API_TOKEN',
      'npm run tokens -- --only logzio',
    ];
    const positions = [...told, 'Written: '].map((words) => output.indexOf(words));
    assert.ok(
      positions.every((position) => position >= 0),
      output,
    );
    assert.ok(
      positions.slice(0, -1).every((position) => position < (positions.at(-1) ?? 0)),
      output,
    );
  });

  for (const token of [`'"${SHIPPING_TOKEN}"'`, `Bearer ${SHIPPING_TOKEN}`, `x-api-key:${SHIPPING_TOKEN}`]) {
    test(`refuses a token as ${token.replace(SHIPPING_TOKEN, 'TOKEN')}, and writes nothing`, async () => {
      const { code, output } = await run([], { ...tokens, LOGZIO_API_TOKEN: token });
      assert.equal(code, 2, output);
      assert.match(output, /LOGZIO_API_TOKEN: .* expected the token itself: it (is in quotes|begins with)/);
      assert.deepEqual(put, []);
    });
  }

  test('says to try a new token before the old one is revoked, and only where there was an old one', async () => {
    const first = await run(['--only', 'logzio'], tokens);
    assert.doesNotMatch(first.output, /revoke/);
    const second = await run(['--only', 'logzio'], tokens);
    assert.match(second.output, /Try it before you revoke the old one: npm run check:live/);
  });

  test('puts one of them for a rotation, although the other is nowhere to be found', async () => {
    const { code } = await run(['--only', 'logzio', '--yes'], { LOGZIO_API_TOKEN: SHIPPING_TOKEN });
    assert.equal(code, 0);
    assert.deepEqual(
      put.map(({ Value }) => Value),
      [SHIPPING_TOKEN],
    );
  });

  test('encrypts with the configured key, and puts the credentials of the proxy where one is configured', async () => {
    const key = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    config(
      `aws: {kms_key_arn: ${key}}\nnetwork: {proxy: "http://proxy:3128", proxy_credentials_parameter: /mine/proxy}\n`,
    );
    const { code, output } = await run([], { ...tokens, PROXY_CREDENTIALS: 'ada:very-secret' });
    assert.equal(code, 0, output);
    assert.deepEqual(
      put.map(({ Name }) => Name),
      ['/jumpcloud-logzio/logzio-token', '/jumpcloud-logzio/jumpcloud-token', '/mine/proxy'],
    );
    assert.ok(put.every(({ KeyId }) => KeyId === key));
    assert.doesNotMatch(output, /very-secret/);
  });

  describe('the key of output.hash_fields', () => {
    const HASHING = 'output: {hash_fields: [client_ip]}\n';
    const NAME = '/jumpcloud-logzio/hash-key';
    const keys = () => put.filter(({ Name }) => Name === NAME);

    test('is made of 32 random bytes where none is given, and never shown', async () => {
      config(HASHING);
      const [first, second] = [await run([], tokens), await run([], tokens)];
      assert.equal(first.code, 0, first.output);
      const [one, other] = keys().map(({ Value }) => String(Value));
      assert.equal(Buffer.from(one ?? '', 'base64url').length, 32);
      assert.notEqual(one, other);
      assert.ok(!first.output.includes(one ?? '') && !second.output.includes(other ?? ''));
      assert.match(
        first.output,
        /to {4}\/jumpcloud-logzio\/hash-key, unless it holds a key already\n {2}from {2}random bytes/,
      );
    });

    test('is not put where no field is hashed', async () => {
      config('output: {drop_fields: [client_ip]}\n');
      assert.equal((await run([], { ...tokens, HASH_KEY: 'x'.repeat(32) })).code, 0);
      assert.deepEqual(keys(), []);
      assert.match((await run(['--only', 'hashing'])).output, /config\.yaml has no output\.hash_fields/);
    });

    test('stays where there is one already, and the tokens are written all the same', async () => {
      config(HASHING);
      refusals.set(NAME, { type: 'ParameterAlreadyExists', message: 'The parameter already exists.' });
      const { code, output } = await run([], tokens);
      assert.equal(code, 0, output);
      assert.match(output, /Kept: \/jumpcloud-logzio\/hash-key holds a key already.*--only hashing/);
      assert.equal(put.length, 2);
    });

    test('is replaced by --only hashing alone, which says that all hashes change', async () => {
      config(HASHING);
      await run([], tokens);
      const { output } = await run(['--only', 'hashing'], { HASH_KEY: 'k'.repeat(40) });
      assert.deepEqual(
        keys().map(({ Overwrite }) => Overwrite),
        [false, true],
      );
      assert.equal(keys()[1]?.Value, 'k'.repeat(40));
      assert.match(output, /in place of an old key: all hashes change\n {2}from {2}HASH_KEY/);
      assert.ok(!output.includes('k'.repeat(40)));
    });

    test('is refused where it is short', async () => {
      config(HASHING);
      const { code, output } = await run([], { ...tokens, HASH_KEY: 'short-key' });
      assert.equal(code, 2);
      assert.match(output, /HASH_KEY: expected at least 32 letters/);
      assert.deepEqual(put, []);
    });
  });

  test('refuses a token on the command line and says why', async () => {
    const { code, output } = await run(['--only', 'logzio', SHIPPING_TOKEN], tokens);
    assert.equal(code, 2);
    assert.match(output, /does not belong on the command line.*history.*Revoke/s);
    assert.deepEqual(put, []);
  });

  test('shows how it is used, in 80 columns, without asking AWS for anything', async () => {
    const { code, output } = await run(['--help'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    assert.equal(code, 0);
    assert.match(output, /--only NAME/);
    assert.ok(output.split('\n').every((line) => line.length <= 80));
  });

  test('says which variable to set where there is no terminal to ask on', async () => {
    const { code, output } = await run([], { LOGZIO_API_TOKEN: SHIPPING_TOKEN });
    assert.equal(code, 2);
    assert.match(output, /JumpCloud API key: set JUMPCLOUD_API_TOKEN/);
    assert.deepEqual(put, []);
  });

  test('refuses a wrong configuration with all its faults', async () => {
    config('logzio: {tokn: x}\naws: {kms_key_arn: alias/x}\n');
    const { code, output } = await run([], tokens);
    assert.equal(code, 2);
    assert.match(output, /has 2 faults/);
  });

  test('says what AWS refused and what was written before, without the token that AWS quotes', async () => {
    refusals.set('/jumpcloud-logzio/jumpcloud-token', {
      type: 'AccessDeniedException',
      message: `not allowed: ${JUMPCLOUD_KEY}`,
    });
    const { code, output } = await run([], tokens);
    assert.equal(code, 1);
    assert.match(
      output,
      /Written: \/jumpcloud-logzio\/logzio-token.*jumpcloud-token was not written: AccessDeniedException.*ssm:PutParameter/s,
    );
  });

  for (const [name, environment, told] of [
    ['there is no region', { AWS_REGION: '' }, /Set AWS_REGION/],
    ['AWS cannot be reached', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, /which account this is: .*ECONNREFUSED/],
    ['there are no credentials', { AWS_ACCESS_KEY_ID: '' }, /Sign in again/],
  ] as const) {
    test(`writes nothing when ${name}`, async () => {
      const { code, output } = await run([], { ...tokens, ...environment });
      assert.equal(code, 1, output);
      assert.match(output, told);
      assert.deepEqual(put, []);
    });
  }

  /** util-linux's way to run a command on a terminal of its own. */
  const onPty = 'script';
  const noScript = spawnSync(onPty, ['--version']).status !== 0 && `needs the command "${onPty}" for a terminal`;

  /** Runs it on a terminal, and types each answer when its question shows. */
  async function onTerminal(answers: readonly (readonly [RegExp, string])[]): Promise<Run> {
    const command = `'${process.execPath}' '${COMMAND}'`;
    const child = spawn(onPty, ['-qec', command, '/dev/null'], {
      cwd: directory,
      env: environmentWith({ TERM: 'dumb' }),
    });
    let output = '';
    const waiting = [...answers];
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [question, answer] = waiting[0] ?? [];
      if (answer === undefined || !question?.test(output)) return;
      waiting.shift();
      child.stdin.write(answer);
    });
    const [code] = await once(child, 'close');
    assert.ok(!output.includes(SHIPPING_TOKEN) && !output.includes(JUMPCLOUD_KEY), `a token in:\n${output}`);
    return { code, output };
  }

  test('asks for what is missing without showing it, then whether to write', { skip: noScript }, async () => {
    const { code, output } = await onTerminal([
      [/shipping token \(not shown\): /, `${SHIPPING_TOKEN}\r`],
      [/API key \(not shown\): /, `${JUMPCLOUD_KEY}\r`],
      [/\[y\/N\] /, 'y\r'],
    ]);
    assert.equal(code, 0, output);
    assert.deepEqual(
      put.map(({ Value }) => Value),
      [SHIPPING_TOKEN, JUMPCLOUD_KEY],
    );
    assert.match(output, /31 characters/);
  });

  test('writes nothing after a no', { skip: noScript }, async () => {
    const answers = [
      [/shipping token \(not shown\): /, `${SHIPPING_TOKEN}\r`],
      [/API key \(not shown\): /, `${JUMPCLOUD_KEY}\r`],
      [/\[y\/N\] /, '\r'],
    ] as const;
    const { code, output } = await onTerminal(answers);
    assert.equal(code, 1);
    assert.match(output, /Nothing was written/);
    assert.deepEqual(put, []);
  });

  test('writes nothing after Ctrl-C, at the token and at the question', { skip: noScript }, async () => {
    const first = await onTerminal([[/\(not shown\): /, '\u0003']]);
    config(`logzio: {token: ${SHIPPING_TOKEN}}\njumpcloud_api: {credentials: {token: ${JUMPCLOUD_KEY}}}\n`);
    const second = await onTerminal([[/\[y\/N\] /, '\u0003']]);
    assert.deepEqual([first.code, second.code], [130, 130], first.output + second.output);
    assert.deepEqual(put, []);
  });

  test('checks a typed token like any other', { skip: noScript }, async () => {
    const { code, output } = await onTerminal([
      [/shipping token \(not shown\): /, 'two words\r'],
      [/API key \(not shown\): /, `${JUMPCLOUD_KEY}\r`],
    ]);
    assert.equal(code, 2);
    assert.match(output, /LOGZIO_API_TOKEN: found a text of 9 characters; expected the log shipping token/);
    assert.deepEqual(put, []);
  });
});

describe('the command line of npm run tokens', () => {
  test('says which tokens, and whether to ask', () => {
    assert.deepEqual(parseTokensArguments([]), { only: [], yes: false, help: false });
    assert.deepEqual(parseTokensArguments(['--only', 'logzio', '--only=proxy', '-y']), {
      only: ['logzio', 'proxy'],
      yes: true,
      help: false,
    });
  });

  for (const words of [
    [SHIPPING_TOKEN],
    ['--token', 'abc'],
    [`--logzio-token=${SHIPPING_TOKEN}`],
    ['--only', SHIPPING_TOKEN],
    [`--only=${SHIPPING_TOKEN}`],
    [`--${SHIPPING_TOKEN}`],
    [`--yes=${SHIPPING_TOKEN}`],
    ['--yes', '--', JUMPCLOUD_KEY],
    [`-${JUMPCLOUD_KEY}`],
    ['anything'],
  ]) {
    test(`refuses what may be a token, without repeating it: ${words.join(' ').replace(/\w{30,}/, 'TOKEN')}`, () => {
      const isRefused = ({ name, message }: Error) =>
        name === 'CommandLineError' && !/[A-Za-z0-9]{20,}|anything|abc/.test(message);
      assert.throws(() => parseTokensArguments(words), isRefused);
    });
  }

  for (const [words, told] of [
    [['--onyl=logzio'], /Unknown flag --onyl: did you mean --only\?/],
    [['--frobnicate=1'], /Unknown flag --frobnicate: known are --only, --config, --yes and --help\. See --help\./],
    [['-x'], /Unknown flag -x: known are/],
    [['--yes=no'], /--yes takes no value/],
    [['--only'], /--only takes logzio, jumpcloud, proxy/],
    [['--only', 'splunk'], /not "splunk"/],
    [['logzio'], /Did you mean --only logzio\?/],
  ] as const) {
    test(`refuses ${words.join(' ')}`, () => {
      assert.throws(() => parseTokensArguments(words), { name: 'CommandLineError', message: told });
    });
  }
});

describe('a question whose answer is not shown', () => {
  /** A terminal's input as far as the question uses it, which remembers whether it was raw. */
  class FakeTerminal extends PassThrough {
    readonly modes: boolean[] = [];
    setRawMode(raw: boolean): this {
      this.modes.push(raw);
      return this;
    }
  }

  test('takes a pasted line, honours backspace, echoes nothing, and gives the terminal back', async () => {
    const input = new FakeTerminal();
    const output = new PassThrough();
    const asked = askHidden('Token: ', { input: input as unknown as ReadStream, output });
    input.write('sec');
    input.write('rxe\u007f\u007fet\nnext line');
    assert.equal(await asked, 'secret');
    assert.deepEqual(input.modes, [true, false]);
    assert.equal(output.read()?.toString(), 'Token: \n');
  });

  for (const [name, act] of [
    ['Ctrl-C', (input: FakeTerminal) => input.write('abc\u0003')],
    ['Ctrl-D', (input: FakeTerminal) => input.write('\u0004')],
    ['the end of the input', (input: FakeTerminal) => input.end()],
  ] as const) {
    test(`ends with ${name}, and gives the terminal back`, async () => {
      const input = new FakeTerminal();
      const asked = askHidden('Token: ', { input: input as unknown as ReadStream, output: new PassThrough() });
      act(input);
      await assert.rejects(asked, { name: 'Interrupted' });
      assert.deepEqual(input.modes, [true, false]);
    });
  }
});
