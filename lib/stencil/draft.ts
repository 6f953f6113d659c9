/** A stencil in the making: it is drawn from one event, and must be right for all that it fits. */
import { endEdge, memberEdge, type Outline, startEdge } from '../outline/outline.ts';
import { type Compute, type Condition, type Question, STEPS, Stencil } from './stencil.ts';

/** All that may be seen of an event without asking: it is the same in every event of the layout. */
export type Layout = Pick<Outline, 'kinds' | 'names' | 'loose' | 'hollow' | 'find' | 'findIn' | 'membersOf'>;

/** A spot at a distance from an edge, which is the same distance in every event of the layout. */
interface Spot {
  readonly edge: number;
  distance: number;
}

interface Copied {
  readonly step: typeof STEPS.copy | typeof STEPS.escaped;
  readonly from: Spot;
  to: Spot;
}
type Step = Copied | { readonly piece: Uint8Array } | { readonly compute: Compute };

export class Draft {
  readonly layout: Layout;
  readonly #outline: Outline;
  readonly #conditions: Condition[] = [];
  readonly #steps: Step[] = [];
  #isGivenUp = false;
  #hasAskedOnce = false;

  constructor(outline: Outline) {
    this.#outline = outline;
    this.layout = outline;
  }

  /** The event has to go the thorough way. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  /** Asks about values. The stencil will fit only events of which the answer is the same. */
  ask(question: Question): boolean {
    const answer = question(this.#outline);
    this.#conditions.push({ question, answer });
    return answer;
  }

  /** Asks about values what is computed again for every event: `computed` has to see to it that the answer still holds. */
  askOnce<Answer>(question: (outline: Outline) => Answer): Answer {
    this.#hasAskedOnce = true;
    return question(this.#outline);
  }

  piece(piece: Uint8Array): void {
    this.#steps.push({ piece });
  }

  /** One ASCII character. */
  byte(byte: number): void {
    const last = this.#lastCopied();
    // The same character may be next in the event: punctuation, which is where it is in every event of the layout.
    if (last && this.#at(last.to) < this.#outline.end && this.#outline.body[this.#at(last.to)] === byte) {
      last.to.distance++;
    } else {
      this.piece(Uint8Array.of(byte));
    }
  }

  /** A member's name, of so many ASCII characters, in its quotes. */
  name(entry: number, length: number): void {
    this.#copy({ edge: memberEdge(entry), distance: 0 }, { edge: memberEdge(entry), distance: length + 2 });
  }

  /** A value, or what is left of it without some characters at its ends. */
  value(entry: number, withoutFirst = 0, withoutLast = 0): void {
    this.#copy({ edge: startEdge(entry), distance: withoutFirst }, { edge: endEdge(entry), distance: -withoutLast });
  }

  /** The brace that opens an object. */
  opening(entry: number): void {
    this.#copy({ edge: startEdge(entry), distance: 0 }, { edge: startEdge(entry), distance: 1 });
  }

  /** A value as it stands inside of a text; one that is not loose. */
  escaped(entry: number): void {
    const [from, to] = [
      { edge: startEdge(entry), distance: 0 },
      { edge: endEdge(entry), distance: 0 },
    ];
    this.#steps.push({ step: STEPS.escaped, from, to });
  }

  /** What has to be worked out for every event. */
  computed(compute: Compute): void {
    this.#steps.push({ compute });
  }

  /** @returns undefined where this event is given up, but the next one of its layout need not be */
  finish(): Stencil | undefined {
    if (this.#isGivenUp) return this.#hasAskedOnce ? undefined : this.#noLine();
    const steps: number[] = [];
    const pieces: Uint8Array[] = [];
    const computed: Compute[] = [];
    let pieceBytes = 0;
    let isPiece = false;
    for (const step of this.#steps) {
      if ('piece' in step) {
        pieces.push(step.piece);
        // Neighbours are one.
        if (!isPiece) steps.push(STEPS.piece, pieceBytes, 0);
        pieceBytes += step.piece.length;
        steps[steps.length - 1] = pieceBytes;
      } else if ('compute' in step) {
        steps.push(STEPS.computed, computed.length);
        computed.push(step.compute);
      } else {
        steps.push(step.step, step.from.edge, step.from.distance, step.to.edge, step.to.distance);
      }
      isPiece = 'piece' in step;
    }
    return new Stencil({
      conditions: this.#conditions,
      steps: Int32Array.from(steps),
      pieces: together(pieces, pieceBytes),
      computed,
    });
  }

  /** For events that all go the thorough way. */
  #noLine(): Stencil {
    const steps = Int32Array.of(STEPS.computed, 0);
    return new Stencil({ conditions: this.#conditions, steps, pieces: together([], 0), computed: [() => undefined] });
  }

  #copy(from: Spot, to: Spot): void {
    const last = this.#lastCopied();
    if (last && this.#at(last.to) === this.#at(from)) last.to = to;
    else this.#steps.push({ step: STEPS.copy, from, to });
  }

  /** What could be copied on. Where there are blanks, neighbours in this event need not be neighbours in the next one. */
  #lastCopied(): Copied | undefined {
    const last = this.#steps.at(-1);
    return last && 'step' in last && last.step === STEPS.copy && !this.#outline.hasBlanks ? last : undefined;
  }

  #at({ edge, distance }: Spot): number {
    return (this.#outline.edges[edge] as number) + distance;
  }
}

/** Outside of Node's pool, which a few bytes would keep as a whole. */
function together(pieces: readonly Uint8Array[], bytes: number): Buffer {
  const all = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
