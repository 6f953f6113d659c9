/** A proxy between the function and the world. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import test from 'node:test';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { HttpError, Post } from '../../lib/platform/http.ts';
import { createPost, proxiedPost } from '../../lib/platform/http-client.ts';
import { proxiesFrom, proxyFor } from '../../lib/platform/proxy.ts';
import { startSsm } from '../../simulators/ssm.ts';

/** Answers every plain request itself, and refuses every tunnel; keeps what it was asked. */
async function startProxy(onConnect = 'HTTP/1.1 403 Forbidden\r\n\r\n') {
  const asked: string[] = [];
  const tunnels: Duplex[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
    response.end('from the proxy');
  });
  server.on('connect', (request, socket) => {
    tunnels.push(socket);
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`);
    if (onConnect !== '') socket.end(onConnect);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      for (const tunnel of tunnels) tunnel.destroy();
      server.close().closeAllConnections();
    },
  };
}

const ask = (post: Post, url: string, timeoutMs = 5_000) =>
  post({
    url,
    headers: {},
    body: '{}',
    timeoutMs,
    maxAnswerBytes: 1_000,
    signal: new AbortController().signal,
  });

test('a request goes through the configured proxy', async () => {
  await using proxy = await startProxy();
  const answer = await ask(createPost(proxiesFrom({}, proxy.url)), 'http://listener.example.test:8070/?type=jumpcloud');
  assert.equal(answer.body.toString(), 'from the proxy');
  assert.deepEqual(proxy.asked, ['POST http://listener.example.test:8070/?type=jumpcloud nobody']);
});

test('an encrypted request goes through a tunnel, of which the proxy learns only the host; a refused tunnel never arrived', async () => {
  await using proxy = await startProxy();
  await assert.rejects(ask(createPost(proxiesFrom({}, proxy.url)), 'https://api.example.test/?token=secret'), {
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

test('the function asks through the proxy of its settings, whose credentials no proxy of the environment sees', async () => {
  await using proxy = await startProxy();
  await using other = await startProxy();
  const parameter = { Parameter: { Value: 'fetcher:p@ssword' } };
  const ssm = { send: async () => parameter } as unknown as SSMClient;
  const before = process.env.HTTP_PROXY;
  process.env.HTTP_PROXY = other.url;
  try {
    const network = { proxy: proxy.url, proxyCredentialsParameter: '/proxy' };
    await ask(proxiedPost(network, ssm), 'http://api.example.test/');
  } finally {
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
  assert.deepEqual([proxy.asked.length, other.asked], [1, []]);
});

test('what is on this machine is asked without the proxy', async () => {
  await using proxy = await startProxy();
  await using target = await startProxy();
  await ask(createPost(proxiesFrom({}, proxy.url)), `${target.url}/here`);
  assert.deepEqual([proxy.asked.length, target.asked.length], [0, 1]);
});

test('a proxy that never answers is a time-out, and nothing has arrived', async () => {
  await using proxy = await startProxy('');
  const post = createPost(proxiesFrom({}, proxy.url));
  await assert.rejects(ask(post, 'https://api.example.test/', 200), {
    message: 'timed out (no connection)',
    mayHaveArrived: false,
    retryable: true,
  });
});

for (const [how, address] of [
  ['a tunnel', 'https://api.example.test/'],
  ['a plain request', 'http://listener.example.test:8070/'],
] as const) {
  test(`a proxy that wants credentials for ${how} is named at once, with where to put them`, async () => {
    const server: Server = createServer((_, response) => response.writeHead(407).end());
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const post = createPost(proxiesFrom({}, proxy));
    await assert.rejects(ask(post, address), ({ message, retryable }: HttpError) => {
      assert.match(message, /the proxy wants credentials.*network\.proxy_credentials_parameter.*PROXY_CREDENTIALS/);
      return !retryable;
    });
    server.close().closeAllConnections();
  });
}

test('the environment names a proxy as it does for curl', () => {
  const through = (environment: Record<string, string>, address = 'https://api.jumpcloud.com/') =>
    proxyFor(address, proxiesFrom(environment))?.href;
  assert.equal(through({ HTTPS_PROXY: 'proxy:3128' }), 'http://proxy:3128/', 'without a scheme');
  assert.equal(through({ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }), 'http://b:2/', 'lower case first');
  assert.equal(through({ https_proxy: 'http://ada:secret@proxy:1' }), 'http://ada:secret@proxy:1/', 'with credentials');
  assert.equal(through({ ALL_PROXY: 'http://all:1' }), 'http://all:1/');
  assert.equal(through({ http_proxy: 'http://plain:1' }), undefined, 'not for https');
  assert.equal(through({ http_proxy: 'http://plain:1' }, 'http://listener.logz.io:8070/'), 'http://plain:1/');
  const configured = 'http://configured:3';
  assert.equal(
    proxyFor('https://api.jumpcloud.com/', proxiesFrom({}, configured, 'ada:a:b'))?.href,
    'http://ada:a%3Ab@configured:3/',
  );
  assert.equal(
    proxyFor('https://api.jumpcloud.com/', proxiesFrom({ https_proxy: 'b:2' }, configured, 'ada:x'))?.href,
    'http://ada:x@b:2/',
  );
  assert.equal(proxyFor('https://10.0.0.1/', proxiesFrom({ NO_PROXY: '10.0.0.0/8' }, configured)), undefined);
  assert.throws(
    () => through({ HTTPS_PROXY: 'socks5://ada:secret@proxy:1' }),
    (error: Error) => {
      assert.match(error.message, /^HTTPS_PROXY is not the address of an http or https proxy\. No request was sent\./);
      return !error.message.includes('secret');
    },
  );
  for (const password of ['50%secret', 'secret%fc', 'secret%'])
    assert.throws(() => through({ HTTPS_PROXY: `http://ada:${password}@proxy:1` }), {
      message:
        'HTTPS_PROXY has a user or password that cannot be read. No request was sent. Write each % in them as %25.',
    });
});

test('NO_PROXY takes names with their subdomains, addresses, ranges and *', () => {
  const isDirect = (no_proxy: string, address: string) =>
    proxyFor(address, proxiesFrom({ HTTPS_PROXY: 'http://proxy:1', no_proxy })) === undefined;
  assert.ok(isDirect('jumpcloud.com', 'https://api.jumpcloud.com/'));
  assert.ok(isDirect('.jumpcloud.com', 'https://api.jumpcloud.com/'));
  assert.ok(!isDirect('cloud.com', 'https://api.jumpcloud.com/'), 'only whole names');
  assert.ok(isDirect('10.0.0.0/8, 192.168.1.7', 'https://10.2.3.4:8071/'));
  assert.ok(isDirect('10.0.0.0/8, 192.168.1.7', 'https://192.168.1.7/'));
  assert.ok(!isDirect('10.0.0.0/8', 'https://11.2.3.4/'));
  assert.ok(isDirect('fd00::/8', 'https://[fd00::1]/'));
  assert.ok(isDirect('*', 'https://api.jumpcloud.com/'));
});
