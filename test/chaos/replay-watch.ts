/** Follows a replay from entry to entry: what it brought into Logz.io must leave quarantine, and nothing else may. */
import type { Holding, Holdings } from './holdings.ts';
import type { Ledger, Run } from './ledger.ts';

interface Books {
  readonly ledger: Ledger;
  readonly holdings: Holdings;
}

/** What a replay put back of the entry that it is at. */
const rests = new WeakMap<Run, readonly string[]>();

/** @param name of the entry that keeps what a replay did not bring in */
export function restPutBack({ holdings }: Books, run: Run, name: string, rest: Holding): void {
  // The same entry once more is no entry that another has to make room for.
  if (holdings.put(name, rest)) rests.set(run, rest.tags);
}

/** A replay has taken an entry out: what it sent of it has moved from quarantine into Logz.io. */
export function takenOut({ holdings, ledger }: Books, run: Run, name: string): void {
  const rest = rests.get(run) ?? [];
  rests.delete(run);
  const holding = holdings.remove(name);
  if (holding === 'gone') {
    if (rest.length > 0 && run.excuses.size === 0)
      ledger.complaints.push(`${run.name} put ${rest.join(' ')} back, which another replay had taken out`);
    return;
  }
  const isOfIt = ({ tags }: { tags: readonly string[] }) => !holding || tags.every((tag) => holding.tags.includes(tag));
  const open = run.sends.filter((send) => !send.moved && isOfIt(send));
  for (const send of open) send.moved = true;
  if (!holding) return;
  const arrived = open.filter(({ told }) => told === 'acknowledged').flatMap(({ tags }) => tags);
  if (!isEqual([...arrived, ...rest], holding.tags))
    ledger.complaints.push(
      `${run.name} brought in ${arrived.join(' ') || 'nothing'} of ${holding.tags.join(' ')}, and left ${rest.join(' ') || 'nothing'}`,
    );
}

/** Replays that came to no good end, and had sent more than the one entry they were at. */
export function* replaysOverdrawn({ ledger, holdings }: Books): Generator<string> {
  for (const run of ledger.runs) {
    if (run.kind !== 'replay') continue;
    const open = run.sends.filter(({ moved, told }) => !moved && told === 'acknowledged').flatMap(({ tags }) => tags);
    const isOfOne = holdings.ever.some(({ tags }) => open.every((tag) => tags.includes(tag)));
    if (open.length > 0 && !isOfOne)
      yield `${run.name} (${[...run.excuses].join()}) sent ${open.join(' ')}, of more entries than one, and left them in quarantine`;
  }
}

function isEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join() === others.toSorted().join();
}
