/** The HTTP client of a run on this machine, behind the configured proxy where there is one. */
import type { Config } from '../lib/config/config.ts';
import { createPost, type Post } from '../lib/platform/http.ts';

/** @param credentials `user:password` for the proxy, from the environment: there is no SSM here. */
export function localPost({ proxy }: Config['network'], credentials: string | undefined): Post {
  if (proxy === undefined) return createPost();
  const url = new URL(proxy);
  const [user = '', ...password] = (credentials ?? '').split(':');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return createPost({ proxy: url.href });
}
