/** Who gets what, when: alarms, their topic, the dashboard and the next steps. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { organizations, synth } from './synth.ts';

const TOPIC_ARN = 'arn:aws:sns:eu-central-1:111122223333:incidents';
const { homepage } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const NAMES = ['failed', 'throttled', 'undelivered', 'stale', 'quarantine', 'late', 'incomplete', 'backfill'];

describe('alarms', () => {
  const template = synth();
  const alarm = (name: string, from = template) => {
    const [found] = Object.values(from.findResources('AWS::CloudWatch::Alarm')).filter(
      ({ Properties }) => Properties.AlarmName === `jumpcloud-logzio-${name}`,
    );
    assert.ok(found, `alarm ${name}`);
    return found.Properties;
  };

  it('all speak to the one topic, when they ring and when they stop, and point to what to do', () => {
    template.resourceCountIs('AWS::CloudWatch::Alarm', NAMES.length);
    for (const name of NAMES) {
      const { AlarmActions, OKActions, AlarmDescription } = alarm(name);
      assert.match(AlarmActions[0].Ref, /^AlarmTopic/);
      assert.deepEqual(OKActions, AlarmActions);
      assert.ok(AlarmDescription.endsWith(` ${homepage}/blob/main/docs/alarms.md#alarm-${name}`));
    }
  });

  it('ring when the watermark is older than three intervals and the source lag, and when no run says how old it is', () => {
    const { Threshold, Period, TreatMissingData, Statistic } = alarm('stale');
    assert.deepEqual(
      { Threshold, Period, TreatMissingData, Statistic },
      {
        Threshold: 930,
        Period: 900,
        TreatMissingData: 'breaching',
        Statistic: 'Maximum',
      },
    );
  });

  it('stay within the longest period CloudWatch takes, however long the interval', () => {
    const daily = synth({ yaml: 'jumpcloud_api:\n  settings:\n    time_interval: 1440\n' });
    assert.equal(alarm('stale', daily).Period, 86_400);
    assert.equal(alarm('stale', daily).Threshold, 3 * 86_400 + 30);
  });

  it('leave a healthy stream alone that is set to stay far behind', () => {
    const slow = synth({ yaml: 'jumpcloud_api:\n  settings:\n    source_lag: 1200\n    allowed_lateness: 60\n' });
    assert.equal(alarm('stale', slow).Threshold, 900 + 1200);
  });

  it('ring before events come too late to be found', () => {
    assert.equal(alarm('late').Threshold, 12 * 60);
    const patient = synth({ yaml: 'jumpcloud_api:\n  settings:\n    allowed_lateness: 60\n' });
    assert.equal(alarm('late', patient).Threshold, 48 * 60);
  });

  it('report that the daily audit has stopped, but not that a new deployment has none yet', () => {
    const { AlarmActions, InsufficientDataActions, ...audit } = alarm('incomplete');
    assert.deepEqual(InsufficientDataActions, AlarmActions);
    // Without data an alarm begins in that state, and speaks only when it changes.
    assert.equal(audit.TreatMissingData, 'missing');
    // The next audit may be 25 hours away, and one that finds something is enough.
    assert.equal(audit.Period * audit.EvaluationPeriods, 2 * 86_400);
    assert.equal(audit.DatapointsToAlarm, 1);
    for (const name of NAMES.filter((other) => other !== 'incomplete'))
      assert.equal(alarm(name).InsufficientDataActions, undefined, `${name} may be silent`);
  });

  it('for several organizations name the stream, and are as many for 200 as for 2', () => {
    const names = (howMany: number) =>
      Object.values(synth({ yaml: organizations(howMany) }).findResources('AWS::CloudWatch::Alarm')).map(
        ({ Properties }) => Properties.AlarmName,
      );
    assert.deepEqual(names(200), names(2));
    assert.equal(names(2).length, NAMES.length + 3);
    const several = synth({ yaml: organizations(2) });
    const { Metrics, TreatMissingData, AlarmDescription } = alarm('stale-stream', several);
    assert.equal(
      Metrics[0].Expression,
      `SELECT MAX(WatermarkAgeSeconds) FROM SCHEMA("JumpCloudLogzio", service, stream) WHERE service = 'jumpcloud-logzio' GROUP BY stream ORDER BY MAX() DESC`,
    );
    assert.equal(TreatMissingData, 'notBreaching', 'a stream reports under its own name only while it is in trouble');
    assert.match(AlarmDescription, /#alarm-stale$/);
  });

  it('that name the stream look back three hours at most, as CloudWatch does for them, however long the interval', () => {
    const period = (minutes: number) => {
      const settings = `  settings:\n    time_interval: ${minutes}\n`;
      return alarm('stale-stream', synth({ yaml: organizations(2) + settings })).Metrics[0].Period;
    };
    assert.equal(period(30), 90 * 60);
    assert.equal(period(720), 3 * 3600);
  });
});

describe('the alarm topic', () => {
  it('takes messages from alarms of this account alone, and over TLS alone', () => {
    synth().hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
  });

  it('go to the address in alarms.email, and to nobody without one', () => {
    synth().resourceCountIs('AWS::SNS::Subscription', 0);
    synth({ yaml: 'alarms:\n  email: on-call@example.com\n' }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
    });
  });

  it('is the one in alarms.topic_arn where that is set: none of its own, and alarms.email listens there too', () => {
    const existing = synth({ yaml: `alarms:\n  email: on-call@example.com\n  topic_arn: ${TOPIC_ARN}\n` });
    existing.resourceCountIs('AWS::SNS::Topic', 0);
    existing.resourceCountIs('AWS::SNS::TopicPolicy', 0);
    existing.hasResourceProperties('AWS::SNS::Subscription', { TopicArn: TOPIC_ARN, Protocol: 'email' });
    for (const { Properties } of Object.values(existing.findResources('AWS::CloudWatch::Alarm'))) {
      assert.deepEqual(Properties.AlarmActions, [TOPIC_ARN]);
    }
  });
});

describe('the dashboard and the saved queries', () => {
  it('ask whether it is fresh, complete, and what it costs', () => {
    const [dashboard] = Object.values(synth().findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard?.Properties.DashboardBody);
    for (const title of ['Is it fresh?', 'Is it complete?', 'What does it cost?'])
      assert.ok(body.includes(title), title);
    assert.doesNotMatch(body, /\de-\d/, 'metric math knows no powers of ten');
  });

  it('are found under the name of the stack', () => {
    const queries = Object.values(synth().findResources('AWS::Logs::QueryDefinition'));
    assert.ok(queries.length >= 5);
    for (const { Properties } of queries) assert.match(Properties.Name, /^jumpcloud-logzio\/[a-z-]+$/);
  });
});

describe('the outputs', () => {
  const value = (yaml: string, name: string) => JSON.stringify(synth({ yaml }).toJSON().Outputs[name].Value);

  it('are, sorted by name as cdk deploy prints them, first the next steps in order', () => {
    assert.deepEqual(Object.keys(synth().toJSON().Outputs).toSorted().slice(0, 7), [
      'AfterDeploy1Tokens',
      'AfterDeploy2Alarms',
      'AfterDeploy3Test',
      'AfterDeploy4FirstEvents',
      'AfterDeploy5SeeInLogzio',
      'AfterDeploy6Watch',
      'AfterDeploy7History',
    ]);
    assert.match(value('', 'AfterDeploy3Test'), /console\.aws\.amazon\.com.*#\/functions\/.*tab=testing/);
    assert.match(value('', 'AfterDeploy6Watch'), /#dashboards:name=/);
  });

  it('of a second stack show the commands for that stack and its configuration', () => {
    const { Outputs } = synth({ stack: 'second', configFolder: './second' }).toJSON();
    assert.match(Outputs.AfterDeploy1Tokens.Value, /^npm run tokens -- --config \.\/second \(/);
    assert.match(
      JSON.stringify(Outputs.AfterDeploy7History.Value),
      /npm run backfill -- --from -90d --stack second \(/,
    );
    assert.match(value('', 'AfterDeploy7History'), /npm run backfill -- --from -90d \(/);
  });

  it('say that a start of now shows nothing at first, and what helps after the first run too', () => {
    assert.match(value('', 'AfterDeploy4FirstEvents'), /this is normal.*rewind_to.*-1h/);
    assert.doesNotMatch(value('jumpcloud_api:\n  start_date: -1h\n', 'AfterDeploy4FirstEvents'), /this is normal/);
  });

  it('say that no alarm arrives before the mail is confirmed, or that nobody is named', () => {
    const mail = value('alarms:\n  email: on-call@example.com\n', 'AfterDeploy2Alarms');
    assert.match(mail, /Click the link in AWS's mail to on-call@example.com.*sns\/v3\/home/);
    assert.match(
      value(`alarms:\n  topic_arn: ${TOPIC_ARN}\n`, 'AfterDeploy2Alarms'),
      /somebody subscribes to arn:aws:sns/,
    );
    assert.match(value('', 'AfterDeploy2Alarms'), /No alarm reaches anybody: set alarms.email or alarms.topic_arn/);
  });

  it("point to the listener's own Logz.io region, with the query that finds the logs", () => {
    assert.match(value('', 'AfterDeploy5SeeInLogzio'), /https:\/\/app\.logz\.io query: type:jumpcloud/);
    const eu = 'logzio:\n  url: https://listener-eu.logz.io:8071\n  type: directory\n';
    assert.match(value(eu, 'AfterDeploy5SeeInLogzio'), /https:\/\/app-eu\.logz\.io query: type:directory/);
  });
});
