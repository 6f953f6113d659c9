/** The package: the same bytes for the same source, and the same stack that the CDK deploys. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { unzipSync } from 'fflate';
import { buildPackage, TEMPLATE } from '../../infra/package/build.ts';
import { PackageStack } from '../../infra/package/package-stack.ts';
import { INTERVALS } from '../../infra/package/parameters.ts';
import { OTHER_SETTINGS, PARAMETERS, variableOf } from '../../lib/config/parameters.ts';
import { resolve, type Template } from './resolve.ts';
import { context, synth } from './synth.ts';

/** What "aws cloudformation deploy" takes without a bucket for the template itself. */
const LARGEST_TEMPLATE_BYTES = 51_200;
/** Lambda's limit for names and values together. */
const LARGEST_ENVIRONMENT_BYTES = 4_096;
const TOPIC_ARN = 'arn:aws:sns:eu-central-1:111122223333:incidents';

const scratch = mkdtempSync(join(tmpdir(), 'infra-package-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const first = join(scratch, 'first');
const files = await buildPackage(first);
const bytesOf = (file: string, directory = first) => readFileSync(join(directory, file));
const template = JSON.parse(String(bytesOf(TEMPLATE))) as Template & {
  Metadata: Record<string, { ParameterGroups: { Parameters: string[] }[] }>;
};

describe('the package', () => {
  it('is the same, byte for byte, when it is built again elsewhere and in another time zone', async () => {
    const second = join(scratch, 'deeper/second');
    const { TZ } = process.env;
    process.env.TZ = 'Asia/Tokyo';
    try {
      assert.deepEqual(await buildPackage(second), files);
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
    for (const file of files) assert.ok(bytesOf(file).equals(bytesOf(file, second)), file);
  });

  it('holds one template, one zip for each function, checksums of all, and how to deploy it', () => {
    assert.deepEqual(readdirSync(first).sort(), [...files].sort());
    assert.equal(files.filter((file) => /^(ship|backfill)-[0-9a-f]{16}\.zip$/.test(file)).length, 2);
    const sums = String(bytesOf('SHA256SUMS')).trimEnd().split('\n');
    assert.deepEqual(
      sums,
      files
        .filter((file) => file !== 'SHA256SUMS')
        .map((file) => `${createHash('sha256').update(bytesOf(file)).digest('hex')}  ${file}`),
    );
  });

  it('names each zip after its content in the template, so that an update replaces the code', () => {
    for (const file of files.filter((name) => name.endsWith('.zip'))) {
      const [, hash] = /-([0-9a-f]+)\.zip/.exec(file) ?? [];
      assert.ok(createHash('sha256').update(bytesOf(file)).digest('hex').startsWith(`${hash}`));
      assert.ok(JSON.stringify(template).includes(file));
      // The configuration comes from the parameters.
      assert.deepEqual(Object.keys(unzipSync(bytesOf(file))), ['index.js', 'package.json']);
    }
  });
});

describe('its template', () => {
  it('is small enough for "aws cloudformation deploy" without another bucket', () => {
    assert.ok(bytesOf(TEMPLATE).length <= LARGEST_TEMPLATE_BYTES, `${bytesOf(TEMPLATE).length} bytes`);
  });

  it('needs nothing that "cdk bootstrap" would make', () => {
    assert.ok(!('Rules' in template));
    assert.doesNotMatch(JSON.stringify(template), /cdk-bootstrap|cdk-hnb659fds/);
  });

  for (const minutes of INTERVALS) {
    it(`is, with IntervalMinutes ${minutes}, the stack that the CDK deploys`, () => {
      const yaml = `jumpcloud_api:\n  settings:\n    time_interval: ${minutes}\n`;
      const packaged = resolve(template, { IntervalMinutes: String(minutes), CodeBucket: 'code' });
      assert.deepEqual(comparable(packaged), comparable(resolve(synth({ yaml }).toJSON() as Template, {})));
    });
  }

  it('subscribes AlarmEmail, to ExistingTopicArn where that is given, and then makes no topic', () => {
    const { Resources } = resolve(template, { AlarmEmail: 'on-call@example.com', ExistingTopicArn: TOPIC_ARN });
    const of = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
    assert.equal(of('AWS::SNS::Topic').length + of('AWS::SNS::TopicPolicy').length, 0);
    assert.deepEqual(
      of('AWS::SNS::Subscription').map(({ Properties }) => Properties),
      [{ Endpoint: 'on-call@example.com', Protocol: 'email', TopicArn: TOPIC_ARN }],
    );
    for (const { Properties } of of('AWS::CloudWatch::Alarm')) assert.deepEqual(Properties.AlarmActions, [TOPIC_ARN]);
  });

  it('takes ExistingTable in place of a table of its own, and the role follows', () => {
    const { Resources, Outputs } = resolve(template, { ExistingTable: 'left-behind' });
    assert.ok(Object.values(Resources).every(({ Type }) => Type !== 'AWS::DynamoDB::Table'));
    assert.match(JSON.stringify(Resources), /:table\/left-behind"/);
    assert.equal(Outputs.TableName?.Value, 'left-behind');
  });

  it('lets the function read the key of the hashes only where HashFields names a field', () => {
    const policiesIn = (parameters: Record<string, string>) =>
      Object.values(resolve(template, parameters).Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy');
    assert.deepEqual(policiesIn({ HashKeyName: '/mine/key' }), []);
    const [policy, ...others] = policiesIn({ HashFields: 'client_ip', HashKeyName: '/mine/key' });
    assert.deepEqual(others, []);
    assert.match(
      JSON.stringify(policy),
      /"Action":"ssm:GetParameter","Effect":"Allow","Resource":[^*]*:parameter\/mine\/key"\]\]\}\}\]/,
    );
  });

  it('leaves out the function for backfills, its role and its logs with WithBackfill no', () => {
    const names = ({ Resources, Outputs }: ReturnType<typeof resolve>) =>
      [...Object.keys(Resources), ...Object.keys(Outputs)].filter((name) => name.startsWith('Backfill'));
    assert.equal(names(resolve(template, {})).length, 4);
    assert.deepEqual(names(resolve(template, { WithBackfill: 'no' })), []);
  });

  it('hands every parameter that the function reads to it, and shows each in a group of the console', () => {
    const variables = variablesIn(template);
    for (const name of [...Object.keys(PARAMETERS), OTHER_SETTINGS])
      assert.deepEqual(variables[variableOf(name)], { Ref: name });
    const groups = template.Metadata['AWS::CloudFormation::Interface']?.ParameterGroups ?? [];
    assert.deepEqual(
      groups.flatMap(({ Parameters }) => Parameters).sort(),
      Object.keys(template.Parameters ?? {}).sort(),
    );
  });

  it("stays within a function's environment, however long the lists are", () => {
    const longest = (name: string) => {
      const isList = ['OrganizationIds', 'DropFields', 'HashFields', OTHER_SETTINGS].includes(name);
      return 'x'.repeat(isList ? (template.Parameters?.[name]?.MaxLength ?? 0) : 60);
    };
    const values = Object.fromEntries(
      Object.keys(template.Parameters ?? {})
        .filter((name) => name !== 'IntervalMinutes')
        .map((name) => [name, longest(name)]),
    );
    const bytes = Object.entries(variablesIn(resolve(template, values)))
      .map(([name, value]) => `${name}${value}`.length)
      .reduce((sum, length) => sum + length);
    assert.ok(bytes < LARGEST_ENVIRONMENT_BYTES, `${bytes} bytes`);
  });

  it('leaves cdk-nag no open finding', () => {
    const app = new App({ context, outdir: join(scratch, 'nag') });
    new PackageStack(app, { intervalMinutes: 5, shipZip: 'ship.zip', backfillZip: 'backfill.zip' });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    assert.doesNotThrow(() => app.synth());
  });
});

function variablesIn({ Resources }: Pick<Template, 'Resources'>): Record<string, unknown> {
  const { Environment } = Resources.ShipperFunction7E102B5C?.Properties ?? {};
  return (Environment as { Variables: Record<string, unknown> }).Variables;
}

/**
 * Without what must differ: where the code lies, how it is configured, and what only the CDK
 * writes.
 */
function comparable({ Resources }: ReturnType<typeof resolve>) {
  return Object.fromEntries(
    Object.entries(Resources).map(([id, { Type, Properties, DeletionPolicy }]) => {
      const { Code, Tags, ...rest } = Properties;
      const { Environment } = rest as { Environment?: { Variables: Record<string, unknown> } };
      if (Environment === undefined) return [id, { Type, DeletionPolicy, ...rest }];
      const variables = Object.entries(Environment.Variables).filter(([name]) => !name.startsWith('SETTING_'));
      return [id, { Type, DeletionPolicy, ...rest, Environment: Object.fromEntries(variables) }];
    }),
  );
}
