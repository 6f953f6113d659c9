/** Logz.io's listener in memory: what it takes, what it refuses, and what it says of it. */
import type { HttpAnswer } from '../../../lib/platform/http.ts';
import type { Send } from '../judge/ledger.ts';
import type { Chance } from './chance.ts';
import type { Exchange, NoAnswer } from './instance.ts';
import { MALFORMED } from './truth.ts';
import type { World } from './world.ts';

export const LOGZIO_URL = 'https://logzio.test';
const LARGEST_BODY_BYTES = 10_485_760;
const LARGEST_LINE_BYTES = 500_000;
const UNWELCOME = 401;

/** Those with `taken` are answered so although the bulk was taken. */
export const LOGZIO_FAULTS = [
  [1, 'no connection'],
  [0.3, 'proxy refuses'],
  [0.3, 'no such name'],
  [1, 'broken off'],
  [3, 'broken off, taken'],
  [0.5, 'no answer'],
  [0.7, 'no answer, taken'],
  [1, '408'],
  [1, '429'],
  [2, '429 with Retry-After'],
  [2, '500'],
  [2, '500, taken'],
  [0.5, '502, taken'],
  [1, '503'],
  [1, '504, taken'],
  [3, '413'],
  [2, '400 for some lines'],
  [0.7, '400 for all lines'],
  [0.7, '400 for no line'],
  [0.7, '400 without counts'],
  [0.7, '400 without counts, taken'],
  [0.7, '401'],
  [1, '403'],
  [0.5, '404'],
  [0.5, '302'],
  [1, '200 HTML'],
] as const satisfies readonly (readonly [number, string])[];

export class Logzio {
  /** Answers 503 to everything until then. */
  downUntil = 0;
  /** Lines are refused that are marked as malformed. */
  isStrict = true;
  readonly #world: World;
  readonly #chance: Chance;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  /** @param send what of the bulk is taken is noted there */
  answer({ request, fault = '' }: Exchange, lines: readonly string[], send: Send): HttpAnswer | NoAnswer {
    const token = new URL(request.url).searchParams.get('token');
    if (token !== this.#world.tokens.logzioSecret) return raw(UNWELCOME, 'Logging token is not valid');
    if (this.#world.isTroubled && this.#world.now < this.downUntil) return raw(503, '');
    const [answer, taken] = fault.split(', ');
    if (taken) this.#take(send, () => true);
    switch (answer) {
      case '':
        break;
      case 'broken off':
      case 'no answer':
        return answer;
      case '429 with Retry-After':
        return { ...raw(429, ''), headers: { 'retry-after': String(this.#chance.int(0, 30)) } };
      case '413':
        // Too large is a bulk that can be split: its single lines pass.
        if (lines.length > 1) return raw(413, '');
        break;
      case '400 for some lines':
        return this.#judge(lines, send, () => this.#chance.happens(0.5));
      case '400 for all lines':
        return this.#judge(lines, send, () => true);
      case '400 for no line':
        this.#take(send, () => true);
        return counts(lines.length, lines.length);
      case '400 without counts':
        return raw(400, 'Bad Request');
      case '200 HTML':
        return { ...raw(200, '<html></html>'), headers: { 'content-type': 'text/html' } };
      default:
        return raw(Number(answer), '');
    }
    const { isTroubled, plan } = this.#world;
    if ((isTroubled && lines.length > plan.mostLines) || request.body.length > LARGEST_BODY_BYTES) return raw(413, '');
    return this.#judge(lines, send, () => false);
  }

  #judge(lines: readonly string[], send: Send, isSpoilt: () => boolean): HttpAnswer {
    const bad = lines.map(
      (line) =>
        isSpoilt() || (this.isStrict && line.includes(MALFORMED)) || Buffer.byteLength(line) > LARGEST_LINE_BYTES,
    );
    const good = bad.filter((isBad) => !isBad).length;
    this.#take(send, (place) => !bad[place]);
    return good === lines.length ? raw(200, '') : counts(good, lines.length);
  }

  #take(send: Send, isGood: (place: number) => boolean): void {
    this.#world.judge.taken(send, (place) => isGood(place));
  }
}

function counts(successfulLines: number, lines: number): HttpAnswer {
  const malformedLines = lines - successfulLines;
  return raw(400, JSON.stringify({ malformedLines, successfulLines, oversizedLines: 0, emptyLogLines: 0 }));
}

function raw(status: number, text: string): HttpAnswer {
  return { status, headers: {}, body: Buffer.from(text) };
}
