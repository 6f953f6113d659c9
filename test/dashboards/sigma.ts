/** The Sigma rules of docs/sigma/, as pySigma reads them, and what they ask of OpenSearch. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonPrograms } from '../support/python.ts';
import type { Search, SearchAnswer } from './opensearch.ts';
import { countSearch, countsOf, type ShapeName } from './views.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
const RULES = join(HERE, '../../docs/sigma');

export interface Rule {
  readonly name: string;
  /** In Lucene's syntax. */
  readonly query: string;
}

/**
 * Rules counted together: so many logs or different values, or all of several rules, for one group.
 */
export interface Correlation {
  readonly name: string;
  readonly type: 'event_count' | 'value_count' | 'temporal' | 'temporal_ordered';
  readonly rules: readonly string[];
  /** By what each rule is grouped. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly seconds: number;
  readonly count: { readonly field: string | null; readonly op: string; readonly than: number };
}

/**
 * @throws when pySigma cannot read a rule, or one of its validators complains; the message says of
 * what
 */
export async function readRules(shape: ShapeName): Promise<(Rule | Correlation)[]> {
  const programs = await pythonPrograms(join(HERE, 'requirements.txt'));
  const words = [join(HERE, 'convert_sigma.py'), RULES, join(RULES, 'pipelines', `${shape}.yml`)];
  const { stdout } = await run(join(programs, 'python'), words);
  return JSON.parse(stdout);
}

export const isCorrelation = (rule: Rule | Correlation): rule is Correlation => 'rules' in rule;

/**
 * The searches of a correlation, one for each rule that it counts; those of a correlation within it
 * are its own.
 */
export function searchesOf(
  correlation: Correlation,
  rules: readonly (Rule | Correlation)[],
  index: string,
): [key: string, search: Search][] {
  const { name, fields, seconds, count } = correlation;
  return correlation.rules.flatMap((counted): [string, Search][] => {
    const rule = rules.find((one) => one.name === counted) as Rule | Correlation;
    if (isCorrelation(rule)) return [];
    const body = countSearch({
      query: rule.query,
      minutes: seconds / 60,
      group: fields[counted]?.[0],
      differing: isTemporal(correlation) ? undefined : (count.field ?? undefined),
    });
    return [[keyOf(name, counted), { index, body }]];
  });
}

const keyOf = (correlation: string, rule: string) => `${correlation} of ${rule}`;

/** The groups that a correlation finds; one without a name where it has no groups. */
export function groupsOf(
  correlation: Correlation,
  rules: readonly (Rule | Correlation)[],
  answerTo: (key: string) => SearchAnswer,
): string[] {
  const found = correlation.rules.map((counted) => {
    const rule = rules.find((one) => one.name === counted) as Rule | Correlation;
    if (isCorrelation(rule)) return groupsOf(rule, rules, answerTo);
    const isGrouped = correlation.fields[counted]?.[0] !== undefined;
    const least = isTemporal(correlation) ? 1 : correlation.count.than;
    return countsOf(answerTo(keyOf(correlation.name, counted)), isGrouped)
      .filter(({ count }) => count >= least)
      .map(({ group }) => group);
  });
  return (found[0] ?? []).filter((group) => found.every((groups) => groups.includes(group)));
}

/** Which of the rules came first is not asked: an aggregation cannot say. */
function isTemporal({ type }: Correlation): boolean {
  return type.startsWith('temporal');
}
