/**
 * Writes the package: a template, two zip files, their checksums and DEPLOY.md; the same bytes for
 * the same source.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { zipSync } from 'fflate';
import { bundleBackfill, bundleShip } from '../bundle.ts';
import { mergeByInterval } from './by-interval.ts';
import { PackageStack } from './package-stack.ts';
import { INTERVALS } from './parameters.ts';

const ROOT = join(import.meta.dirname, '../..');
export const TEMPLATE = 'jumpcloud-logzio.template.json';
const CHECKSUMS = 'SHA256SUMS';
/** Enough that no two versions share a name. */
const HASH_CHARACTERS = 16;

/** @param directory emptied, then filled. @returns the names of the files */
export async function buildPackage(directory: string): Promise<string[]> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    const shipZip = writeZip(directory, 'ship', await bundleShip(join(scratch, 'ship')));
    const backfillZip = writeZip(directory, 'backfill', await bundleBackfill(join(scratch, 'backfill')));
    writeFileSync(join(directory, TEMPLATE), `${JSON.stringify(template(scratch, { shipZip, backfillZip }))}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  copyFileSync(join(ROOT, 'docs/deploy-package.md'), join(directory, 'DEPLOY.md'));
  const files = readdirSync(directory).sort();
  const sums = files.map((file) => `${sha256(readFileSync(join(directory, file)))}  ${file}\n`);
  writeFileSync(join(directory, CHECKSUMS), sums.join(''));
  return [...files, CHECKSUMS];
}

/** A new version has a new name: CloudFormation replaces code only when its place changes. */
function writeZip(directory: string, name: string, code: string): string {
  const zip = zipOf(code);
  const file = `${name}-${sha256(zip).slice(0, HASH_CHARACTERS)}.zip`;
  writeFileSync(join(directory, file), zip);
  return file;
}

function template(scratch: string, zips: { shipZip: string; backfillZip: string }): object {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  const templates = INTERVALS.map((intervalMinutes): [string, object] => {
    const app = new App({ context, outdir: join(scratch, `synth-${intervalMinutes}`) });
    const stack = new PackageStack(app, { intervalMinutes, ...zips });
    return [String(intervalMinutes), app.synth().getStackArtifact(stack.artifactId).template];
  });
  return mergeByInterval(new Map(templates));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As a zip says that its files come from Unix, and that everybody may read them. */
const UNIX = 3;
const READABLE_BY_ALL = 0o100644 << 16;

/** @param directory without folders in it. @returns the same bytes for the same files */
function zipOf(directory: string): Uint8Array {
  const names = readdirSync(directory).sort();
  const files = names.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))]);
  // The first instant that a zip can hold, in local time: the same in every time zone.
  const mtime = new Date(1980, 0, 1);
  return zipSync(Object.fromEntries(files), { level: 9, mtime, os: UNIX, attrs: READABLE_BY_ALL });
}
