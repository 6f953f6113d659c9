/**
 * `npm run uninstall`: takes the stack away, and says what stays in the account and how to take
 * that away too.
 */
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { CommandLineError } from '../local/command-line.ts';
import { AwsRefused, findPlace, type Place } from '../local/parameter-store.ts';
import { EXIT, say } from '../local/program.ts';
import { askYesNo, Interrupted } from '../local/prompt.ts';
import type { Outputs } from '../local/stack.ts';
import { requireNode } from './node-version.ts';
import { goes, HELP, parseUninstallArguments, stays } from './uninstall-words.ts';

/**
 * A function in a VPC gives its network interfaces back slowly; nothing else takes more than a
 * minute or two.
 */
const LONGEST_DELETION_SECONDS = 45 * 60;

class NothingToUninstall extends Error {
  override readonly name = 'NothingToUninstall';
}

async function main(words: readonly string[]): Promise<number> {
  requireNode(process.versions.node);
  const { stack, yes, help } = parseUninstallArguments(words);
  if (help) {
    say(HELP.trimEnd());
    return EXIT.done;
  }
  const place = await findPlace();
  const cloudformation = new CloudFormationClient();
  const outputs = await outputsOf(cloudformation, stack, place);
  say(goes(stack, place, outputs));
  if (!yes && !(await agreed(stack))) {
    say('Nothing was removed.');
    return EXIT.notDone;
  }
  await cloudformation.send(new DeleteStackCommand({ StackName: stack }));
  say(`Removing ${stack}, which takes a minute or two. Ctrl-C stops only the waiting, not the removal.`);
  await waitUntilStackDeleteComplete(
    { client: cloudformation, maxWaitTime: LONGEST_DELETION_SECONDS, minDelay: 2, maxDelay: 10 },
    { StackName: stack },
  );
  say(`Removed.\n\n${stays(outputs)}`);
  return EXIT.done;
}

async function outputsOf(cloudformation: CloudFormationClient, stack: string, place: Place): Promise<Outputs> {
  const { Stacks = [] } = await cloudformation
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: Error) => {
      if (!error.message.includes('does not exist')) throw error;
      return { Stacks: [] };
    });
  const [found] = Stacks;
  if (found === undefined) {
    throw new NothingToUninstall(
      `There is no stack ${stack} in account ${place.account}, region ${place.region}. ` +
        'Set AWS_PROFILE or AWS_REGION to where it is, or name it with --stack.',
    );
  }
  const outputs: Outputs = Object.fromEntries(
    (found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
  // One whose first deployment failed has no outputs at all.
  if (found.Outputs?.length && outputs.FunctionName === undefined)
    throw new NothingToUninstall(`The stack ${stack} is not one of this program: it has no output FunctionName.`);
  return outputs;
}

async function agreed(stack: string): Promise<boolean> {
  if (askYesNo === undefined)
    throw new CommandLineError('There is no terminal to ask on: give --yes to go on without being asked.');
  return await askYesNo(`Remove ${stack}? [y/N] `);
}

function exitCodeFor(error: unknown): number {
  const known = [AwsRefused, NothingToUninstall, CommandLineError, Interrupted].some((kind) => error instanceof kind);
  const message = error instanceof Error ? error.message : String(error);
  say(
    known ? message : `The removal failed: ${message}\nLook at the stack's events in the CloudFormation console.`,
    process.stderr,
  );
  if (error instanceof Interrupted) return EXIT.interrupted;
  return error instanceof CommandLineError ? EXIT.wrongUse : EXIT.notDone;
}

process.exitCode = await main(process.argv.slice(2)).catch(exitCodeFor);
