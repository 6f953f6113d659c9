/** Counts the field names of a day that no table knows: an index has room for few. */
import { DAY_MS } from '../platform/time.ts';

/** More is unusual: JumpCloud's events have a few dozen such names; an index has room for 1,000. */
export const MANY_UNKNOWN_NAMES = 300;
/** More are not told apart. */
const MAX_REMEMBERED = 1000;
const EXAMPLES = 5;
const MAX_EXAMPLE_UNITS = 60;

/**
 * Lives as long as the process. It does not see what other processes met: after a cold start, in
 * another Lambda that runs beside this one, or in a backfill. The same name in two objects counts
 * once.
 */
export class UnknownNames {
  readonly #names = new Set<string>();
  #day = Number.NaN;

  /** Forgets the names of an earlier day (UTC). */
  beginRun(nowMs: number): void {
    const day = Math.floor(nowMs / DAY_MS);
    if (day !== this.#day) this.#names.clear();
    this.#day = day;
  }

  readonly add = (name: string): void => {
    if (this.#names.size < MAX_REMEMBERED) this.#names.add(name);
  };

  get count(): number {
    return this.#names.size;
  }

  /** The newest, for a log line. */
  get examples(): string[] {
    return [...this.#names].slice(-EXAMPLES).map((name) => name.slice(0, MAX_EXAMPLE_UNITS));
  }
}
