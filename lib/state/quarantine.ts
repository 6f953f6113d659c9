/**
 * Events that Logz.io cannot take, kept whole and compressed in the table, for a person to look at and to replay.
 *
 * An entry is a small head, `quarantine#<class>#<id>`, and a body in as many items as its size needs. Its id is a hash of
 * its content: the same events put aside twice, because a run was interrupted, are one entry.
 */
import { hash } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../platform/clock.ts';
import type { Compression } from '../platform/outside.ts';
import { eachItemOf, itemsOf } from './items.ts';
import { type Claim, type Claimant, claimEntry, releaseEntry } from './quarantine-claim.ts';
import { EXPIRES, LARGEST_BLOB_BYTES, PARTITION_KEY, SORT_KEY } from './table.ts';

/** `waiting`: not in Logz.io, alarms and is replayed. `shortened`: the originals of events that arrived cut to size. */
export type QuarantineClass = 'waiting' | 'shortened';

export interface NewEntry {
  readonly class: QuarantineClass;
  readonly reason: string;
  readonly at: EpochMs;
  /** The events' JSON texts as JumpCloud sent them. */
  readonly originals: readonly string[];
  /** Tells entries with the same originals apart, where these are different events that are equal in everything. */
  readonly key?: string;
  /** How many of them Logz.io took all the same, or may have taken from a replay that was killed: a replay repeats so many. */
  readonly taken: number;
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
const KEEP_MS = 90 * 24 * 3_600_000;
const BODY_OUTLIVES_SECONDS = 7 * 24 * 3600;
const ID_CHARACTERS = 24;

export function createQuarantine(dynamodb: DynamoDBClient, table: string, compression: Compression): Quarantine {
  const put = (
    stream: string,
    item: string,
    expires: number,
    attributes: Record<string, AttributeValue>,
    onlyNew = false,
  ) =>
    dynamodb.send(
      new PutItemCommand({
        TableName: table,
        Item: {
          [PARTITION_KEY]: { S: stream },
          [SORT_KEY]: { S: item },
          [EXPIRES]: { N: String(expires) },
          ...attributes,
        },
        // `item` is one of DynamoDB's reserved words
        ...(onlyNew && {
          ConditionExpression: 'attribute_not_exists(#item)',
          ExpressionAttributeNames: { '#item': SORT_KEY },
        }),
      }),
    );
  const queryAll = (stream: string, prefix: string) => itemsOf(dynamodb, table, stream, prefix);

  const putEntry = async (stream: string, entry: NewEntry, onlyNew: boolean) => {
    const text = JSON.stringify(entry.originals);
    const id = hash('sha256', `${text}${entry.key ?? ''}`).slice(0, ID_CHARACTERS);
    const expires = Math.floor((entry.at + KEEP_MS) / 1000);
    // Time to live deletes in any order: a head must not outlive its body.
    const bodyExpires = expires + BODY_OUTLIVES_SECONDS;
    const body = await compression.gzip(text);
    for (let part = 0; part * LARGEST_BLOB_BYTES < body.length; part++) {
      const piece = body.subarray(part * LARGEST_BLOB_BYTES, (part + 1) * LARGEST_BLOB_BYTES);
      await put(stream, bodyKey(entry.class, id, part), bodyExpires, { body: { B: piece } });
    }
    // The head comes last: an entry that can be seen is whole.
    await put(stream, headKey(entry.class, id), expires, headAttributes(entry, Buffer.byteLength(text)), onlyNew);
  };

  return {
    async add(stream, entry) {
      try {
        await putEntry(stream, entry, true);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    async replace(stream, head, rest) {
      // Two entries with the same originals are different events: what is left of them must not become one.
      await putEntry(stream, { class: head.class, at: head.at, key: head.id, ...rest }, false);
      // After the rest is safe: an interruption between the two leaves an event twice rather than not at all.
      await this.remove(stream, head);
    },
    claim: (stream, head, claimant, now) => claimEntry(dynamodb, table, keyOf(stream, head), claimant, now),
    release: (stream, head, owner) => releaseEntry(dynamodb, table, keyOf(stream, head), owner),
    async *heads(stream, quarantineClass) {
      for await (const item of eachItemOf(dynamodb, table, stream, headKey(quarantineClass, ''))) yield toHead(item);
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
      const parts = await queryAll(stream, bodyKey(head.class, head.id));
      const body = await compression.gunzip(Buffer.concat(parts.map((item) => item.body?.B ?? new Uint8Array())));
      return JSON.parse(body.toString());
    },
    async remove(stream, head) {
      const drop = (Key: Record<string, AttributeValue>) =>
        dynamodb.send(new DeleteItemCommand({ TableName: table, Key }));
      // The head goes first: an entry that can be seen is whole. And at once: what fails before that has it replayed again.
      await drop(keyOf(stream, head));
      for (const part of await queryAll(stream, bodyKey(head.class, head.id)))
        await drop({ [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: part[SORT_KEY]?.S ?? '' } });
    },
  };
}

/** For runs that must leave no trace. */
export const noQuarantine: Pick<Quarantine, 'add' | 'countWaiting'> = {
  add: async () => undefined,
  countWaiting: async () => 0,
};

function keyOf(stream: string, head: QuarantineHead): Record<string, AttributeValue> {
  return { [PARTITION_KEY]: { S: stream }, [SORT_KEY]: { S: headKey(head.class, head.id) } };
}

function headKey(quarantineClass: QuarantineClass, id: string): string {
  return `quarantine#${quarantineClass}#${id}`;
}

/** By class: an event may be kept whole because it was shortened, and wait as well because it was refused. */
const BODY_PREFIX: Readonly<Record<QuarantineClass, string>> = {
  waiting: 'quarantine-body#',
  shortened: 'quarantine-original#',
};

function bodyKey(quarantineClass: QuarantineClass, id: string, part?: number): string {
  return `${BODY_PREFIX[quarantineClass]}${id}#${part === undefined ? '' : String(part).padStart(3, '0')}`;
}

function headAttributes(entry: NewEntry, bytes: number): Record<string, AttributeValue> {
  return {
    reason: { S: entry.reason },
    at: { N: String(entry.at) },
    events: { N: String(entry.originals.length) },
    bytes: { N: String(bytes) },
    taken: { N: String(entry.taken) },
  };
}

function toHead(item: Record<string, AttributeValue>): QuarantineHead {
  const [, quarantineClass = '', id = ''] = (item[SORT_KEY]?.S ?? '').split('#');
  return {
    id,
    class: quarantineClass === 'shortened' ? 'shortened' : 'waiting',
    reason: item.reason?.S ?? '',
    at: Number(item.at?.N),
    events: Number(item.events?.N),
    bytes: Number(item.bytes?.N),
    taken: Number(item.taken?.N),
  };
}
