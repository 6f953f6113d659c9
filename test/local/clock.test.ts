/** What `npm start` makes of a clock that is set right while it runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../lib/config/read.ts';
import { system } from '../../lib/platform/outside.ts';
import { keepShipping } from '../../local/keep-shipping.ts';
import { createTerminal } from '../../local/terminal.ts';
import { configured, MINUTE_MS, TOKENS } from '../support/started.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;

test('a clock that was a day ahead and is set right during a run does not put off the next run by a day', async (t) => {
  const { folder, jumpcloud } = await configured(t, 5);
  const { config } = readConfig(folder, TOKENS, Date.now());
  let ahead = DAY_MS;
  jumpcloud.settings.onRequest = () => {
    ahead = 0;
    return undefined;
  };
  const stop = new AbortController();
  let [printed, waitedMs] = ['', 0];
  const clock = {
    ...system.clock,
    now: () => Date.now() + ahead,
    timer(ms: number, signal?: AbortSignal) {
      // The pause is the one wait that only the end of the program cuts short.
      if (signal === stop.signal) {
        waitedMs = ms;
        stop.abort();
      }
      return system.clock.timer(ms, signal);
    },
  };
  process.chdir(folder);
  const terminal = createTerminal({ write: (text: string) => (printed += text) }, {});
  await keepShipping({ terminal, folder, config, once: false, signal: stop.signal, clock });
  assert.ok(waitedMs > 0 && waitedMs <= MINUTE_MS, `waits ${waitedMs} ms:\n${printed}`);
});
