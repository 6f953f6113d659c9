/**
 * Builds the image: on the base that NODE_IMAGE names, or on a Debian with the Node.js of the
 * lockfile, made here.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { podman, requirePrograms } from './podman.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEBIAN = 'bookworm';
const IMAGE = 'localhost/jumpcloud-logzio-test';

/** @returns the name of the image */
export async function buildImage(): Promise<string> {
  requirePrograms(['podman', 'runc']);
  const { NODE_IMAGE: base = await ownBase(), NODE_EXTRA_CA_CERTS: certificates } = process.env;
  await podman(
    'build',
    ...['--file', join(ROOT, 'Dockerfile'), '--tag', IMAGE, '--build-arg', `NODE_IMAGE=${base}`],
    ...(certificates === undefined ? [] : ['--secret', `id=ca,src=${certificates}`]),
    // As Docker writes it, with HEALTHCHECK; without a layer for each line, which only costs time
    // here.
    ...['--format', 'docker', '--layers=false'],
    ...['--isolation', 'chroot', '--network', 'host'],
    ROOT,
  );
  await podman('image', 'prune', '--force'); // the one before
  return IMAGE;
}

/**
 * What node:24-slim is: a small Debian with Node.js, npm and a user of number 1000. Made once for
 * each version.
 */
async function ownBase(): Promise<string> {
  const base = `localhost/node-on-${DEBIAN}:${process.versions.node}`;
  if ((await podman('images', '--quiet', base)).trim() !== '') return base;
  requirePrograms(['debootstrap']);
  const folder = mkdtempSync(join(tmpdir(), 'node-base-'));
  try {
    const system = join(folder, 'system');
    execFileSync('debootstrap', ['--variant=minbase', DEBIAN, system], { stdio: ['ignore', 'ignore', 'inherit'] });
    installNode(join(system, 'usr/local'));
    execFileSync('chroot', [system, 'useradd', '--uid', '1000', '--create-home', 'node']);
    const archive = join(folder, 'system.tar');
    execFileSync('tar', ['--create', '--file', archive, '--directory', system, '.']);
    await podman('import', archive, base);
    return base;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function installNode(prefix: string): void {
  const { npm_execpath: npm } = process.env;
  if (npm === undefined || !existsSync(npm)) throw new Error('Start this with npm: npm run test:image');
  const modules = join(prefix, 'lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(process.execPath, join(prefix, 'bin/node'));
  cpSync(dirname(dirname(npm)), join(modules, 'npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(prefix, 'bin/npm'));
}
