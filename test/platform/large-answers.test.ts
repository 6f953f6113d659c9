/**
 * An answer of many megabytes arrives byte for byte, however it is sent: its chunks' memory is let
 * go while it still comes.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { createPost } from '../../lib/platform/http-client.ts';

const MEGABYTE = 1024 * 1024;
/** Half of it shrinks, half of it does not. */
const BODY = Buffer.concat(
  Array.from({ length: 5 }, () => Buffer.concat([randomBytes(MEGABYTE), Buffer.alloc(MEGABYTE, 'x')])),
);

type Send = (response: ServerResponse) => void;

function inPieces(bytes: number): Send {
  return (response) => {
    for (let at = 0; at < BODY.length; at += bytes) response.write(BODY.subarray(at, at + bytes));
    response.end();
  };
}

function packed(encoding: string, body: Buffer): Send {
  return (response) => response.writeHead(200, { 'content-encoding': encoding }).end(body);
}

const WAYS: Record<string, Send> = {
  'with its length': (response) => response.writeHead(200, { 'content-length': BODY.length }).end(BODY),
  'in pieces of 64 KB': inPieces(64 * 1024),
  'in pieces of 10,007 bytes': inPieces(10_007),
  'in pieces of a megabyte': inPieces(MEGABYTE),
  'packed by gzip': packed('gzip', gzipSync(BODY, { level: 1 })),
  'packed by brotli': packed('br', brotliCompressSync(BODY, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })),
};

const server = createServer((request, response) => {
  request.resume();
  WAYS[decodeURIComponent(request.url?.slice(1) ?? '')]?.(response);
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const post = createPost();
after(() => {
  post.disconnect();
  server.close();
});
const { port } = server.address() as AddressInfo;

async function ask(way: string): Promise<Buffer> {
  const { body } = await post({
    url: `http://127.0.0.1:${port}/${encodeURIComponent(way)}`,
    headers: {},
    body: '',
    timeoutMs: 30_000,
    maxAnswerBytes: 2 * BODY.length,
    signal: new AbortController().signal,
  });
  return body;
}

for (const way of Object.keys(WAYS)) {
  test(`an answer that comes ${way}`, async () => {
    assert.ok((await ask(way)).equals(BODY));
  });
}

test('answers that come at the same time', async () => {
  const bodies = await Promise.all([...Object.keys(WAYS), ...Object.keys(WAYS)].map(ask));
  for (const body of bodies) assert.ok(body.equals(BODY));
});
