/**
 * The right to replay one entry of the quarantine: of two replays at once only one ships it.
 *
 * From the claim until the replay records its outcome, the entry counts as taken whole by Logz.io.
 * If the replay is killed, nobody knows what it had sent; the next list or replay then says that
 * all of it may be in Logz.io.
 */
import type { EpochMs } from '../platform/time.ts';
import type { QUARANTINE_ENTRY } from './items.ts';
import type { Key, Table } from './table.ts';

/** Who replays, and for how long at most: a replay that dies holds its entry no longer. */
export interface Claimant {
  readonly owner: string;
  readonly until: EpochMs;
}

/** `taken`: how many events Logz.io may have had before. `gone`: another replay removed it. */
export type Claim = 'gone' | { readonly heldUntil: EpochMs } | { readonly taken: number };

type EntryKey = Key<typeof QUARANTINE_ENTRY>;

/** Claims an entry. Called once more by the same owner, it says whether the claim still holds. */
export async function claimEntry(
  table: Table,
  key: EntryKey,
  { owner, until }: Claimant,
  now: EpochMs,
): Promise<Claim> {
  const claimed = await table.updateAndRead(key, {
    update: 'SET #claimedBy = :owner, #claimedUntil = :until, #takenBefore = #taken, #taken = #events',
    condition: 'attribute_exists(#item) AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)',
    values: { ':owner': owner, ':until': until, ':now': now },
  });
  if (claimed) return { taken: claimed.takenBefore ?? 0 };
  const head = await table.get(key);
  if (!head) return 'gone';
  // Also where the SDK repeated a claim whose answer was lost.
  if (head.claimedBy === owner) return { taken: head.takenBefore ?? 0 };
  return { heldUntil: Math.max(now, head.claimedUntil ?? 0) };
}

/** Gives back a claim of which nothing was sent. No effect where another replay holds it. */
export async function releaseEntry(table: Table, key: EntryKey, owner: string): Promise<void> {
  await table.update(key, {
    update: 'SET #taken = #takenBefore REMOVE #claimedBy, #claimedUntil, #takenBefore',
    condition: '#claimedBy = :owner',
    values: { ':owner': owner },
  });
}
