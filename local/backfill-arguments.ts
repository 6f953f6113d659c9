/** The command line of `npm run backfill`. */

import { type BackfillStart, parseBackfillStart } from '../lib/backfill/protocol.ts';
import { instantOf } from '../lib/config/start-date.ts';
import { type EpochMs, formatInstant } from '../lib/platform/time.ts';
import { CommandLineError, inFlags, readFlags } from './command-line.ts';
import { STACK } from './stack.ts';

export const HELP = `Ships months of JumpCloud history to Logz.io, beside the live events.

  npm run backfill -- --from -90d             everything from 90 days ago to
                                              where the live events began
  npm run backfill -- --watch ID              look again at one that runs
  npm run backfill -- --from -90d --local     from this machine instead of AWS

  --from TIME            -90d, -12h, 2026-08-01 or 2026-08-01T00:00:00Z
  --to TIME              where to end, if before the first live event
  --org ID               one organization only; otherwise all of them in turn
  --concurrency N        slices (parts) at once, 5 by default; fewer while
                         JumpCloud answers 429
  --events-per-slice N   size of a part, about 50,000 events by default
  --stack NAME           jumpcloud-logzio by default
  --local                with config.yaml and .local/, as npm start; stop
                         npm start first, and start it again afterwards
  --help                 this text

Ctrl-C stops only the watching, and the backfill goes on in AWS. With --local,
Ctrl-C stops the backfill safely. If you start the same backfill again, it goes
on where it was, and ships nothing twice, even with another --from.

AWS credentials and region are taken from AWS_PROFILE, AWS_REGION and the other
places that the AWS CLI looks at. It needs cloudformation:DescribeStacks,
lambda:InvokeFunction, lambda:GetDurableExecution and, with --watch,
lambda:ListDurableExecutionsByFunction.

With --local the tokens come from config.yaml, or from LOGZIO_API_TOKEN and
JUMPCLOUD_API_TOKEN, as with npm start. HTTPS_PROXY leads through a proxy, with
PROXY_CREDENTIALS (user:password).

Exit code: 0 all shipped; 1 not all, or AWS refused; 2 wrong use or
configuration; 130 Ctrl-C.
`;

export type BackfillArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'watch'; readonly execution: string; readonly stack: string }
  | { readonly kind: 'start'; readonly start: BackfillStart; readonly stack: string; readonly here: boolean };

const FLAGS = {
  from: 'text',
  to: 'text',
  org: 'text',
  concurrency: 'text',
  'events-per-slice': 'text',
  stack: 'text',
  watch: 'text',
  local: 'switch',
  help: 'switch',
} as const;

/** @throws CommandLineError */
export function parseBackfillArguments(words: readonly string[], now: EpochMs): BackfillArguments {
  const given = readFlags(words, FLAGS);
  if (given.help) return { kind: 'help' };
  const { stack = STACK } = given;
  if (given.watch !== undefined) {
    if (given.from ?? given.to ?? given.local)
      throw new CommandLineError('--watch only looks; leave --from, --to and --local out. See --help.');
    return { kind: 'watch', execution: given.watch, stack };
  }
  if (given.from === undefined) throw new CommandLineError('--from is missing, for example --from -90d. See --help.');
  const wanted = {
    start_time: given.from,
    ...(given.to !== undefined && { end_time: given.to }),
    ...(given.org !== undefined && { org_id: given.org }),
    ...(given.concurrency !== undefined && { max_concurrency: Number(given.concurrency) }),
    ...(given['events-per-slice'] !== undefined && { events_per_slice: Number(given['events-per-slice']) }),
  };
  const start = inFlags(() => parseBackfillStart(wanted, now));
  // An age is an instant from here on: a later look means the same range.
  const absolute = { start_time: formatInstant(instantOf({ ...wanted }, 'start_time', now)) };
  return { kind: 'start', start: { ...start, ...absolute }, stack, here: given.local };
}
