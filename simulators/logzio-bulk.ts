/**
 * A bulk's body as Logz.io's listener reads it: which lines it takes, and why it refuses the
 * others.
 */
import { isJsonObject, type JsonObject } from '../lib/platform/json.ts';

/** Documented limit of one line. */
const MAX_LINE_BYTES = 500_000;
const NEWLINE = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export interface BulkReading {
  readonly taken: readonly { readonly line: string; readonly log: JsonObject }[];
  readonly malformedLines: number;
  readonly oversizedLines: number;
  readonly emptyLogLines: number;
}

/** Reads JSON objects, one a line; a line break after the last line is no line of its own. */
export function readBulk(body: Buffer): BulkReading {
  const taken: { line: string; log: JsonObject }[] = [];
  const refused = { malformedLines: 0, oversizedLines: 0, emptyLogLines: body.length === 0 ? 1 : 0 };
  for (let from = 0; from < body.length; ) {
    const found = body.indexOf(NEWLINE, from);
    const to = found === -1 ? body.length : found;
    const bytes = body.subarray(from, to);
    from = to + 1;
    if (bytes.length > MAX_LINE_BYTES) refused.oversizedLines += 1;
    else {
      const read = readLine(bytes);
      if (typeof read === 'string') refused[read] += 1;
      else taken.push(read);
    }
  }
  return { taken, ...refused };
}

function readLine(bytes: Buffer): { line: string; log: JsonObject } | 'malformedLines' | 'emptyLogLines' {
  try {
    const line = utf8.decode(bytes);
    if (line.trim() === '') return 'emptyLogLines';
    const log: unknown = JSON.parse(line);
    if (!isJsonObject(log)) return 'malformedLines';
    return Object.keys(log).length === 0 ? 'emptyLogLines' : { line, log };
  } catch {
    return 'malformedLines';
  }
}
