/**
 * The tokens that JumpCloud and Logz.io accept, and the parameters in SSM that hold them, maybe
 * older ones.
 */
import type { GetParameterCommand } from '@aws-sdk/client-ssm';

export const JUMPCLOUD_PARAMETER = '/jumpcloud-logzio/jumpcloud-token';
export const LOGZIO_PARAMETER = '/jumpcloud-logzio/logzio-token';
export const SSM_FAULTS = [
  [3, 'throttled'],
  [1, 'access denied'],
  [2, 'failed'],
] as const satisfies readonly (readonly [number, string])[];

const CLIENT_ID = 'client';

export class Tokens {
  /** In every secret, and nowhere else. */
  readonly mark = 'sEcReT';
  jumpcloudSecret = '';
  logzioSecret = '';
  readonly #isServiceAccount: boolean;
  readonly #parameters = new Map<string, string>();
  #round = 0;

  constructor(isServiceAccount: boolean) {
    this.#isServiceAccount = isServiceAccount;
    this.rotate();
    this.store();
  }

  /** Only new ones are accepted from now on; SSM has the old ones until `store`. */
  rotate(): void {
    const round = ++this.#round;
    const client = this.#isServiceAccount ? `${CLIENT_ID}:` : '';
    this.jumpcloudSecret = `${client}${this.mark}-jumpcloud-${round}`;
    this.logzioSecret = `${this.mark}-logzio-${round}`;
  }

  store(): void {
    this.#parameters.set(JUMPCLOUD_PARAMETER, this.jumpcloudSecret);
    this.#parameters.set(LOGZIO_PARAMETER, this.logzioSecret);
  }

  /** As SSM answers. */
  get(command: GetParameterCommand) {
    const value = this.#parameters.get(command.input.Name ?? '');
    if (value === undefined) throw named('ParameterNotFound');
    return { $metadata: {}, Parameter: { Value: value } };
  }
}

export function ssmError(fault: string): Error {
  return named({ throttled: 'ThrottlingException', 'access denied': 'AccessDeniedException' }[fault] ?? 'TimeoutError');
}

function named(name: string): Error {
  return Object.assign(new Error(`simulated ${name}`), { name });
}
