/**
 * The HTTP client of a run on this machine, through the proxy of the environment or of
 * `config.yaml`.
 */
import type { Config } from '../lib/config/config.ts';
import { type ClosablePost, createPost } from '../lib/platform/http-client.ts';
import { oneProxy, type Proxies, proxiesFrom, withCredentials } from '../lib/platform/proxy.ts';

/**
 * @param environment HTTPS_PROXY goes before `network.proxy`; PROXY_CREDENTIALS is `user:password`
 * where the address has none
 * @throws where the environment names a proxy that is none
 */
export function localPost({ proxy }: Config['network'], environment: NodeJS.ProcessEnv): ClosablePost {
  const given = proxiesFrom(environment);
  const isGiven = given.https !== undefined || given.http !== undefined;
  const proxies = isGiven || proxy === undefined ? given : oneProxy(proxy, 'network.proxy', environment);
  return createPost(withCredentialsOf(proxies, environment.PROXY_CREDENTIALS));
}

function withCredentialsOf(proxies: Proxies, pair: string | undefined): Proxies {
  const complete = (proxy: URL | undefined) =>
    proxy === undefined || proxy.username !== '' || !pair ? proxy : new URL(withCredentials(proxy.href, pair));
  return { ...proxies, https: complete(proxies.https), http: complete(proxies.http) };
}
