/** What `npm run uninstall` may be given on its command line. */
import { readFlags } from '../local/command-line.ts';

export interface UninstallArguments {
  readonly stack: string;
  /** Whether to go on without asking. */
  readonly yes: boolean;
  readonly help: boolean;
}

export const HELP = `Removes the stack from the AWS account: function, schedules, alarms, dashboard.
Shows account, region and what goes before it asks. The table with the
checkpoints, the logs and the tokens stay; it ends with the commands that remove
those too.

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
  const { stack = 'jumpcloud-logzio', ...switches } = readFlags(words, {
    stack: 'text',
    yes: 'switch',
    help: 'switch',
  });
  return { stack, ...switches };
}
