/** What lies in quarantine, as far as the instances were heard writing it or the table was seen to hold it. */

export interface Holding {
  readonly tags: readonly string[];
  /** How many of them Logz.io is said to have taken all the same. */
  readonly taken: number;
}

export class Holdings {
  readonly #waiting = new Map<string, Holding>();
  readonly #gone = new Set<string>();
  /** Every entry that there ever was. */
  readonly ever: Holding[] = [];

  /** @param name stream and id. @returns false for an entry that was there before */
  put(name: string, holding: Holding): boolean {
    if (this.#waiting.has(name)) return false;
    this.#waiting.set(name, holding);
    this.#gone.delete(name);
    this.ever.push(holding);
    return true;
  }

  /** @returns what it held; `gone` when it was taken out before; undefined when nobody was heard putting it there */
  remove(name: string): Holding | 'gone' | undefined {
    const holding = this.#waiting.get(name);
    if (!holding) return this.#gone.has(name) ? 'gone' : undefined;
    this.#waiting.delete(name);
    this.#gone.add(name);
    return holding;
  }

  /** The table as it is, whoever died before it was heard what he had written there. */
  see(found: ReadonlyMap<string, Holding>): void {
    for (const name of [...this.#waiting.keys()]) if (!found.has(name)) this.remove(name);
    for (const [name, holding] of found) this.put(name, holding);
  }
}
