/**
 * The table of a run on this machine, in `.local/`: opened for one process, readable by its owner
 * only.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Config } from '../lib/config/config.ts';
import { Table } from '../lib/state/table.ts';
import { startDynamoDb } from '../simulators/dynamodb.ts';
import { privateFolder } from '../simulators/own-files.ts';
import { endOnDiskFault } from './end-on-disk-fault.ts';
import { localDynamoDb, TABLE } from './local-runtime.ts';

const AFTER_A_FAULT =
  'This run ends here. The next start goes on where this one saved last, and may send again what came after that.';

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
  const ignoreFaults = endOnDiskFault(path, AFTER_A_FAULT);
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
