/** The template that users deploy, held to account. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { MEMORY_VARIABLES } from '../../infra/memory-variables.ts';
import { statementsOf } from './policies.ts';
import { organizations, synth } from './synth.ts';

describe('the state', () => {
  const template = synth();

  it('outlives the stack, can be restored to any second of 35 days, and cannot be deleted by accident', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KeySchema: [
          { AttributeName: 'stream', KeyType: 'HASH' },
          { AttributeName: 'item', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      },
    });
  });

  it('is taken up again where state.table names a table that an earlier stack left', () => {
    const again = synth({ yaml: 'state:\n  table: jumpcloud-logzio-State1C20CC9A-1ABC\n' });
    again.resourceCountIs('AWS::DynamoDB::Table', 0);
    again.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { TABLE_NAME: 'jumpcloud-logzio-State1C20CC9A-1ABC' } },
    });
    assert.match(
      JSON.stringify(statementsOf(again, 'KeepState')),
      /:table\/jumpcloud-logzio-State1C20CC9A-1ABC"/,
      'the role follows to that table',
    );
  });

  it('keeps the logs for 90 days, also after the stack is gone', () => {
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { RetentionInDays: 90 } });
  });
});

describe('the function', () => {
  it('runs Node.js 24 on arm64, is never retried by Lambda, and logs JSON to its own group', () => {
    const template = synth();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('^ShipperLogs') } },
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  for (const { minutes, timeoutSeconds, ageSeconds } of [
    { minutes: 1, timeoutSeconds: 50, ageSeconds: 60 },
    { minutes: 5, timeoutSeconds: 290, ageSeconds: 300 },
    { minutes: 15, timeoutSeconds: 890, ageSeconds: 900 },
    { minutes: 60, timeoutSeconds: 900, ageSeconds: 3600 },
    { minutes: 1440, timeoutSeconds: 900, ageSeconds: 21600 },
  ]) {
    it(`every ${minutes} minutes may run for ${timeoutSeconds} s, and is dropped after waiting ${ageSeconds} s`, () => {
      const template = synth({ yaml: `jumpcloud_api:\n  settings:\n    time_interval: ${minutes}\n` });
      template.hasResourceProperties('AWS::Lambda::Function', { Timeout: timeoutSeconds });
      template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumEventAgeInSeconds: ageSeconds });
    });
  }

  it('has the memory that was measured to do, and starts Node.js with options that this version takes', () => {
    synth().hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 512,
      Environment: { Variables: MEMORY_VARIABLES },
    });
    execFileSync(process.execPath, ['--eval', '0'], { env: MEMORY_VARIABLES, stdio: 'pipe' });
  });

  it('traces every request when LOG_LEVEL=DEBUG stands in the environment of cdk deploy', () => {
    synth({ logLevel: 'debug' }).hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { ApplicationLogLevel: 'DEBUG' },
      Environment: { Variables: { LOG_LEVEL: 'DEBUG' } },
    });
    synth({ logLevel: 'ERROR' }).hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { ApplicationLogLevel: 'INFO' },
      Environment: { Variables: { LOG_LEVEL: 'ERROR' } },
    });
    assert.throws(() => synth({ logLevel: 'LOUD' }), /LOG_LEVEL is "LOUD"; set one of .*DEBUG/);
  });

  it('joins the existing VPC that network.* names, and none otherwise', () => {
    const yaml =
      'network:\n  vpc_id: vpc-0a1b2c3d\n  subnet_ids: [subnet-0a1b2c3d]\n  security_group_ids: [sg-0a1b2c3d]\n';
    synth({ yaml }).hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SubnetIds: ['subnet-0a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
    });
    synth().hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent() });
  });
});

describe('tokens', () => {
  it('found in config.yaml or the environment reach neither the template nor the outputs', () => {
    const tokens = { shipping: 'hVnFAkEShippingTokenAbCdEfGhIjKl', key: 'aFakeJumpCloudKey0123456789abcdef0123456' };
    const inFile = synth({
      yaml: `logzio:\n  token: ${tokens.shipping}\njumpcloud_api:\n  credentials:\n    token: ${tokens.key}\n`,
    });
    const inEnvironment = synth({
      environment: { LOGZIO_API_TOKEN: tokens.shipping, JUMPCLOUD_API_TOKEN: tokens.key },
    });
    for (const template of [inFile, inEnvironment]) {
      const text = JSON.stringify(template.toJSON());
      for (const token of Object.values(tokens)) assert.ok(!text.includes(token));
    }
  });
});

describe('the schedules', () => {
  it('of one organization: one, exact, and its input says that it is a schedule', () => {
    synth().hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Input: '{"scheduled":true}',
        RetryPolicy: { MaximumRetryAttempts: 0 },
        DeadLetterConfig: Match.anyValue(),
      },
    });
  });

  it('of several: one each, with the organization in its input, spread over half the interval', () => {
    const template = synth({ yaml: organizations(3) });
    const live = Object.values(template.findResources('AWS::Scheduler::Schedule')).filter(({ Properties }) =>
      Properties.Description.startsWith('Live'),
    );
    assert.equal(live.length, 3);
    assert.equal(new Set(live.map(({ Properties }) => Properties.Target.Input)).size, 3);
    for (const { Properties } of live) {
      assert.deepEqual(Properties.FlexibleTimeWindow, { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 3 });
    }
  });

  it('compare with the counts of JumpCloud once a day, each organization on its own', () => {
    const audits = Object.values(synth({ yaml: organizations(3) }).findResources('AWS::Scheduler::Schedule')).filter(
      ({ Properties }) => JSON.parse(Properties.Target.Input).audit === true,
    );
    assert.equal(new Set(audits.map(({ Properties }) => JSON.parse(Properties.Target.Input).org_id)).size, 3);
    for (const { Properties } of audits) assert.equal(Properties.ScheduleExpression, 'rate(1 day)');
  });

  it('of an organization that stays keep their identity when another one is removed', () => {
    const ids = (howMany: number) =>
      Object.keys(synth({ yaml: organizations(howMany) }).findResources('AWS::Scheduler::Schedule'));
    const three = ids(3);
    for (const id of ids(2)) assert.ok(three.includes(id), id);
  });

  it('that cannot be delivered are kept, encrypted, for 14 days', () => {
    synth().hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true });
  });

  it('of 200 organizations fit one stack: under 500 resources, 1 MB of template, 4 KB of environment', () => {
    const template = synth({ yaml: organizations(200) }).toJSON();
    assert.ok(Object.keys(template.Resources).length < 500);
    assert.ok(JSON.stringify(template).length < 1_000_000);
    const [shipper] = Object.values<{ Type: string; Properties: { Environment: { Variables: object } } }>(
      template.Resources,
    ).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    assert.ok(JSON.stringify(shipper?.Properties.Environment.Variables).length < 4096);
  });
});
