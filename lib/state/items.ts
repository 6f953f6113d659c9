/** Every kind of item: key, attributes, writer, expiry. `docs/table.md` is generated from it. */

/** An attribute's type, and what this program reads it as. */
export interface AttributeTypes {
  readonly text: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly boolean: boolean;
  /** By name. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Kind {
  readonly purpose: string;
  /** Partition keys under which it lies. */
  readonly streams: string;
  /** How its sort key begins; `id` comes after it. */
  readonly prefix: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, readonly [keyof AttributeTypes, meaning: string]>>;
  readonly writer: string;
  readonly expiry: string;
}

/** What an item holds. Any attribute may be absent: an older program may have written it. */
export type Stored<K extends Kind> = {
  readonly [name in keyof K['attributes']]?: AttributeTypes[K['attributes'][name][0]];
};

const FOR_A_PERSON = 'For a person who looks at the table.';
const EXPIRES = ['number', 'Epoch seconds. DynamoDB deletes the item within a few days after it.'] as const;

export const CHECKPOINT = {
  purpose: "A stream's progress and its lease.",
  streams:
    '`live#<organization>`, `backfill#<organization>#<start>#<end>` (a slice), `backfill#<organization>` (a plan)',
  prefix: 'checkpoint',
  id: '',
  attributes: {
    version: ['number', 'Version of this format. A program refuses a newer one than its own.'],
    began: ['number', 'The earliest `settled` the stream ever had. Epoch ms.'],
    settled: ['number', 'Everything before it is final and never asked for again. Epoch ms.'],
    watermark: ['number', 'How far the stream has been read. Epoch ms.'],
    countedFrom: ['number', 'Hours are counted from here on. Epoch ms.'],
    countedFor: ['text', 'The query that they are counted with, as JSON. In version 1 a hash of it.'],
    countedBefore: ['text', 'JSON list of earlier queries: `{query, until}`.'],
    uncounted: ['text', 'JSON list of time ranges, `{start, end}` in epoch ms, that were counted twice or not at all.'],
    tallies: ['numbers', 'Hourly counts of hours that are not settled: epoch ms of the hour → events delivered.'],
    quarantined: ['number', 'Events that wait in quarantine, as far as the last run knew.'],
    recent: ['bytes', 'The youngest fingerprints: 16 bytes and 6 bytes of epoch ms each, at most 512.'],
    chunksUntil: ['number', 'No delivered chunk has an event after it. Epoch ms.'],
    saves: ['number', 'Number of the last save. A chunk with a higher one was written by a save that did not end.'],
    owner: ['text', 'The run that holds the lease, or held it last.'],
    leaseUntil: ['number', 'Until when the lease is held; 0 when it was given back. Epoch ms.'],
    ranAt: ['number', 'When a run last took the lease. Epoch ms.'],
    scheduledAt: ['number', 'When a run of the schedule last took the lease. Epoch ms.'],
    runs: ['number', 'How many runs took the lease.'],
    readable: ['text', FOR_A_PERSON],
    expires: EXPIRES,
  },
  writer:
    'Every run: one conditional update takes the lease, one a save moves the checkpoint. A rewind and a plan do the same.',
  expiry: "Never; a finished slice's after 30 days.",
} as const satisfies Kind;

export const DELIVERED_CHUNK = {
  purpose: 'Fingerprints of delivered events that outgrew the checkpoint.',
  streams: '`live#<organization>`, `backfill#<organization>#<start>#<end>`',
  prefix: 'delivered#',
  id: '`<UUID>`',
  attributes: {
    fingerprints: ['bytes', '16 bytes each, at most 24,320.'],
    until: ['number', 'The latest timestamp among their events. Epoch ms.'],
    save: ['number', 'Number of the save that wrote it.'],
  },
  writer: 'A save with more than 512 young fingerprints, before it moves the checkpoint.',
  expiry:
    'Never by the clock. A run deletes it once `settled` has passed `until`; the audit and a finished slice delete what is left.',
} as const satisfies Kind;

