/** DynamoDB's expressions, as far as this program writes them: conditions and updates. */
import { type AttributeValue, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** The names and values that an expression speaks of. */
export interface Context {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

/** The SDK has no class of its own for it. */
export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({
    name: 'ValidationException',
    message,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
}

const TOKEN = /\s*([#:]?[A-Za-z_]\w*|<=|>=|<>|[=<>(),+-])/y;
const tokensByExpression = new Map<string, readonly string[]>();

function tokensOf(expression: string): readonly string[] {
  const known = tokensByExpression.get(expression);
  if (known) return known;
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const token = TOKEN.exec(expression)?.[1];
    if (token === undefined) throw invalid(`Syntax error: ${expression}`);
    tokens.push(token);
  }
  tokensByExpression.set(expression, tokens);
  return tokens;
}

/** Reads one expression from left to right, against one item. */
class Reader {
  readonly #tokens: readonly string[];
  readonly #item: Item;
  readonly #context: Context;
  #next = 0;

  constructor(expression: string, item: Item, context: Context) {
    this.#tokens = tokensOf(expression);
    this.#item = item;
    this.#context = context;
  }

  get isAtEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw invalid(`Syntax error: the expression ends too early: ${this.#tokens.join(' ')}`);
    return token;
  }

  /** Takes the next token if it is this word, in whatever case. */
  accept(word: string): boolean {
    const isIt = this.#tokens[this.#next]?.toUpperCase() === word;
    if (isIt) this.#next++;
    return isIt;
  }

  expect(word: string): void {
    if (!this.accept(word)) throw invalid(`Syntax error: ${word} expected in ${this.#tokens.join(' ')}`);
  }

  name(): string {
    const token = this.take();
    if (/^[A-Za-z_]/.test(token)) return token;
    const name = this.#context.ExpressionAttributeNames?.[token];
    if (name === undefined) throw invalid(`An expression attribute name used is not defined: ${token}`);
    return name;
  }

  /**
   * A value that was given, an attribute, `if_not_exists(name, value)`; undefined for an attribute
   * that is not there.
   */
  operand(): AttributeValue | undefined {
    if (this.accept('IF_NOT_EXISTS')) {
      this.expect('(');
      const there = this.#item[this.name()];
      this.expect(',');
      const otherwise = this.operand();
      this.expect(')');
      return there ?? otherwise;
    }
    if (!this.#tokens[this.#next]?.startsWith(':')) return this.#item[this.name()];
    const token = this.take();
    const value = this.#context.ExpressionAttributeValues?.[token];
    if (value === undefined) throw invalid(`An expression attribute value used is not defined: ${token}`);
    return value;
  }

  /** All sides are read, also where one decides: a fault in any of them is a fault. */
  condition(): boolean {
    let holds = this.#conjunction();
    while (this.accept('OR')) holds = this.#conjunction() || holds;
    return holds;
  }

  #conjunction(): boolean {
    let holds = this.#term();
    while (this.accept('AND')) holds = this.#term() && holds;
    return holds;
  }

  #term(): boolean {
    if (this.accept('NOT')) return !this.#term();
    if (this.accept('(')) return this.#closed(this.condition());
    if (this.accept('ATTRIBUTE_EXISTS')) return this.#isThere();
    if (this.accept('ATTRIBUTE_NOT_EXISTS')) return !this.#isThere();
    if (this.accept('BEGINS_WITH')) {
      this.expect('(');
      const text = this.operand();
      this.expect(',');
      const prefix = this.operand();
      return this.#closed(prefix?.S !== undefined && text?.S?.startsWith(prefix.S) === true);
    }
    const left = this.operand();
    if (this.accept('BETWEEN')) {
      const from = this.operand();
      this.expect('AND');
      const to = this.operand();
      if (!compare(from, '<=', to))
        throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
      return compare(left, '>=', from) && compare(left, '<=', to);
    }
    const operator = this.take();
    return compare(left, operator, this.operand());
  }

  #isThere(): boolean {
    this.expect('(');
    const isThere = this.#item[this.name()] !== undefined;
    return this.#closed(isThere);
  }

  #closed(result: boolean): boolean {
    this.expect(')');
    return result;
  }
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compare(left: AttributeValue | undefined, operator: string, right: AttributeValue | undefined): boolean {
  const comparison = COMPARISONS[operator];
  if (!comparison) throw invalid(`Syntax error: ${operator} is no comparison`);
  return comparison(orderOf(left, right));
}

/** Values of different types are in no order, and not equal. */
function orderOf(left: AttributeValue | undefined, right: AttributeValue | undefined): number {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S !== undefined && right?.S !== undefined) return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
  if (left?.BOOL !== undefined && right?.BOOL !== undefined) return Number(left.BOOL) - Number(right.BOOL);
  return Number.NaN;
}

export function conditionHolds(expression: string, item: Item, context: Context): boolean {
  const reader = new Reader(expression, item, context);
  const holds = reader.condition();
  if (!reader.isAtEnd) throw invalid(`Syntax error: ${expression}`);
  return holds;
}

/** @returns a new item. All right sides see the old one. */
export function update(item: Item, input: Context & { readonly UpdateExpression?: string | undefined }): Item {
  const reader = new Reader(input.UpdateExpression ?? '', item, input);
  const next = { ...item };
  while (!reader.isAtEnd) {
    if (reader.accept('SET')) {
      do assign(reader, next);
      while (reader.accept(','));
    } else {
      reader.expect('REMOVE');
      do delete next[reader.name()];
      while (reader.accept(','));
    }
  }
  return next;
}

function assign(reader: Reader, item: Item): void {
  const name = reader.name();
  reader.expect('=');
  const value = reader.operand();
  const isSum = reader.accept('+');
  const added = isSum ? reader.operand() : undefined;
  if (value === undefined || (isSum && added === undefined))
    throw invalid('The provided expression refers to an attribute that does not exist in the item');
  if (isSum && (value.N === undefined || added?.N === undefined))
    throw invalid('An operand in the update expression has an incorrect data type');
  item[name] = isSum ? { N: String(Number(value.N) + Number(added?.N)) } : value;
}

/** What was given and is used in no expression is a fault, as is what is used and was not given. */
export function checkAllUsed(input: Context & Record<string, unknown>): void {
  const expressions = EXPRESSIONS.map((name) => input[name]).filter((expression) => typeof expression === 'string');
  const used = new Set(expressions.flatMap(tokensOf));
  const given = [input.ExpressionAttributeNames, input.ExpressionAttributeValues].flatMap((map) =>
    Object.keys(map ?? {}),
  );
  const unused = given.find((name) => !used.has(name));
  if (unused !== undefined) throw invalid(`Value unused in expressions: ${unused}`);
}

const EXPRESSIONS = ['ConditionExpression', 'UpdateExpression', 'KeyConditionExpression'];
