/**
 * The package as people without Node.js and CDK deploy it: with the AWS CLI's calls alone, on
 * MiniStack with IAM enforced.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildPackage, TEMPLATE } from '../../infra/package/build.ts';
import { type JumpcloudSimulator, SIMULATED_API_KEY, startJumpcloud } from '../../simulators/jumpcloud.ts';
import { type LogzioSimulator, SIMULATED_SHIPPING_TOKEN, startLogzio } from '../../simulators/logzio.ts';
import { pythonPrograms } from '../support/python.ts';
import { command, leaveOutUnknown, type Outputs } from './cdk.ts';
import { Cloud } from './cloud.ts';
import { type MiniStack, REGION, startMiniStack } from './ministack.ts';
import { events, idsIn, idsOf, instant, until } from './observations.ts';

/** Not the default one: the names of everything follow from it. */
const STACK = 'audit-trail';
const BUCKET = 'jumpcloud-logzio-code';
const PREFIX = 'releases/';
const STREAM = 'live#default';
const HISTORY = 2_500;
/** A minute, MiniStack's tick of ten seconds, and a cold start; more says that it will not come. */
const SCHEDULE_PATIENCE_MS = 150_000;

describe('the package', { concurrency: false }, () => {
  let aws: MiniStack;
  let cloud: Cloud;
  let jumpcloud: JumpcloudSimulator;
  let logzio: LogzioSimulator;
  let programs: string;
  let dist: string;
  let outputs: Outputs;

  before(async () => {
    programs = await pythonPrograms(join(import.meta.dirname, 'requirements.txt'));
    aws = await startMiniStack();
    cloud = new Cloud(aws);
    logzio = await startLogzio();
    jumpcloud = await startJumpcloud();
    jumpcloud.add(events(HISTORY, Date.now() - 50 * 60_000, 1_000));
    dist = join(aws.directory, 'dist');
    await buildPackage(dist);
    leaveOutUnknown(join(dist, TEMPLATE));
  });

  after(async () => {
    cloud?.destroy();
    await Promise.all([jumpcloud?.close(), logzio?.close(), aws?.stop()]);
  });

  it('is deployed with two zips in a bucket, two tokens in SSM and one "aws cloudformation deploy"', async () => {
    await cli('s3', 'mb', `s3://${BUCKET}`);
    await cli('s3', 'cp', dist, `s3://${BUCKET}/${PREFIX}`, '--recursive', '--exclude', '*', '--include', '*.zip');
    await putToken('/jumpcloud-logzio/logzio-token', SIMULATED_SHIPPING_TOKEN);
    await putToken('/jumpcloud-logzio/jumpcloud-token', SIMULATED_API_KEY);
    outputs = await deploy({
      CodeBucket: BUCKET,
      CodePrefix: PREFIX,
      ListenerUrl: logzio.url,
      Start: '-1h',
      IntervalMinutes: '1',
      OtherSettings: JSON.stringify({ jumpcloud_api: { url: jumpcloud.url }, output: { tags: ['packaged'] } }),
    });
    assert.equal(outputs.FunctionName, STACK);
    assert.match(outputs.AfterDeploy1Tokens ?? '', /\/jumpcloud-logzio\/logzio-token/);
    assert.match(outputs.AfterDeploy4FirstEvents ?? '', /A run every 1 minute/);
  });

  it('ships by its schedule, each event once, with the settings that its parameters give', async () => {
    await until(() => logzio.taken.lines >= HISTORY, SCHEDULE_PATIENCE_MS, 'events from the schedule');
    assert.deepEqual(idsOf(logzio), idsIn(jumpcloud));
    assert.deepEqual(logzio.spoilt, []);
    assert.deepEqual(JSON.parse(logzio.lines[0] ?? '').tags, ['packaged']);
  });

  it('refuses a wrong parameter at the first invocation, by its name, and ships nothing', async () => {
    await deploy({ Start: 'yesterday', IntervalMinutes: '60' });
    const { failed, result } = await cloud.invoke(STACK, {});
    assert.equal(failed, true);
    assert.match(JSON.stringify(result), /Start \(jumpcloud_api\.start_date\): found \\"yesterday\\"; expected a time/);
    assert.equal(logzio.taken.lines, HISTORY);
  });

  it('goes on from its checkpoint once the parameter is mended, in the new shape', async () => {
    const before = await settled();
    jumpcloud.add(events(10, Date.now() - 40_000, 10, HISTORY));
    outputs = await deploy({ Start: '-1h', IntervalMinutes: '60', Shape: 'ecs' });
    assert.match(outputs.AfterDeploy4FirstEvents ?? '', /A run every 60 minute/);
    const { failed, result } = await cloud.invoke(STACK, {});
    assert.equal(failed, false, JSON.stringify(result));
    assert.match(JSON.stringify(result), /Shipped 10 events/);
    assert.equal(typeof JSON.parse(logzio.lines.at(-1) ?? '').event.id, 'string');
    const now = await settled();
    assert.deepEqual(now?.began, before?.began);
    assert.ok(instant(now?.settled) >= instant(before?.settled));
  });

  it("needs no permission for a person's commands that its role does not have", async () => {
    for (const asked of [{ check: true }, { dry_run: true }, { audit: true }, { quarantine: 'list' }]) {
      const { failed, result } = await cloud.invoke(STACK, asked);
      assert.equal(failed, false, `${JSON.stringify(asked)}: ${JSON.stringify(result)}`);
      assert.doesNotMatch(JSON.stringify(result), /AccessDenied|not authorized|WRONG/, JSON.stringify(asked));
    }
  });

  it('leaves its table when the stack is deleted, and ExistingTable takes it up again', async () => {
    const { TableName = '' } = outputs;
    const checkpoint = await settled();
    await remove();
    assert.deepEqual(await settled(TableName), checkpoint);
    outputs = await deploy({
      CodeBucket: BUCKET,
      CodePrefix: PREFIX,
      ListenerUrl: logzio.url,
      IntervalMinutes: '60',
      ExistingTable: TableName,
      WithBackfill: 'no',
      OtherSettings: JSON.stringify({ jumpcloud_api: { url: jumpcloud.url } }),
    });
    assert.equal(outputs.TableName, TableName);
    assert.equal(outputs.BackfillFunction, undefined);
    const shipped = logzio.taken.lines;
    const { failed, result } = await cloud.invoke(STACK, {});
    assert.equal(failed, false, JSON.stringify(result));
    assert.equal(logzio.taken.lines, shipped);
    await remove();
  });

  async function cli(...words: string[]): Promise<string> {
    return await command(aws, join(programs, 'aws'), words, {
      cwd: aws.directory,
      environment: { AWS_DEFAULT_REGION: REGION },
    });
  }

  async function putToken(name: string, value: string): Promise<void> {
    await cli('ssm', 'put-parameter', '--type', 'SecureString', '--name', name, '--value', value);
  }

  /** Parameters that are not given keep what they were, as the AWS CLI does it. */
  async function deploy(parameters: Record<string, string>): Promise<Outputs> {
    const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const what = ['--stack-name', STACK, '--template-file', join(dist, TEMPLATE), '--capabilities', 'CAPABILITY_IAM'];
    await cli('cloudformation', 'deploy', ...what, '--parameter-overrides', ...overrides);
    const query = ['--stack-name', STACK, '--output', 'json', '--query', 'Stacks[0].Outputs'];
    const found: { OutputKey: string; OutputValue: string }[] = JSON.parse(
      await cli('cloudformation', 'describe-stacks', ...query),
    );
    return Object.fromEntries(found.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  }

  async function remove(): Promise<void> {
    await cli('cloudformation', 'delete-stack', '--stack-name', STACK);
    await cli('cloudformation', 'wait', 'stack-delete-complete', '--stack-name', STACK);
  }

  async function settled(table = outputs.TableName) {
    const item = await cloud.checkpoint(table ?? '', STREAM);
    return item && { version: item.version, began: item.began, settled: item.settled, watermark: item.watermark };
  }
});
