/** The text of a `config.yaml` as a document, with YAML's surprises turned into faults or into what the user meant. */
import { type Document, isAlias, isMap, isScalar, parseDocument, Scalar, visit } from 'yaml';
import { ConfigError, type Fault } from './fault.ts';
import { looksLikeToken } from './found.ts';

/**
 * Reads YAML 1.2's core schema: dates stay text, `yes` and `no` stay text. Merge keys (`<<`) work as they did in the Docker
 * image; a key given twice, a second document and an unknown tag are faults.
 * @param name what to call the file in faults, e.g. `config.yaml`.
 * @returns plain values; `undefined` for an empty file.
 * @throws ConfigError with every syntax fault's line and column.
 */
export function parseYaml(text: string, name: string): unknown {
  const document = parseDocument(text.replace(/^\uFEFF/, ''), { merge: true, prettyErrors: true, uniqueKeys: true });
  const faults = [...document.errors, ...document.warnings].map((problem): Fault => {
    const start = problem.linePos?.[0];
    return { path: start ? `${name}:${start.line}:${start.col}` : name, expected: oneLine(problem.message) };
  });
  if (faults.length > 0) throw new ConfigError(faults);
  keepDigits(document);
  try {
    return document.toJS() ?? undefined;
  } catch (error) {
    // A bomb of aliases (`maxAliasCount`), or an alias of something that does not exist.
    throw new ConfigError([{ path: name, expected: oneLine(String(error)) }], { cause: error });
  }
}

/**
 * The library appends the offending lines, which may hold a token, and quotes words of them in the message itself.
 * Its position is enough to find the place.
 */
function oneLine(message: string): string {
  const [first = ''] = message.split('\n');
  const quoted = first.replace(/ at line \d+, column \d+:?$/, '');
  return looksLikeToken(quoted) ? 'not valid YAML (the text is not shown, because it may be a token)' : quoted;
}

/**
 * Ids and tokens of digits alone, or of digits around one `e`, are numbers to YAML: `0012`, `612345678901e12` or more digits
 * than a number holds. Where the number would not print as it was written, the text is what was meant.
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
      if (isScalar(pair.key) && !isAlias(pair.key) && !isMap(pair.key))
        pair.key.value = pair.key.source ?? pair.key.value;
    },
  });
}
