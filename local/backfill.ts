/** `npm run backfill`: months of history, in the account or from this machine, watched until it ends. */
import { requireNode } from '../infra/node-version.ts';

/** The program itself needs a Node that this file must not need: it is loaded only when the version is right. */
async function start(): Promise<number> {
  try {
    requireNode(process.versions.node);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const { backfillMain } = await import('./backfill-main.ts');
  return backfillMain(process.argv.slice(2));
}

process.exitCode = await start();
