/** Takes in an answer's body chunk by chunk: a large one into memory that is used again. */
import { giveBack, LARGE_BYTES, letGo, takeMemory } from './memory.ts';

/** How large the last large one was: the next one probably is, too. */
let usualBytes = LARGE_BYTES;

export class GrowingBody {
  #length = 0;
  /** As long as the body is small. */
  #chunks: Buffer[] = [];
  #memory: Buffer | undefined;

  get length(): number {
    return this.#length;
  }

  /** @param chunk is the body's from now on */
  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > (this.#memory?.length ?? LARGE_BYTES)) this.#grow(Math.max(length, usualBytes, 2 * this.#length));
    if (this.#memory) {
      chunk.copy(this.#memory, this.#length);
      letGo(chunk);
    } else this.#chunks.push(chunk);
    this.#length = length;
  }

  end(): Buffer {
    if (!this.#memory) return Buffer.concat(this.#chunks, this.#length);
    usualBytes = this.#length;
    return this.#memory.subarray(0, this.#length);
  }

  /** Nobody will want it. */
  giveUp(): void {
    if (this.#memory) giveBack(this.#memory);
  }

  #grow(bytes: number): void {
    const larger = takeMemory(bytes);
    if (this.#memory) {
      this.#memory.copy(larger, 0, 0, this.#length);
      giveBack(this.#memory);
    } else {
      let at = 0;
      for (const chunk of this.#chunks) at += chunk.copy(larger, at);
      this.#chunks = [];
    }
    this.#memory = larger;
  }
}
