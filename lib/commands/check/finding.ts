/** What a check of one part found, for a person who reads it in a console. */
import { HttpError, WAY_OUT } from '../../platform/http.ts';

export interface Finding {
  readonly part: string;
  readonly outcome: 'ok' | 'wrong' | 'not tested';
  /** What was seen; where it is wrong, also what to do about it. */
  readonly found: string;
}

export function ok(part: string, found: string): Finding {
  return { part, outcome: 'ok', found };
}

/** @param error its message says what to do, and carries no token */
export function wrong(part: string, error: unknown): Finding {
  if (!(error instanceof Error)) return { part, outcome: 'wrong', found: String(error) };
  const { cause } = error;
  const advice = cause instanceof HttpError && cause.advice === undefined ? `; ${WAY_OUT}` : '';
  return { part, outcome: 'wrong', found: error.message + advice };
}

export function notTested(part: string, why: string): Finding {
  return { part, outcome: 'not tested', found: why };
}

/** The findings in one sentence. */
export function verdictOn(findings: readonly Finding[]): string {
  const count = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome).length;
  const untested = count('not tested');
  const rest = untested > 0 ? ` ${untested} could not be tested.` : '';
  const faults = findings.filter(({ outcome }) => outcome === 'wrong').map(({ part }) => part);
  if (faults.length > 0) {
    const verb = faults.length === 1 ? 'is' : 'are';
    return `${faults.length} of ${findings.length} parts ${verb} wrong: ${faults.join(', ')}.${rest}`;
  }
  return `All ${count('ok')} tested parts are right.${rest}`;
}
