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
import { QUARANTINE_BODY, QUARANTINE_ENTRY, SHORTENED_BODY, type Stored } from './items.ts';
import { type Claim, type Claimant, claimEntry, releaseEntry } from './quarantine-claim.ts';
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

/** Originals of events of which something is missing in their logs: kept whole nowhere else. */
export function shortenedEntry(originals: readonly string[], at: EpochMs): NewEntry {
  const reason = 'something is missing in the log: see its shortened_fields';
  return { class: 'shortened', reason, at, originals, taken: originals.length };
}

/** All that may be shown: never the body. */
export interface QuarantineHead extends Omit<NewEntry, 'originals' | 'key'> {
  readonly id: string;
  readonly events: number;
  /** Of the originals, in UTF-8. */
  readonly bytes: number;
}

export interface Quarantine {
  /** The same entry again changes nothing. */
  add(stream: string, entry: NewEntry): Promise<void>;
  /** In no order that means anything. */
  heads(stream: string, quarantineClass: QuarantineClass): AsyncIterable<QuarantineHead>;
  /** Oldest first. */
  list(stream: string, quarantineClass: QuarantineClass): Promise<QuarantineHead[]>;
  /** @returns how many events wait: one cheap request for every few thousand entries */
  countWaiting(stream: string): Promise<number>;
  read(stream: string, head: QuarantineHead): Promise<string[]>;
  /** Before an entry is replayed, and before what is left of it takes its place. */
  claim(stream: string, head: QuarantineHead, claimant: Claimant, now: EpochMs): Promise<Claim>;
  release(stream: string, head: QuarantineHead, owner: string): Promise<void>;
  remove(stream: string, head: QuarantineHead): Promise<void>;
  /** Leaves only `rest` of an entry: what a replay did not bring in. */
  replace(stream: string, head: QuarantineHead, rest: Pick<NewEntry, 'reason' | 'originals' | 'taken'>): Promise<void>;
}

/** As long as JumpCloud keeps the events themselves. */
const KEEP_MS = LONGEST_RETENTION_MS;
const BODY_OUTLIVES_MS = 7 * DAY_MS;
const ID_CHARACTERS = 24;
const ONLY_NEW: Condition = { condition: 'attribute_not_exists(#item)' };

export function createQuarantine(table: Table, compression: Compression): Quarantine {
  const putEntry = async (stream: string, entry: NewEntry, condition?: Condition) => {
    const text = JSON.stringify(entry.originals);
    const id = hash('sha256', `${text}${entry.key ?? ''}`).slice(0, ID_CHARACTERS);
    const expiresAt = entry.at + KEEP_MS;
    // Time to live deletes in any order: a head must not outlive its body.
    const expires = epochSeconds(expiresAt + BODY_OUTLIVES_MS);
    const body = await compression.gzip(text);
    for (let part = 0; part * LARGEST_BLOB_BYTES < body.length; part++) {
      const piece = body.subarray(part * LARGEST_BLOB_BYTES, (part + 1) * LARGEST_BLOB_BYTES);
      await table.put(bodyKey(stream, entry.class, partId(id, part)), { body: piece, expires });
    }
    // The head comes last: an entry that can be seen is whole.
    await table.put(headKey(stream, entry.class, id), headOf(entry, Buffer.byteLength(text), expiresAt), condition);
  };

  return {
    add: (stream, entry) => putEntry(stream, entry, ONLY_NEW),
    async replace(stream, head, rest) {
      // Two entries with the same originals are different events: their rests must not become one.
      await putEntry(stream, { class: head.class, at: head.at, key: head.id, ...rest });
      // After the rest is safe: an interruption leaves an event twice rather than not at all.
      await this.remove(stream, head);
    },
    claim: (stream, head, claimant, now) => claimEntry(table, headKey(stream, head.class, head.id), claimant, now),
    release: (stream, head, owner) => releaseEntry(table, headKey(stream, head.class, head.id), owner),
    async *heads(stream, quarantineClass) {
      const ids = { beginWith: `${quarantineClass}#` };
      for await (const { id, attributes } of table.query(QUARANTINE_ENTRY, stream, ids))
        yield toHead(id.slice(ids.beginWith.length), quarantineClass, attributes);
    },
    async list(stream, quarantineClass) {
      const heads = await Array.fromAsync(this.heads(stream, quarantineClass));
      return heads.sort((a, b) => a.at - b.at);
    },
    async countWaiting(stream) {
      let events = 0;
      for await (const head of this.heads(stream, 'waiting')) events += head.events;
      return events;
    },
    async read(stream, head) {
      const parts: Uint8Array[] = [];
      for await (const { attributes } of table.query(BODIES[head.class], stream, { beginWith: partId(head.id) }))
        parts.push(attributes.body ?? new Uint8Array());
      return JSON.parse((await compression.gunzip(Buffer.concat(parts))).toString());
    },
    async remove(stream, head) {
      // The head goes first: an entry that can be seen is whole.
      await table.delete(headKey(stream, head.class, head.id));
      for await (const { id } of table.query(BODIES[head.class], stream, { beginWith: partId(head.id) }))
        await table.delete(bodyKey(stream, head.class, id));
    },
  };
}

/** For runs that must leave no trace. */
export const noQuarantine: Pick<Quarantine, 'add' | 'countWaiting'> = {
  add: async () => undefined,
  countWaiting: async () => 0,
};

/** By class: an event may have been shortened, and then refused as well. */
const BODIES = { waiting: QUARANTINE_BODY, shortened: SHORTENED_BODY };

function headKey(stream: string, quarantineClass: QuarantineClass, id: string): Key<typeof QUARANTINE_ENTRY> {
  return { kind: QUARANTINE_ENTRY, stream, id: `${quarantineClass}#${id}` };
}

function bodyKey(stream: string, quarantineClass: QuarantineClass, id: string) {
  return { kind: BODIES[quarantineClass], stream, id };
}

/** @returns without `part` what the ids of all parts begin with */
function partId(id: string, part?: number): string {
  return `${id}#${part === undefined ? '' : String(part).padStart(3, '0')}`;
}

function headOf({ reason, at, originals, taken }: NewEntry, bytes: number, expiresAt: EpochMs) {
  return { reason, at, events: originals.length, bytes, taken, expires: epochSeconds(expiresAt) };
}

function toHead(
  id: string,
  quarantineClass: QuarantineClass,
  { reason = '', at = 0, events = 0, bytes = 0, taken = 0 }: Stored<typeof QUARANTINE_ENTRY>,
): QuarantineHead {
  return { id, class: quarantineClass, reason, at, events, bytes, taken };
}
