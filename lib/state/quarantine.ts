/**
 * Events that Logz.io does not take, kept whole and compressed in the table, for a person to look
 * at and to replay.
 *
 * An entry is a small head and a body in as many items as its size needs. Its id is a hash of its
 * content: if a run was interrupted and quarantines the same events again, they are one entry.
 */
import { hash } from 'node:crypto';
import type { Compression } from '../platform/outside.ts';
import { DAY_MS, type EpochMs, LONGEST_RETENTION_MS } from '../platform/time.ts';
import { QUARANTINE_BODY, QUARANTINE_ENTRY, SHORTENED_BODY } from './items.ts';
import { type Condition, epochSeconds, type Key, LARGEST_BLOB_BYTES, type Table } from './table.ts';

/** `waiting`: not in Logz.io, alarms, is replayed. `shortened`: originals of events cut to size. */
export type QuarantineClass = 'waiting' | 'shortened';

export interface NewEntry {
  readonly class: QuarantineClass;
  readonly reason: string;
  readonly at: EpochMs;
  /** The events' JSON texts as JumpCloud sent them. */
  readonly originals: readonly string[];
  /** Distinguishes entries of different events that are equal in everything. */
  readonly key?: string;
  /** How many of them Logz.io took or may have taken all the same: a replay repeats so many. */
  readonly taken: number;
}

/** All that may be shown: never the body. */
export interface QuarantineHead extends Omit<NewEntry, 'originals' | 'key'> {
  readonly id: string;
  readonly events: number;
  /** Of the originals, in UTF-8. */
  readonly bytes: number;
}

/** Who replays, and for how long at most: a replay that dies holds its entry no longer. */
export interface Claimant {
  readonly owner: string;
  readonly until: EpochMs;
}

export type Quarantine = ReturnType<typeof createQuarantine>;

/** As long as JumpCloud keeps the events themselves. */
const KEEP_MS = LONGEST_RETENTION_MS;
/** Time to live deletes in any order: a head must not outlive its body. */
const KEEP_BODY_MS = LONGEST_RETENTION_MS + 7 * DAY_MS;
const ID_CHARACTERS = 24;
/** By class: an event may have been shortened, and then refused as well. */
const BODIES = { waiting: QUARANTINE_BODY, shortened: SHORTENED_BODY };

type Place = Pick<QuarantineHead, 'class' | 'id'>;

