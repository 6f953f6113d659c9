/**
 * What "npm ci" installs is what the lockfile names, to the byte; nothing is fetched or run beside
 * it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

interface Locked {
  readonly integrity?: string;
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly inBundle?: boolean;
}
const packages: Record<string, Locked> = JSON.parse(read('package-lock.json')).packages;
const installed = Object.entries(packages).filter(([path, { inBundle }]) => path !== '' && !inBundle);

test('the lockfile names an integrity for every package', () => {
  const without = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path);
  assert.deepEqual(without, []);
});

test('the Node.js that runs this is a package of the lockfile, pinned exactly, for each platform that has one', () => {
  const { optionalDependencies } = JSON.parse(read('package.json'));
  for (const [name, version] of Object.entries(optionalDependencies)) {
    assert.match(String(version), /^24\.\d+\.\d+$/, name);
    assert.equal(packages[`node_modules/${name}`]?.version, version);
    assert.ok(packages[`node_modules/${name}`]?.integrity);
  }
  assert.equal(packages['node_modules/node'], undefined, 'which fetches its binary in an install script');
});

test('no install script runs: of the two packages that have one, both work without', () => {
  assert.match(read('.npmrc'), /^ignore-scripts=true$/m);
  const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  // esbuild's binary is a package of its own; classic-level brings its binaries along.
  assert.deepEqual(withScript, ['node_modules/classic-level', 'node_modules/esbuild']);
});

test('the lockfile names no registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});

test('every direct dependency is pinned exactly', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'));
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
});
