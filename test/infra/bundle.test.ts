/**
 * What is uploaded: one file of code, what Node.js has to know of it, and the configuration; the
 * same for the same source.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundle, bundleShip } from '../../infra/bundle.ts';
import { requireNode } from '../../infra/node-version.ts';
import { readConfigToDeploy } from '../../lib/config/read.ts';

const scratch = mkdtempSync(join(tmpdir(), 'infra-bundle-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Half of it is the AWS SDK. */
const LARGEST_BUNDLE_BYTES = 620_000;

const TOKEN = 'hVnFAkEShippingTokenAbCdEfGhIjKl';
const { config } = readConfigToDeploy(scratch, { LOGZIO_API_TOKEN: TOKEN }, Date.now());
const contentOf = (directory: string) =>
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]);

/** Loads the bundle as Lambda does. */
function printed(directory: string, env: NodeJS.ProcessEnv = process.env): string {
  const program = `require('${join(directory, 'index')}').handler().then((text) => process.stdout.write(text));`;
  return String(execFileSync(process.execPath, ['--input-type=commonjs', '-e', program], { cwd: tmpdir(), env }));
}

describe('the bundle', () => {
  const entry = join(scratch, 'entry.ts');
  writeFileSync(
    entry,
    `import { GetItemCommand } from '${pathToFileURL(join(import.meta.dirname, '../../node_modules/@aws-sdk/client-dynamodb/dist-es/index.js')).pathname}';
     class NamedError extends GetItemCommand {}
     export const handler = async (): Promise<string> => [NamedError.name, import.meta.dirname].join();`,
  );

  it('runs without node_modules, wherever it lies', async () => {
    const directory = await bundle({ config, entry, directory: join(scratch, 'a') });
    assert.equal(printed(directory).split(',')[1], directory);
    writeFileSync(join(scratch, 'package.json'), '{ "type": "module" }');
    assert.equal(printed(directory).split(',')[1], directory);
  });

  it('keeps the names of classes where a library goes by them', async () => {
    const directory = await bundle({ entry, keepNames: true, directory: join(scratch, 'named') });
    assert.match(printed(directory), /^NamedError,/);
  });

  it('takes its credentials from where Lambda has them, the session token with them, and says where it looked', async () => {
    const client = join(import.meta.dirname, '../../node_modules/@aws-sdk/client-dynamodb/dist-es/index.js');
    const source = join(scratch, 'credentials.ts');
    writeFileSync(
      source,
      `import { DynamoDBClient } from '${pathToFileURL(client).pathname}';
       const { credentials } = new DynamoDBClient({ region: 'us-east-1' }).config;
       export const handler = async () => JSON.stringify(await credentials().catch(({ message }) => message));`,
    );
    const directory = await bundle({ config, entry: source, directory: join(scratch, 'credentials') });
    const inLambda = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'session' };
    const run = (env: NodeJS.ProcessEnv) => JSON.parse(printed(directory, env));
    const { accessKeyId, secretAccessKey, sessionToken } = run(inLambda);
    assert.deepEqual([accessKeyId, secretAccessKey, sessionToken], ['key', 'secret', 'session']);
    const refused = run({ AWS_SECRET_ACCESS_KEY: 'secret' });
    assert.match(refused, /no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment/);
  });

  it('is the same, byte for byte, for the same source, wherever it is made', async () => {
    assert.deepEqual(
      contentOf(await bundle({ config, entry, directory: join(scratch, 'b') })),
      contentOf(await bundle({ config, entry, directory: join(scratch, 'deeper/c') })),
    );
  });

  it('of the function itself stays small, because a new instance has to load all of it', async () => {
    const directory = await bundleShip(join(scratch, 'ship'), config);
    const { size } = statSync(join(directory, 'index.js'));
    assert.ok(size <= LARGEST_BUNDLE_BYTES, `${size} bytes: see with esbuild's metafile what came in`);
  });

  it('carries the configuration that the function reads, without tokens, and nothing from an earlier build', async () => {
    const directory = join(scratch, 'd');
    await bundle({ config, entry, directory });
    writeFileSync(join(directory, 'stale.js'), '');
    await bundle({ config, entry, directory });
    assert.deepEqual(readdirSync(directory).sort(), ['config.json', 'index.js', 'package.json']);
    const text = readFileSync(join(directory, 'config.json'), 'utf8');
    assert.ok(!text.includes(TOKEN));
    assert.deepEqual(JSON.parse(text), config);
  });
});

describe('an entry point', () => {
  it('started by an older Node says which one it needs and how to get it', () => {
    assert.throws(() => requireNode('20.20.2'), /runs on Node\.js 20\.20\.2, but needs 24.*npx cdk/);
    assert.doesNotThrow(() => requireNode('24.21.0'));
  });
});
