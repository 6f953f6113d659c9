/**
 * The digest of a few histories that the repository keeps: it shows that a run is the same on every
 * machine.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, playAll } from './pool.ts';

export const KEPT = 'test/simulation/digest.txt';
const FILE = join(import.meta.dirname, 'digest.txt');
const SEED = 'kept';
const HISTORIES = 10;

export async function currentDigest(): Promise<string> {
  return digestOf(await playAll(SEED, HISTORIES));
}

export async function keptDigest(): Promise<string> {
  return (await readFile(FILE, 'utf8')).trim();
}

/** Every change of what the program asks for, or in which order, changes the digest. */
export async function keepDigest(): Promise<string> {
  const digest = await currentDigest();
  await writeFile(FILE, `${digest}\n`);
  return digest;
}
