/**
 * A simulator of Logz.io's bulk listener: takes and refuses as strictly as the real one, and says
 * which logs indexing would spoil.
 */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from '../lib/platform/json.ts';
import type { SimulatorAnswer } from './answer.ts';
import { type BulkReading, readBulk } from './logzio-bulk.ts';
import { createMappingJudge, type Verdict } from './mapping-judge.ts';
import { type RecordedRequest, type ServerSettings, type SimulatorRequest, startServer } from './server.ts';

/** Documented limit of a body; whether before or after gzip is not, so both are held to it. */
const MAX_BODY_BYTES = 10_485_760;
export const SIMULATED_SHIPPING_TOKEN = 'logzioSimulatorShippingToken';

/** Everything here may be changed between requests. */
export interface LogzioSettings extends ServerSettings {
  /** The shipping tokens that are valid now. */
  tokens: readonly string[];
  /** Keep the taken lines in memory (`lines`). */
  keepLines: boolean;
  /** Keep the text of every body in `requests`. */
  keepBodies: boolean;
  /**
   * Judge every taken line against the limits and the day's mapping; costs a multiple of taking it.
   */
  judge: boolean;
}

export interface LogzioOptions extends Partial<LogzioSettings> {
  readonly port?: number;
  /** Appends what is taken, as NDJSON, before it is acknowledged. */
  readonly file?: string;
}

export interface LogzioSimulator {
  /** `http://127.0.0.1:<port>`: what `logzio.url` is set to. */
  readonly url: string;
  readonly settings: LogzioSettings;
  readonly requests: RecordedRequest[];
  /** Every line that was taken, in order, as it was sent. */
  readonly lines: string[];
  /** Taken lines that indexing would spoil. */
  readonly spoilt: readonly (Verdict & { readonly line: string })[];
  /** Lines and (uncompressed) bytes taken so far. */
  readonly taken: { readonly lines: number; readonly bytes: number; readonly bulks: number };
  close(): Promise<void>;
}

export async function startLogzio(options: LogzioOptions = {}): Promise<LogzioSimulator> {
  const { port, file, ...given } = options;
  const settings: LogzioSettings = {
    clock: Date.now,
    latencyMs: 0,
    tokens: [SIMULATED_SHIPPING_TOKEN],
    keepLines: true,
    keepBodies: false,
    judge: true,
    ...given,
  };
  const lines: string[] = [];
  const spoilt: (Verdict & { line: string })[] = [];
  const taken = { lines: 0, bytes: 0, bulks: 0 };
  const judge = createMappingJudge();
  const sink = file === undefined ? undefined : await openForAppend(file);

  async function take(reading: BulkReading, urlType: string | null): Promise<void> {
    taken.bulks += 1;
    taken.lines += reading.taken.length;
    const day = new Date(settings.clock()).toISOString().slice(0, 10);
    for (const { line, log } of reading.taken) {
      taken.bytes += Buffer.byteLength(line) + 1;
      if (settings.keepLines) lines.push(line);
      if (!settings.judge) continue;
      // documents disagree on which `type` wins: a log without its own has the URL's either way
      const indexed: JsonObject = urlType === null || 'type' in log ? log : { ...log, type: urlType };
      const verdict = judge.judge(line, indexed, day);
      if (verdict !== undefined) spoilt.push({ ...verdict, line });
    }
    if (sink !== undefined && reading.taken.length > 0) {
      await write(sink, reading.taken.map(({ line }) => `${line}\n`).join(''));
    }
  }

  async function handle(request: SimulatorRequest): Promise<SimulatorAnswer> {
    if (request.path !== '/' || request.method !== 'POST') return text(404, 'Not Found');
    const token = request.query.get('token');
    if (token === null || token === '') return text(401, 'Logging token is missing');
    if (!settings.tokens.includes(token)) return text(401, 'Logging token is not valid');
    const body = bodyOf(request);
    if (body === 'too large') return text(413, 'Request Entity Too Large');
    if (body === 'unreadable') return text(400, 'Bad Request');
    const reading = readBulk(body);
    await take(reading, request.query.get('type'));
    const { malformedLines, oversizedLines, emptyLogLines } = reading;
    if (malformedLines + oversizedLines + emptyLogLines === 0) return { status: 200 };
    const counts = { malformedLines, successfulLines: reading.taken.length, oversizedLines, emptyLogLines };
    return { status: 400, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(counts) };
  }

  const describeBody = (request: SimulatorRequest): string => {
    const body = settings.keepBodies ? bodyOf(request) : '';
    return body.toString();
  };
  const server = await startServer({ settings, handle, describeBody, ...(port === undefined ? {} : { port }) });
  return {
    url: server.url,
    settings,
    requests: server.requests,
    lines,
    spoilt,
    taken,
    async close() {
      await server.close();
      if (sink === undefined || sink.closed) return;
      sink.end();
      await once(sink, 'close');
    },
  };
}

/** The body without its gzip, held to the limit on both sides of it. */
function bodyOf(request: SimulatorRequest): Buffer | 'too large' | 'unreadable' {
  const { body } = request;
  if (body.length > MAX_BODY_BYTES) return 'too large';
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') return 'unreadable';
  try {
    return gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'unreadable';
  }
}

function text(status: number, body: string): SimulatorAnswer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body };
}

/** @throws when the file cannot be opened. */
async function openForAppend(file: string): Promise<WriteStream> {
  const sink = createWriteStream(file, { flags: 'a', mode: 0o600 });
  await once(sink, 'open');
  return sink;
}

function write(sink: WriteStream, chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
