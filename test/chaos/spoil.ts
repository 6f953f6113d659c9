/** Spoils some lines of a bulk on its way, as a proxy may: Logz.io takes the others and answers 400. */
import { gzipSync } from 'node:zlib';
import { linesOf } from './cloud.ts';
import type { Chance } from './random.ts';

export type Spoilt = 'malformed' | 'oversized' | 'empty';

/** How each spoilt line is spoilt, by its place in the bulk. */
export type Spoilage = ReadonlyMap<number, Spoilt>;

const LINE_LIMIT_BYTES = 500_000;
/** A padded line must not make the whole body too large. */
const MOST_OVERSIZED = 2;

/** @param lines how many the bulk has; at least one of them is spoilt, maybe all */
export function drawSpoilage(chance: Chance, lines: number): Spoilage {
  const share = chance.pick([0.1, 0.5, 1]);
  const spoilage = new Map<number, Spoilt>([[chance.int(0, lines - 1), 'malformed']]);
  let oversized = 0;
  for (let line = 0; line < lines; line++) {
    if (!chance.happens(share)) continue;
    const how = chance.weighted<Spoilt>([
      [3, 'malformed'],
      [oversized < MOST_OVERSIZED ? 1 : 0, 'oversized'],
      [1, 'empty'],
    ]);
    if (how === 'oversized') oversized++;
    spoilage.set(line, how);
  }
  return spoilage;
}

/** @param body a bulk as it is sent, gzipped */
export function spoil(body: Buffer, spoilage: Spoilage): Buffer {
  const lines = linesOf(body).map((line, place) => spoilLine(line, spoilage.get(place)));
  return gzipSync(`${lines.join('\n')}\n`, { level: 1 });
}

function spoilLine(line: string, how: Spoilt | undefined): string {
  switch (how) {
    case undefined:
      return line;
    case 'malformed':
      return line.slice(0, line.length / 2);
    case 'oversized':
      return line.padEnd(LINE_LIMIT_BYTES + 1);
    case 'empty':
      return '';
  }
}
