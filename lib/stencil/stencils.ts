/** The stencils of one kind of line, by the layouts of the events they are for. */
import { type LineBytes, LineWriter } from '../line-writer.ts';
import { mix } from '../outline/member-names.ts';
import { MOST_ENTRIES, type Outline } from '../outline/outline.ts';
import { Draft } from './draft.ts';
import type { Stencil } from './stencil.ts';

/** Draws what is written for the event that the draft was made of. */
export type Draw = (draft: Draft) => void;

/** JumpCloud has some 200 types of event, of a few layouts each: with 40 members each, 8 KB. */
export const MOST_KEPT_BYTES = 8_000_000;
/** What a stencil takes for each member, beside the bytes of its pieces; measured. */
const MEMBER_BYTES = 200;
const SLOT_BITS = 12;
/** Of one layout, or of one hash: then the oldest gives way. */
const MOST_IN_SLOT = 8;

interface Entry {
  readonly layout: Int32Array;
  readonly stencil: Stencil;
}

export class Stencils {
  readonly #draw: Draw;
  readonly #writer = new LineWriter();
  readonly #layout = new Int32Array(MOST_ENTRIES);
  #slots: Entry[][] = [];
  #keptBytes = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /**
   * @param contentId for what computes a text of it
   * @returns the line, valid until the next call; undefined where the event has to go the thorough way
   */
  write(outline: Outline, contentId?: string): LineBytes | undefined {
    const slot = this.#readLayout(outline);
    const stencil = this.#find(slot, outline) ?? this.#add(slot, outline);
    return stencil?.write(outline, contentId, this.#writer);
  }

  /** @returns the layout's hash */
  #readLayout({ size, names, nexts, kinds, hollow, loose, hasBlanks }: Outline): number {
    const layout = this.#layout;
    let hash = 0;
    for (let entry = 0; entry < size; entry++) {
      const code =
        ((names[entry] as number) << 16) |
        ((nexts[entry] as number) << 6) |
        ((kinds[entry] as number) << 2) |
        ((hollow[entry] as number) << 1) |
        (loose[entry] as number);
      layout[entry] = code;
      hash = mix(hash, code);
    }
    // The event itself has no name.
    if (hasBlanks) layout[0] = (layout[0] as number) | (1 << 16);
    return hash >>> (32 - SLOT_BITS);
  }

  #find(slot: number, outline: Outline): Stencil | undefined {
    const entries = this.#slots[slot];
    if (entries === undefined) return undefined;
    for (const { layout, stencil } of entries)
      if (this.#is(layout, outline.size) && stencil.fits(outline)) return stencil;
    return undefined;
  }

  #is(layout: Int32Array, size: number): boolean {
    if (layout.length !== size) return false;
    for (let entry = 0; entry < size; entry++) if (layout[entry] !== this.#layout[entry]) return false;
    return true;
  }

  #add(slot: number, outline: Outline): Stencil | undefined {
    const draft = new Draft(outline);
    this.#draw(draft);
    const stencil = draft.finish();
    if (stencil) this.#keep(slot, { layout: this.#layout.slice(0, outline.size), stencil });
    return stencil;
  }

  #keep(slot: number, entry: Entry): void {
    if (this.#keptBytes > MOST_KEPT_BYTES) {
      this.#slots = [];
      this.#keptBytes = 0;
    }
    this.#slots[slot] ??= [];
    const entries = this.#slots[slot];
    entries.push(entry);
    this.#keptBytes += bytesOf(entry);
    const oldest = entries.length > MOST_IN_SLOT ? entries.shift() : undefined;
    if (oldest) this.#keptBytes -= bytesOf(oldest);
  }
}

function bytesOf({ layout, stencil }: Entry): number {
  return MEMBER_BYTES * layout.length + stencil.pieceBytes;
}
