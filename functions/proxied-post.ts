/** The process's HTTP client, made when it is first needed, because a proxy's credentials lie in SSM. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Config } from '../lib/config.ts';
import { createPost, type Post } from '../lib/http.ts';
import { ssmSecret } from '../lib/secrets.ts';

export function proxiedPost({ proxy, proxyCredentialsParameter }: Config['network'], ssm: SSMClient): Post {
  if (proxy === undefined) return createPost();
  if (proxyCredentialsParameter === undefined) return createPost({ proxy });
  const credentials = ssmSecret(ssm, proxyCredentialsParameter);
  let post: Promise<Post> | undefined;
  return async (request) => {
    post ??= credentials.read().then(
      (pair) => createPost({ proxy: withCredentials(proxy, pair) }),
      (error) => {
        post = undefined;
        throw error;
      },
    );
    return (await post)(request);
  };
}

/** @param pair `user:password` */
function withCredentials(proxy: string, pair: string): string {
  const [user = '', ...password] = pair.split(':');
  const url = new URL(proxy);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}
