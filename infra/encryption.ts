/** The customer's own key, where `aws.kms_key_arn` names one. */
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * The key stays the customer's: its policy is not ours to write, so it has to admit CloudWatch
 * Logs, CloudWatch alarms and DynamoDB already (docs/decisions/006-encryption.md shows the
 * statements).
 */
export function optionalKey(scope: Construct, arn: string | undefined): IKey | undefined {
  return arn === undefined ? undefined : Key.fromKeyArn(scope, 'Key', arn);
}
