/** What `npm run uninstall` takes on its command line, and what it says that goes and stays. */
import { readFlags } from '../local/command-line.ts';
import { type Outputs, STACK } from '../local/stack.ts';

export interface UninstallArguments {
  readonly stack: string;
  /** Whether to go on without asking. */
  readonly yes: boolean;
  readonly help: boolean;
}

export const HELP = `Removes the stack from the AWS account: function, schedules, alarms, dashboard.
First it shows account, region and what will be removed, and asks. The table
with the checkpoints, the logs and the tokens stay. At its end it prints the
commands that remove those too.

  npm run uninstall

  --stack NAME  another stack than jumpcloud-logzio
  --yes         do not ask
  --help        this text

AWS credentials and region are taken from AWS_PROFILE, AWS_REGION and the other
places that the AWS CLI looks at.

Exit code: 0 removed; 1 AWS refused, there is no such stack, or you said no;
2 wrong flag; 130 interrupted.
`;

/** @throws CommandLineError */
export function parseUninstallArguments(words: readonly string[]): UninstallArguments {
  const { stack = STACK, ...switches } = readFlags(words, {
    stack: 'text',
    yes: 'switch',
    help: 'switch',
  });
  return { stack, ...switches };
}

interface Where {
  readonly account: string;
  readonly region: string;
}

/** Shown before anything is removed. */
export function goes(stack: string, { account, region }: Where, outputs: Outputs): string {
  return [
    `AWS account  ${account}`,
    `Region       ${region}`,
    `Stack        ${stack}`,
    '',
    'Goes:   functions, schedules, alarms, alarm topic, dashboard, saved queries',
    `Stays:  table ${named(outputs, 'TableName')}`,
    `        logs ${named(outputs, 'LogGroupName')}`,
    `        parameters ${named(outputs, 'TokenParameters')}`,
    '',
  ].join('\n');
}

const NEVER_DEPLOYED = `No deployment of this stack has ended well, so it cannot say what it made.
A table and a log group may be left. Look for names that begin with the stack's
in the DynamoDB console (Tables) and in the CloudWatch console (Log groups).
The tokens are in the SSM parameters that config.yaml names.`;

/** Shown at the end: for a new start later, or for the end of it all. */
export function stays(outputs: Outputs): string {
  if (outputs.TableName === undefined) return NEVER_DEPLOYED;
  const table = named(outputs, 'TableName');
  return `The checkpoints stay in the table ${table}.
To go on later where it stopped, put this into config.yaml and deploy again:

state:
  table: ${table}

To remove what is left as well, for good (quarantined events are in the table).
Keep parameters that another stack reads:

aws dynamodb update-table --table-name ${table} --no-deletion-protection-enabled
aws dynamodb delete-table --table-name ${table}
aws logs delete-log-group --log-group-name ${named(outputs, 'LogGroupName')}
aws ssm delete-parameters --names ${named(outputs, 'TokenParameters').replaceAll(',', '')}

CDK's own bootstrap stack (CDKToolkit) stays: other CDK applications of the
account may use it. DynamoDB keeps a deleted table's backups for 35 days.`;
}

function named(outputs: Outputs, name: string): string {
  return outputs[name] ?? `(unknown: the stack has no output ${name})`;
}
