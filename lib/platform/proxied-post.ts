/** The process's HTTP client, made when it is first needed: a proxy's credentials lie in SSM. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import { type ClosablePost, createPost, type Post } from './http.ts';
import { oneProxy } from './proxy.ts';
import { type SecretForm, ssmSecret } from './secrets.ts';

const USER_AND_PASSWORD: SecretForm = { pattern: /^[^\s:]+:\S+$/, expected: 'user:password without spaces' };

export interface ProxySettings {
  /** `http://host:port`. */
  readonly proxy?: string;
  /** Name of the SSM SecureString that holds its `user:password`. */
  readonly proxyCredentialsParameter?: string;
}

export function proxiedPost(settings: ProxySettings, ssm: Pick<SSMClient, 'send'>): ClosablePost {
  const { proxy, proxyCredentialsParameter } = settings;
  if (proxy === undefined) return createPost();
  if (proxyCredentialsParameter === undefined) return createPost(oneProxy(proxy, 'network.proxy', process.env));
  const credentials = ssmSecret(ssm, proxyCredentialsParameter, USER_AND_PASSWORD);
  let made: ClosablePost | undefined;
  const post: Post = async (request) => {
    made ??= createPost(oneProxy(withCredentials(proxy, await credentials.read()), 'network.proxy', process.env));
    return await made(request);
  };
  return Object.assign(post, { disconnect: () => made?.disconnect() });
}

/** @param pair `user:password` */
export function withCredentials(proxy: string, pair: string): string {
  const [user = '', ...password] = pair.split(':');
  const url = new URL(proxy);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}
