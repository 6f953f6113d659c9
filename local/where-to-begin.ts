/**
 * Where a run on this machine begins: at its checkpoint, else at `lastTime.txt`, else at
 * `start_date`.
 */

import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { organizationsOf } from '../lib/commands/context.ts';
import type { Config } from '../lib/config/config.ts';
import { type StartDate, startInstant } from '../lib/config/start-date.ts';
import type { Clock } from '../lib/platform/outside.ts';
import { type EpochMs, HOUR_MS, LONGEST_RETENTION_DAYS, LONGEST_RETENTION_MS } from '../lib/platform/time.ts';
import { readMarks } from '../lib/state/dynamodb-store.ts';
import { CHECKPOINT } from '../lib/state/items.ts';
import { streamOf } from '../lib/state/stream-name.ts';
import { SORT_KEY } from '../lib/state/table.ts';
import { LAST_TIME_FILE, LastTimeError, readLastTime } from './last-time.ts';
import type { LocalState } from './local-state.ts';
import { shortTime } from './progress.ts';
import { copyLastTime } from './side-files.ts';
import type { Terminal } from './terminal.ts';

/** Nobody takes longer to run a command that was proposed. */
const TYPING_MS = HOUR_MS;

export interface Beginning {
  readonly terminal: Terminal;
  readonly config: Config;
  readonly clock: Clock;
  /** Named to a person who wants to begin anew. */
  readonly folder: string;
  /** Asks a person; absent where nobody can be asked. */
  readonly askYesNo?: (question: string) => Promise<boolean>;
}

/**
 * `lastTime.txt` of the Docker image counts only while there is no checkpoint at all; what counts
 * instead is said.
 * @throws LastTimeError
 */
export async function whereToBegin(beginning: Beginning, { dynamodb, table }: LocalState): Promise<StartDate> {
  const { config, terminal, clock } = beginning;
  const { startDate } = config.jumpcloud;
  const streams = await Promise.all(
    organizationsOf(config).map(async (orgId) => {
      const stream = await streamOf(table, orgId);
      const marks = await readMarks(table, stream);
      return marks === undefined ? [] : [{ orgId, stream, ...marks }];
    }),
  );
  const begun = streams.flat();
  if (begun.length > 0 || (await hasCheckpoint(dynamodb, table.name))) {
    sayWhatCounts(beginning, begun);
    return startDate;
  }
  const lastTime = readLastTime(process.cwd(), clock.now());
  if (lastTime === undefined) return startDate === 'now' ? await askForStart(beginning) : startDate;
  terminal.say(`Beginning at ${shortTime(lastTime)}, as ${LAST_TIME_FILE} says.`);
  copyLastTime(beginning, lastTime);
  return { at: lastTime };
}

/** Of an organization that is no longer configured, say. A command by hand leaves other items. */
async function hasCheckpoint(dynamodb: LocalState['dynamodb'], TableName: string): Promise<boolean> {
  const { Count = 0 } = await dynamodb.send(
    new ScanCommand({
      TableName,
      FilterExpression: '#item = :checkpoint',
      ExpressionAttributeNames: { '#item': SORT_KEY },
      ExpressionAttributeValues: { ':checkpoint': { S: CHECKPOINT.prefix } },
    }),
  );
  return Count > 0;
}

/**
 * A stream that begins now has nothing to show for minutes. On a terminal we offer to begin an hour
 * earlier.
 */
async function askForStart({ askYesNo }: Beginning): Promise<StartDate> {
  const question = 'Shipping begins with the events of now. Begin one hour ago, to see events within a minute? [y/N] ';
  return (await askYesNo?.(question)) ? { ageMs: HOUR_MS } : 'now';
}

interface Begun {
  readonly orgId: string | undefined;
  readonly stream: string;
  readonly began: EpochMs;
  readonly watermark: EpochMs;
}

/** Says that another instant in `lastTime.txt` is not obeyed; nothing in the file stops the run. */
function sayWhatCounts(beginning: Beginning, streams: readonly Begun[]): void {
  const { terminal, clock, folder } = beginning;
  let said: EpochMs | undefined;
  let told: EpochMs | undefined;
  try {
    said = readLastTime(process.cwd(), clock.now());
    told = readLastTime(folder, clock.now());
  } catch (error) {
    if (!(error instanceof LastTimeError)) throw error;
    terminal.say(`Warning: ${error.message} The checkpoint in ${folder} counts.`);
  }
  for (const stream of streams) if (stream.began !== told) sayStartDateIsLate(beginning, stream);
  const reached = streams.map(({ watermark }) => watermark);
  if (said === undefined || said === told || reached.length === 0 || reached.includes(said)) return;
  terminal.say(
    `Warning: ${LAST_TIME_FILE} says ${shortTime(said)}, but shipping goes on from the checkpoint, ${shortTime(Math.min(...reached))}. To begin at ${LAST_TIME_FILE} remove ${folder} first.`,
  );
}

/**
 * A first run begins the stream, also one that fails or finds nothing: an earlier `start_date` set
 * after it has no effect. Only said until something was read, since afterwards an old date is left
 * in many a `config.yaml`; an age that was not changed only grows younger.
 */
function sayStartDateIsLate({ terminal, config, clock }: Beginning, { orgId, stream, began, watermark }: Begun): void {
  const now = clock.now();
  const start = startInstant(config.jumpcloud.startDate, now);
  const oldest = now - LONGEST_RETENTION_MS;
  if (watermark > began || Math.max(start, oldest) >= began) return;
  const command = JSON.stringify({
    // As an age it is still kept when somebody has typed it.
    rewind_to: start < oldest + TYPING_MS ? `-${LONGEST_RETENTION_DAYS}d` : new Date(start).toISOString(),
    ...(orgId !== undefined && { org_id: orgId }),
  });
  terminal.say(
    `Warning: start_date is ${shortTime(start)}, but ${stream} began at ${shortTime(began)}, with its first run. So start_date has no effect. To begin at start_date:\n  npm start -- --ask '${command}'`,
  );
}
