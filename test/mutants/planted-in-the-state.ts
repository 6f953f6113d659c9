/** Bugs planted in what the table holds: checkpoint, fingerprints, hourly counts, quarantine. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source text
import type { Target } from './planted.ts';

const STORE_TESTS = ['test/state/checkpoint-store-fingerprints.test.ts', 'test/state/checkpoint-store.test.ts'];

export const STATE: readonly Target[] = [
  {
    file: 'lib/state/dynamodb-store.ts',
    tests: ['test/state/dynamodb-store.test.ts', ...STORE_TESTS, 'test/ship/lease.test.ts'],
    bugs: [
      {
        breaks: 'a chunk whose latest instant equals settled is not loaded',
        from: 'until >= settled);\n  // From',
        to: 'until > settled);\n  // From',
      },
      {
        breaks: 'chunks are not asked for where the latest instant equals settled',
        from: 'chunksUntil < settled ? []',
        to: 'chunksUntil <= settled ? []',
      },
      {
        breaks: 'after a rewind older fingerprints come back into memory',
        from: 'if (settled < settledBefore) await deleteSpent(table, stream, settledBefore);',
        to: '',
      },
      {
        breaks: 'after a rewind older fingerprints of chunks that this run knows stay',
        from: 'chunks.filter(({ until }) => until >= settled);',
        to: 'chunks;',
      },
      {
        breaks: 'a fingerprint exactly at settled is not saved',
        from: '({ at }) => at >= settled',
        to: '({ at }) => at > settled',
      },
      {
        breaks: 'a save whose lease was lost counts as saved',
        from: 'throw new LeaseLostError(stream);',
        to: 'void LeaseLostError;',
      },
      {
        breaks: 'the fingerprints of former saves are dropped',
        from: '[...recent, ...added].filter',
        to: '[...added].filter',
      },
      {
        breaks: 'a save that cannot tidy up fails',
        from: 'chunks).catch(() => undefined);',
        to: 'chunks);',
      },
      {
        breaks: 'events of an interrupted save are audited as if they had been counted',
        from: 'save > saves',
        to: 'save > saves + 1e9',
      },
      {
        breaks: 'a chunk is forgotten by the next run, since the checkpoint does not say how far chunks reach',
        from: 'Math.max(chunksUntil, ...written',
        to: 'Math.min(chunksUntil, ...written',
      },
      {
        breaks: 'a newer checkpoint looks like a held lease',
        from: 'if (version > CHECKPOINT_VERSION) throw',
        to: 'if (version > 1e9) throw',
      },
      {
        breaks: 'a refused run does not say until when the lease is held',
        from: 'Math.max(now, heldUntil)',
        to: 'now',
      },
    ],
  },
  {
    file: 'lib/state/fingerprints.ts',
    tests: STORE_TESTS,
    bugs: [
      {
        breaks: 'a chunk whose latest instant equals settled counts as spent',
        from: 'if (until < settled) await',
        to: 'if (until <= settled) await',
      },
      {
        breaks: 'a chunk forgets how late its latest event was',
        from: 'put(keyOf(stream, id), chunk)',
        to: 'put(keyOf(stream, id), { ...chunk, until: 0 })',
      },
    ],
  },
  {
    file: 'lib/state/checkpoint-item.ts',
    tests: ['test/state/checkpoint-item.test.ts', ...STORE_TESTS, 'test/state/checkpoint-versions.test.ts'],
    bugs: [
      {
        breaks: 'a run saves although another one holds the lease',
        from: "const LEASE_IS_OURS = '#owner = :me AND (",
        to: "const LEASE_IS_OURS = 'attribute_exists(#owner) AND (",
      },
      {
        breaks: 'a lease is taken while another run holds it',
        from: '#leaseUntil < :now OR',
        to: '#leaseUntil > :now OR',
      },
      {
        breaks: 'a lease is taken in the very millisecond in which it ends',
        from: '#leaseUntil < :now OR',
        to: '#leaseUntil <= :now OR',
      },
      {
        breaks: 'a checkpoint of a newer program is overwritten',
        from: '#version <= :version',
        to: '#version >= :version',
      },
      {
        breaks: 'a new run sets the stream back to its start',
        from: '`#${name} = if_not_exists(#${name}, :start)`',
        to: '`#${name} = :start`',
      },
      {
        breaks: 'counts of what version 1 left unsettled are trusted',
        from: '(item.version ?? 0) < 2',
        to: '(item.version ?? 0) < 0',
      },
      {
        breaks: 'the number of events in quarantine is forgotten',
        from: '...{ quarantined, chunksUntil, saves },',
        to: '...{ quarantined: 0, chunksUntil, saves },',
      },
    ],
  },
  {
    file: 'lib/state/hourly-counts.ts',
    tests: [
      'test/state/hourly-counts.test.ts',
      'test/ship/in-flight.test.ts',
      'test/commands/audit.test.ts',
      'test/state/checkpoint-store.test.ts',
    ],
    bugs: [
      {
        breaks: 'an hour is closed before it is settled',
        from: '=> hour + HOUR_MS > settled',
        to: '=> hour > settled',
      },
      { breaks: 'a repeated save makes a count smaller', from: '#events < :events', to: '#events > :events' },
      { breaks: 'an hour never counts more than one event', from: '(this.#counts.get(hour) ?? 0) + 1', to: '1' },
      {
        breaks: 'counts of closed hours are kept for ever',
        from: 'this.#counts.delete(hour);',
        to: 'void hour;',
      },
      {
        breaks: 'the counts of an open hour are lost',
        from: 'if (hourOf(hour) < hourOf(settled))',
        to: 'if (hourOf(hour) <= hourOf(settled))',
      },
      { breaks: 'an hour that was filled in part counts as filled', from: 'hour >= shipped.start', to: 'hour >= 0' },
      {
        breaks: 'the last hour is missing from what an audit compares',
        from: 'formatSeconds(to - HOUR_MS)',
        to: 'formatSeconds(to - 2 * HOUR_MS)',
      },
    ],
  },
  {
    file: 'lib/state/quarantine.ts',
    tests: ['test/state/quarantine-entries.test.ts', 'test/state/quarantine.test.ts', 'test/commands/replays.test.ts'],
    bugs: [
      {
        breaks: 'different events that are equal in everything become one entry',
        from: "`${text}${entry.key ?? ''}`",
        to: 'text',
      },
      {
        breaks: 'only the first part of a large entry is kept',
        from: 'part * LARGEST_BLOB_BYTES < body.length; part++',
        to: 'part < 1; part++',
      },
      {
        breaks: 'a body expires before its head',
        from: 'LONGEST_RETENTION_MS + 7 * DAY_MS',
        to: 'LONGEST_RETENTION_MS - 7 * DAY_MS',
      },
      {
        breaks: 'what a replay left is lost with the entry',
        from: 'await putEntry(stream, { class: head.class, at: head.at, key: head.id, ...rest });',
        to: 'void rest;',
      },
      {
        breaks: 'quarantining an entry again forgets that a replay holds it',
        from: "putEntry(stream, entry, { condition: 'attribute_not_exists(#item)' })",
        to: 'putEntry(stream, entry)',
      },
      { breaks: 'a replayed entry stays', from: 'await table.delete(headKey(stream, head));', to: '' },
      {
        breaks: 'the bodies of replayed entries stay',
        from: 'await table.delete({ kind: BODIES[head.class], stream, id });',
        to: 'void id;',
      },
      { breaks: 'the list begins with the newest', from: 'a.at - b.at', to: 'b.at - a.at' },
      {
        breaks: 'removing a refused event removes its original too',
        from: 'shortened: SHORTENED_BODY',
        to: 'shortened: QUARANTINE_BODY',
      },
      {
        breaks: 'two replays at once ship the same entry',
        from: 'AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now)',
        to: 'AND (attribute_not_exists(#claimedUntil) OR #claimedUntil <= :now OR #claimedUntil > :now)',
      },
      { breaks: 'what a killed replay may have shipped is forgotten', from: ', #taken = #events', to: '' },
      { breaks: 'a released entry counts as taken whole', from: 'SET #taken = #takenBefore REMOVE', to: 'REMOVE' },
      {
        breaks: 'a claim whose answer was lost locks its own replay out',
        from: 'if (found.claimedBy === owner)',
        to: 'if (claimed)',
      },
    ],
  },
];
