/** Reads a directory's `config.yaml` together with the environment. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isScalar, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { fileFault, textOfFile } from '../platform/files.ts';
import type { EpochMs } from '../platform/time.ts';
import { withoutTokens } from './config.ts';
import { ConfigError, describeFound, type Fault } from './fault.ts';
import { type Environment, parseConfig, valueAt } from './parse.ts';
import { settings } from './settings.ts';

const FILE = 'config.yaml';
/**
 * Two schedules each, and a stack holds 500 resources:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const MAX_ORGANIZATIONS_OF_A_STACK = 200;

/**
 * @param directory where `config.yaml` stands; without one, the environment and the defaults are
 * all there is.
 * @returns the configuration, what is worth telling the user, and whether there was a file.
 * @throws ConfigError with all faults at once, and no token among them.
 */
export function readConfig(directory: string, environment: Environment, now: EpochMs) {
  const text = textOf(directory);
  const other = ['config.yml', 'Config.yaml', 'config.yaml.txt'].find((name) => existsSync(join(directory, name)));
  if (text === undefined && other !== undefined)
    throw new ConfigError([{ path: other, expected: `must be named ${FILE}; rename it` }]);
  const document = text === undefined ? undefined : parseYaml(text);
  const { config, warnings } = parseConfig(document, environment, now);
  const holdsToken = settings.some(([path, { secret }]) => secret && valueAt(document, path)); // used or not
  if (holdsToken && process.platform !== 'win32' && (statSync(join(directory, FILE)).mode & 0o077) !== 0)
    warnings.push(`${FILE}: holds a token and other users of this machine may read it: chmod 600 ${FILE}`);
  return { config, warnings, fromFile: text !== undefined };
}

/** The same for a deployment: without tokens, and with no more organizations than fit one stack. */
export function readConfigToDeploy(directory: string, environment: Environment, now: EpochMs) {
  const { config, ...found } = readConfig(directory, environment, now);
  const { orgIds } = config.jumpcloud.credentials;
  if (orgIds.length <= MAX_ORGANIZATIONS_OF_A_STACK) return { config: withoutTokens(config), ...found };
  const expected = `at most ${MAX_ORGANIZATIONS_OF_A_STACK}, since a stack has room for no more. Put the others into DIRECTORY/${FILE} and deploy them as a second stack: npx cdk deploy -c stack=NAME -c config=DIRECTORY`;
  throw new ConfigError([{ path: 'jumpcloud_api.credentials.org_ids', found: describeFound(orgIds), expected }]);
}

/** @returns undefined where there is no such file. */
function textOf(directory: string): string | undefined {
  try {
    return textOfFile(readFileSync(join(directory, FILE)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError([{ path: FILE, expected: `cannot be read: ${fileFault(FILE, error)}` }]);
  }
}

const CORE = { schema: 'core', merge: true, resolveKnownTags: false, prettyErrors: false } as const;

/**
 * Reads YAML 1.2's core schema: dates stay text, `yes` and `no` stay text. Merge keys (`<<`) work
 * as they did in the Docker image; a key given twice, a second document and a tag are faults.
 * @returns plain values; `undefined` for an empty file.
 * @throws ConfigError with every syntax fault's line and column.
 */
export function parseYaml(text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...CORE, lineCounter });
  const faultAt = (offset: number, expected: string): Fault => {
    const { line, col } = lineCounter.linePos(offset);
    return { path: `${FILE}:${line}:${col}`, expected };
  };
  const second = 'a second document begins here; remove this line, or all from here on';
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
    faultAt(pos[0], code === 'MULTIPLE_DOCS' ? second : message),
  );
  visit(document, {
    Alias(_, alias) {
      const message = `the alias *${alias.source} has no anchor before it; a text that begins with * needs quotes`;
      if (alias.resolve(document) === undefined) faults.push(faultAt(alias.range?.[0] ?? 0, message));
    },
    Scalar(_, node) {
      // Ids and tokens of digits alone, or of digits around one `e`, are numbers to YAML: `0012`,
      // `612345678901e12`. Where the number would not print as it was written, the text was meant.
      const { source = '', type, value } = node;
      const isDigits = type === Scalar.PLAIN && typeof value === 'number' && /^\d+(e\d+)?$/i.test(source);
      if (isDigits && String(value) !== source) node.value = source;
    },
    Pair(_, pair) {
      // Keys are names, also those that look like numbers or booleans.
      if (isScalar(pair.key)) pair.key.value = pair.key.source ?? pair.key.value;
    },
  });
  if (faults.length > 0) throw new ConfigError(faults);
  try {
    return document.toJS() ?? undefined;
  } catch {
    throw new ConfigError([{ path: FILE, expected: 'far fewer aliases: they would expand to too large a document' }]);
  }
}
