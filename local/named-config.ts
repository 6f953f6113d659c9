/** The configuration of this folder, or of the one that `--config` names, as for a second stack. */
import { resolve } from 'node:path';
import { describeName } from '../lib/config/fault.ts';
import type { Environment } from '../lib/config/parse.ts';
import { readConfig } from '../lib/config/read.ts';
import { CommandLineError } from './command-line.ts';

/** @throws CommandLineError where a named folder has none: the defaults are the first stack's */
export function readNamedConfig(folder: string | undefined, environment: Environment) {
  const found = readConfig(resolve(folder ?? '.'), environment, Date.now());
  if (folder === undefined || found.fromFile) return found;
  throw new CommandLineError(`--config: there is no config.yaml in ${describeName(folder)}. Nothing was done.`);
}
