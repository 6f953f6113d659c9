/** What `cdk` runs: reads the configuration, bundles the function, describes the one stack. It asks no network and no account. */
import { join } from 'node:path';
import { Annotations, App } from 'aws-cdk-lib';
import { readConfigToDeploy } from '../lib/config/read.ts';
import { bundle } from './bundle.ts';
import { requireNode } from './node-version.ts';
import { PipelineStack } from './stack.ts';

requireNode(process.versions.node);
const root = join(import.meta.dirname, '..');
const app = new App();

const { config, warnings } = readConfigToDeploy(root, process.env, Date.now());
for (const warning of warnings) Annotations.of(app).addWarningV2('jumpcloud-logzio:config', warning);

const codeDirectory = bundle({
  config,
  entry: join(root, 'functions/ship.ts'),
  directory: join(root, 'cdk.out/bundle'),
});
new PipelineStack(app, stackName(), { config, codeDirectory, logLevel: process.env.LOG_LEVEL });
app.synth();

/** `-c stack=NAME` deploys a second pipeline beside the first. */
function stackName(): string {
  return app.node.tryGetContext('stack') ?? 'jumpcloud-logzio';
}
