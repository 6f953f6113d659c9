/**
 * Turns the function's source and its configuration into the directory that Lambda runs; the same
 * input gives the same bytes.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { DeployedConfig } from '../lib/config/config.ts';

interface BundleInput {
  /** Absent for a function that reads none. */
  readonly config?: DeployedConfig;
  /** The TypeScript file that exports `handler`. */
  readonly entry: string;
  /** For a library that goes by the names of its classes; a tenth larger. */
  readonly keepNames?: boolean;
  /** Emptied, then filled with `index.js`, `package.json` and `config.json`. */
  readonly directory: string;
}

/** In place of what our libraries bring along and the function never uses: less to load. */
const insteadOf = (file: string) => join(import.meta.dirname, 'bundle', file);
const WITHOUT = {
  'cacheable-request': insteadOf('no-cache.ts'),
  '@aws-sdk/credential-provider-node': insteadOf('environment-credentials.ts'),
  '@aws-sdk/endpoint-cache': insteadOf('no-endpoint-cache.ts'),
};
/** A file of got's own, which no package's name stands for. */
const WITHOUT_HTTP2: Plugin = {
  name: 'without-http2',
  setup: ({ onResolve }) => onResolve({ filter: /\/http2-client\.js$/ }, () => ({ path: insteadOf('no-http2.ts') })),
};

/**
 * @returns the directory, ready for `lambda.Code.fromAsset`.
 * @throws esbuild's own error, with file and line, when the source does not compile.
 */
export async function bundle({ config, entry, keepNames = false, directory }: BundleInput): Promise<string> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await build({
    entryPoints: [entry],
    outfile: join(directory, 'index.js'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    // An import of one of Node's own modules evaluates all that it exports, of `node:http` a whole
    // second HTTP client; `require` does not. That is a sixth of what a new instance's start costs,
    // and a fifth of what its first run does.
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    // The AWS SDK's CommonJS build is twice the size of its ES modules.
    mainFields: ['module', 'main'],
    alias: WITHOUT,
    plugins: [WITHOUT_HTTP2],
    minify: true,
    inject: [insteadOf('no-form-data.ts')],
    keepNames,
    legalComments: 'none',
    logLevel: 'warning',
  });
  // Whatever the directory above says of its own files.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  if (config) writeFileSync(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  return directory;
}

/** The shipping function. @param config absent where the stack's parameters hold it */
export async function bundleShip(directory: string, config?: DeployedConfig): Promise<string> {
  return await bundle({ ...(config && { config }), entry: entryOf('ship'), directory });
}

/** The function of backfills. Its SDK goes by the names of its errors' classes. */
export async function bundleBackfill(directory: string): Promise<string> {
  return await bundle({ entry: entryOf('backfill'), keepNames: true, directory });
}

function entryOf(name: string): string {
  return join(import.meta.dirname, `../functions/${name}.ts`);
}
