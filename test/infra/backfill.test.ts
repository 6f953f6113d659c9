/** The backfill's part of the template. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { actionsOf, policyNames, statementsOf } from './policies.ts';
import { synth } from './synth.ts';

describe('the backfill', () => {
  const template = synth();

  it('is a durable function of its own, that keeps its history for 30 days', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'jumpcloud-logzio-backfill',
      Runtime: 'nodejs24.x',
      DurableConfig: { ExecutionTimeout: 30 * 86_400, RetentionPeriodInDays: 30 },
      Environment: { Variables: { BACKFILL_FUNCTION: 'jumpcloud-logzio-backfill:$LATEST' } },
    });
    template.hasOutput('BackfillFunction', { Value: 'jumpcloud-logzio-backfill:$LATEST' });
  });

  it('may ask the shipping function, hand over to itself and keep its history: it sees no token, no table and no event', () => {
    assert.deepEqual(policyNames(template, /^BackfillRole/), ['AskShipper', 'HandOver', 'KeepHistory', 'WriteOwnLogs']);
    assert.deepEqual(actionsOf(template, 'AskShipper'), ['lambda:InvokeFunction']);
    assert.match(JSON.stringify(statementsOf(template, 'AskShipper')), /"ShipperFunction\w+","Arn"/);
    assert.deepEqual(actionsOf(template, 'HandOver'), ['lambda:InvokeFunction']);
    assert.match(JSON.stringify(statementsOf(template, 'HandOver')), /:function:jumpcloud-logzio-backfill:\$LATEST"/);
    assert.deepEqual(actionsOf(template, 'KeepHistory'), [
      'lambda:CheckpointDurableExecution',
      'lambda:GetDurableExecutionState',
    ]);
  });

  it('rings when it ends before everything is shipped', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'jumpcloud-logzio-backfill',
      MetricName: 'DurableExecutionFailed',
      Dimensions: [{ Name: 'FunctionName', Value: 'jumpcloud-logzio-backfill' }],
      Threshold: 0,
      TreatMissingData: 'notBreaching',
    });
  });

  it('can be left out where a region has no durable functions', () => {
    const without = synth({ withBackfill: false });
    without.resourceCountIs('AWS::Lambda::Function', 1);
    without.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmName: 'jumpcloud-logzio-backfill' }, 0);
    without.hasResourceProperties('AWS::Lambda::Function', { DurableConfig: Match.absent() });
  });
});
