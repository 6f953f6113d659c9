/** Numbers for the names of members: a name that was met before is known again by its bytes, without a string being made. */

/** As many as all of JumpCloud's services use, several times over. Later names get no number: their events go the thorough way. */
export const MOST_NAMES = 2048;
const LONGEST_NAME_BYTES = 64;
const SLOTS = 4 * MOST_NAMES;

export class MemberNames {
  /** By hash: a name's number, plus one; zero where there is none. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #bytes = new Uint8Array(MOST_NAMES * LONGEST_NAME_BYTES);
  readonly #texts: string[] = [];

  /**
   * @param body bytes of which `[from, to)` are the name: ASCII, without quotes and backslashes
   * @param hash of these bytes: `mix` for one after the other, beginning with 0
   * @returns the name's number; -1 where it gets none
   */
  numberOf(body: Uint8Array, from: number, to: number, hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const number = (this.#slots[slot] as number) - 1;
      if (number < 0) return this.#add(slot, body, from, to);
      if (this.#is(number, body, from, to)) return number;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  /** @param text a name as above; one that the program itself knows, so that there is room for it */
  numberOfText(text: string): number {
    const body = Buffer.from(text);
    return this.numberOf(body, 0, body.length, body.reduce(mix, 0));
  }

  textOf(number: number): string {
    return this.#texts[number] as string;
  }

  #is(number: number, body: Uint8Array, from: number, to: number): boolean {
    if ((this.#texts[number] as string).length !== to - from) return false;
    let known = number * LONGEST_NAME_BYTES;
    for (let at = from; at < to; at++) if (body[at] !== this.#bytes[known++]) return false;
    return true;
  }

  #add(slot: number, body: Uint8Array, from: number, to: number): number {
    const number = this.#texts.length;
    if (number === MOST_NAMES || to - from > LONGEST_NAME_BYTES) return -1;
    const name = body.subarray(from, to);
    this.#bytes.set(name, number * LONGEST_NAME_BYTES);
    this.#texts.push(Buffer.from(name).toString('latin1'));
    this.#slots[slot] = number + 1;
    return number;
  }
}

/** One step of FNV-1a's hash. */
export function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** The process's one list: the scanner finds the numbers in it, the shapes look up by them what becomes of a member. */
export const MEMBER_NAMES = new MemberNames();
