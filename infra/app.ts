/**
 * What `cdk` runs: reads the configuration, bundles the function, describes the one stack. It asks
 * no network and no account.
 */
import { join } from 'node:path';
import { Annotations, App } from 'aws-cdk-lib';
import { ConfigError } from '../lib/config/fault.ts';
import { readConfigToDeploy } from '../lib/config/read.ts';
import { bundleBackfill, bundleShip } from './bundle.ts';
import { requireNode } from './node-version.ts';
import { PipelineStack } from './stack.ts';

const ROOT = join(import.meta.dirname, '..');
const NOBODY = {
  id: 'jumpcloud-logzio:alarms',
  warning: 'no alarm reaches anybody: set alarms.email or alarms.topic_arn in config.yaml',
};
/** Faults of the user's making: the message says what to do, a stack trace would bury it. */
const USERS_FAULTS = ['ConfigError', 'WrongNodeVersion', 'UnknownLogLevel'];

try {
  requireNode(process.versions.node);
  await synthesize(new App());
} catch (error) {
  if (!(error instanceof Error && USERS_FAULTS.includes(error.name))) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * `-c config=DIRECTORY` reads another `config.yaml`, `-c stack=NAME` names another stack: together
 * they make a second pipeline beside the first. `-c backfill=none` leaves out the durable function
 * of backfills, for regions that have no durable functions.
 */
async function synthesize(app: App): Promise<void> {
  const directory = app.node.tryGetContext('config') ?? ROOT;
  const name = app.node.tryGetContext('stack') ?? 'jumpcloud-logzio';
  const { config, warnings, fromFile } = readConfigToDeploy(directory, process.env, Date.now());
  if (!fromFile && directory !== ROOT)
    throw new ConfigError([{ path: 'config.yaml', expected: `there is none in ${directory}, which -c config names` }]);
  if (!fromFile)
    process.stderr.write(
      `There is no config.yaml in ${ROOT}. The defaults are used: a stack of this name that is there already loses its settings, and who gets its alarms.\n`,
    );
  const codeDirectory = await bundleShip(join(ROOT, 'cdk.out/bundle'), config);
  const backfillCodeDirectory =
    app.node.tryGetContext('backfill') === 'none'
      ? undefined
      : await bundleBackfill(join(ROOT, 'cdk.out/bundle-backfill'));
  const stack = new PipelineStack(app, name, {
    config,
    codeDirectory,
    backfillCodeDirectory,
    logLevel: process.env.LOG_LEVEL,
  });
  for (const warning of warnings) Annotations.of(stack).addWarningV2('jumpcloud-logzio:config', warning);
  const { email, topicArn } = config.alarms;
  if (email === undefined && topicArn === undefined) Annotations.of(stack).addWarningV2(NOBODY.id, NOBODY.warning);
  app.synth();
}
