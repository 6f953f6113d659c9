/** Addresses in the configuration: their origin, without room for a token or a password. */
import * as v from 'valibot';
import type { Tolerance } from './setting.ts';

/** Logz.io's own, without the port it answers on. */
const LISTENER = /^listener(-\w+)?\.logz\.io$/;
const EVENTS_PATH = '/insights/directory/v1/events';

/**
 * An address of scheme, host and port alone.
 * @param credentialsBelong where a token or password that stands in the address belongs instead.
 */
export const origin = (credentialsBelong: string) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const url = URL.canParse(dataset.value) ? new URL(dataset.value) : undefined;
      const fault =
        !url || !/^https?:$/.test(url.protocol) ? withoutScheme(dataset.value) : superfluous(url, credentialsBelong);
      if (fault === undefined && url) return url.origin;
      addIssue({ message: fault ?? 'an address' });
      return NEVER;
    }),
  );

function withoutScheme(text: string): string {
  const host = /^[\w-]+(\.[\w-]+)+(:\d+)?(?=\/?$)/.exec(text)?.[0];
  if (host === undefined) return 'an address such as https://host:port';
  return `an address with its scheme: https://${LISTENER.test(host) ? `${host}:8071` : host}`;
}

function superfluous(url: URL, credentialsBelong: string): string | undefined {
  if (url.username || url.password) return `an address without user and password: ${credentialsBelong}`;
  if (url.search || url.hash)
    return `an address without what follows the ${url.search ? '?' : '#'}: ${credentialsBelong}`;
  return url.pathname === '/' ? undefined : `an address without a path: ${url.origin}`;
}

/** The Docker image's first release asked for the full address of the events. */
export const eventsAddress: Tolerance = (value) => {
  const url = typeof value === 'string' && URL.canParse(value.trim()) ? new URL(value.trim()) : undefined;
  const path = url?.pathname.replace(/\/+$/, '');
  if (!url || !path || url.search || url.hash || url.username || !`${EVENTS_PATH}/`.startsWith(`${path}/`))
    return undefined;
  return { value: url.origin, warning: `the path ${path} is not needed; ${url.origin} is used` };
};

/** This machine, where nobody can listen in: `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
