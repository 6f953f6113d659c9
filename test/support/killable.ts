/**
 * A run that can be killed: from that moment on nothing leaves it any more, as with a process that
 * is gone.
 */
import { once } from 'node:events';
import type { Runtime } from '../../lib/commands/context.ts';
import type { DynamoDb } from '../../lib/platform/outside.ts';
import { Table } from '../../lib/state/table.ts';
import { TABLE, type World } from './world.ts';

export interface Killable {
  readonly overrides: Pick<Runtime, 'post' | 'table'>;
  /**
   * Called for every command to DynamoDB, by name and number of its kind; `kill` strikes before it
   * is sent.
   */
  onCommand?: (command: string, n: number) => 'kill' | 'hold' | undefined;
  /** Resolves when the run has died. */
  readonly died: Promise<unknown>;
  kill(): void;
}

const never = new Promise<never>(() => undefined);

export function killable(world: World): Killable {
  const death = new EventTarget();
  const died = once(death, 'death');
  const counts = new Map<string, number>();
  const client: DynamoDb = world.dynamodb;
  let dead = false;
  const kill = () => {
    dead = true;
    death.dispatchEvent(new Event('death'));
  };
  const send: DynamoDb['send'] = async (command) => {
    const name = command.constructor.name;
    const n = (counts.get(name) ?? 0) + 1;
    counts.set(name, n);
    const order = dead ? undefined : life.onCommand?.(name, n);
    if (order === 'kill') kill();
    if (dead || order === 'hold') return never;
    const answer = await client.send(command);
    return dead ? never : answer;
  };
  const life: Killable = {
    overrides: {
      table: new Table({ send }, TABLE),
      post: async (request) => {
        if (dead) return never;
        const answer = await world.runtime.post(request);
        return dead ? never : answer;
      },
    },
    died,
    kill,
  };
  return life;
}
