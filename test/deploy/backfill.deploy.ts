/**
 * A whole backfill on MiniStack, with IAM enforced: by the deployed durable function as far as
 * MiniStack goes, then by AWS's local runner.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { ExecutionStatus, LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import {
  GetDurableExecutionHistoryCommand,
  InvokeCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { runBackfill } from '../../lib/backfill/durable-engine.ts';
import type { Totals } from '../../lib/backfill/protocol.ts';
import { system } from '../../lib/platform/outside.ts';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { bootstrap, deploy, type Outputs, putTokens, watchBackfill } from './cdk.ts';
import { Cloud } from './cloud.ts';
import { type MiniStack, REGION, startMiniStack } from './ministack.ts';
import { events, idsIn, idsOf } from './observations.ts';

const HISTORY = 3_000;
const HOUR_MS = 3_600_000;
const PATIENCE_MS = 60_000;

describe('a deployed backfill', { concurrency: false }, () => {
  let aws: MiniStack;
  let cloud: Cloud;
  let lambda: LambdaClient;
  let jumpcloud: JumpcloudSimulator;
  let logzio: LogzioSimulator;
  let outputs: Outputs;

  before(async () => {
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
    aws = await startMiniStack();
    cloud = new Cloud(aws);
    lambda = new LambdaClient({
      endpoint: aws.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    logzio = await startLogzio();
    jumpcloud = await startJumpcloud();
    jumpcloud.add(events(HISTORY, Date.now() - 50 * HOUR_MS, 40_000));
    await bootstrap(aws);
    const directory = config();
    const tokens = { LOGZIO_API_TOKEN: SIMULATED_SHIPPING_TOKEN, JUMPCLOUD_API_TOKEN: SIMULATED_API_KEY };
    await putTokens(aws, directory, tokens);
    outputs = await deploy(aws, directory);
    await makeDurable(outputs.BackfillFunction ?? '');
    // The live stream begins two hours ago.
    const live = await cloud.invoke(outputs.FunctionName ?? '', {});
    assert.equal(live.failed, false, JSON.stringify(live.result));
  });

  after(async () => {
    await LocalDurableTestRunner.teardownTestEnvironment();
    cloud?.destroy();
    lambda?.destroy();
    await Promise.all([jumpcloud?.close(), logzio?.close(), aws?.stop()]);
  });

  it('starts as a durable execution, is suspended while the shipping function plans, and keeps its answer', async () => {
    const { DurableExecutionArn: arn, Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: outputs.BackfillFunction,
        Payload: JSON.stringify({ start_time: '-3d', events_per_slice: 500 }),
      }),
    );
    assert.ok(arn, Buffer.from(Payload ?? []).toString());
    for (const end = Date.now() + PATIENCE_MS; ; await wait(250)) {
      const { Events = [] } = await lambda.send(
        new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arn, IncludeExecutionData: true }),
      );
      const answer = Events.find(({ EventType }) => EventType === 'ChainedInvokeSucceeded');
      if (answer) {
        assert.match(answer.ChainedInvokeSucceededDetails?.Result?.Payload ?? '', /"planned": ?true/);
        break;
      }
      assert.ok(Date.now() < end, `planned, not ${JSON.stringify(Events)}`);
    }
  });

  it('npm run backfill -- --watch shows it, and says at Ctrl-C how to look again', async () => {
    const { DurableExecutions: [execution] = [] } = await lambda.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: outputs.BackfillFunction?.split(':')[0] }),
    );
    const { DurableExecutionArn: arn = '' } = execution ?? {};
    const said = await watchBackfill(aws, arn);
    assert.match(said, /0 of \d+ slices/);
    assert.match(said, /To look again:\n {2}npm run backfill -- --watch/);
    assert.ok(said.includes(`'${arn}'`), said);
  });

  it("ships what lies before the live stream, each event once, with no permission beyond the shipping function's", async () => {
    assert.ok(logzio.taken.lines < HISTORY / 10, 'the live stream has shipped its part');
    const totals = await backfill({ start_time: '-3d' });
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
    assert.equal(totals.slicesDone, totals.slices);
    assert.ok(totals.slices >= 6, `${totals.slices} slices, as they were planned by the execution before`);
    assert.equal(totals.delivered, totals.counted);
  });

  it('ships nothing again when it is started again', async () => {
    await backfill({ start_time: '-4d', events_per_slice: 100 });
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
  });

  /**
   * MiniStack 1.5.33 leaves DurableConfig out of what CloudFormation creates, and wants a member
   * that AWS does not know.
   */
  async function makeDurable(qualifiedName: string): Promise<void> {
    const command = new UpdateFunctionConfigurationCommand({ FunctionName: qualifiedName.split(':')[0] });
    command.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body: string };
        request.body = JSON.stringify({ DurableConfig: { Enabled: true, ExecutionTimeout: 3_600 } });
        return next(args);
      },
      { step: 'build', priority: 'high' },
    );
    await lambda.send(command);
  }

  /**
   * MiniStack 1.5.33 does not wake an execution whose chained invocation has ended: from there on
   * AWS's local runner is the engine, and the deployed shipping function does the work.
   */
  async function backfill(start: object): Promise<Totals> {
    const shipper = outputs.FunctionName ?? '';
    const functions = { shipper, self: outputs.BackfillFunction ?? '', clock: system.clock };
    const handlerFunction = withDurableExecution((event, context) => runBackfill(event, context, functions));
    const runner = new LocalDurableTestRunner<Totals>({ handlerFunction });
    runner.registerFunction(shipper, async (request: unknown) => {
      const { result, failed } = await cloud.invoke(shipper, request);
      if (failed) throw new Error(JSON.stringify(result));
      return result;
    });
    const execution = await runner.run({ payload: start });
    assert.equal(execution.getStatus(), ExecutionStatus.SUCCEEDED);
    const totals = execution.getResult();
    assert.ok(totals);
    return totals;
  }

  function config(): string {
    const directory = join(aws.directory, 'config');
    mkdirSync(directory, { recursive: true });
    const lines = [
      'logzio:',
      `  url: ${logzio.url}`,
      'jumpcloud_api:',
      `  url: ${jumpcloud.url}`,
      '  start_date: -2h',
      '  settings:',
      '    time_interval: 60',
    ];
    writeFileSync(join(directory, 'config.yaml'), `${lines.join('\n')}\n`);
    return directory;
  }
});
