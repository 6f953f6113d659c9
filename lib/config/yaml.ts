/** Reads `config.yaml`, with YAML's surprises turned into faults or what the user meant. */
import { type Document, isScalar, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { ConfigError, type Fault } from './fault.ts';

const SECOND_DOCUMENT =
  'a second document begins here, and only one can be read. Either remove this line, and what follows belongs to the first. Or remove all from here on';

/**
 * Reads YAML 1.2's core schema: dates stay text, `yes` and `no` stay text. Merge keys (`<<`) work
 * as they did in the Docker image; a key given twice, a second document and an unknown tag are
 * faults.
 * @param name what to call the file in faults, e.g. `config.yaml`.
 * @returns plain values; `undefined` for an empty file.
 * @throws ConfigError with every syntax fault's line and column.
 */
export function parseYaml(text: string, name: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, uniqueKeys: true });
  const faultAt = (offset: number, message: string): Fault => {
    const { line, col } = lines.linePos(offset);
    // The library appends the offending lines; the position is enough to find the place.
    const [firstLine = ''] = message.split('\n');
    return { path: `${name}:${line}:${col}`, expected: firstLine.replace(/ at line \d+, column \d+:?$/, '') };
  };
  const faults = [...document.errors, ...document.warnings].map(({ pos, code, message }) =>
    faultAt(pos[0], code === 'MULTIPLE_DOCS' ? SECOND_DOCUMENT : message),
  );
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) {
        faults.push(
          faultAt(alias.range?.[0] ?? 0, `the alias *${alias.source} has no anchor &${alias.source} before it`),
        );
      }
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
