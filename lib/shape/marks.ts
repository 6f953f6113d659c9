/** The mark in a log that something of its event is missing in it: which paths. */
import { plainText } from './dates.ts';
import { MAX_MARKED_PATH_UNITS, MAX_MARKED_PATHS } from './limits.ts';

/** In place of a path, for an event whose bytes were no valid UTF-8. */
export const BROKEN_BYTES = '(bytes that are no UTF-8: each is \ufffd here)';

/** Collects paths, each once; no more and no longer than the log has room for. */
export class Marks {
  readonly #paths = new Set<string>();
  #more = 0;

  get isEmpty(): boolean {
    return this.#paths.size === 0;
  }

  add(path: string): void {
    const short =
      path.length > MAX_MARKED_PATH_UNITS ? `${path.slice(0, MAX_MARKED_PATH_UNITS).toWellFormed()}…` : path;
    if (this.#paths.has(short)) return;
    if (this.#paths.size < MAX_MARKED_PATHS) this.#paths.add(short);
    else this.#more++;
  }

  /** Marks `to` where `from` is marked: for a value that stands at both, or moves. */
  copy(from: string, to: string): void {
    if (this.#paths.has(from)) this.add(to);
  }

  /** Takes back the marks of a path that leaves the log, and of all below it. */
  leave(path: string): void {
    for (const marked of this.#paths) if (marked === path || marked.startsWith(`${path}.`)) this.#paths.delete(marked);
  }

  list(): string[] {
    // A name can look like a date, and the list must not become one of dates.
    const paths = [...this.#paths].map(plainText);
    return this.#more === 0 ? paths : [...paths, `and ${this.#more} more`];
  }
}
