/** Reads the table for the judge, item by item and without the product's code. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { EpochMs } from '../../lib/platform/clock.ts';
import { type Cloud, TABLE } from './cloud.ts';
import type { Holding } from './holdings.ts';
import { tagsIn } from './quarantine-writes.ts';

export interface StoredCheckpoint {
  readonly began: EpochMs;
  readonly settled: EpochMs;
  readonly watermark: EpochMs;
  /** Until when a run holds the stream. */
  readonly leaseUntil: EpochMs;
}

/** A stream of a backfill. */
export interface StoredSlice extends StoredCheckpoint {
  readonly stream: string;
  /** The organization as streams name it. */
  readonly of: string;
  readonly start: EpochMs;
  readonly end: EpochMs;
}

export interface TableState {
  /** By live stream. */
  readonly checkpoints: ReadonlyMap<string, StoredCheckpoint>;
  readonly slices: readonly StoredSlice[];
  /** A tag for each event in quarantine that waits there. */
  readonly quarantined: readonly string[];
  /** By stream and id, the entries that hold them. */
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Everything in the table as text, for a look at what must not be there. */
  readonly texts: readonly string[];
}

export function openTable(cloud: Cloud) {
  const client = new DynamoDBClient({
    endpoint: cloud.aws.dynamoDb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'judge', secretAccessKey: 'judge' },
  });
  return {
    /** Without faults; nothing else may be under way. */
    async read(): Promise<TableState> {
      const { troubled } = cloud.state;
      cloud.state.troubled = false;
      const checkpoints = new Map<string, StoredCheckpoint>();
      const slices: StoredSlice[] = [];
      const heads: { name: string; taken: number }[] = [];
      const bodies = new Map<string, Uint8Array[]>();
      const texts: string[] = [];
      for await (const page of paginateScan({ client }, { TableName: TABLE, ConsistentRead: true })) {
        for (const item of page.Items ?? []) {
          const [stream = '', key = ''] = [item.stream?.S, item.item?.S];
          const [kind, second = '', third = ''] = key.split('#');
          if (kind === 'checkpoint') {
            const number = (name: string) => Number(item[name]?.N);
            const checkpoint = {
              began: number('began'),
              settled: number('settled'),
              watermark: number('watermark'),
              leaseUntil: number('leaseUntil'),
            };
            const [room, of = '', start, end] = stream.split('#');
            if (room === 'live') checkpoints.set(stream, checkpoint);
            // Without a start it is the lease under which a range is cut.
            else if (start && end)
              slices.push({ ...checkpoint, stream, of, start: Date.parse(start), end: Date.parse(end) });
          }
          if (kind === 'quarantine' && second === 'waiting')
            heads.push({ name: `${stream} ${third}`, taken: Number(item.taken?.N) });
          if (kind === 'quarantine-body' && item.body?.B) {
            const name = `${stream} ${second}`;
            bodies.set(name, [...(bodies.get(name) ?? []), item.body.B]);
          }
          if (kind !== 'quarantine-body') texts.push(JSON.stringify(item));
        }
      }
      cloud.state.troubled = troubled;
      const holdings = new Map(heads.map(({ name, taken }) => [name, { tags: tagsIn(bodies.get(name) ?? []), taken }]));
      return { checkpoints, slices, texts, holdings, quarantined: [...holdings.values()].flatMap(({ tags }) => tags) };
    },
    close: () => client.destroy(),
  };
}
