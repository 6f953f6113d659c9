/** A deployed stack: its outputs, its alarms' names, and a way to ask its function. */

import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Result } from '../lib/commands/context.ts';
import { isJsonObject } from '../lib/platform/json.ts';

export const STACK = 'jumpcloud-logzio';

/** @returns what a command that is shown says of the stack: nothing where it is the usual one */
export function stackFlag(stack: string): string {
  return stack === STACK ? '' : ` --stack ${stack}`;
}

/** The stack is not there, or AWS refused; the message says what to do. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
}

export type Outputs = Readonly<Record<string, string>>;

/** @throws CloudError */
async function stackOutputs(stack: string): Promise<Outputs> {
  return await askingCloudFormation(stack, async (client) => {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  });
}

/** @throws CloudError also where the stack is another program's */
export async function outputsOfShipper(stack: string) {
  const { FunctionName, LogGroupName, BackfillFunction } = await stackOutputs(stack);
  if (FunctionName && LogGroupName) return { FunctionName, LogGroupName, BackfillFunction };
  throw new CloudError(`The stack ${stack} is not one of this program: it has no output FunctionName. See --stack.`);
}

/** @throws CloudError */
export async function alarmNames(stack: string): Promise<string[]> {
  return await askingCloudFormation(stack, async (client) => {
    const names: string[] = [];
    for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack }))
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries)
        if (ResourceType === 'AWS::CloudWatch::Alarm' && PhysicalResourceId) names.push(PhysicalResourceId);
    return names;
  });
}

async function askingCloudFormation<T>(stack: string, ask: (client: CloudFormationClient) => Promise<T>): Promise<T> {
  const client = new CloudFormationClient();
  try {
    return await ask(client);
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new CloudError(
      `The stack ${stack} cannot be read: ${reason}\nCheck AWS_PROFILE and AWS_REGION: docs/deploy.md says how. Another stack: add -- --stack NAME. This machine instead: add -- --local`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

/** @returns what the function answered; an error of the function is an answer too */
export async function invoke(
  lambda: LambdaClient,
  functionName: string,
  command: object,
  signal: AbortSignal,
): Promise<unknown> {
  const request = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(command) });
  const { Payload } = await lambda.send(request, { abortSignal: signal });
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

/** @throws CloudError where the function failed, with its message */
export async function runCommand(
  lambda: LambdaClient,
  functionName: string,
  command: object,
  signal: AbortSignal,
): Promise<Result> {
  const answer = await invoke(lambda, functionName, command, signal);
  if (isJsonObject(answer) && typeof answer.message === 'string') return answer as Result;
  const said = isJsonObject(answer) ? answer.errorMessage : undefined;
  throw new CloudError(typeof said === 'string' ? said : `${functionName} gave no answer. Its log says why.`);
}
