/**
 * The stack as users deploy it, on MiniStack with IAM enforced, between simulators of JumpCloud and
 * Logz.io.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { bootstrap, deploy, destroy, type Outputs, putTokens, uninstall } from './cdk.ts';
import { Cloud } from './cloud.ts';
import { type MiniStack, startMiniStack } from './ministack.ts';
import { events, idsIn, idsOf, instant, messageOf, metricOf, until } from './observations.ts';

const STREAM = 'live#default';
const HISTORY = 2_500;
/** A minute, MiniStack's tick of ten seconds, and a cold start; more says that it will not come. */
const SCHEDULE_PATIENCE_MS = 150_000;
const ORGANIZATIONS = ['5f0000000000000000000001', '5f0000000000000000000002'] as const;
const NOT_OURS = '5f0000000000000000000003';

describe('deployed', { concurrency: false }, () => {
  let aws: MiniStack;
  let cloud: Cloud;
  let jumpcloud: JumpcloudSimulator;
  let logzio: LogzioSimulator;
  let outputs: Outputs;

  before(async () => {
    aws = await startMiniStack();
    cloud = new Cloud(aws);
    logzio = await startLogzio();
    jumpcloud = await startJumpcloud({ apiKeys: { [SIMULATED_API_KEY]: { organizations: ORGANIZATIONS } } });
    jumpcloud.add(events(HISTORY, Date.now() - 50 * 60_000, 1_000));
    await bootstrap(aws);
  });

  after(async () => {
    cloud?.destroy();
    await Promise.all([jumpcloud?.close(), logzio?.close(), aws?.stop()]);
  });

  it('cdk deploy ends with the next steps', async () => {
    await tokens(SIMULATED_SHIPPING_TOKEN);
    outputs = await deploy(aws, config({ minutes: 1 }));
    assert.equal(outputs.FunctionName, 'jumpcloud-logzio');
    assert.match(outputs.AfterDeploy1Tokens ?? '', /npm run tokens/);
  });

  it('the schedule fires by itself and the events arrive, each once', async () => {
    await until(() => logzio.taken.lines >= HISTORY, SCHEDULE_PATIENCE_MS, 'events from the schedule');
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
    assert.deepEqual(logzio.spoilt, []);
  });

  it('a redeploy with changed configuration keeps the checkpoint', async () => {
    const checkpoint = await settled();
    outputs = await deploy(aws, config({ minutes: 60 }));
    const now = await settled();
    assert.deepEqual(now?.began, checkpoint?.began);
    // The schedule may have run meanwhile: it went on from there, or stands there.
    assert.ok(instant(now?.settled) >= instant(checkpoint?.settled));
    assert.equal(logzio.taken.lines, HISTORY);
  });

  it('"Test" with {} in the console ships nothing again, and says that this is normal', async () => {
    const { failed, result } = await test({});
    assert.equal(failed, false, JSON.stringify(result));
    assert.match(messageOf(result), /this is normal/);
    assert.equal(logzio.taken.lines, HISTORY);
  });

  it("the console's test templates work too: what they carry is named in a warning, and not obeyed", async () => {
    const helloWorld = { key1: 'value1', key2: 'value2', key3: 'value3' };
    const scheduledEvent = {
      id: 'cdc73f9d-aea9-11e3-9d5a-835b769c0d9c',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '123456789012',
      time: '1970-01-01T00:00:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:123456789012:rule/ExampleRule'],
      detail: {},
    };
    for (const template of [helloWorld, scheduledEvent]) {
      const { failed, result } = await test(template);
      assert.equal(failed, false, JSON.stringify(result));
      assert.match(JSON.stringify(result), /ignored: (key1|id)/);
    }
    assert.equal(logzio.taken.lines, HISTORY);
  });

  it('new events are shipped by the next run, and the checkpoint moves', async () => {
    const before = await settled();
    jumpcloud.add(events(10, Date.now() - 2_000, 10, HISTORY));
    await wait(2_000);
    const { result } = await test({});
    assert.match(messageOf(result), /Shipped 10 events/);
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
    assert.notDeepEqual(await settled(), before);
  });

  it('writes the metrics that the alarms watch, under the name of the stack', async () => {
    const { log } = await test({});
    const metrics = log
      .split('\n')
      .filter((line) => line.includes('CloudWatchMetrics'))
      .map(metricOf);
    assert.deepEqual(
      metrics.map(({ name, namespace, dimensions }) => ({ name, namespace, dimensions })),
      [{ name: 'WatermarkAgeSeconds', namespace: 'JumpCloudLogzio', dimensions: { service: 'jumpcloud-logzio' } }],
      log,
    );
  });

  it('a wrong token fails the run, leaves the checkpoint, and shows up where the alarm looks', async () => {
    assert.notEqual(await cloud.alarmState('jumpcloud-logzio-failed'), 'ALARM');
    const before = await settled();
    logzio.settings.tokens = ['rotatedShippingToken'];
    jumpcloud.add(events(5, Date.now() - 2_000, 10, HISTORY + 10));
    await wait(2_000);
    const { failed, result, log } = await test({});
    assert.equal(failed, true);
    assert.match(JSON.stringify(result), /\/jumpcloud-logzio\/logzio-token/, 'names the parameter');
    for (const text of [log, JSON.stringify(result)]) {
      assert.ok(!text.includes(SIMULATED_SHIPPING_TOKEN) && !text.includes(SIMULATED_API_KEY));
    }
    assert.deepEqual((await settled())?.settled, before?.settled);
    assert.equal(await cloud.alarmState('jumpcloud-logzio-failed'), 'ALARM');
  });

  it('npm run tokens with the right one is enough: the next run ships what waited', async () => {
    await tokens('rotatedShippingToken');
    const { failed, result } = await test({});
    assert.equal(failed, false, JSON.stringify(result));
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
  });

  it('cdk destroy leaves the table, and state.table takes it up again, checkpoint and all', async () => {
    const checkpoint = await settled();
    const { TableName } = outputs;
    await destroy(aws);
    assert.deepEqual(await settled(TableName), checkpoint);
    outputs = await deploy(aws, config({ minutes: 60, table: TableName }));
    assert.equal(outputs.TableName, TableName);
    const { result } = await test({});
    assert.match(messageOf(result), /this is normal/);
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
  });

  it("an operator's commands need no permission that the role does not have", async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    for (const command of [
      { dry_run: true },
      { quarantine: 'list' },
      { audit: true },
      { check: true },
      { start_time: ago(30), end_time: ago(20) },
      { rewind_to: ago(30) },
      {},
    ]) {
      const { failed, result } = await test(command);
      assert.equal(failed, false, `${JSON.stringify(command)}: ${JSON.stringify(result)}`);
      assert.doesNotMatch(JSON.stringify(result), /AccessDenied|not authorized|WRONG/, JSON.stringify(command));
    }
  });

  it('several organizations: one stream each, and one that fails does not hold up the others', async () => {
    const shippedBefore = logzio.lines.length;
    const other = 'live#5f0000000000000000000002';
    const orgIds = [NOT_OURS, ORGANIZATIONS[1]];
    jumpcloud.add(events(7, Date.now() - 60_000, 10, 900_000), ORGANIZATIONS[1]);
    outputs = await deploy(aws, config({ minutes: 60, table: outputs.TableName, orgIds }));
    const asked = await test({});
    assert.match(JSON.stringify(asked.result), /2 of 2 streams failed: .* If not, begin now: .*take_over/);
    for (const org_id of orgIds) {
      await test({ take_over: 'nothing', org_id });
      await test({ rewind_to: '-10m', org_id });
    }
    const { failed, result } = await test({});
    assert.equal(failed, true);
    assert.match(JSON.stringify(result), /1 of 2 streams failed/);
    const shipped = logzio.lines.slice(shippedBefore).map((line) => JSON.parse(line));
    assert.equal(shipped.length, 7);
    for (const log of shipped)
      assert.match(JSON.stringify(log), /5f0000000000000000000002/, 'carries its organization');
    assert.notEqual(await settled(outputs.TableName, other), undefined);

    const alone = await test({ org_id: ORGANIZATIONS[1] });
    assert.equal(alone.failed, false, JSON.stringify(alone.result));
  });

  it('npm run uninstall takes the stack away, and says what stays and how to remove that too', async () => {
    const { TableName = '' } = outputs;
    const checkpoint = await settled();
    const said = await uninstall(aws);
    assert.match(said, new RegExp(`Stays: +table ${TableName}`));
    assert.match(said, new RegExp(`aws dynamodb delete-table --table-name ${TableName}`));
    assert.match(
      said,
      /aws ssm delete-parameters --names \/jumpcloud-logzio\/logzio-token \/jumpcloud-logzio\/jumpcloud-token/,
    );
    assert.deepEqual(await settled(TableName), checkpoint);
    await assert.rejects(uninstall(aws), /There is no stack jumpcloud-logzio in account 000000000000/);
  });

  function config({
    minutes,
    table,
    orgIds,
  }: {
    minutes: number;
    table?: string | undefined;
    orgIds?: string[];
  }): string {
    const directory = join(aws.directory, 'config');
    mkdirSync(directory, { recursive: true });
    const lines = [
      'logzio:',
      `  url: ${logzio.url}`,
      'jumpcloud_api:',
      `  url: ${jumpcloud.url}`,
      '  start_date: -1h',
      ...(orgIds ? ['  credentials:', `    org_ids: [${orgIds.map((id) => `"${id}"`).join(', ')}]`] : []),
      '  settings:',
      `    time_interval: ${minutes}`,
      '    source_lag: 1',
      ...(table === undefined ? [] : ['state:', `  table: ${table}`]),
    ];
    writeFileSync(join(directory, 'config.yaml'), `${lines.join('\n')}\n`);
    return directory;
  }

  async function tokens(shippingToken: string): Promise<void> {
    const environment = { LOGZIO_API_TOKEN: shippingToken, JUMPCLOUD_API_TOKEN: SIMULATED_API_KEY };
    const said = await putTokens(aws, config({ minutes: 1 }), environment);
    assert.ok(!said.includes(shippingToken) && !said.includes(SIMULATED_API_KEY), said);
  }

  function test(event: unknown) {
    return cloud.invoke(outputs.FunctionName ?? '', event);
  }

  /** What a checkpoint says, without the lease and what every save changes. */
  async function settled(table = outputs.TableName, stream = STREAM) {
    const item = await cloud.checkpoint(table ?? '', stream);
    return item && { version: item.version, began: item.began, settled: item.settled, watermark: item.watermark };
  }
});
