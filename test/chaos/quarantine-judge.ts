/** Whether what is said of the quarantine, by a list or after a replay, is what lies in the table. */
import { PromiseBrokenError } from './judge.ts';
import type { TableState } from './table-reader.ts';

interface Listed {
  readonly waiting: readonly { readonly id: string; readonly events: number; readonly mayRepeat: number }[];
}

interface Replayed {
  readonly entries?: readonly { readonly id: string; readonly outcome: string; readonly mayRepeat: number }[];
}

/** @param state the table while the list was made */
export function checkList(stream: string, result: unknown, { holdings }: TableState): void {
  const said = (result as Listed).waiting.map(
    ({ id, events, mayRepeat }) => `${stream} ${id}: ${events}, ${mayRepeat}`,
  );
  const there = [...holdings]
    .filter(([name]) => name.startsWith(`${stream} `))
    .map(([name, { tags, taken }]) => `${name}: ${tags.length}, ${taken}`);
  if (said.sort().join('; ') !== there.sort().join('; '))
    throw new PromiseBrokenError(
      `the list says ${said.join('; ') || 'nothing'}, and there is ${there.join('; ') || 'nothing'}`,
    );
}

/** Nothing else was under way between `before` and `after`. */
export function checkReplay(stream: string, result: unknown, before: TableState, after: TableState): void {
  for (const { id, outcome, mayRepeat } of (result as Replayed).entries ?? []) {
    const name = `${stream} ${id}`;
    const held = before.holdings.get(name);
    if (!held) throw new PromiseBrokenError(`a replay tells of an entry that was not there: ${name}`);
    if (outcome !== 'shipped') continue;
    if (after.holdings.has(name))
      throw new PromiseBrokenError(`a replay says it shipped ${name}, which still waits`, held.tags);
    if (mayRepeat < held.taken)
      throw new PromiseBrokenError(
        `a replay repeats ${mayRepeat} events of ${name}, it says; ${held.taken} had been taken`,
        held.tags,
      );
  }
}
