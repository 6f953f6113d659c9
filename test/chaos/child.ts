/** The child process of `killed-child.ts`: one instance with its own clients, one invocation, until it ends or is killed. */
import { text } from 'node:stream/consumers';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createHandler } from '../../lib/commands/handler.ts';
import { createPost } from '../../lib/platform/http.ts';
import { ssmSecret } from '../../lib/platform/secrets.ts';
import { system } from '../../lib/platform/system.ts';
import { createDynamoDb, Table } from '../../lib/state/table.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { CHILD_KEY, JUMPCLOUD_PARAMETER, LOGZIO_PARAMETER, TABLE } from './cloud.ts';
import { configure } from './configure.ts';
import type { ChildWork } from './killed-child.ts';

const work: ChildWork = JSON.parse(await text(process.stdin));
const clock = new VirtualClock(work.now);
const common = { region: 'us-east-1', credentials: { accessKeyId: CHILD_KEY, secretAccessKey: CHILD_KEY } };
const ssm = new SSMClient({ ...common, endpoint: work.ssm });
const ignore = () => undefined;
const handle = createHandler({
  config: configure(
    work.plan,
    { jumpcloud: { url: work.jumpcloud }, logzio: { url: work.logzio } },
    work.settings,
    work.now,
  ),
  ...system,
  clock,
  metrics: { write: ignore },
  table: new Table(createDynamoDb({ ...common, endpoint: work.dynamodb }), TABLE),
  jumpcloudSecret: ssmSecret(ssm, JUMPCLOUD_PARAMETER),
  logzioSecret: ssmSecret(ssm, LOGZIO_PARAMETER),
  post: createPost(),
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  tokenUrl: work.tokenUrl,
});
// Whether it succeeds is not the point: it may meet old tokens, or a lease that is held.
await handle({}, { getRemainingTimeInMillis: () => 290_000 }).catch(ignore);
process.exit(0);
