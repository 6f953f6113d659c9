/** Who we are to JumpCloud: an administrator's API key, or a service account's access token. */
import { type HttpAnswer, postOnce, type Requests } from '../platform/http.ts';
import { jsonObjectIn } from '../platform/json.ts';
import { type ErrorDetails, statusFault } from '../platform/retry.ts';
import { howToPut, PRINTABLE, type Secret } from '../platform/secrets.ts';
import type { EpochMs } from '../platform/time.ts';
import { JumpCloudError } from './client.ts';

export interface Credentials {
  /** Where the secret is kept, for messages. */
  readonly name: string;
  /** The headers that prove who we are. @throws SecretError, JumpCloudError */
  headers(signal: AbortSignal): Promise<Record<string, string>>;
  /** Forgets what is cached, after a 401. */
  forget(): void;
}

export function apiKey(secret: Secret): Credentials {
  return {
    name: secret.name,
    headers: async () => ({ 'x-api-key': await secret.read() }),
    forget: () => secret.forget(),
  };
}

/** One token URL serves all of JumpCloud's regions. */
export const TOKEN_URL = 'https://admin-oauth.id.jumpcloud.com/oauth2/token';
/** An access token is renewed so early: it must not lapse between our check and JumpCloud's. */
const RENEW_BEFORE_MS = 60_000;
/** For a token with a short lifetime or none: one that JumpCloud refuses is fetched anew anyway. */
const SHORTEST_USE_MS = 60_000;
const TOKEN_TIMEOUT_MS = 15_000;
const LARGEST_TOKEN_ANSWER_BYTES = 64 * 1024;

/** Without `tokenUrl`: JumpCloud's. */
type TokenRequest = Requests & { readonly tokenUrl?: string | undefined };

/** @param secret holds `clientId:clientSecret`; its access token stays in memory only */
export function serviceAccount(secret: Secret, request: TokenRequest): Credentials {
  const { clock } = request;
  let cached: { readonly token: string; readonly until: EpochMs } | undefined;
  return {
    name: secret.name,
    headers: async (signal) => {
      if (!cached || clock.now() >= cached.until) cached = await fetchToken(secret, request, signal);
      return { authorization: `Bearer ${cached.token}` };
    },
    forget: () => {
      cached = undefined;
      secret.forget();
    },
  };
}

async function fetchToken(secret: Secret, options: TokenRequest, signal: AbortSignal) {
  const { clock, tokenUrl = TOKEN_URL } = options;
  const what = `POST ${tokenUrl}`;
  const pair = await secret.read();
  const asked = clock.now();
  const request = {
    url: tokenUrl,
    headers: {
      authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&scope=api',
    timeoutMs: TOKEN_TIMEOUT_MS,
    maxAnswerBytes: LARGEST_TOKEN_ANSWER_BYTES,
    signal,
  };
  const traceOf = (answered?: HttpAnswer) => ({ to: 'JumpCloud' as const, bytes: answered?.body.length ?? 0 });
  const unanswered = ({ message }: Error, details: ErrorDetails) => new JumpCloudError(`${what}: ${message}`, details);
  const answer = await postOnce(options, request, traceOf, unanswered);
  const { status } = answer;
  if (status !== 200) {
    const { meaning, ...fault } = statusFault(answer, clock.now(), adviceOnToken(status, secret.name));
    const details = { ...fault, status: status === 400 ? 401 : status };
    throw new JumpCloudError(`${what}: status ${status}; ${meaning}`, details);
  }
  const { access_token: token, expires_in: lifetimeSeconds } = jsonObjectIn(answer.body);
  if (typeof token !== 'string' || !PRINTABLE.test(token))
    throw new JumpCloudError(`${what}: the answer holds no access token`, { retryable: true });
  const lifetimeMs = (Number(lifetimeSeconds) || 0) * 1000;
  return { token, until: asked + Math.max(SHORTEST_USE_MS, lifetimeMs - RENEW_BEFORE_MS) };
}

/** A refused pair is a 400 or a 401 here. */
function adviceOnToken(status: number, secretName: string): string {
  if (status === 400 || status === 401)
    return `it does not accept the service account: put a valid clientId:clientSecret into ${secretName}${howToPut(secretName)}. It may be wrong, or its secret may have been replaced`;
  if (status === 403) return 'the service account is refused: give it a role that may read Directory Insights';
  return 'this answer is unexpected. The address is fixed and cannot be set. If something such as a proxy answers in its place, let it pass requests on';
}
