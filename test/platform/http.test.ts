/**
 * Requests without an answer: what no other attempt mends is reported at once, with what to do, and
 * what may have arrived is told from what did not.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { HttpError } from '../../lib/platform/http.ts';
import { createPost } from '../../lib/platform/http-client.ts';
import { proxiesFrom } from '../../lib/platform/proxy.ts';
import { selfSigned } from '../support/self-signed.ts';
import { loginAt, MINUTE_MS, NOON, startWorld } from '../support/world.ts';

/**
 * What a proxy that inspects TLS looks like from here: it answers, with a certificate of its own.
 */
async function startInspector() {
  const server = createServer(selfSigned(), (_, response) => response.end('[]')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const NOT_TRUSTED = /no connection \(DEPTH_ZERO_SELF_SIGNED_CERT\); this machine does not trust its certificate/;

for (const [side, settingsFor] of Object.entries({
  JumpCloud: (url: string) => ({ jumpcloud_api: { url } }),
  'Logz.io': (url: string) => ({ logzio: { url } }),
})) {
  test(`a certificate of ${side} that nobody here trusts fails the run at once, and a check blames neither DNS nor firewall`, async () => {
    await using world = await startWorld();
    await using inspector = await startInspector();
    world.jumpcloud.add([loginAt(NOON - MINUTE_MS, 'a')]);
    const config = world.configure(settingsFor(inspector.url));
    await assert.rejects(world.invoke({}, { config }), { name: 'RunFailedError', message: NOT_TRUSTED });
    assert.equal(world.clock.now(), NOON, 'nothing was waited for');
    const { parts } = await world.invoke({ check: true }, { config });
    const wrong = (parts as string[]).filter((part) => part.startsWith('WRONG') && part.includes(`${side} `));
    assert.match(wrong.join('\n'), NOT_TRUSTED);
    assert.match(wrong.join('\n'), /docs\/proxy\.md#a-proxy-that-inspects-tls/);
    assert.doesNotMatch(wrong.join('\n'), /DNS/);
  });
}

test('a header that cannot be sent never arrived, and is not tried again', async () => {
  await using world = await startWorld();
  const request = {
    url: world.jumpcloud.url,
    headers: { 'x-api-key': 'abc\u200bdef' },
    body: '{}',
    timeoutMs: 5_000,
    maxAnswerBytes: 1_000,
    signal: new AbortController().signal,
  };
  await assert.rejects(createPost()(request), ({ retryable, mayHaveArrived, message }: HttpError) => {
    assert.match(message, /^not sent \(ERR_INVALID_CHAR\); the token has a character that cannot be sent/);
    assert.doesNotMatch(message, /abc|def/);
    return !retryable && !mayHaveArrived;
  });
  assert.equal(world.jumpcloud.requests.length, 0);
});

test('what breaks off before the connection stands never arrived; a request that was sent may have', async () => {
  const resets = createTcpServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  let asked = 0;
  const breaksOff = createHttpServer((request, response) => {
    if (asked++ === 0) response.end();
    else request.socket.destroy();
  }).listen(0, '127.0.0.1');
  await Promise.all([once(resets, 'listening'), once(breaksOff, 'listening')]);
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const post = createPost();
  const ask = (url: string) =>
    post({ url, headers: {}, body: '{}', timeoutMs: 5_000, maxAnswerBytes: 10, signal: new AbortController().signal });
  const handshake = { reason: 'no connection', mayHaveArrived: false, retryable: true };
  await assert.rejects(ask(`https://localhost:${portOf(resets)}`), handshake);
  await ask(`http://127.0.0.1:${portOf(breaksOff)}`);
  const sent = { reason: 'broken off', mayHaveArrived: true, retryable: true };
  await assert.rejects(ask(`http://127.0.0.1:${portOf(breaksOff)}`), sent, 'over a connection that was kept');
  post.disconnect();
  await assert.rejects(ask(`http://127.0.0.1:${portOf(breaksOff)}`), sent, 'over a new one');
  post.disconnect();
  breaksOff.close();
  resets.close();
});

test('what breaks off inside a tunnel may have arrived, and so may what gets no answer there', async () => {
  const certificate = selfSigned('listener.example.test');
  const listener = createServer(certificate, (request) => {
    request.resume().on('end', () => {
      if (request.url === '/broken') request.socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  const proxy = createHttpServer().listen(0, '127.0.0.1');
  proxy.on('connect', (_, here: Socket) => {
    const there = connect((listener.address() as AddressInfo).port, '127.0.0.1', () => {
      here.write('HTTP/1.1 200 Connection established\r\n\r\n');
      here.pipe(there).pipe(here);
    });
    here.on('error', () => there.destroy()).on('close', () => there.destroy());
    there.on('error', () => here.destroy()).on('close', () => here.destroy());
  });
  await Promise.all([once(listener, 'listening'), once(proxy, 'listening')]);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate.cert]);
  const post = createPost(proxiesFrom({}, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`));
  const ask = (path: string) =>
    post({
      ...{ url: `https://listener.example.test${path}`, headers: {}, body: '{}', timeoutMs: 1_000, maxAnswerBytes: 10 },
      signal: new AbortController().signal,
    });
  await assert.rejects(ask('/broken'), { reason: 'broken off', mayHaveArrived: true, retryable: true });
  await assert.rejects(ask('/silent'), { reason: 'timed out', mayHaveArrived: true, retryable: true });
  post.disconnect();
  setDefaultCACertificates(before);
  for (const server of [listener, proxy]) server.close().closeAllConnections();
});

test('a name that nobody knows ends the run within a few attempts, and the advice names it', async () => {
  await using world = await startWorld();
  const config = world.configure({ jumpcloud_api: { url: 'https://api.jumpclowd.invalid' } });
  await assert.rejects(world.invoke({}, { config }), {
    message: /the name api\.jumpclowd\.invalid cannot be resolved \(DNS\)\. Either the address is mistyped/,
  });
  assert.ok(world.clock.now() - NOON < MINUTE_MS, 'it did not go on for the whole run');
});
