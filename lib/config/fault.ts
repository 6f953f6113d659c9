/** What is wrong with a configuration, all of it at once. */
import { withoutTokenLikes } from './found.ts';

export interface Fault {
  /** The key, e.g. `jumpcloud_api.settings.limit`, or the variable the value came from. */
  readonly path: string;
  /** What stands there, without any secret; absent where the key itself is the fault. */
  readonly found?: string;
  /** What should stand there, or what to do. */
  readonly expected: string;
}

/**
 * The configuration cannot be used; `faults` holds every reason, and no token. It keeps no cause:
 * the errors below it quote what they could not read.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const shown = faults.map(withoutTokens);
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super([`The configuration has ${count}:`, ...shown.map(line)].join('\n'));
    this.faults = shown;
  }
}

function withoutTokens({ path, found, expected }: Fault): Fault {
  const told = { path: withoutTokenLikes(path), expected: withoutTokenLikes(expected) };
  return found === undefined ? told : { ...told, found: withoutTokenLikes(found) };
}

function line({ path, found, expected }: Fault): string {
  return `  ${path}: ${found === undefined ? expected : `found ${found}; expected ${expected}`}`;
}
