/**
 * Synthesizes the stack for the template tests: a real configuration, a placeholder instead of the
 * bundled function.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PipelineStack } from '../../infra/stack.ts';
import { readConfigToDeploy } from '../../lib/config/read.ts';

interface SynthInput {
  /** The text of a `config.yaml`. */
  readonly yaml?: string;
  readonly environment?: Record<string, string>;
  readonly logLevel?: string;
  readonly withBackfill?: boolean;
  /** What `-c stack=…` and `-c config=…` name. */
  readonly stack?: string;
  readonly configFolder?: string;
}

/** The feature flags that `cdk` hands to the app. */
export const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

const scratch = mkdtempSync(join(tmpdir(), 'infra-test-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;

/** @returns the stack, for further checks on the construct tree. */
export function pipeline({
  yaml = '',
  environment = {},
  logLevel,
  withBackfill = true,
  stack = 'jumpcloud-logzio',
  configFolder,
}: SynthInput = {}): PipelineStack {
  const directory = join(scratch, String(count++));
  const codeDirectory = join(directory, 'code');
  mkdirSync(codeDirectory, { recursive: true });
  const backfillCodeDirectory = join(directory, 'backfill');
  mkdirSync(backfillCodeDirectory);
  writeFileSync(join(backfillCodeDirectory, 'index.js'), 'exports.handler = () => undefined;');
  writeFileSync(join(codeDirectory, 'index.js'), 'exports.handler = () => undefined;');
  writeFileSync(join(directory, 'config.yaml'), yaml, { mode: 0o600 });
  const { config } = readConfigToDeploy(directory, environment, Date.now());
  const app = new App({ outdir: join(directory, 'out'), context: { ...context, config: configFolder } });
  return new PipelineStack(app, stack, {
    config,
    codeDirectory,
    ...(withBackfill && { backfillCodeDirectory }),
    logLevel,
  });
}

export function synth(input?: SynthInput): Template {
  return Template.fromStack(pipeline(input));
}

/** A `config.yaml` with that many organizations. */
export function organizations(howMany: number): string {
  const ids = Array.from({ length: howMany }, (_, index) => `5f0c${index.toString(16).padStart(20, '0')}`);
  return `jumpcloud_api:\n  credentials:\n    org_ids: [${ids.map((id) => `"${id}"`).join(', ')}]\n`;
}

/** Every object of a template, whatever its depth. */
export function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) for (const entry of value) yield* objectsIn(entry);
  else if (typeof value === 'object' && value !== null) {
    yield value as Record<string, unknown>;
    for (const entry of Object.values(value)) yield* objectsIn(entry);
  }
}

/** The forms the stack can take, each with the `config.yaml` that makes it so. */
export const forms: Readonly<Record<string, string>> = {
  'by default': '',
  'with several organizations': organizations(3),
  "with the customer's key":
    'aws:\n  kms_key_arn: arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555\n',
  'in a VPC':
    'network:\n  vpc_id: vpc-0a1b2c3d\n  subnet_ids: [subnet-0a1b2c3d]\n  security_group_ids: [sg-0a1b2c3d]\n',
  'with somebody who gets the alarms': 'alarms:\n  email: on-call@example.com\n',
  'with an existing topic':
    'alarms:\n  topic_arn: arn:aws:sns:eu-central-1:111122223333:incidents\n  email: on-call@example.com\n',
  'on a table of before': 'state:\n  table: jumpcloud-logzio-State-1ABC\n',
};
