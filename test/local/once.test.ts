/** What `--once` calls a success. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../lib/config/parse.ts';
import { system } from '../../lib/platform/outside.ts';
import { keepShipping } from '../../local/keep-shipping.ts';
import { createTerminal } from '../../local/terminal.ts';
import { configured, TOKENS } from '../support/started.ts';

test('--once fails, and says so, where a run ended in good order but the stream came no further', async (t) => {
  const { folder, jumpcloud, logzio } = await configured(t, 250);
  // The first page arrives, and is known already. The second never does.
  const config = parseConfig(
    {
      logzio: { url: logzio.url, token: TOKENS.LOGZIO_API_TOKEN },
      jumpcloud_api: {
        ...{ url: jumpcloud.url, start_date: '-1h', settings: { limit: 10 } },
        credentials: { token: TOKENS.JUMPCLOUD_API_TOKEN },
      },
    },
    {},
    Date.now(),
  ).config;
  process.chdir(folder);
  let printed = '';
  const write = (text: string) => {
    printed += text;
  };
  const terminal = createTerminal({ write }, {});
  const signal = new AbortController().signal;
  const options = { terminal, folder, config, once: true, signal, runMs: 1_500 };
  assert.equal(await keepShipping({ ...options, clock: system.clock, runMs: 60_000 }), true, printed);
  const known = jumpcloud.requests.length;
  jumpcloud.settings.onRequest = (_request, n) => (n > known + 1 ? { kind: 'hang' } : undefined);
  assert.equal(await keepShipping({ ...options, clock: system.clock }), false, printed);
  assert.match(printed, /live#default was read only up to/);
});
