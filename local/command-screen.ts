/** The answers of `npm run dry-run` and `npm run quarantine`, for a person. */
import type { Result } from '../lib/commands/context.ts';
import { plural, shortTime } from './progress.ts';
import type { Terminal } from './terminal.ts';

interface Entry {
  readonly id: string;
  readonly events: number;
  readonly time?: string;
  readonly outcome?: string;
  readonly reason?: string;
}

/** Its message, then its entries or its first log lines. */
export function showAnswer({ say, style }: Terminal, answer: Result): void {
  for (const one of streamsOf(answer)) {
    say(style(String(one.message), 'bold'));
    for (const { id, events, time, outcome, reason } of entriesOf(one)) {
      const at = time === undefined ? '' : `  ${shortTime(Date.parse(time))}`;
      say(`  ${style(id, outcome === 'shipped' ? 'green' : 'yellow')}${at}  ${plural(events, 'event')}`);
      if (outcome ?? reason) say(`    ${[outcome, reason].filter(Boolean).join(': ')}`);
    }
    for (const line of (one.sample ?? []) as readonly object[]) say(`  ${JSON.stringify(line)}`);
  }
  for (const warning of answer.warnings ?? []) say(`Warning: ${warning}`);
}

/** @returns false where a replay left entries in quarantine */
export function isDone(answer: Result): boolean {
  return streamsOf(answer).every(({ entries }) =>
    ((entries ?? []) as readonly Entry[]).every(({ outcome }) => outcome === 'shipped'),
  );
}

function streamsOf(answer: Result): readonly Result[] {
  return (answer.streams as readonly Result[] | undefined) ?? [answer];
}

function entriesOf({ waiting = [], entries = waiting }: Result): readonly Entry[] {
  return entries as readonly Entry[];
}
