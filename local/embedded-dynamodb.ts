/** DynamoDB at hand: dynalite behind a door where throttling, time-outs and lost answers can be ordered. */
import { chmod, mkdir } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { PARTITION_KEY, SORT_KEY } from '../lib/table.ts';
import { EMBEDDED_CREDENTIALS, EMBEDDED_REGION } from './aws-answers.ts';
import { lockFolder } from './folder-lock.ts';
import {
  type RecordedRequest,
  type ServerSettings,
  type StandInAnswer,
  type StandInRequest,
  startServer,
} from './stand-in-server.ts';

export interface DynamoDbOptions extends Partial<ServerSettings> {
  /** Folder of the data, made with mode 0700; in memory when absent. */
  readonly path?: string;
  /** Made with the stack's keys, on demand, unless it is there. */
  readonly table: string;
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

/** @throws when the folder cannot be made, or another living process has it. */
export async function startDynamoDb(options: DynamoDbOptions): Promise<EmbeddedDynamoDb> {
  const { path, table, keepBodies = false, ...given } = options;
  if (path !== undefined) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700); // also where it was there before
  }
  const unlock = path === undefined ? async () => {} : await lockFolder(path);
  const settings: ServerSettings = { clock: Date.now, latencyMs: 0, ...given };
  const engine = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path: join(path, 'data') }) });
  await new Promise<void>((resolve, reject) => {
    engine.once('error', reject);
    engine.listen(0, '127.0.0.1', resolve);
  });
  const agent = new Agent({ keepAlive: true });
  const { port } = engine.address() as AddressInfo;
  await createTable(`http://127.0.0.1:${port}`, table);
  const front = await startServer({
    settings,
    handle: (request) => forward(request, port, agent),
    describeBody: (request) => (keepBodies ? request.body.toString() : ''),
  });
  let closed: Promise<void> | undefined;
  return {
    endpoint: front.url,
    settings,
    requests: front.requests,
    close() {
      closed ??= front
        .close()
        .then(() => closeEngine(engine, agent))
        .then(unlock);
      return closed;
    },
  };
}

async function createTable(endpoint: string, table: string): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: EMBEDDED_REGION,
    credentials: EMBEDDED_CREDENTIALS,
    maxAttempts: 1,
  });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
          { AttributeName: SORT_KEY, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: PARTITION_KEY, AttributeType: 'S' },
          { AttributeName: SORT_KEY, AttributeType: 'S' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  } finally {
    client.destroy();
  }
}

async function forward(request: StandInRequest, port: number, agent: Agent): Promise<StandInAnswer> {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const onward = httpRequest({ host: '127.0.0.1', port, agent, method: request.method, path: request.path, headers });
    onward.on('response', resolve).on('error', reject).end(request.body);
  });
  const chunks: Buffer[] = await Array.fromAsync(answer as AsyncIterable<Buffer>);
  const kept: Record<string, string> = {};
  for (const name of ['content-type', 'x-amzn-requestid', 'x-amz-crc32']) {
    const value = answer.headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return { status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks).toString('utf8') };
}

async function closeEngine(engine: Server, agent: Agent): Promise<void> {
  agent.destroy();
  const closed = new Promise<void>((resolve, reject) => {
    engine.close((error) => (error ? reject(error) : resolve()));
  });
  engine.closeAllConnections();
  await closed;
}
