/** The AWS side of `npm run tokens`: which account this is, and one SecureString written. */
import { ParameterAlreadyExists, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/**
 * Nobody waits longer than this at a terminal; a private network without a way to AWS does not
 * answer at all.
 */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/** AWS could not be asked, or said no; the message says what to do. */
export class AwsRefused extends Error {
  override readonly name = 'AwsRefused';
}

export interface Place {
  readonly account: string;
  /** Who writes: the ARN of the user or role. */
  readonly identity: string;
  readonly region: string;
  /** Set when this is not AWS itself, but e.g. a simulator on this machine. */
  readonly endpoint: string | undefined;
}

/** @throws AwsRefused */
export async function findPlace(): Promise<Place> {
  const sts = new STSClient({ requestHandler });
  try {
    const region = await sts.config.region();
    const { Account: account = 'unknown', Arn: identity = 'unknown' } = await sts.send(new GetCallerIdentityCommand());
    return { account, identity, region, endpoint: process.env.AWS_ENDPOINT_URL };
  } catch (cause) {
    throw refused('AWS cannot be asked which account this is', cause);
  } finally {
    sts.destroy();
  }
}

export interface SecureString {
  readonly name: string;
  readonly value: string;
  readonly description: string;
  /** The KMS key that encrypts it; AWS's own key for SSM where there is none. */
  readonly kmsKeyArn: string | undefined;
  /** A value that is there already stays. */
  readonly keepsOld: boolean;
}

/**
 * Writes the parameter, or a new version of it.
 * @returns the version; `kept` where an old value stays
 * @throws AwsRefused
 */
export async function putSecureString({
  name,
  value,
  description,
  kmsKeyArn,
  keepsOld,
}: SecureString): Promise<number | 'kept' | undefined> {
  const ssm = new SSMClient({ requestHandler });
  try {
    const put = new PutParameterCommand({
      Name: name,
      Value: value,
      Description: description,
      Type: 'SecureString',
      Overwrite: !keepsOld,
      ...(kmsKeyArn === undefined ? {} : { KeyId: kmsKeyArn }),
    });
    return (await ssm.send(put)).Version;
  } catch (cause) {
    if (keepsOld && cause instanceof ParameterAlreadyExists) return 'kept';
    throw refused(`${name} was not written`, cause);
  } finally {
    ssm.destroy();
  }
}

function refused(what: string, cause: unknown): AwsRefused {
  const { name, message } = cause instanceof Error ? cause : { name: 'unknown', message: '' };
  // The SDK's message of a refused connection is empty, and its cause has several.
  const words = message || (cause as { code?: string }).code || 'no answer';
  return new AwsRefused(`${what}: ${name}: ${words}\n${advice(name, words)}`);
}

function advice(name: string, message: string): string {
  if (/region (is missing|not accepted)/i.test(message))
    return 'Set AWS_REGION, or choose a profile that has a region with AWS_PROFILE.';
  if (/AccessDenied/.test(name))
    return 'This needs ssm:PutParameter on the parameter, and kms:Encrypt where a key of your own is configured.';
  if (/Credentials|Token|Signature/.test(name))
    return 'Sign in again (for example "aws sso login"), or choose another profile with AWS_PROFILE. For the first time: docs/deploy.md says how.';
  if (/InvalidKeyId|KMS/.test(name))
    return 'Look at aws.kms_key_arn: the key must exist in this region, be enabled, and let you encrypt.';
  return 'Check the network, AWS_PROFILE and AWS_REGION, and try again.';
}
