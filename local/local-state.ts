/** The table of a run on this machine, in `.local/`: opened for one process, readable by its owner only. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Config } from '../lib/config/config.ts';
import { privateFolder } from '../lib/platform/own-files.ts';
import { Table } from '../lib/state/table.ts';
import { faultOfDisk } from '../simulators/disk-fault.ts';
import { startDynamoDb } from '../simulators/dynamodb.ts';
import { localDynamoDb, TABLE } from './local-runtime.ts';

/** Exit code. */
const FAILED = 1;

export interface LocalState {
  readonly dynamodb: DynamoDBClient;
  readonly table: Table;
  /** Where it lies. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * @param folder `.local` of the project; made where it is not there
 * @throws FileError, DamagedDataError; or when another living process has it
 */
export async function openState(folder: string, { state }: Config): Promise<LocalState> {
  privateFolder(folder);
  // Other users of this machine can reach loopback: the database answers this process only.
  const accessKeyId = randomUUID();
  const table = state.table ?? TABLE;
  const path = join(folder, 'dynamodb');
  const database = await startDynamoDb({ table, path, onlyFor: accessKeyId });
  const ignoreFaults = endOnFault(path);
  const dynamodb = localDynamoDb(database.endpoint, accessKeyId);
  return {
    dynamodb,
    table: new Table(dynamodb, table),
    path,
    async close() {
      dynamodb.destroy();
      await database.close();
      ignoreFaults();
    },
  };
}

/**
 * What the disk refuses, the database throws where nobody can catch it, and takes no further write after that.
 * @returns stops listening
 */
function endOnFault(path: string): () => void {
  const onThrown = (error: NodeJS.ErrnoException) => {
    const isOfDatabase = error.code?.startsWith('LEVEL_') ?? false;
    const words = `${faultOfDisk(path)?.message ?? `The database in ${path} failed: ${error.message}.`} This run ends here. The next start goes on where this one saved last, and may send again what came after that.`;
    process.stderr.write(`${isOfDatabase ? words : error.stack}\n`);
    process.exit(FAILED);
  };
  process.on('uncaughtException', onThrown);
  return () => void process.off('uncaughtException', onThrown);
}
