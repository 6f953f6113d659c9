/** The commands that users type, run as they run them, against MiniStack instead of AWS. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { type MiniStack, REGION } from './ministack.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const CDK = join(ROOT, 'node_modules/.bin/cdk');
const ACCOUNT = '000000000000';
export const STACK = 'jumpcloud-logzio';

/** A resource type that MiniStack 1.5.33 does not know. */
const SAVED_QUERY = 'AWS::Logs::QueryDefinition';

export type Outputs = Readonly<Record<string, string>>;

/**
 * Bootstraps with CDK's own template, less two things that hold on AWS and not here: a bucket that
 * refuses plain http, and a condition on a key (`aws:ResourceAccount`) that MiniStack does not fill
 * in.
 */
export async function bootstrap(aws: MiniStack): Promise<void> {
  const template = parse(await cdk(aws, ['bootstrap', '--show-template']));
  delete template.Resources.StagingBucketPolicy;
  const { PolicyDocument } = template.Resources.FilePublishingRoleDefaultPolicy.Properties;
  for (const statement of PolicyDocument.Statement) delete statement.Condition;
  const file = join(aws.directory, 'bootstrap.yaml');
  writeFileSync(file, stringify(template));
  await cdk(aws, ['bootstrap', `aws://${ACCOUNT}/${REGION}`, '--template', file]);
}

/**
 * `cdk synth` and `cdk deploy` with the `config.yaml` in `directory`.
 * @returns the stack's outputs.
 */
export async function deploy(aws: MiniStack, directory: string): Promise<Outputs> {
  const assembly = join(aws.directory, 'cdk.out');
  await cdk(aws, ['synth', '--quiet', '--output', assembly, '-c', `config=${directory}`]);
  leaveOutUnknown(join(assembly, `${STACK}.template.json`));
  const outputs = join(aws.directory, 'outputs.json');
  await cdk(aws, ['deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs]);
  return JSON.parse(readFileSync(outputs, 'utf8'))[STACK];
}

export async function destroy(aws: MiniStack): Promise<void> {
  await cdk(aws, ['destroy', '--app', join(aws.directory, 'cdk.out'), '--force']);
}

/**
 * `npm run tokens` with the `config.yaml` in `directory`; tokens travel in the environment, as
 * users may hand them over too.
 */
export async function putTokens(aws: MiniStack, directory: string, tokens: Record<string, string>): Promise<string> {
  return await command(aws, process.execPath, [join(ROOT, 'local/tokens.ts'), '--yes'], {
    cwd: directory,
    environment: tokens,
  });
}

/** `npm run backfill -- --watch`, and Ctrl-C once it has shown how far the backfill is. */
export async function watchBackfill(aws: MiniStack, execution: string): Promise<string> {
  const words = [join(ROOT, 'local/backfill.ts'), '--watch', execution];
  const child = spawn(process.execPath, words, { cwd: ROOT, env: { ...aws.environment } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
      if (said.includes('slices')) child.kill('SIGINT');
    });
  }
  await once(child, 'exit');
  return said;
}

/** `npm run uninstall`, agreed to beforehand. */
export async function uninstall(aws: MiniStack): Promise<string> {
  return await command(aws, process.execPath, [join(ROOT, 'infra/uninstall.ts'), '--yes'], { cwd: ROOT });
}

/**
 * Two things MiniStack 1.5.33 lacks, which test/infra/*.test.ts looks at in the template instead:
 * saved queries, which are left out, and alarms on a metrics query, which become alarms on a plain
 * metric.
 */
export function leaveOutUnknown(file: string): void {
  const template = JSON.parse(readFileSync(file, 'utf8'));
  for (const [id, { Type, Properties }] of Object.entries<{ Type: string; Properties: Record<string, unknown> }>(
    template.Resources,
  )) {
    if (Type === SAVED_QUERY) delete template.Resources[id];
    if (Type !== 'AWS::CloudWatch::Alarm' || Properties.Metrics === undefined) continue;
    delete Properties.Metrics;
    Object.assign(Properties, { Namespace: 'NotInMiniStack', MetricName: 'Query', Period: 60, Statistic: 'Maximum' });
  }
  writeFileSync(file, JSON.stringify(template));
}

async function cdk(aws: MiniStack, args: string[]): Promise<string> {
  return await command(aws, CDK, args, { cwd: ROOT });
}

export async function command(
  aws: MiniStack,
  program: string,
  args: string[],
  { cwd, environment = {} }: { readonly cwd: string; readonly environment?: Record<string, string> },
): Promise<string> {
  try {
    const { stdout } = await run(program, args, {
      cwd,
      env: { ...aws.environment, ...environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    // The cause would say the same once more.
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}
