/** Which fault strikes which request: every one that the stand-ins know, chosen by the request's name alone. */
import { awsError } from '../../simulators/aws-answers.ts';
import { type Fault, htmlBadGateway, redirectTo, tooManyRequests } from '../../simulators/faults.ts';
import type { Chance } from './random.ts';

const JSON_HEADERS = { 'Content-Type': 'application/json' };

function status(code: number, applied = false, body = '{"message":"ordered by the test"}'): Fault {
  return { kind: 'answer', status: code, applied, body, headers: JSON_HEADERS };
}

export function jumpcloudFault(chance: Chance): Fault {
  return chance.weighted<Fault>([
    [3, tooManyRequests(String(chance.int(0, 30)))],
    [1, tooManyRequests()],
    [2, htmlBadGateway],
    [4, status(chance.pick([500, 502, 503, 504]))],
    [1, status(chance.pick([400, 401, 402, 403, 404, 408]))],
    [0.5, redirectTo('http://127.0.0.1:9/elsewhere')],
    [1, { kind: 'hang' }],
    [2, { kind: 'reset' }],
    [0.5, { kind: 'hang-after-headers' }],
    [2, { kind: 'cut' }],
    [2, { kind: 'malformed' }],
    [1, { kind: 'slow', chunkBytes: 400, everyMs: 1 }],
    [1, { kind: 'delay', ms: 2 }],
    [2, { kind: 'answer', status: 200, body: chance.pick(['', '{}', 'null', '<html></html>']), headers: JSON_HEADERS }],
  ]);
}

/**
 * No `cut` or `hang-after-headers`: Logz.io's answers have no body, so their headers are all of them.
 * @param lines how many the bulk has
 */
export function logzioFault(chance: Chance, lines: number): Fault {
  const applied = chance.happens(0.5);
  const counts = (successfulLines: number) =>
    JSON.stringify({ malformedLines: lines - successfulLines, successfulLines, oversizedLines: 0, emptyLogLines: 0 });
  return chance.weighted<Fault>([
    [3, tooManyRequests(String(chance.int(0, 30)))],
    [1, tooManyRequests()],
    [2, status(502, applied, '<html><h1>502 Bad Gateway</h1></html>')],
    [4, status(chance.pick([500, 502, 504]), applied)],
    [2, status(503)],
    [2, status(chance.pick([401, 403, 404, 408]))],
    // Too large is a bulk that can be split: its single lines pass.
    [lines > 1 ? 4 : 0, status(413)],
    [1, status(400, false, counts(0))],
    [1, status(400, true, counts(lines))],
    [1, status(400, applied, 'Bad Request')],
    [0.5, redirectTo('http://127.0.0.1:9/elsewhere')],
    [1, { kind: 'hang', applied }],
    [4, { kind: 'reset', applied }],
    [1, { kind: 'slow', chunkBytes: 1, everyMs: 1 }],
    [1, { kind: 'delay', ms: 2 }],
  ]);
}

/** An answer that never says so is a broken connection here: the client cannot tell it from one that comes too late. */
export function dynamodbFault(chance: Chance): Fault {
  const applied = chance.happens(0.5);
  return chance.weighted<Fault>([
    [3, awsError('ProvisionedThroughputExceededException')],
    [3, awsError('ThrottlingException')],
    [2, awsError('RequestLimitExceeded')],
    [2, awsError('InternalServerError', { status: 500, applied })],
    [4, { kind: 'reset', applied }],
    [0.2, { kind: 'hang', applied }],
    [0.2, awsError('AccessDeniedException')],
  ]);
}

export function ssmFault(chance: Chance): Fault {
  return chance.weighted<Fault>([
    [3, awsError('ThrottlingException')],
    [2, awsError('InternalServerError', { status: 500 })],
    [3, { kind: 'reset' }],
    [1, awsError('AccessDeniedException')],
  ]);
}

/** Whether a client only comes to its end by a time-out. */
export function hangs(fault: Fault | undefined): boolean {
  return fault?.kind === 'hang' || fault?.kind === 'hang-after-headers';
}
