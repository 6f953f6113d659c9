/** One run in a process of its own, with its table on disk: what `killed-process.test.ts` kills. */
import { text } from 'node:stream/consumers';
import { createHandler } from '../../lib/commands/handler.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { createPost } from '../../lib/platform/http-client.ts';
import { system } from '../../lib/platform/outside.ts';
import { givenSecret } from '../../lib/platform/secrets.ts';
import { createDynamoDb, Table } from '../../lib/state/table.ts';
import { startAws } from '../../simulators/aws.ts';
import { SIMULATED_API_KEY } from '../../simulators/jumpcloud.ts';
import { SIMULATED_SHIPPING_TOKEN } from '../../simulators/logzio.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** Given on its standard input. */
export interface Work {
  readonly now: number;
  /** Where the table lies. */
  readonly path: string;
  readonly jumpcloud: string;
  readonly logzio: string;
  /** Events a page. */
  readonly limit: number;
}

const LIFE_MS = 290_000;
const TABLE = 'killed';

const work: Work = JSON.parse(await text(process.stdin));
const aws = await startAws({ table: TABLE, path: work.path });
const credentials = { accessKeyId: 'child', secretAccessKey: 'child' };
const dynamodb = createDynamoDb({ endpoint: aws.dynamoDb.endpoint, region: 'us-east-1', credentials });
const { config } = parseConfig(
  {
    logzio: { url: work.logzio },
    jumpcloud_api: { url: work.jumpcloud, start_date: '-1h', settings: { limit: work.limit } },
  },
  {},
  work.now,
);
const ignore = () => undefined;
const handle = createHandler({
  ...system,
  config,
  clock: new VirtualClock(work.now),
  metrics: { write: ignore },
  table: new Table(dynamodb, TABLE),
  jumpcloudSecret: givenSecret('jumpcloud', SIMULATED_API_KEY),
  logzioSecret: givenSecret('logzio', SIMULATED_SHIPPING_TOKEN),
  post: createPost(),
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
});
await handle({}, { getRemainingTimeInMillis: () => LIFE_MS });
await aws.close();
process.exit(0);
