/** What can go wrong with one HTTP request, as a test orders it from a simulator. */

/**
 * `applied` says whether the simulator does its work first: a bulk that was taken and then answered
 * by a broken connection is `{ kind: 'reset', applied: true }`. The kinds that need the real answer
 * always apply.
 */
export type Fault =
  /** This answer instead of the real one. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly applied?: boolean;
    }
  /** Never any answer; the connection stays open. */
  | { readonly kind: 'hang'; readonly applied?: boolean }
  /** The connection is reset (RST) after the request was read. */
  | { readonly kind: 'reset'; readonly applied?: boolean }
  /** Headers and half of the body, then nothing more; the connection stays open. */
  | { readonly kind: 'hang-after-headers' }
  /**
   * Headers and the first `bytes` of the body (half of it by default), then the connection is
   * closed.
   */
  | { readonly kind: 'cut'; readonly bytes?: number }
  /** Half of the real body, ended in good order: JSON that does not parse. */
  | { readonly kind: 'malformed' }
  /** The real answer, `chunkBytes` every `everyMs` milliseconds. */
  | { readonly kind: 'slow'; readonly chunkBytes: number; readonly everyMs: number }
  /** The real answer, after `ms` milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number };

/** 429 with the given `Retry-After` (seconds or an HTTP date); without one when it is left out. */
export function tooManyRequests(retryAfter?: string): Fault {
  return {
    kind: 'answer',
    status: 429,
    body: '{"message":"Too Many Requests"}',
    headers: { 'Content-Type': 'application/json', ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }) },
  };
}

/** What a gateway in front of a service that is down says: HTML, not JSON. */
export const htmlBadGateway: Fault = {
  kind: 'answer',
  status: 502,
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
  headers: { 'Content-Type': 'text/html' },
};

/** A redirect that keeps method and body: a client that follows it carries its key to `url`. */
export function redirectTo(url: string): Fault {
  return { kind: 'answer', status: 307, headers: { Location: url } };
}

/** Whether the simulator does its work although the client is struck by `fault`. */
export function isApplied(fault: Fault): boolean {
  return 'applied' in fault ? fault.applied === true : !['answer', 'hang', 'reset'].includes(fault.kind);
}
