/** Addresses in the AWS console, in the stack's own region. */
import { Aws } from 'aws-cdk-lib';

export function consolePage(service: string, place: string): string {
  return `https://${Aws.REGION}.console.aws.amazon.com/${service}/home?region=${Aws.REGION}#${place}`;
}

/** Who hears of alarms, and whether they have confirmed it. */
export const subscriptionsPage = () => consolePage('sns/v3', '/subscriptions');
