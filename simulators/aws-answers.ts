/**
 * What the embedded AWS services have in common: region, dummy credentials, and AWS's way of saying
 * no.
 */

import type { SimulatorAnswer } from './answer.ts';
import type { Fault } from './faults.ts';
import type { SimulatorRequest } from './server.ts';

export const EMBEDDED_REGION = 'us-east-1';
/** Any will do; real ones must never be needed to try the program. */
export const EMBEDDED_CREDENTIALS = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };

/** The operation a request asks for, e.g. `UpdateItem` or `GetParameter`. */
export function operationOf(request: Pick<SimulatorRequest, 'headers'>): string {
  return String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
}

/** An AWS error as an answer, e.g. `ParameterNotFound`. */
export function awsRefusal(type: string, message: string, status = 400): SimulatorAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': 'embedded' },
    body: JSON.stringify({ __type: type, message }),
  };
}

/**
 * An AWS error as a fault, e.g. `ProvisionedThroughputExceededException`, `ThrottlingException`,
 * `AccessDeniedException`.
 */
export function awsError(type: string, options: { status?: number; applied?: boolean } = {}): Fault {
  const { status, headers, body } = awsRefusal(type, `${type}, ordered by the test`, options.status);
  return {
    kind: 'answer',
    status,
    applied: options.applied ?? false,
    ...(headers === undefined ? {} : { headers }),
    ...(typeof body === 'string' ? { body } : {}),
  };
}
