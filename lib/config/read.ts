/** Reads a directory's `config.yaml` together with the environment. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isScalar, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { fileFault } from '../platform/file-fault.ts';
import { EncodingError, textOfFile } from '../platform/file-text.ts';
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
 * @param environment see `parseConfig`.
 * @returns the configuration, what is worth telling the user, and whether there was a file.
 * @throws ConfigError with all faults at once, and no token among them.
 */
export function readConfig(directory: string, environment: Environment, now: EpochMs) {
  const text = textOf(directory, FILE);
  if (text === undefined) refuseOtherNames(directory);
  const document = text === undefined ? undefined : parseYaml(text, FILE);
  const { config, warnings } = parseConfig(document, environment, now);
  const holdsToken = settings.some(([path, { secret }]) => secret && valueAt(document, path)); // used or not
  if (holdsToken && process.platform !== 'win32' && (statSync(join(directory, FILE)).mode & 0o077) !== 0) {
    warnings.push(`${FILE}: holds a token and other users of this machine may read it: chmod 600 ${FILE}`);
  }
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
function textOf(directory: string, name: string): string | undefined {
  try {
    return textOfFile(readFileSync(join(directory, name)));
  } catch (error) {
    if (error instanceof EncodingError) throw new ConfigError([{ path: name, expected: error.message }]);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError([{ path: name, expected: `cannot be read: ${fileFault(name, error)}` }]);
  }
}

function refuseOtherNames(directory: string): void {
  const other = ['config.yml', 'Config.yaml', 'config.yaml.txt'].find((name) => textOf(directory, name) !== undefined);
  if (other !== undefined) throw new ConfigError([{ path: other, expected: `must be named ${FILE}; rename it` }]);
}

const SECOND_DOCUMENT =
  'a second document begins here, and only one can be read. Either remove this line, and what follows belongs to the first. Or remove all from here on';

/**
 * Reads YAML 1.2's core schema: dates stay text, `yes` and `no` stay text. Merge keys (`<<`) work
 * as they did in the Docker image; a key given twice, a second document and a tag are faults.
 * @param name what to call the file in faults, e.g. `config.yaml`.
 * @returns plain values; `undefined` for an empty file.
 * @throws ConfigError with every syntax fault's line and column.
 */
export function parseYaml(text: string, name: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, schema: 'core', resolveKnownTags: false });
  const faultAt = (offset: number, message: string): Fault => {
    const { line, col } = lineCounter.linePos(offset);
    // The library appends the offending lines; the position is enough to find the place.
    const [firstLine = ''] = message.split('\n');
    return { path: `${name}:${line}:${col}`, expected: firstLine.replace(/ at line \d+, column \d+:?$/, '') };
  };
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
    faultAt(pos[0], code === 'MULTIPLE_DOCS' ? SECOND_DOCUMENT : message),
  );
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const message = `the alias *${alias.source} has no anchor &${alias.source} before it; a text that begins with * needs quotes`;
      faults.push(faultAt(alias.range?.[0] ?? 0, message));
    },
  });
  if (faults.length > 0) throw new ConfigError(faults);
  keepDigits(document);
  try {
    return document.toJS() ?? undefined;
  } catch {
    throw new ConfigError([{ path: name, expected: 'far fewer aliases: they would expand to too large a document' }]);
  }
}

/**
 * Ids and tokens of digits alone, or of digits around one `e`, are numbers to YAML: `0012`,
 * `612345678901e12` or more digits than a number holds. Where the number would not print as it was
 * written, the text is what was meant.
 */
function keepDigits(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      const written = node.source;
      const isPlain = node.type === Scalar.PLAIN && written !== undefined;
      if (!isPlain || typeof node.value !== 'number' || !/^\d+(e\d+)?$/i.test(written)) return;
      if (String(node.value) !== written) node.value = written;
    },
    Pair(_, pair) {
      // Keys are names, also those that look like numbers or booleans.
      if (isScalar(pair.key)) pair.key.value = pair.key.source ?? pair.key.value;
    },
  });
}
