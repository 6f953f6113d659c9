/**
 * `npm start`: a trial run with simulators when nothing is configured, real shipping from this
 * machine otherwise.
 */
import { enter } from './entry.ts';

await enter(async () => (await import('./main.ts')).main);
