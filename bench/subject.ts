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
  /** Microseconds of processor time, run by run. */
  readonly runMicros: readonly number[];
  /** What the handler answered last. */
  readonly result: { readonly shipped?: number; readonly eventsRead?: number; readonly caughtUp?: boolean };
}

const LIFE_MS = 15 * 60_000;
const INTERVAL_MS = 5 * 60_000;
const KILOBYTE = 1024;
const [, , deployed = '', runs = '1'] = process.argv;

const realNow = Date.now;
let behindMs = 0;
// Before the bundle takes it: earlier runs of an instance have to be earlier by the clock.
Date.now = () => realNow() - behindMs;

function micros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function measure(): Promise<Measured> {
  const before = micros();
  const { handler } = createRequire(deployed)(deployed);
  const initMicros = micros() - before;
  const startedAt = performance.now();
  const runMicros: number[] = [];
  let result = {};
  for (let left = Number(runs); left > 0; left--) {
    behindMs = (left - 1) * INTERVAL_MS;
    const [runBefore, runStartedAt] = [micros(), performance.now()];
    result = await handler(
      {},
      {
        awsRequestId: 'bench',
        functionName: 'bench',
        functionVersion: '$LATEST',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
        memoryLimitInMB: '1024',
        getRemainingTimeInMillis: () => LIFE_MS - (performance.now() - runStartedAt),
      },
    );
    runMicros.push(micros() - runBefore);
  }
  return {
    initMicros,
    cpuMicros: micros(),
    runMicros,
    wallMs: performance.now() - startedAt,
    peakBytes: process.resourceUsage().maxRSS * KILOBYTE,
    result,
  };
}

measure().then((measured) => process.send?.(measured, () => process.exit()));
