/**
 * The stack as the package deploys it: the same constructs, with parameters where the CDK would
 * read `config.yaml`.
 */
import {
  type App,
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  type CfnOutput,
  Fn,
  type IStackSynthesizer,
  Stack,
  Validations,
} from 'aws-cdk-lib';
import { Policy } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type DeployedConfig, withoutTokens } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse.ts';
import { subscriptionsPage } from '../console.ts';
import { onlyIf, whenGiven } from '../optional.ts';
import { nameAtDeployment } from '../own-name.ts';
import { readParameters } from '../permissions.ts';
import { addPipeline, DESCRIPTION } from '../stack.ts';
import { addParameters, type PackageParameters } from './parameters.ts';

const NO_FAULTS = {
  'CloudFormation-Validate::W1001':
    'Each reference to a conditional resource stands in an Fn::If of the same condition.',
  'CloudFormation-Validate::W1030': 'An empty parameter is never used: an Fn::If of its own condition chooses.',
  'Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified': 'The name of a zip file holds its hash.',
};

export interface PackageStackProps {
  readonly intervalMinutes: number;
  /** Names of the zip files. */
  readonly shipZip: string;
  readonly backfillZip: string;
}

export class PackageStack extends Stack {
  constructor(app: App, { intervalMinutes, shipZip, backfillZip }: PackageStackProps) {
    super(app, 'package', { description: DESCRIPTION, synthesizer: withoutBootstrap() });
    nameAtDeployment(this);
    for (const [id, reason] of Object.entries(NO_FAULTS)) Validations.of(this).acknowledge({ id, reason });
    const { value, environment } = addParameters(this);
    const bucket = Bucket.fromBucketName(this, 'Bucket', value.CodeBucket);
    const zip = (name: string) => Code.fromBucketV2(bucket, Fn.join('', [value.CodePrefix, name]));
    const { backfill, shipper } = addPipeline(this, {
      config: configOf(value, intervalMinutes),
      code: zip(shipZip),
      backfillCode: zip(backfillZip),
      settings: environment,
    });
    const readHashKey = new Policy(this, 'ReadHashKey', {
      statements: [readParameters(this, [value.HashKeyName])],
      ...(shipper.function.role && { roles: [shipper.function.role] }),
    });
    onlyIf(whenGiven(this, 'HasHashFields', value.HashFields), readHashKey);
    const withBackfill = new CfnCondition(this, 'HasBackfill', {
      expression: Fn.conditionEquals(value.WithBackfill, 'yes'),
    });
    if (backfill) onlyIf(withBackfill, backfill);
    for (const id of ['AfterDeploy7History', 'BackfillFunction']) this.#output(id).condition = withBackfill;
    this.#sayNextSteps(value);
  }

  /** Without Node, and with parameters that may be empty. */
  #sayNextSteps(value: PackageParameters['value']): void {
    this.#output('AfterDeploy1Tokens').value =
      `Put both tokens into SSM as SecureString, as DEPLOY.md shows: ${value.LogzioTokenName}, ${value.JumpCloudTokenName}`;
    this.#output('AfterDeploy2Alarms').value =
      `Nobody gets an alarm before somebody subscribes to the topic AlarmTopicArn. If you gave AlarmEmail: click the link in AWS's mail. Status: ${subscriptionsPage()}`;
    this.#output('AfterDeploy7History').value =
      `Months of history, when wanted: aws lambda invoke --invocation-type Event --function-name '${Aws.STACK_NAME}-backfill:$LATEST' --cli-binary-format raw-in-base64-out --payload '{"start_time":"-90d"}' /dev/stdout`;
  }

  #output(id: string): CfnOutput {
    return this.node.findChild(id) as CfnOutput;
  }
}

/** Its own type does not fit the compiler's exact optional properties. */
function withoutBootstrap(): IStackSynthesizer {
  return new BootstraplessSynthesizer() as IStackSynthesizer;
}

/** Placeholders where a parameter decides. What no parameter sets has its default. */
function configOf(value: PackageParameters['value'], timeIntervalMinutes: number): DeployedConfig {
  const config = withoutTokens(parseConfig({}, {}, 0).config);
  const { jumpcloud } = config;
  return {
    ...config,
    logzio: { url: value.ListenerUrl, tokenParameter: value.LogzioTokenName, type: value.LogType },
    jumpcloud: {
      ...jumpcloud,
      // One schedule for all organizations: their number is not known here.
      credentials: { ...jumpcloud.credentials, tokenParameter: value.JumpCloudTokenName, orgIds: [] },
      settings: { ...jumpcloud.settings, timeIntervalMinutes },
    },
    state: { table: value.ExistingTable },
    alarms: { email: value.AlarmEmail, topicArn: value.ExistingTopicArn },
  };
}
