/** Starts a program from its command line, or says which Node it needs. */
import { requireNode } from '../infra/node-version.ts';

type Program = (words: readonly string[]) => Promise<number>;

const WRONG_USE = 2;

/**
 * Sets the exit code.
 * @param load imports the program: it needs a Node that this file must not need, and is loaded only
 * when the version is right
 */
export async function enter(load: () => Promise<Program>): Promise<void> {
  try {
    requireNode(process.versions.node);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = WRONG_USE;
    return;
  }
  const program = await load();
  process.exitCode = await program(process.argv.slice(2));
}
