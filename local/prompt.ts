/**
 * Questions on a terminal: one whose answer is not shown, and one that is answered with yes or no.
 */
import { createInterface } from 'node:readline/promises';
import type { ReadStream } from 'node:tty';

export interface Terminal {
  readonly input: ReadStream;
  readonly output: NodeJS.WritableStream;
}

/** Where this program was started from one: absent where nobody can be asked. */
export const terminalHere: Terminal | undefined =
  process.stdin.isTTY && process.stdout.isTTY ? { input: process.stdin, output: process.stdout } : undefined;

/** Ctrl-C, or the end of the input, instead of an answer. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const ENTER = /[\r\n]/;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACE = /[\b\u007f]/;

/**
 * Asks without echo: the terminal is switched to raw mode, so that not even the number of
 * characters shows while typing.
 * @returns what was typed or pasted before Enter.
 * @throws Interrupted
 */
export function askHidden(question: string, { input, output }: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (end: () => void) => {
      input.off('data', onData).off('end', onEnd);
      input.setRawMode(false);
      input.pause();
      output.write('\n');
      end();
    };
    const onEnd = () => finish(() => reject(new Interrupted('The input ended.')));
    const onData = (chunk: Buffer | string) => {
      for (const character of chunk.toString()) {
        if (ENTER.test(character)) return finish(() => resolve(typed));
        if (character === CTRL_C || character === CTRL_D) return finish(() => reject(new Interrupted('Interrupted.')));
        typed = BACKSPACE.test(character) ? typed.slice(0, -1) : typed + character;
      }
    };
    // Raw before the question shows: who pastes at once must not see the answer either.
    input.setRawMode(true);
    output.write(question);
    input.on('data', onData).on('end', onEnd).resume();
  });
}

/**
 * @returns true for `y` or `yes`; everything else is a no.
 * @throws Interrupted
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<boolean> {
  const lines = createInterface({ input, output, terminal: true });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  lines.once('SIGINT', () => lines.close());
  try {
    return /^y(es)?$/i.test((await lines.question(question, { signal: gone.signal })).trim());
  } catch (error) {
    output.write('\n');
    throw new Interrupted('Interrupted.', { cause: error });
  } finally {
    lines.close();
  }
}

/** Asks the person who started this program; undefined where nobody can be asked. */
export const askYesNo = terminalHere && ((question: string) => confirm(question, terminalHere));
