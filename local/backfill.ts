/**
 * `npm run backfill`: months of history, in the account or from this machine, watched until it
 * ends.
 */
import { enter } from './entry.ts';

await enter(async () => (await import('./backfill-main.ts')).backfillMain);
