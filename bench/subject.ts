/**
 * What is measured: a fresh process that loads the deployed bundle, as Lambda would, and invokes
 * it. Tells its parent what that took. Bundled before it runs, so that nothing of the development
 * tools is in the figures.
 */
import { createRequire } from 'node:module';

export interface Measured {
  /**
   * Microseconds of processor time, all threads together: for loading the bundle, and for the whole
   * process.
   */
  readonly initMicros: number;
  readonly cpuMicros: number;
  readonly wallMs: number;
  readonly peakBytes: number;
  /** What the handler answered. */
  readonly result: { readonly shipped?: number; readonly eventsRead?: number; readonly caughtUp?: boolean };
}

const LIFE_MS = 15 * 60_000;
const KILOBYTE = 1024;

async function measure(): Promise<Measured> {
  const before = process.cpuUsage();
  const deployed = process.argv[2] ?? '';
  const { handler } = createRequire(deployed)(deployed);
  const init = process.cpuUsage(before);
  const startedAt = performance.now();
  const result = process.argv.includes('--load-only')
    ? {}
    : await handler(
        {},
        {
          awsRequestId: 'bench',
          functionName: 'bench',
          functionVersion: '$LATEST',
          invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
          memoryLimitInMB: '1024',
          getRemainingTimeInMillis: () => LIFE_MS - (performance.now() - startedAt),
        },
      );
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage();
  return {
    initMicros: init.user + init.system,
    cpuMicros: user + system,
    wallMs,
    peakBytes: process.resourceUsage().maxRSS * KILOBYTE,
    result,
  };
}

measure().then((measured) => process.send?.(measured, () => process.exit()));
