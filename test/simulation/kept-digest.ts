/** The digest that the repository keeps: it shows that a run is the same on every machine. */
import { join } from 'node:path';
import { digestOf, playAll } from './pool.ts';

export const KEPT = join(import.meta.dirname, 'digest.txt');

/** Of a few histories. What the program asks for, and in which order, decides it. */
export async function currentDigest(): Promise<string> {
  return digestOf(await playAll('kept', 10));
}
