/** Listens to an instance's AWS clients: what it saves, what it puts aside and what fails goes into the ledger. */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { Instance } from './instance.ts';
import { quarantineWrites } from './quarantine-writes.ts';
import { restPutBack, takenOut } from './replay-watch.ts';

interface Command {
  readonly input: object;
  readonly constructor: { readonly name: string };
}

interface Key {
  readonly stream?: { readonly S?: string };
  readonly item?: { readonly S?: string };
}

interface Input {
  readonly Key?: Key;
  readonly Item?: Key;
  readonly ReturnValues?: string;
  readonly ConditionExpression?: string;
  /** Of a query. */
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S?: string }>>;
}

interface Hearing {
  readonly begun?: () => void;
  readonly done?: () => void;
  readonly failed?: (error: unknown) => void;
}

/** Of an entry that waits, its sort key begins so. */
const HEAD = 'quarantine#waiting#';

/** Longer than DynamoDB takes; short enough for a deadline of seconds. */
const COMMAND_MS = 3;

/** From now on every command of `client` passes the instance's gate. */
export function listen(instance: Instance, client: { send: unknown }): void {
  const { gate, stage } = instance;
  const send = (client.send as (command: Command, ...rest: unknown[]) => Promise<unknown>).bind(client);
  client.send = async (command: Command, ...rest: unknown[]) => {
    const hearing = hear(instance, command);
    const begun = stage.time.now();
    try {
      const answer = await gate.pass(async () => {
        instance.stepClock();
        hearing?.begun?.();
        await stage.time.pass(COMMAND_MS);
        return await send(command, ...rest);
      });
      hearing?.done?.();
      return answer;
    } catch (error) {
      stage.trace(`${instance.course.name} ${command.constructor.name} failed: ${error}`);
      hearing?.failed?.(error);
      throw error;
    } finally {
      instance.lostMs += stage.time.now() - begun;
    }
  };
}

/** @returns undefined for what concerns no stream, such as reading a parameter */
function hear(instance: Instance, command: Command): Hearing | undefined {
  const { ledger, holdings, trace } = instance.stage;
  const input = command.input as Input;
  const key = input.Key ?? input.Item;
  const organization = organizationOf(instance, key?.stream?.S ?? input.ExpressionAttributeValues?.[':stream']?.S);
  if (organization === undefined) return undefined;
  const run = instance.runOf(organization);
  const failed = (error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) run.excuses.add('DynamoDB failed');
  };
  const write = quarantineWrites(instance, command);
  if (write) {
    const done = () => {
      if (run.kind === 'replay') return restPutBack(instance.stage, run, write.entry, write);
      ledger.putAside(run, write.tags, write.taken);
      if (!holdings.put(write.entry, write)) return;
      const send = ledger.send(run, write.tags);
      send.taken = true;
      ledger.tell(send, 'acknowledged');
      trace(`${instance.course.name} put aside ${write.tags.join(' ')}`);
    };
    return { done, failed };
  }
  const isReplayed = command.constructor.name === 'DeleteItemCommand' && key?.item?.S?.startsWith(HEAD);
  if (isReplayed) {
    const entry = `${key?.stream?.S} ${key?.item?.S?.slice(HEAD.length)}`;
    return { done: () => takenOut(instance.stage, run, entry), failed };
  }
  const isOfQuarantine = key?.item?.S?.startsWith('quarantine') ?? true;
  const save = { begun: 0, done: 0, succeeded: false };
  const endSave = (succeeded: boolean) => run.saves.push({ ...save, succeeded, done: ledger.tick() });
  const movesCheckpoint = command.constructor.name === 'UpdateItemCommand' && key?.item?.S === 'checkpoint';
  // What asks for values back takes the lease; every later update that asks whose it is, is a save.
  const isSave = movesCheckpoint && input.ReturnValues === undefined && input.ConditionExpression !== undefined;
  return {
    begun: () => {
      save.begun = ledger.tick();
    },
    done: () => {
      if (isSave) endSave(true);
    },
    failed: (error) => {
      failed(error);
      const isRefused = error instanceof ConditionalCheckFailedException;
      if (isSave && isRefused) run.excuses.add('lost its lease');
      // A condition that holds the others back is part of a save that goes on.
      if (isSave || !(isOfQuarantine || isRefused)) endSave(false);
    },
  };
}

function organizationOf({ stage }: Instance, stream: string | undefined): string | undefined {
  const [room, name] = stream?.split('#') ?? [];
  const isOf = (organization: string) => stage.streamOf(organization) === `live#${name}`;
  return room === 'live' || room === 'backfill' ? stage.cloud.organizations.find(isOf) : undefined;
}
