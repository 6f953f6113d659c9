/**
 * `node local/health.ts`: exit code 0 while the watermark is fresh, 1 otherwise; for containers and
 * monitors.
 */
import { enter } from './entry.ts';

await enter(async () => {
  const { readHealth } = await import('./health-file.ts');
  return async () => {
    const { healthy, says } = readHealth(`${process.cwd()}/.local`, Date.now());
    process.stdout.write(`${says}\n`);
    return healthy ? 0 : 1;
  };
});
