/**
 * The command lines of the programs here: flags only, known ones only, and no value repeated, which
 * may be a token.
 */
import { parseArgs } from 'node:util';
import { looksLikeToken, nearest } from '../lib/config/fault.ts';
import { InputError } from '../lib/config/start-date.ts';

/** It was started wrongly; the message never repeats a word that may be a token. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** A `switch` is there or not, a `text` has a value. */
type Flags = Readonly<Record<string, 'switch' | 'text'>>;

type Values<Known extends Flags> = {
  readonly [Name in keyof Known]: Known[Name] extends 'switch' ? boolean : string | undefined;
};

/** @throws CommandLineError for whatever is not in `known` */
export function readFlags<const Known extends Flags>(words: readonly string[], known: Known): Values<Known> {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(known).map(([name, kind]) => [
        name,
        { type: kind === 'text' ? ('string' as const) : ('boolean' as const), ...shortOf(name) },
      ]),
    ),
    strict: false,
    tokens: true,
  });
  refuseFlagsOfNpm(words, Object.keys(known));
  const values: Record<string, string | boolean | undefined> = {};
  for (const [name, kind] of Object.entries(known)) values[name] = kind === 'switch' ? false : undefined;
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new CommandLineError('Only flags are possible here, words that begin with --. See --help.');
    if (token.kind !== 'option') continue;
    const kind = known[token.name];
    if (kind === undefined) throw unknownFlag(token.rawName, Object.keys(known));
    if (kind === 'switch' && token.value !== undefined)
      throw new CommandLineError(`--${token.name} takes no value. See --help.`);
    // "--from --to x": the next flag is no value.
    if (kind === 'text' && (!token.value || token.value.startsWith('--')))
      throw new CommandLineError(`--${token.name} needs a value. See --help.`);
    values[token.name] = token.value ?? true;
  }
  return values as Values<Known>;
}

/**
 * `npm start --once` gives the flag to npm, which passes on nothing but a variable of its
 * environment.
 */
function refuseFlagsOfNpm(words: readonly string[], known: readonly string[]): void {
  const { npm_lifecycle_event: script, ...environment } = process.env;
  if (script === undefined) return;
  const isNpms = (name: string) => Boolean(environment[`npm_config_${name.replaceAll('-', '_')}`]);
  const taken = known.find((name) => isNpms(name) && !words.some((word) => word.startsWith(`--${name}`)));
  if (taken === undefined) return;
  const run = script === 'start' ? 'npm start' : `npm run ${script}`;
  throw new CommandLineError(
    `npm kept --${taken} for itself and did not pass it on. Nothing was done. Put -- before it: ${run} -- --${taken}`,
  );
}

/** The function's names of what a person types as flags. */
const FLAG_OF: Readonly<Record<string, string>> = {
  start_time: '--from',
  end_time: '--to',
  before: '--before',
  org_id: '--org',
  max_concurrency: '--concurrency',
  events_per_slice: '--events-per-slice',
};

/**
 * Checks here what the function would refuse, and says so in the flags that were typed.
 * @throws CommandLineError
 */
export function inFlags<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const said = error.message.replaceAll(/^before\b|\b[a-z]+_[a-z_]+\b/g, (name) => FLAG_OF[name] ?? name);
    throw new CommandLineError(`${said.replace(/ Nothing was done$/, '')} See --help.`);
  }
}

/** @param rawName as it was typed, with its dashes */
export function unknownFlag(rawName: string, known: readonly string[]): CommandLineError {
  const near = nearest(rawName.replace(/^-+/, ''), known);
  const names = known.map((name) => `--${name}`);
  const advice = near ? `did you mean --${near}?` : `known are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}.`;
  return new CommandLineError(`Unknown flag${looksLikeToken(rawName) ? '' : ` ${rawName}`}: ${advice} See --help.`);
}

/** The two that everybody tries. */
function shortOf(name: string): { short?: string } {
  return name === 'help' || name === 'yes' ? { short: name.charAt(0) } : {};
}
