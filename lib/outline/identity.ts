/** When an event that has an outline happened, and which one it is. */
import type { EpochMs } from '../platform/clock.ts';
import { parsePlainInstant } from '../platform/instant.ts';
import { shortHashOfTwo } from '../short-hash.ts';
import type { Fingerprint } from '../state/fingerprints.ts';
import { MEMBER_NAMES } from './member-names.ts';
import { INTEGER, NOWHERE, type Outline, TEXT } from './outline.ts';

const ID = MEMBER_NAMES.numberOfText('id');
const TIMESTAMP = MEMBER_NAMES.numberOfText('timestamp');

/** @returns undefined where the timestamp is missing, or has another form than JumpCloud's; it may be readable all the same */
export function instantOf(outline: Outline): EpochMs | undefined {
  const entry = outline.find(TIMESTAMP);
  if (outline.kinds[entry] !== TEXT) return undefined;
  return parsePlainInstant(outline.body, (outline.starts[entry] as number) + 1, (outline.ends[entry] as number) - 1);
}

/** @returns the entry of the event's id; NOWHERE where it has none that identifies it */
export function idIn(outline: Pick<Outline, 'find' | 'kinds' | 'hollow'>): number {
  const entry = outline.find(ID);
  const kind = outline.kinds[entry];
  return kind === INTEGER || (kind === TEXT && outline.hollow[entry] === 0) ? entry : NOWHERE;
}

/**
 * @param id as from `idIn`
 * @returns what `identify` finds; undefined where the event has to be read for that
 */
export function fingerprintOf(outline: Outline, id: number): Fingerprint | undefined {
  const { body, kinds, starts, ends } = outline;
  const quote = kinds[id] === TEXT ? 1 : 0;
  const timestamp = outline.find(TIMESTAMP);
  return shortHashOfTwo(
    body,
    (starts[id] as number) + quote,
    (ends[id] as number) - quote,
    (starts[timestamp] as number) + 1,
    (ends[timestamp] as number) - 1,
  );
}
