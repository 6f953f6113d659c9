/** What a check of one part found, for a person who reads it in a console. */

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
  return { part, outcome: 'wrong', found: error instanceof Error ? `${error.message}` : String(error) };
}

export function notTested(part: string, why: string): Finding {
  return { part, outcome: 'not tested', found: why };
}

/** The findings in one sentence. */
export function verdictOn(findings: readonly Finding[]): string {
  const named = (outcome: Finding['outcome']) => findings.filter((finding) => finding.outcome === outcome);
  const parts = (some: readonly Finding[]) => some.map(({ part }) => part).join(', ');
  const untested = named('not tested');
  const rest = untested.length > 0 ? ` Not tested: ${parts(untested)}.` : '';
  const faults = named('wrong');
  if (faults.length > 0) return `${faults.length} of ${findings.length} parts are wrong: ${parts(faults)}.${rest}`;
  return `All ${findings.length - untested.length} tested parts are right.${rest}`;
}
