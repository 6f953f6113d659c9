/** `npm run status`, `npm run dry-run`, `npm run quarantine`: the first word says which. */
import { enter } from './entry.ts';

await enter(async () => {
  const { commandMain } = await import('./command-main.ts');
  return ([name, ...words]) => commandMain(name as Parameters<typeof commandMain>[0], words);
});
