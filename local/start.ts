/** `npm start`: a trial run with stand-ins when nothing is configured, real shipping from this machine otherwise. */
import { requireNode } from '../infra/node-version.ts';

/** The program itself needs a Node that this file must not need: it is loaded only when the version is right. */
async function start(): Promise<number> {
  try {
    requireNode(process.versions.node);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const { main } = await import('./main.ts');
  return main(process.argv.slice(2));
}

process.exitCode = await start();
