/** What arrived: in Logz.io, or in quarantine. */
import type { Stage } from './stage.ts';
import type { TableState } from './table-reader.ts';
import { countTags } from './truth.ts';

/** Copies by tag. */
export type Delivered = ReadonlyMap<string, number>;

export function linesByTag({ cloud }: Pick<Stage, 'cloud'>, { quarantined }: TableState): Delivered {
  const counts = countTags(cloud.logzio.lines);
  for (const tag of quarantined) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return counts;
}
