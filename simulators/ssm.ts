/**
 * SSM's parameter store at hand: GetParameter, GetParameters and PutParameter, as honest as the
 * program needs them.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/platform/json.ts';
import type { SimulatorAnswer } from './answer.ts';
import { awsRefusal, EMBEDDED_REGION, operationOf } from './aws-answers.ts';
import { type RecordedRequest, type ServerSettings, type SimulatorRequest, startServer } from './server.ts';

/** SSM's limit for a parameter of the standard tier, in characters. */
const MAX_VALUE_CHARACTERS = 4096;
/** SSM's limit for the names of one GetParameters. */
const MAX_NAMES = 10;
const ACCOUNT = '000000000000';

interface StoredParameter {
  readonly type: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedMs: number;
}

export interface EmbeddedSsm {
  readonly endpoint: string;
  readonly settings: ServerSettings;
  readonly requests: RecordedRequest[];
  /** Puts a SecureString in, over an older one: how a test rotates a token. */
  put(name: string, value: string): void;
  /** The value and its type and version, as they are stored; undefined when there is none. */
  get(name: string): { readonly type: string; readonly value: string; readonly version: number } | undefined;
  close(): Promise<void>;
}

export async function startSsm(options: Partial<ServerSettings> = {}): Promise<EmbeddedSsm> {
  const settings: ServerSettings = { clock: Date.now, latencyMs: 0, ...options };
  const parameters = new Map<string, StoredParameter>();

  function store(name: string, type: string, value: string): number {
    const version = (parameters.get(name)?.version ?? 0) + 1;
    parameters.set(name, { type, value, version, modifiedMs: settings.clock() });
    return version;
  }

  function read(asked: JsonValue | undefined, decrypt: boolean): JsonObject | undefined {
    const name = String(asked).replace(/^arn:aws:ssm:[^:]*:[^:]*:parameter/, '');
    const found = parameters.get(name);
    if (found === undefined) return undefined;
    const sealed = found.type === 'SecureString' && !decrypt;
    return {
      Name: name,
      ARN: `arn:aws:ssm:${EMBEDDED_REGION}:${ACCOUNT}:parameter${name.startsWith('/') ? '' : '/'}${name}`,
      Type: found.type,
      DataType: 'text',
      Value: sealed ? Buffer.from(`sealed, version ${found.version}`).toString('base64') : found.value,
      Version: found.version,
      LastModifiedDate: found.modifiedMs / 1000,
    };
  }

  function putParameter(input: JsonObject): SimulatorAnswer {
    const { Name: name, Value: value, Overwrite: overwrite } = input;
    if (typeof name !== 'string' || !/^\/?[\w.-]+(\/[\w.-]+)*$/.test(name)) {
      return awsRefusal('ValidationException', `Parameter name: ${JSON.stringify(name)} is not valid`);
    }
    if (typeof value !== 'string' || value === '' || value.length > MAX_VALUE_CHARACTERS) {
      return awsRefusal('ValidationException', `The value must have 1 to ${MAX_VALUE_CHARACTERS} characters`);
    }
    const before = parameters.get(name);
    if (before !== undefined && overwrite !== true) {
      return awsRefusal('ParameterAlreadyExists', 'The parameter already exists. Set Overwrite to replace its value.');
    }
    const type = input.Type ?? before?.type;
    if (type !== 'String' && type !== 'StringList' && type !== 'SecureString') {
      return awsRefusal('ValidationException', 'A parameter type is required when you create a parameter.');
    }
    return answer({ Version: store(name, type, value), Tier: 'Standard' });
  }

  function getParameters(input: JsonObject, decrypt: boolean): SimulatorAnswer {
    const names = Array.isArray(input.Names) ? input.Names : [];
    if (names.length === 0 || names.length > MAX_NAMES) {
      return awsRefusal('ValidationException', `Names must have 1 to ${MAX_NAMES} members`);
    }
    const found = names.map((name) => read(name, decrypt));
    return answer({
      Parameters: found.filter((one) => one !== undefined),
      InvalidParameters: names.filter((_, index) => found[index] === undefined),
    });
  }

  function handle(request: SimulatorRequest): SimulatorAnswer {
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
      return awsRefusal('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    }
    const input: unknown = JSON.parse(request.body.toString('utf8'));
    if (!isJsonObject(input)) return awsRefusal('SerializationException', 'not a JSON object');
    const decrypt = input.WithDecryption === true;
    const operation = operationOf(request);
    if (operation === 'PutParameter') return putParameter(input);
    if (operation === 'GetParameters') return getParameters(input, decrypt);
    if (operation !== 'GetParameter')
      return awsRefusal('UnknownOperationException', `${operation} is not embedded here`);
    const parameter = read(input.Name, decrypt);
    return parameter === undefined ? awsRefusal('ParameterNotFound', '') : answer({ Parameter: parameter });
  }

  // bodies carry tokens: what is recorded must be fit to be printed
  const server = await startServer({ settings, handle, describeBody: () => '' });
  return {
    endpoint: server.url,
    settings,
    requests: server.requests,
    put: (name, value) => void store(name, 'SecureString', value),
    get: (name) => parameters.get(name),
    close: server.close,
  };
}

function answer(body: object): SimulatorAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}