export function createQuarantine(table: Table, compression: Compression) {
  async function putEntry(stream: string, entry: NewEntry, condition?: Condition): Promise<void> {
    const { reason, at, originals, taken } = entry;
    const text = JSON.stringify(originals);
    const id = hash('sha256', `${text}${entry.key ?? ''}`).slice(0, ID_CHARACTERS);
    const body = await compression.gzip(text);
    for (let part = 0; part * LARGEST_BLOB_BYTES < body.length; part++) {
      const key = { kind: BODIES[entry.class], stream, id: `${id}#${String(part).padStart(3, '0')}` };
      const piece = body.subarray(part * LARGEST_BLOB_BYTES, (part + 1) * LARGEST_BLOB_BYTES);
      await table.put(key, { body: piece, expires: epochSeconds(at + KEEP_BODY_MS) });
    }
    // The head comes last: an entry that can be seen is whole.
    const size = { events: originals.length, bytes: Buffer.byteLength(text) };
    const head = { reason, at, taken, ...size, expires: epochSeconds(at + KEEP_MS) };
    await table.put(headKey(stream, { class: entry.class, id }), head, condition);
  }

  const partsOf = (stream: string, head: Place) => table.query(BODIES[head.class], stream, `${head.id}#`);

  /** In no order that means anything. */
  async function* heads(stream: string, quarantineClass: QuarantineClass): AsyncGenerator<QuarantineHead> {
    const prefix = `${quarantineClass}#`;
    for await (const { id, attributes } of table.query(QUARANTINE_ENTRY, stream, prefix)) {
      const { reason = '', at = 0, events = 0, bytes = 0, taken = 0 } = attributes;
      yield { id: id.slice(prefix.length), class: quarantineClass, reason, at, events, bytes, taken };
    }
  }

  async function remove(stream: string, head: Place): Promise<void> {
    // The head goes first: an entry that can be seen is whole.
    await table.delete(headKey(stream, head));
    for await (const { id } of partsOf(stream, head)) await table.delete({ kind: BODIES[head.class], stream, id });
  }

  return {
    heads,
    remove,

    /** The same entry again changes nothing. */
    add: (stream: string, entry: NewEntry): Promise<void> =>
      putEntry(stream, entry, { condition: 'attribute_not_exists(#item)' }),

    /** Leaves only `rest` of an entry: what a replay did not bring in. */
    async replace(stream: string, head: QuarantineHead, rest: Pick<NewEntry, 'reason' | 'originals' | 'taken'>) {
      // Two entries with the same originals are different events: their rests must not become one.
      await putEntry(stream, { class: head.class, at: head.at, key: head.id, ...rest });
      // After the rest is safe: an interruption leaves an event twice rather than not at all.
      await remove(stream, head);
    },

    /**
     * What was quarantined from `since` on may be shipped by a rewind or a window: a replay of it
     * would then be a repetition.
     */
    async expectRepeats(stream: string, since: EpochMs): Promise<void> {
      for await (const head of heads(stream, 'waiting')) {
        if (head.at < since) continue;
        await table.update(headKey(stream, head), {
          update: 'SET #taken = #events, #takenBefore = #events',
          condition: 'attribute_exists(#item)',
        });
      }
    },

    /** Oldest first. */
    async list(stream: string, quarantineClass: QuarantineClass): Promise<QuarantineHead[]> {
      const found = await Array.fromAsync(heads(stream, quarantineClass));
      return found.sort((a, b) => a.at - b.at);
    },

    /** @returns how many events wait: one cheap request for every few thousand entries */
    async countWaiting(stream: string): Promise<number> {
      let events = 0;
      for await (const head of heads(stream, 'waiting')) events += head.events;
      return events;
    },

    async read(stream: string, head: QuarantineHead): Promise<string[]> {
      const parts: Uint8Array[] = [];
      for await (const { attributes } of partsOf(stream, head)) parts.push(attributes.body ?? new Uint8Array());
      return JSON.parse((await compression.gunzip(Buffer.concat(parts))).toString());
    },

    /**
     * The right to replay an entry, and to replace it: of two replays only one ships it. Called
     * again by the same owner, it says whether the claim still holds.
     *
     * Until the replay records its outcome, the entry counts as taken whole by Logz.io: if the
     * replay is killed, nobody knows what it had sent.
     *
     * @returns how many events Logz.io may have had before; `gone`: another replay removed it
     */
    async claim(stream: string, head: Place, { owner, until }: Claimant, now: EpochMs) {
      const key = headKey(stream, head);
      const claimed = await table.update(key, {
        update: 'SET #claimedBy = :owner, #claimedUntil = :until, #takenBefore = #taken, #taken = #events',
        condition: 'attribute_exists(#item) AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)',
        values: { ':owner': owner, ':until': until, ':now': now },
      });
      const found = claimed ?? (await table.get(key));
      if (!found) return 'gone' as const;
      // Also where the SDK repeated a claim whose answer was lost.
      if (found.claimedBy === owner) return { taken: found.takenBefore ?? 0 };
      return { heldUntil: Math.max(now, found.claimedUntil ?? 0) };
    },

    /** Gives back a claim of which nothing was sent. No effect where another replay holds it. */
    async release(stream: string, head: Place, owner: string): Promise<void> {
      await table.update(headKey(stream, head), {
        update: 'SET #taken = #takenBefore REMOVE #claimedBy, #claimedUntil, #takenBefore',
        condition: '#claimedBy = :owner',
        values: { ':owner': owner },
      });
    },
  };
}

function headKey(stream: string, head: Place): Key<typeof QUARANTINE_ENTRY> {
  return { kind: QUARANTINE_ENTRY, stream, id: `${head.class}#${head.id}` };
}

/** For runs that must leave no trace. */
export const noQuarantine: Pick<Quarantine, 'add' | 'countWaiting'> = {
  add: async () => undefined,
  countWaiting: async () => 0,
};
