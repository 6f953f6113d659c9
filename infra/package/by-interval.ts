/**
 * One template out of several that differ by the interval alone: where they differ, CloudFormation
 * looks the value up.
 */

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Templates = ReadonlyMap<string, Json>;

const PARAMETER = 'IntervalMinutes';
const MAPPING = 'ByInterval';

/**
 * CloudFormation cannot calculate, and time-outs, periods and thresholds follow from the interval.
 * @param templates by interval
 */
export function mergeByInterval(templates: ReadonlyMap<string, object>): object {
  const mapping: Record<string, Record<string, string>> = {};
  const lookUp = (values: ReadonlyMap<string, string>): Json => {
    const key = `value${Object.keys(Object.values(mapping)[0] ?? {}).length + 1}`;
    for (const [interval, value] of values) mapping[interval] = { ...mapping[interval], [key]: value };
    return { 'Fn::FindInMap': [MAPPING, { Ref: PARAMETER }, key] };
  };
  const merged = merge(templates as Templates, lookUp) as object;
  return { ...merged, Mappings: { [MAPPING]: mapping } };
}

type LookUp = (values: ReadonlyMap<string, string>) => Json;

function merge(values: Templates, lookUp: LookUp): Json {
  const all = [...values.values()];
  const [first = null] = all;
  if (all.every((value) => JSON.stringify(value) === JSON.stringify(first))) return first;
  if (Array.isArray(first) && all.every(Array.isArray) && sameKeys(all)) {
    return first.map((_, index) => merge(members(values, String(index)), lookUp));
  }
  if (all.every((value) => typeof value === 'object' && value !== null) && sameKeys(all)) {
    const keys = Object.keys(first as object);
    return Object.fromEntries(keys.map((key) => [key, merge(members(values, key), lookUp)]));
  }
  if (all.every((value) => typeof value === 'string')) return mergeTexts(values as ReadonlyMap<string, string>, lookUp);
  if (all.every((value) => typeof value === 'number')) {
    return lookUp(new Map([...values].map(([interval, value]) => [interval, String(value)])));
  }
  throw new Error(`the interval changes the form of the template: ${JSON.stringify(all).slice(0, 500)}`);
}

/**
 * What all have in common at both ends stays outside, so that a long text is not repeated for each
 * interval.
 */
function mergeTexts(values: ReadonlyMap<string, string>, lookUp: LookUp): Json {
  const texts = [...values.values()];
  const start = commonLength(texts, (text, index) => text[index]);
  const tails = texts.map((text) => text.slice(start));
  const end = commonLength(tails, (text, index) => text[text.length - 1 - index]);
  const middle = (text: string) => text.slice(start, text.length - end);
  const [first = ''] = texts;
  const parts = [
    first.slice(0, start),
    lookUp(new Map([...values].map(([interval, text]) => [interval, middle(text)]))),
    first.slice(first.length - end),
  ];
  return { 'Fn::Join': ['', parts.filter((part) => part !== '')] };
}

function commonLength(texts: readonly string[], at: (text: string, index: number) => string | undefined): number {
  const [first = ''] = texts;
  const shortest = Math.min(...texts.map(({ length }) => length));
  for (let index = 0; index < shortest; index++) {
    if (texts.some((text) => at(text, index) !== at(first, index))) return index;
  }
  return shortest;
}

function sameKeys(values: readonly Json[]): boolean {
  return new Set(values.map((value) => Object.keys(value as object).join('\n'))).size === 1;
}

function members(values: Templates, key: string): Templates {
  return new Map([...values].map(([interval, value]) => [interval, (value as Record<string, Json>)[key] ?? null]));
}
