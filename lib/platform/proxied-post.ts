/** The process's HTTP client, made when it is first needed, because a proxy's credentials lie in SSM. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Config } from '../config/config.ts';
import { type ClosablePost, createPost, type Post } from './http.ts';
import { type SecretForm, ssmSecret } from './secrets.ts';

const USER_AND_PASSWORD: SecretForm = { pattern: /^[^\s:]+:\S+$/, expected: 'user:password without spaces' };

export function proxiedPost({ proxy, proxyCredentialsParameter }: Config['network'], ssm: SSMClient): ClosablePost {
  if (proxy === undefined) return createPost();
  if (proxyCredentialsParameter === undefined) return createPost({ proxy });
  const credentials = ssmSecret(ssm, proxyCredentialsParameter, USER_AND_PASSWORD);
  let made: ClosablePost | undefined;
  const post: Post = async (request) => {
    made ??= createPost({ proxy: withCredentials(proxy, await credentials.read()) });
    return await made(request);
  };
  return Object.assign(post, { disconnect: () => made?.disconnect() });
}

/** @param pair `user:password` */
function withCredentials(proxy: string, pair: string): string {
  const [user = '', ...password] = pair.split(':');
  const url = new URL(proxy);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}
