/** A request's proxy: curl's rules for `https_proxy`, `http_proxy` and `no_proxy`. */
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

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment's proxies. Lower case goes before upper case, as in curl. */
export function proxiesFrom(environment: Environment): Proxies {
  const variable = (name: string) => {
    const found = [name, name.toUpperCase()].find((spelling) => environment[spelling]?.trim());
    return found === undefined ? undefined : proxyUrl(environment[found] ?? '', found);
  };
  const all = variable('all_proxy');
  const [https, http] = [variable('https_proxy') ?? all, variable('http_proxy') ?? all];
  return { https, http, except: exceptions(environment) };
}

/** One proxy for every address, but for `NO_PROXY`. */
export function oneProxy(address: string, name: string, environment: Environment): Proxies {
  const proxy = proxyUrl(address, name);
  return { https: proxy, http: proxy, except: exceptions(environment) };
}

/** @returns undefined where `address` is asked directly */
export function proxyFor(address: string, proxies: Proxies): URL | undefined {
  const { protocol, hostname } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  if ([...ALWAYS_DIRECT, ...proxies.except].some((pattern) => matches(host, pattern))) return undefined;
  return protocol === 'https:' ? proxies.https : proxies.http;
}

/** Without a scheme it is an http proxy. */
function proxyUrl(given: string, name: string): URL {
  const text = given.trim();
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.hostname && /^https?:$/.test(url.protocol)) return url;
  // The address is not repeated: it may hold a password.
  throw new Error(
    `${name} is not the address of an http or https proxy. No request was sent. Give one such as http://proxy.example.com:3128.`,
  );
}

function exceptions({ no_proxy, NO_PROXY }: Environment): string[] {
  return (no_proxy ?? NO_PROXY ?? '').split(/[\s,]+/).filter(Boolean);
}

function matches(host: string, pattern: string): boolean {
  if (pattern === '*') return true;
  const [network = '', bits] = pattern.replace(/^\[|\]$/g, '').split('/');
  const version = isIP(network);
  if (version === 0)
    return `.${host.replace(/\.$/, '')}`.endsWith(`.${network.toLowerCase().replace(/^\*?\.|\.$/g, '')}`);
  const [family, most] = version === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const);
  const prefix = Number(bits ?? most);
  if (isIP(host) !== version || !Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(host, family);
}

/** @param pair `user:password` */
export function withCredentials(proxy: string, pair: string): string {
  const [user = '', ...password] = pair.split(':');
  const url = new URL(proxy);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password.join(':'));
  return url.href;
}
