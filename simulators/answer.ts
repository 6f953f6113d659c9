/**
 * How a simulator puts an answer on the wire: whole, compressed when asked, or broken on purpose.
 */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { Fault } from './faults.ts';

export interface SimulatorAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent one after the other, so that a large body is never whole in memory. */
  readonly body?: string | Iterable<string>;
  /** Compress it when the client asks for gzip. */
  readonly gzip?: boolean;
}

/** Characters gathered before they are sent: large enough that system calls do not matter. */
const PIECE_CHARACTERS = 256 * 1024;
/** The fastest level: the simulator should not be what is measured. */
const GZIP = { level: 1 };

/**
 * Sends `answer` in good order. Resolves when the last byte was handed to the socket, or the client
 * has gone.
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: SimulatorAnswer,
  acceptsGzip: boolean,
): Promise<void> {
  writeHead(response, answer);
  const gzip = answer.gzip === true && acceptsGzip;
  if (gzip) response.setHeader('Content-Encoding', 'gzip');
  const { body } = answer;
  if (body === undefined || typeof body === 'string') {
    response.end(gzip ? gzipSync(body ?? '', GZIP) : body);
    return;
  }
  const source = Readable.from(gathered(body));
  try {
    if (gzip) await pipeline(source, createGzip(GZIP), response);
    else await pipeline(source, response);
  } catch {
    // the client went away in the middle: what it does then is what the test is about
  }
}

/** Sends `answer` in the way `fault` orders. */
export async function sendBroken(
  response: ServerResponse,
  { answer, acceptsGzip }: { readonly answer: SimulatorAnswer; readonly acceptsGzip: boolean },
  fault: Fault,
  signal: AbortSignal,
): Promise<void> {
  const text = typeof answer.body === 'string' ? answer.body : [...(answer.body ?? [])].join('');
  const plain = Buffer.from(fault.kind === 'malformed' ? text.slice(0, Math.floor(text.length / 2)) : text);
  const gzip = answer.gzip === true && acceptsGzip;
  const bytes = gzip ? gzipSync(plain, GZIP) : plain;
  writeHead(response, answer);
  if (gzip) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', bytes.length);
  if (fault.kind === 'malformed') {
    response.end(bytes);
  } else if (fault.kind === 'hang-after-headers') {
    response.flushHeaders();
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
  } else if (fault.kind === 'cut') {
    response.flushHeaders();
    const sent = bytes.subarray(0, fault.bytes ?? Math.floor(bytes.length / 2));
    // FIN, not RST: a reset could overtake the bytes, and the client is to see them before it sees
    // the end
    response.write(sent, () => response.destroy());
  } else if (fault.kind === 'slow') {
    for (let at = 0; at < bytes.length && !response.destroyed; at += fault.chunkBytes) {
      response.write(bytes.subarray(at, at + fault.chunkBytes));
      await wait(fault.everyMs, undefined, { signal });
    }
    response.end();
  }
}

function writeHead(response: ServerResponse, answer: SimulatorAnswer): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
}

function* gathered(pieces: Iterable<string>): Generator<Buffer> {
  let waiting: string[] = [];
  let characters = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    characters += piece.length;
    if (characters < PIECE_CHARACTERS) continue;
    yield Buffer.from(waiting.join(''));
    waiting = [];
    characters = 0;
  }
  if (characters > 0) yield Buffer.from(waiting.join(''));
}
