/** What is wrong with a configuration, all of it at once. */

export interface Fault {
  /** The key's path, e.g. `jumpcloud_api.settings.limit`, or the environment variable the value came from. */
  readonly path: string;
  /** What stands there, without any secret; absent where the key itself is the fault. */
  readonly found?: string;
  /** What should stand there, or what to do. */
  readonly expected: string;
}

/** The configuration cannot be used; `faults` holds every reason, and no token. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[], options?: ErrorOptions) {
    const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`;
    super([`The configuration has ${count}:`, ...faults.map(line)].join('\n'), options);
    this.faults = faults;
  }
}

function line({ path, found, expected }: Fault): string {
  return `  ${path}: ${found === undefined ? expected : `found ${found}; expected ${expected}`}`;
}
