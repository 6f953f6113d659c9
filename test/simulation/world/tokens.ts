/** The tokens that JumpCloud and Logz.io accept; SSM's parameters may hold older ones. */
import type { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Faults } from './chance.ts';

export const JUMPCLOUD_PARAMETER = '/jumpcloud-logzio/jumpcloud-token';
export const LOGZIO_PARAMETER = '/jumpcloud-logzio/logzio-token';
export const SSM_FAULTS: Faults = [
  [3, 'throttled'],
  [1, 'access denied'],
  [2, 'failed'],
];
const ERRORS = new Map([
  ['throttled', 'ThrottlingException'],
  ['access denied', 'AccessDeniedException'],
]);

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
    this.jumpcloudSecret = `${this.#isServiceAccount ? 'client:' : ''}${this.mark}-jumpcloud-${round}`;
    this.logzioSecret = `${this.mark}-logzio-${round}`;
  }

  store(): void {
    this.#parameters.set(JUMPCLOUD_PARAMETER, this.jumpcloudSecret);
    this.#parameters.set(LOGZIO_PARAMETER, this.logzioSecret);
  }

  /** As SSM answers. */
  get({ input }: GetParameterCommand) {
    return { $metadata: {}, Parameter: { Value: this.#parameters.get(input.Name ?? '') } };
  }
}

export function awsError(fault: string): Error {
  const name = ERRORS.get(fault) ?? 'TimeoutError';
  return Object.assign(new Error(`simulated ${name}`), { name });
}
