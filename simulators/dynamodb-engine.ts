/**
 * dynalite without a door of its own: it is asked in the same process, so that what stands before
 * it sees every request.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import dynalite from 'dynalite';
import type { SimulatorAnswer } from './answer.ts';
import type { SimulatorRequest } from './server.ts';

export interface Engine {
  answer(request: Pick<SimulatorRequest, 'method' | 'path' | 'headers' | 'body'>): Promise<SimulatorAnswer>;
  close(): Promise<void>;
}

/** The part of a response that dynalite uses. */
interface Reply {
  statusCode: number;
  setHeader(name: string, value: string | number): void;
  end(body?: string): void;
}

/** @param path folder of the data; in memory when undefined. */
export async function openEngine(path: string | undefined): Promise<Engine> {
  const server = dynalite({ createTableMs: 0, ...(path === undefined ? {} : { path }) });
  const ask = server.listeners('request')[0] as (request: Readable, reply: Reply) => void;
  // dynalite closes its data only after it has listened: so it listens, and refuses every request.
  server.removeAllListeners('request');
  server.on('request', (_, response) => response.writeHead(403).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    answer({ method, path: url, headers, body }) {
      return new Promise((resolve) => {
        const kept: Record<string, string> = {};
        const reply: Reply = {
          statusCode: 200,
          setHeader(name, value) {
            if (name.toLowerCase() !== 'content-length') kept[name] = String(value);
          },
          end(text = '') {
            resolve({ status: this.statusCode, headers: kept, body: text });
          },
        };
        ask(Object.assign(Readable.from([body]), { method, url, headers }), reply);
      });
    },
    async close() {
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
}
