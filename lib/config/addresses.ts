/** Addresses in the configuration: their origin, without room for a token or a password. */
import * as v from 'valibot';
import type { Tolerance } from './setting.ts';

/** JumpCloud's regions and the origins of their APIs. */
export const REGION_URLS = {
  us: 'https://api.jumpcloud.com',
  eu: 'https://api.eu.jumpcloud.com',
  in: 'https://api.in.jumpcloud.com',
} as const;

/** Logz.io's own, without the port it answers on. */
export const LISTENER = /^listener(-\w+)?\.logz\.io$/;

/**
 * An address of scheme, host and port alone.
 * @param credentialsBelong where a token or password that stands in the address belongs instead.
 */
export const origin = (credentialsBelong: string) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.rawTransform<string, string>(({ dataset: { value }, addIssue, NEVER }) => {
      const url = URL.parse(value);
      const isHttp = url !== null && /^https?:$/.test(url.protocol);
      if (isHttp && url.href === `${url.origin}/`) return url.origin;
      addIssue({ message: isHttp ? shorter(url, credentialsBelong) : withScheme(value) });
      return NEVER;
    }),
  );

function shorter(url: URL, credentialsBelong: string): string {
  if (url.username || url.password) return `an address without user and password: ${credentialsBelong}`;
  if (url.search || url.hash)
    return `an address without what follows the ${url.search ? '?' : '#'}: ${credentialsBelong}`;
  return `an address without a path: ${url.origin}`;
}

function withScheme(address: string): string {
  const host = /^[\w-]+(\.[\w-]+)+(:\d+)?(?=\/?$)/.exec(address)?.[0];
  if (host === undefined) return 'an address such as https://host:port';
  return `an address with its scheme: https://${LISTENER.test(host) ? `${host}:8071` : host}`;
}

const EVENTS_ADDRESS = /^\s*(https?:\/\/[^/?#@]+)(\/insights(?:\/directory(?:\/v1(?:\/events)?)?)?)\/*\s*$/;

/** The Docker image's first release asked for the full address of the events. */
export const eventsAddress: Tolerance = (value) => {
  const [, api, path] = (typeof value === 'string' && EVENTS_ADDRESS.exec(value)) || [];
  return api === undefined ? undefined : { value: api, warning: `the path ${path} is not needed; ${api} is used` };
};

/** This machine, where nobody can listen in: `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return /^((.+\.)?localhost|\[::1\]|127(\.\d+){3})$/.test(new URL(address).hostname);
}
