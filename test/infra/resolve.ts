/**
 * What a template becomes with given parameters, as far as CloudFormation knows before it makes
 * anything.
 */

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly Condition?: string;
}

export interface Template {
  readonly Parameters?: Record<string, { readonly Default?: unknown; readonly MaxLength?: number }>;
  readonly Mappings?: Record<string, Record<string, Record<string, string>>>;
  readonly Conditions?: Record<string, unknown>;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { readonly Value: unknown; readonly Condition?: string }>;
}

/**
 * @param values by parameter; others have their default. Numbers become texts, as CloudFormation
 * takes either.
 */
export function resolve(template: Template, values: Readonly<Record<string, string>>) {
  const parameter = (name: string) => values[name] ?? template.Parameters?.[name]?.Default;
  const functions: Record<string, (argument: never) => unknown> = {
    Ref: (name: string) => {
      if (name === 'AWS::StackName') return 'jumpcloud-logzio';
      return name in (template.Parameters ?? {}) ? parameter(name) : { Ref: name };
    },
    'Fn::FindInMap': ([map, first, second]: [string, unknown, string]) =>
      template.Mappings?.[map]?.[String(value(first))]?.[second],
    'Fn::If': ([condition, then, otherwise]: [string, unknown, unknown]) => value(holds(condition) ? then : otherwise),
    'Fn::Equals': ([one, other]: [unknown, unknown]) => value(one) === value(other),
    'Fn::Not': ([inner]: [unknown]) => !value(inner),
    'Fn::Join': ([separator, parts]: [string, unknown]) => join(separator, value(parts) as unknown[]),
  };

  function value(given: unknown): unknown {
    if (Array.isArray(given)) return given.map(value);
    if (typeof given !== 'object' || given === null) return typeof given === 'number' ? String(given) : given;
    const [[name = '', argument] = [], ...others] = Object.entries(given);
    const known = others.length === 0 ? functions[name] : undefined;
    if (known) return known(argument as never);
    return Object.fromEntries(Object.entries(given).map(([key, inner]) => [key, value(inner)]));
  }

  function holds(condition: string | undefined): boolean {
    return condition === undefined || value(template.Conditions?.[condition]) === true;
  }

  const kept = <T extends { readonly Condition?: string }>(entries: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(entries).flatMap(([id, entry]) => (holds(entry.Condition) ? [[id, value(entry) as T]] : [])),
    );
  return { Resources: kept(template.Resources), Outputs: kept(template.Outputs) };
}

/** Adjacent texts become one; what is known only later stays. */
function join(separator: string, parts: readonly unknown[]): unknown {
  const joined: unknown[] = [];
  const add = (part: unknown): void => {
    const inner = innerParts(part);
    if (inner) for (const each of inner) add(each);
    else if (typeof part === 'string' && typeof joined.at(-1) === 'string') joined.push(`${joined.pop()}${part}`);
    else joined.push(part);
  };
  for (const [index, part] of parts.entries()) {
    if (index > 0 && separator !== '') add(separator);
    add(part);
  }
  return joined.length === 1 ? joined[0] : { 'Fn::Join': ['', joined] };
}

function innerParts(part: unknown): unknown[] | undefined {
  if (typeof part !== 'object' || part === null || !('Fn::Join' in part)) return undefined;
  const [separator, parts] = part['Fn::Join'] as [string, unknown[]];
  return separator === '' ? parts : undefined;
}
