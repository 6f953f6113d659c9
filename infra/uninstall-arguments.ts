/** What `npm run uninstall` may be given on its command line. */
import { parseArgs } from 'node:util';

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

export class UninstallArgumentsError extends Error {
  override readonly name = 'UninstallArgumentsError';
}

/** @throws UninstallArgumentsError */
export function parseUninstallArguments(words: readonly string[]): UninstallArguments {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        stack: { type: 'string', default: 'jumpcloud-logzio' },
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (cause) {
    const [reason] = (cause as Error).message.split('. ');
    throw new UninstallArgumentsError(`${reason}. Known are --stack NAME, --yes and --help.`, { cause });
  }
}
