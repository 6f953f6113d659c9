/**
 * DynamoDB at hand: dynalite behind a door where throttling, time-outs and lost answers can be
 * ordered.
 */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PARTITION_KEY, SORT_KEY } from '../lib/state/table.ts';
import type { SimulatorAnswer } from './answer.ts';
import { awsRefusal } from './aws-answers.ts';
import { faultOfDisk } from './disk-fault.ts';
import { type Engine, openEngine } from './dynamodb-engine.ts';
import { lockFolder } from './folder-lock.ts';
import { privateFolder } from './own-files.ts';
import { type RecordedRequest, type ServerSettings, startServer } from './server.ts';

const LOOK_AGAIN_MS = 5;
/** About 15 seconds. */
const MOST_LOOKS = 3000;

export interface DynamoDbOptions extends Partial<ServerSettings> {
  /** Folder of the data, made with mode 0700; in memory when absent. */
  readonly path?: string;
  /** Made with the stack's keys, on demand, unless it is there. */
  readonly table: string;
  /** The one access key that may ask; anybody on this machine when absent. */
  readonly onlyFor?: string;
  /** Keep the text of every request's body in `requests`. */
  readonly keepBodies?: boolean;
}

export interface EmbeddedDynamoDb {
  readonly endpoint: string;
  /** `onRequest` is the door: see `operationOf` and `awsError`. */
  readonly settings: ServerSettings;
  readonly requests: RecordedRequest[];
  close(): Promise<void>;
}

/** What a power cut can do to a database, seldom as it is. */
export class DamagedDataError extends Error {
  override readonly name = 'DamagedDataError';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `The database in ${path} cannot be opened (${why}): it may have been damaged, e.g. by a power cut. Put ${path} back from a backup, or move it away: a program that finds none begins anew, npm start at lastTime.txt`,
      { cause },
    );
  }
}

/**
 * @throws DamagedDataError, FileError; or when the folder cannot be made, or another living process
 * has it
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<EmbeddedDynamoDb> {
  const { path, table, onlyFor, keepBodies = false, ...given } = options;
  if (path !== undefined) privateFolder(path);
  const unlock = path === undefined ? async () => {} : await lockFolder(path);
  const settings: ServerSettings = { clock: Date.now, latencyMs: 0, ...given };
  const engine = await openEngine(path === undefined ? undefined : join(path, 'data'));
  const created = createTable(engine, table);
  try {
    await (path === undefined ? created : unlessThrown(created));
  } catch (cause) {
    // Its door must be closed for the process to end; what it says of that matters no more.
    engine.close().catch(() => undefined);
    await unlock();
    throw path === undefined ? cause : (faultOfDisk(path) ?? new DamagedDataError(path, cause));
  }
  const front = await startServer({
    settings,
    handle: (request) =>
      onlyFor === undefined || request.headers.authorization?.includes(` Credential=${onlyFor}/`)
        ? engine.answer(request)
        : awsRefusal('UnrecognizedClientException', 'The security token included in the request is invalid.'),
    describeBody: (request) => (keepBodies ? request.body.toString() : ''),
  });
  let closed: Promise<void> | undefined;
  return {
    endpoint: front.url,
    settings,
    requests: front.requests,
    close() {
      closed ??= front.close().then(engine.close).then(unlock);
      return closed;
    },
  };
}

/**
 * dynalite throws what it meets in its data from a callback, where only the process as a whole can
 * catch it.
 */
async function unlessThrown(work: Promise<void>): Promise<void> {
  const { promise: thrown, reject } = Promise.withResolvers<void>();
  process.setUncaughtExceptionCaptureCallback(reject);
  try {
    await Promise.race([work, thrown]);
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
}

async function createTable(engine: Engine, table: string): Promise<void> {
  const keys = [PARTITION_KEY, SORT_KEY];
  const created = await ask(engine, 'CreateTable', {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: keys.map((name, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    AttributeDefinitions: keys.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
  });
  // Made, or there already.
  if (created.status !== 200 && !String(created.body).includes('ResourceInUseException')) {
    throw new Error(`The embedded DynamoDB cannot make the table ${table}: ${created.body}`);
  }
  // It exists a moment later, on a busy machine a long one. Killed in that moment, it would never;
  // nothing is lost with it.
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const { body } = await ask(engine, 'DescribeTable', { TableName: table });
    if (String(body).includes('"ACTIVE"')) return;
    await setTimeout(LOOK_AGAIN_MS);
  }
  throw new Error(`the table ${table} was never finished`);
}

function ask(engine: Engine, operation: string, input: object): Promise<SimulatorAnswer> {
  const headers = {
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20260101T000000Z',
    'content-type': 'application/x-amz-json-1.0',
    authorization: 'AWS4-HMAC-SHA256 Credential=embedded, SignedHeaders=none, Signature=none',
  };
  return engine.answer({ method: 'POST', path: '/', headers, body: Buffer.from(JSON.stringify(input)) });
}
