/** Every JSON command that the documents show is given to the function, which does what it asks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseInput } from '../../lib/commands/input.ts';
import { loginAt, NOON, startWorld } from '../support/world.ts';
import { PAGES } from './shown-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const JSON_IN_CODE = /[`'](\{(?:"[a-z_]+":[^`']*)?\})['`]/g;
/** With a part left out, or a piece of config.yaml or of an event. */
const NO_COMMAND = /…|^\{"(?:active_changed_to|jumpcloud_api)"/;
/** It wants an organization of the reader: test/commands/take-over.test.ts has some. */
const TAKE_OVER = /"take_over"/;
const AT = '2026-11-20T08:30:00Z';

function commandsShown(): Set<string> {
  const shown = PAGES.flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(JSON_IN_CODE)].map(([, json = '']) => json),
  );
  return new Set(shown.filter((json) => !NO_COMMAND.test(json)));
}

test('the function takes every JSON command that a page shows', async (t) => {
  await using world = await startWorld();
  world.jumpcloud.add([loginAt(AT, 'early'), loginAt(NOON - 600_000, 'late')]);
  await world.invoke();
  for (const json of commandsShown()) {
    await t.test(json, async () => {
      const given = JSON.parse(json);
      assert.deepEqual(parseInput(given, NOON).warnings, []);
      if (!TAKE_OVER.test(json)) assert.ok((await world.invoke(given)).message);
    });
  }
});
