/**
 * Memory for pages and bulks, used again and again. They are megabytes each: left to the collector they would wait for one of
 * its rare full collections, and between smaller pieces they leave gaps that the next one does not fit into.
 */

/** Smaller pieces share their memory with others, and matter to nobody. */
export const LARGE_BYTES = 1024 * 1024;
/** What a run has lying idle at a time; more of it would only wait. */
const MOST_FREE_BYTES = 12 * LARGE_BYTES;
/** Smaller chunks lie in Node's pool. */
const LEAST_LET_GO_BYTES = 16 * 1024;
/** Much larger memory than is asked for is kept for those who need it. */
const LARGEST_WASTE = 1.5;

let free: ArrayBuffer[] = [];
let freeBytes = 0;

/** @returns at least `bytes`, with whatever they held before; at least LARGE_BYTES */
export function takeMemory(bytes: number): Buffer<ArrayBuffer> {
  const wanted = Math.ceil(bytes / LARGE_BYTES) * LARGE_BYTES;
  const fitting = free.filter(({ byteLength }) => byteLength >= bytes && byteLength <= wanted * LARGEST_WASTE);
  const smallest = fitting.sort((a, b) => a.byteLength - b.byteLength)[0];
  if (smallest === undefined) return Buffer.allocUnsafeSlow(wanted);
  free = free.filter((memory) => memory !== smallest);
  freeBytes -= smallest.byteLength;
  return Buffer.from(smallest);
}

/**
 * Lets a chunk's memory go, once its bytes are copied: 64 KB each, of which a page's hundred would make V8 collect once a page, a
 * tenth of all processor time.
 *
 * Only where the chunk fills its memory, so that no other chunk can lie in it. Should one all the same, it would be empty
 * from now on, and its answer too short: never wrong bytes.
 */
export function letGo(chunk: Buffer): void {
  const { buffer: memory, byteLength } = chunk;
  if (memory instanceof ArrayBuffer && byteLength >= LEAST_LET_GO_BYTES && memory.byteLength === byteLength) {
    memory.transfer(0);
  }
}

/**
 * Whoever looks at the buffer from now on finds it empty, not another event's bytes: its memory goes on under another name.
 *
 * What has lain idle longest makes room: sizes that nobody asks for any more would otherwise fill the place for ever.
 * @param buffer or any part of it
 */
export function giveBack({ buffer: memory }: Buffer): void {
  if (!(memory instanceof ArrayBuffer) || memory.byteLength < LARGE_BYTES) return;
  if (memory.byteLength > MOST_FREE_BYTES) {
    memory.transfer(0);
    return;
  }
  freeBytes += memory.byteLength;
  free.push(memory.transfer());
  while (freeBytes > MOST_FREE_BYTES) freeBytes -= letGoLongestIdle();
}

function letGoLongestIdle(): number {
  const memory = free.shift();
  if (memory === undefined) return 0;
  const { byteLength } = memory;
  memory.transfer(0);
  return byteLength;
}
