/** A proxy between the function and the world. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createPost, type Post } from '../../lib/platform/http.ts';
import { proxiedPost } from '../../lib/platform/proxied-post.ts';
import { startSsm } from '../../simulators/ssm.ts';

/** Answers every plain request itself, and refuses every tunnel; tells what it was asked. */
async function startProxy() {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
    response.end('from the proxy');
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, [Symbol.asyncDispose]: async () => void server.close() };
}

const ask = (post: Post, url: string) =>
  post({
    url,
    headers: {},
    body: '{}',
    timeoutMs: 5_000,
    maxAnswerBytes: 1_000,
    signal: new AbortController().signal,
  });

test('a request goes through the configured proxy', async () => {
  await using proxy = await startProxy();
  const answer = await ask(createPost({ proxy: proxy.url }), 'http://listener.example.test:8070/?type=jumpcloud');
  assert.equal(answer.body.toString(), 'from the proxy');
  assert.deepEqual(proxy.asked, ['POST http://listener.example.test:8070/?type=jumpcloud nobody']);
});

test('an encrypted request goes through a tunnel, of which the proxy learns only the host; a refused tunnel never arrived', async () => {
  await using proxy = await startProxy();
  await assert.rejects(ask(createPost({ proxy: proxy.url }), 'https://api.example.test/?token=secret'), {
    name: 'HttpError',
    mayHaveArrived: false,
  });
  assert.deepEqual(proxy.asked, ['CONNECT api.example.test:443 nobody']);
});

test("the proxy's credentials come from SSM, read once", async () => {
  await using proxy = await startProxy();
  const server = await startSsm();
  server.put('/proxy', 'fetcher:p@ss:word');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ssm = new SSMClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  const network = { proxy: proxy.url, proxyCredentialsParameter: '/proxy', subnetIds: [], securityGroupIds: [] };
  const post = proxiedPost(network, ssm);
  await ask(post, 'http://one.example.test/');
  await ask(post, 'http://two.example.test/');
  const basic = `Basic ${Buffer.from('fetcher:p@ss:word').toString('base64')}`;
  assert.deepEqual(proxy.asked, [`POST http://one.example.test/ ${basic}`, `POST http://two.example.test/ ${basic}`]);
  assert.equal(server.requests.length, 1);
  ssm.destroy();
  await server.close();
});

test('what is on this machine is asked without the proxy', async () => {
  await using proxy = await startProxy();
  await using target = await startProxy();
  await ask(createPost({ proxy: proxy.url }), `${target.url}/here`);
  assert.deepEqual([proxy.asked.length, target.asked.length], [0, 1]);
});