export const HOURLY_COUNT = {
  purpose: 'How many events of a settled hour were delivered.',
  streams: '`live#<organization>`',
  prefix: 'audit#',
  id: '`<hour>`, e.g. `2026-11-20T10:00:00Z`',
  attributes: { events: ['number', 'Events delivered. Only a larger number replaces it.'], expires: EXPIRES },
  writer: 'The save that settles the hour, before it moves the checkpoint; a window that a person ships.',
  expiry: '90 days after the hour: JumpCloud keeps events no longer, so nothing is left to compare.',
} as const satisfies Kind;

export const QUARANTINE_ENTRY = {
  purpose: 'Events in quarantine: what may be shown of them.',
  streams: '`live#<organization>`',
  prefix: 'quarantine#',
  id: '`waiting#<hash>` or `shortened#<hash>`',
  attributes: {
    reason: ['text', 'Why the events are here.'],
    at: ['number', 'When they came here. Epoch ms.'],
    events: ['number', 'How many events.'],
    bytes: ['number', 'Size of their JSON texts, in UTF-8.'],
    taken: ['number', 'How many of them Logz.io may have taken already: a replay repeats so many.'],
    takenBefore: ['number', 'While a replay has claimed the entry: `taken` before that.'],
    claimedBy: ['text', 'The replay that claimed the entry.'],
    claimedUntil: ['number', 'Until when the claim holds. Epoch ms.'],
    expires: EXPIRES,
  },
  writer:
    'A run that meets events that Logz.io does not take, or that it shortened. A replay claims it, then removes it or leaves the rest.',
  expiry: '90 days after `at`.',
} as const satisfies Kind;

const BODY = {
  streams: '`live#<organization>`',
  id: '`<hash>#<part>`, e.g. `1f0c…#000`',
  attributes: { body: ['bytes', "A part of the events' JSON texts: gzip of a JSON list."], expires: EXPIRES },
  writer: 'As its entry, before it. A replay removes it after its entry.',
  expiry: '7 days after its entry: no entry outlives its body.',
} as const;

export const QUARANTINE_BODY = {
  purpose: 'The originals of a waiting entry.',
  prefix: 'quarantine-body#',
  ...BODY,
} as const satisfies Kind;

export const SHORTENED_BODY = {
  purpose: 'The originals of events that arrived shortened.',
  prefix: 'quarantine-original#',
  ...BODY,
} as const satisfies Kind;

export const SLICE = {
  purpose: 'A slice of a backfill: what was planned and what was delivered.',
  streams: '`backfill#<organization>`',
  prefix: 'slice#',
  id: '`<start>`, e.g. `2026-11-20T10:00:00.000Z`',
  attributes: {
    end: ['number', 'Where the slice ends; once it is done, how far it was shipped. Epoch ms.'],
    events: ['number', "JumpCloud's count when the slice was cut."],
    delivered: ['number', 'Events acknowledged or quarantined.'],
    quarantined: ['number', 'Of these, events quarantined.'],
    done: ['boolean', 'Present when all of it was shipped.'],
    failure: ['text', 'Why its last run failed; absent when that one went well.'],
    readable: ['text', FOR_A_PERSON],
    expires: EXPIRES,
  },
  writer: 'A plan adds it, each run of the slice updates it.',
  expiry: '400 days after the plan.',
} as const satisfies Kind;

export const STREAM_NAME = {
  purpose: 'In which stream the live events of a name go on.',
  streams: '`live#<organization>`',
  prefix: 'name',
  id: '',
  attributes: {
    movedTo: ['text', 'The stream. Absent while it is not known whether there is one under another name.'],
    organization: [
      'text',
      'Only of `live#default`: whose events it means; without `movedTo`, one that ran under its own name.',
    ],
  },
  writer: 'The first run under a name; a person who gives `{"take_over": …}`.',
  expiry: 'Never.',
} as const satisfies Kind;

export const KINDS: readonly Kind[] = [
  CHECKPOINT,
  STREAM_NAME,
  DELIVERED_CHUNK,
  HOURLY_COUNT,
  QUARANTINE_ENTRY,
  QUARANTINE_BODY,
  SHORTENED_BODY,
  SLICE,
];
