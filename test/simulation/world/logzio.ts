/** Logz.io's listener in memory: what it takes, what it refuses, and what it says of it. */
import type { HttpAnswer, PostRequest } from '../../../lib/platform/http.ts';
import type { Send } from '../judge/ledger.ts';
import type { Chance, Faults } from './chance.ts';
import { MALFORMED } from './truth.ts';
import type { World } from './world.ts';

export const LOGZIO_URL = 'https://logzio.test';
const LARGEST_BODY_BYTES = 10_485_760;
const LARGEST_LINE_BYTES = 500_000;

/** Those with `taken` are answered so although the bulk was taken. */
export const LOGZIO_FAULTS: Faults = [
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
];

export class Logzio {
  /** Answers 503 to everything until then. */
  downUntil = 0;
  /** Refuses lines that are marked as malformed. */
  isStrict = true;
  readonly #world: World;
  readonly #chance: Chance;

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
  }

  /** @param send what of the bulk is taken is noted there; it has a tag for each line */
  answer(request: PostRequest, fault: string, send: Send): HttpAnswer | 'no answer' | 'broken off' {
    const { tokens, isTroubled, now, plan } = this.#world;
    const token = new URL(request.url).searchParams.get('token');
    if (token !== tokens.logzioSecret) return raw(401, 'Logging token is not valid');
    if (isTroubled && now < this.downUntil) return raw(503);
    const [answer = '', isTaken] = fault.split(', ');
    const lines = request.body.toString().split('\n').slice(0, send.tags.length);
    const takeAll = () => this.#world.judge.taken(send, () => true);
    if (isTaken) takeAll();
    switch (answer) {
      case 'broken off':
      case 'no answer':
        return answer;
      case '429 with Retry-After':
        return raw(429, '', { 'retry-after': String(this.#chance.int(0, 30)) });
      case '400 for some lines':
        return this.#judge(lines, send, () => this.#chance.happens(0.5));
      case '400 for all lines':
        return this.#judge(lines, send, () => true);
      case '400 for no line':
        takeAll();
        return counts(lines.length, lines.length);
      case '400 without counts':
        return raw(400, 'Bad Request');
      case '200 HTML':
        return raw(200, '<html></html>', { 'content-type': 'text/html' });
    }
    if (answer !== '' && answer !== '413') return raw(Number(answer));
    // Too large is a bulk that can be split: its single lines pass.
    const mostLines = answer === '413' ? 1 : isTroubled ? plan.mostLines : lines.length;
    if (lines.length > mostLines || request.body.length > LARGEST_BODY_BYTES) return raw(413);
    return this.#judge(lines, send, () => false);
  }

  #judge(lines: readonly string[], send: Send, isSpoilt: () => boolean): HttpAnswer {
    const isGood = lines.map(
      (line) =>
        !isSpoilt() && !(this.isStrict && line.includes(MALFORMED)) && Buffer.byteLength(line) <= LARGEST_LINE_BYTES,
    );
    this.#world.judge.taken(send, (place) => isGood[place] === true);
    const good = isGood.filter(Boolean).length;
    return good === lines.length ? raw(200) : counts(good, lines.length);
  }
}

function counts(successfulLines: number, lines: number): HttpAnswer {
  const malformedLines = lines - successfulLines;
  return raw(400, JSON.stringify({ malformedLines, successfulLines, oversizedLines: 0, emptyLogLines: 0 }));
}

function raw(status: number, text = '', headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers, body: Buffer.from(text) };
}
