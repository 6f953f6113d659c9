/**
 * A request's proxy, by curl's rules. Node's own `proxyEnv` knows no `all_proxy`, and in `no_proxy`
 * neither subdomains nor ranges; it opens the tunnel and sends the credentials.
 */
import { BlockList, isIP } from 'node:net';

export interface Proxies {
  /** For `https://` addresses, with its credentials if it needs any. */
  readonly https: URL | undefined;
  /** For `http://` addresses. */
  readonly http: URL | undefined;
  /** Asked directly: names, their subdomains, addresses, ranges such as `10.0.0.0/8`, or `*`. */
  readonly except: readonly string[];
}

/** What is on this machine is never asked through a proxy: in Lambda that is the runtime itself. */
const ALWAYS_DIRECT = ['localhost', '127.0.0.0/8', '::1', '169.254.0.0/16'];

/**
 * The environment's proxies; lower case goes before upper case, as in curl.
 * @param configured `network.proxy`, for all addresses where the environment names none
 * @param credentials `user:password`, for an address without any
 * @throws where an address is none of an http or https proxy
 */
export function proxiesFrom(environment: NodeJS.ProcessEnv, configured?: string, credentials?: string): Proxies {
  const named = (name: string, address: string | undefined) =>
    address?.trim() ? withCredentials(proxyUrl(name, address.trim()), credentials) : undefined;
  const variable = (name: string) =>
    named(name, environment[name]) ?? named(name.toUpperCase(), environment[name.toUpperCase()]);
  const all = variable('all_proxy');
  const [https, http] = [variable('https_proxy') ?? all, variable('http_proxy') ?? all];
  const fallback = https || http ? undefined : named('network.proxy', configured);
  const { no_proxy, NO_PROXY = '' } = environment;
  const except = (no_proxy ?? NO_PROXY).split(/[\s,]+/).filter(Boolean);
  return { https: https ?? fallback, http: http ?? fallback, except };
}

/** @returns undefined where `address` is asked directly */
export function proxyFor(address: string, proxies: Proxies): URL | undefined {
  const { protocol, hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  if ([...ALWAYS_DIRECT, ...proxies.except].some((pattern) => matches(host, pattern))) return undefined;
  return protocol === 'https:' ? proxies.https : proxies.http;
}

/** Without a scheme it is an http proxy. */
function proxyUrl(name: string, address: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  // The address is not repeated: it may hold a password.
  const refused = (what: string, todo: string) => new Error(`${name} ${what}. No request was sent. ${todo}.`);
  if (!url?.hostname || !/^https?:$/.test(url.protocol))
    throw refused('is not the address of an http or https proxy', 'Give one such as http://proxy.example.com:3128');
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
  } catch {
    throw refused('has a user or password that cannot be read', 'Write each % in them as %25');
  }
  return url;
}

function withCredentials(proxy: URL, pair: string | undefined): URL {
  if (!pair || proxy.username !== '') return proxy;
  const [user = '', ...password] = pair.split(':');
  proxy.username = encodeURIComponent(user);
  proxy.password = encodeURIComponent(password.join(':'));
  return proxy;
}

function matches(host: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const [network = '', bits] = pattern.replace(/^\[|\]$/g, '').split('/');
  const version = isIP(network);
  if (version === 0)
    return `.${host.replace(/\.$/, '')}`.endsWith(`.${network.toLowerCase().replace(/^\*?\.|\.$/g, '')}`);
  const [family, most] = version === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
  const prefix = bits === undefined ? most : Number.parseInt(bits, 10);
  if (isIP(host) !== version || !(prefix >= 0 && prefix <= most)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}
