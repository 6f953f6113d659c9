/** Bugs planted in what a person can ask for. */
import type { Target } from './planted.ts';

export const COMMANDS: readonly Target[] = [
  {
    file: 'lib/commands/replay.ts',
    tests: ['test/commands/replay.test.ts', 'test/commands/replays.test.ts', 'test/state/quarantine.test.ts'],
    bugs: [
      {
        breaks: 'an entry leaves quarantine before all of it is acknowledged',
        from: 'if (rest.length === 0) await',
        to: 'if (rest.length <= originals.length) await',
      },
      {
        breaks: 'events that arrived stay in quarantine, and are repeated',
        from: 'return !arrived.has(record) ||',
        to: 'return arrived.size >= 0 ||',
      },
      {
        breaks: 'events that cannot be shipped leave quarantine with the others',
        from: 'return !arrived.has(record) ||',
        to: 'return (record !== undefined && !arrived.has(record)) ||',
      },
      { breaks: 'a replay does not say what may be repeated', from: 'wasSent ? head.taken + repeated : 0', to: '0' },
      {
        breaks: 'what was shortened is replayed without being asked for',
        from: '.filter(({ id }) => ids.includes(id)) : waiting;',
        to: ".filter(({ id }) => ids.includes(id)) : [...waiting, ...(await parts.quarantine.list(stream, 'shortened'))];",
      },
      {
        breaks: 'an entry that another replay holds is shipped too',
        from: "'taken' in claim\n",
        to: 'claim\n',
      },
      {
        breaks: 'a replay that came to nothing holds its entry',
        from: 'if (!wasSent) await quarantine.release(stream, head, claimant.owner);',
        to: 'if (!wasSent) void claimant;',
      },
      {
        breaks: 'an unreadable time is lost in a replay',
        from: 'JSON.stringify({ ...rest, ...unreadable, timestamp',
        to: 'JSON.stringify({ ...rest, timestamp',
      },
      {
        breaks: 'all entries are replayed, whichever were named',
        from: '.filter(({ id }) => ids.includes(id))',
        to: '',
      },
    ],
  },
  {
    file: 'lib/commands/move.ts',
    tests: ['test/commands/move.test.ts', 'test/ship/clocks.test.ts', 'test/commands/audit.test.ts'],
    bugs: [
      { breaks: 'a rewind leaves settled where it was', from: 'settled: Math.min(settled, to)', to: 'settled' },
      {
        breaks: 'a rewind leaves the watermark where it was',
        from: 'watermark: Math.min(watermark, to)',
        to: 'watermark',
      },
      {
        breaks: 'a rewind forward skips events',
        from: 'to < settled || isAhead(watermark, now);',
        to: 'to <= 1e15;',
      },
      {
        breaks: 'what a rewind ships again makes the audit cry wolf',
        from: 'withUncounted({ ...from, ...back }, { start: to, end: watermark })',
        to: '{ ...from, ...back }',
      },
      {
        breaks: 'a rewind or a skip keeps the lease',
        from: 'checkpoint: await moved(held.checkpoint) }, [], 0);',
        to: 'checkpoint: await moved(held.checkpoint) }, [], context.runtime.clock.now() + LEASE_MS);',
      },
      {
        breaks: 'a rewind does not say that events are repeated',
        from: 'again, began < settled',
        to: 'again, false',
      },
      {
        breaks: 'a rewind or a skip forgets the number of events in quarantine',
        from: 'checkpoint: await moved(held.checkpoint) }',
        to: 'checkpoint: await moved(held.checkpoint), quarantined: 0 }',
      },
      {
        breaks: 'events are left out without "confirm": true',
        from: "if (!isConfirmed) throw unconfirmed(lost, context.orgId, 'skip_to', to);",
        to: '',
      },
      {
        breaks: 'slices are left out without "confirm": true',
        from: "if (!isConfirmed) throw unconfirmed(lost, context.orgId, 'backfill_skip_to', to);",
        to: '',
      },
      { breaks: 'a skip moves nothing', from: 'settled: Math.max(from.settled, to)', to: 'settled: from.settled' },
      {
        breaks: 'the audit reports what was left out',
        from: 'withUncounted({ ...from, ...forward }, { start: from.settled, end: to })',
        to: '{ ...from, ...forward }',
      },
      {
        breaks: 'a slice that reaches beyond is left out whole',
        from: 'if (slice.end > to) continue;',
        to: 'if (slice.end < 0 * to) continue;',
      },
    ],
  },
  {
    file: 'lib/commands/audit.ts',
    tests: ['test/commands/audit-hours.test.ts', 'test/commands/audit-answer.test.ts', 'test/commands/audit.test.ts'],
    bugs: [
      {
        breaks: 'a day that does not add up is passed over',
        from: '!== shipped) {\n        if',
        to: '< shipped) {\n        if',
      },
      {
        breaks: 'an hour is reported by the count that JumpCloud may have rounded',
        from: 'if (counted.events !== shipped) differences',
        to: 'differences',
      },
      {
        breaks: 'hours that are not settled are compared',
        from: 'const to = hourOf(checkpoint.settled);',
        to: 'const to = hourOf(checkpoint.watermark + HOUR_MS);',
      },
      {
        breaks: 'the hour in which the stream began is compared',
        from: 'hourOf(checkpoint.countedFrom + HOUR_MS - 1)',
        to: 'hourOf(checkpoint.countedFrom)',
      },
      {
        breaks: 'hours that a rewind touched are compared',
        from: 'if (uncounted.some((touched) => touched.start < end && touched.end > hour)) continue;',
        to: '',
      },
      {
        breaks: 'hours that JumpCloud may have forgotten are compared',
        from: 'SHORTEST_RETENTION_MS - DAY_MS',
        to: '3 * SHORTEST_RETENTION_MS',
      },
      {
        breaks: 'an audit out of time calls all hours compared',
        from: 'hours: hours.size - unchecked',
        to: 'hours: hours.size',
      },
      {
        breaks: 'what an audit found is lost where it could not go on',
        from: 'if (!(error instanceof JumpCloudError && isOver)) throw error;',
        to: 'throw error;',
      },
      {
        breaks: 'a failed audit finds nothing wrong',
        from: 'if (!(error instanceof JumpCloudError && isOver)) throw error;',
        to: '',
      },
      {
        breaks: 'an hour of former settings is compared with the new ones',
        from: 'const counted = before?.query ?? query;',
        to: 'const counted = query;',
      },
      {
        breaks: 'the last event of an hour that fills a page is not counted',
        from: 'from = reached;',
        to: 'from = reached + 1;',
      },
    ],
  },
  {
    file: 'lib/commands/take-over.ts',
    tests: ['test/commands/take-over.test.ts'],
    bugs: [
      {
        breaks: 'an organization that is named later begins anew, and what waited is lost',
        from: '[undefined, orgId].includes(noted);',
        to: 'false;',
      },
      {
        breaks: 'two organizations share a stream',
        from: '(before === UNNAMED && [undefined, orgId].includes(organization));',
        to: 'before === UNNAMED;',
      },
      {
        breaks: "another organization's stream is taken over",
        from: 'return organization === orgId ? before : undefined;',
        to: 'return before;',
      },
      {
        breaks: 'an organization that is no longer named begins anew, and what waited is lost',
        from: 'await noteName(table, UNNAMED, { organization: orgId });',
        to: '{}',
      },
      {
        breaks: "a stream of another organization's key is not found when that one is named",
        from: 'await noteName(table, UNNAMED, { movedTo: UNNAMED });',
        to: '{}',
      },
    ],
  },
];
