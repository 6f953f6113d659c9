/**
 * How one event's line was put together, to be used for all others of the same layout.
 *
 * Events of one type differ in what their values say and hardly in anything else. So what becomes of each member is worked
 * out once (draft.ts), and noted as steps; every further event takes the steps.
 */
import type { LineBytes, LineWriter } from '../line-writer.ts';
import type { Outline } from '../outline/outline.ts';

/** What is asked about an event's values, as far as the steps depend on it. */
export type Question = (outline: Outline) => boolean;

export interface Condition {
  readonly question: Question;
  readonly answer: boolean;
}

/** @returns text for the line; undefined where the event needs another way */
export type Compute = (outline: Outline, contentId: string | undefined) => string | undefined;

/** Each step is followed by its operands. */
export const STEPS = {
  /** From and to, in `pieces`. */
  piece: 0,
  /** From and to, in the page: each an edge, and the distance from it. */
  copy: 1,
  /** The same, for what is to stand inside of a text. */
  escaped: 2,
  /** The number of what computes the text. */
  computed: 3,
} as const;

export interface StencilParts {
  readonly conditions: readonly Condition[];
  readonly steps: Int32Array;
  readonly pieces: Buffer;
  readonly computed: readonly Compute[];
}

export class Stencil {
  readonly #conditions: readonly Condition[];
  readonly #steps: Int32Array;
  readonly #pieces: Buffer;
  readonly #computed: readonly Compute[];

  constructor({ conditions, steps, pieces, computed }: StencilParts) {
    this.#conditions = conditions;
    this.#steps = steps;
    this.#pieces = pieces;
    this.#computed = computed;
  }

  get pieceBytes(): number {
    return this.#pieces.length;
  }

  /** @param outline of the layout that the stencil was made for */
  fits(outline: Outline): boolean {
    for (const { question, answer } of this.#conditions) if (question(outline) !== answer) return false;
    return true;
  }

  /**
   * @param outline one that it fits
   * @returns the line, valid until the writer's next one; undefined where the event needs another way
   */
  write(outline: Outline, contentId: string | undefined, writer: LineWriter): LineBytes | undefined {
    const { body, edges } = outline;
    const steps = this.#steps;
    writer.begin();
    for (let at = 0; at < steps.length; ) {
      const step = steps[at] as number;
      const one = steps[at + 1] as number;
      if (step === STEPS.piece) {
        writer.copy(this.#pieces, one, steps[at + 2] as number);
        at += 3;
      } else if (step === STEPS.computed) {
        const text = this.#computed[one]?.(outline, contentId);
        if (text === undefined) return undefined;
        if (text !== '') writer.text(text);
        at += 2;
      } else {
        const from = (edges[one] as number) + (steps[at + 2] as number);
        const to = (edges[steps[at + 3] as number] as number) + (steps[at + 4] as number);
        if (step === STEPS.copy) writer.copy(body, from, to);
        else writer.escaped(body, from, to);
        at += 5;
      }
    }
    return writer;
  }
}
