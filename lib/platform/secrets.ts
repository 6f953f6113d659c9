/** Tokens from SSM: read when first needed, kept in memory, read again when they are refused. */
import { GetParameterCommand, SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';

export interface Secret {
  /** Where it is kept, for messages: a parameter's name, never its value. */
  readonly name: string;
  /** @throws SecretError */
  read(): Promise<string>;
  /** Forgets the value in memory, so that the next read asks SSM. */
  forget(): void;
}

/** For messages: a parameter is filled by a command, anything else by hand. */
export function howToPut(name: string): string {
  return name.startsWith('/') ? ' with "npm run tokens"' : '';
}

export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** By default the SDK waits for ever: SSM answers in well under a second. */
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

export function createSsm(config: SSMClientConfig = {}): SSMClient {
  return new SSMClient({ requestHandler: TIMEOUTS, ...config });
}

/** A token that a local run was given directly. */
export function givenSecret(name: string, value: string): Secret {
  return { name, read: async () => value, forget: () => undefined };
}

/** What a secret looks like; anything else was damaged on its way into SSM. */
export interface SecretForm {
  readonly pattern: RegExp;
  readonly expected: string;
}

/** A header can carry it. */
export const PRINTABLE = /^[!-~]+$/;
/** What `npm run tokens` takes. */
const TOKEN: SecretForm = { pattern: PRINTABLE, expected: 'one word of letters, digits and ASCII signs' };

/** A short key could be found by trying. */
export const HASH_KEY_FORM: SecretForm = {
  pattern: /^[!-~]{32,}$/,
  expected: 'at least 32 letters, digits and ASCII signs without spaces',
};

/** @param name of an SSM SecureString parameter */
export function ssmSecret(ssm: Pick<SSMClient, 'send'>, name: string, form: SecretForm = TOKEN): Secret {
  let value: Promise<string> | undefined;
  return {
    name,
    read: () => {
      value ??= readParameter(ssm, name, form).catch((error: unknown) => {
        value = undefined;
        throw error;
      });
      return value;
    },
    forget: () => {
      value = undefined;
    },
  };
}

async function readParameter(ssm: Pick<SSMClient, 'send'>, name: string, form: SecretForm): Promise<string> {
  // No `cause`: the client's error holds the answer, which may hold the token.
  const fault = (what: string) => new SecretError(`SSM parameter ${name} ${what}`);
  const command = new GetParameterCommand({ Name: name, WithDecryption: true });
  const answer = await ssm.send(command).catch((error: unknown) => {
    throw fault(`cannot be read: ${adviceFor(error)}`);
  });
  const token = answer.Parameter?.Value?.trim();
  if (!token) throw fault('is empty: put the token there with "npm run tokens"');
  const copied = copiedAlong(token);
  if (copied) throw fault(`holds more than the token: ${copied}. Put it in again with "npm run tokens"`);
  if (form.pattern.test(token)) return token;
  throw fault(
    `is not ${form.expected}. A blank or an invisible character may have been pasted along. Put it in again with "npm run tokens"`,
  );
}

function adviceFor(error: unknown): string {
  const { name: kind, code } = error as NodeJS.ErrnoException;
  if (kind === 'ParameterNotFound')
    return 'there is no such parameter. Either it was not put there yet: do it with "npm run tokens". Or it is in another region or account than the function: put it into the region and account of the function';
  if (kind === 'AccessDeniedException')
    return "the function's role may not read or decrypt it. Either its name was changed after the deployment: deploy again. Or another KMS key encrypts it: set aws.kms_key_arn to that key, and deploy again";
  if (kind === 'InvalidKeyId')
    return 'its KMS key is disabled or deleted. Either enable the key again. Or put the token in again, with a key that works: "npm run tokens"';
  return `${kind}${code === undefined ? '' : ` (${code})`}; SSM was asked several times, and the next run asks again`;
}

/** What people copy along with a token. Every server refuses such a token. */
const COPIED_ALONG: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^<.*>$/, 'this is still the placeholder of an example'],
  [/^["'`\u2018-\u201f]|["'`\u2018-\u201f]$/, 'it is in quotes: leave them out'],
  [/^x-api-key\s*[:=]/i, 'it begins with "x-api-key:": leave that out'],
  [/^authorization\s*[:=]/i, 'it begins with "Authorization:": leave that out'],
  [/^(?:bearer|basic)\s/i, 'it begins with "Bearer" or "Basic": leave that out'],
  [/^[A-Z][A-Z0-9_]*_TOKEN=/, 'it begins with the name of a variable: leave that out'],
];

/** @returns what is not part of the token, in words that never show it, if anything */
export function copiedAlong(token: string): string | undefined {
  return COPIED_ALONG.find(([pattern]) => pattern.test(token))?.[1];
}
