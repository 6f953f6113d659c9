/** One small history, with a kill or a freeze at every step, and with every request failing. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Played, playAll } from './pool.ts';
import { told } from './story.ts';
import { type Case, failing, SYSTEMATIC, systematicCases } from './systematic.ts';

let cases: readonly Case[] = [];
let played: readonly Played[] = [];
before(async () => {
  cases = await systematicCases();
  played = await playAll(SYSTEMATIC, cases.length);
});

const TITLES: Readonly<Record<Case['kind'], string>> = {
  kill: 'the promise holds wherever a run is killed, before and after each of its requests is applied',
  'kill, and kill the recovery': 'the promise holds wherever a run is killed, and wherever the next one is killed too',
  freeze: 'the promise holds wherever a run stands still until another one has done its work',
  fault: 'the promise holds whichever request fails, in whichever way',
};

for (const [kind, title] of Object.entries(TITLES)) {
  test(title, async (t) => {
    const own = cases.flatMap((one, place) => (one.kind === kind ? [{ one, verdict: played[place] }] : []));
    t.diagnostic(`${own.length} cases`);
    assert.ok(own.length > 0);
    const broken = own.find(({ verdict }) => verdict?.broke !== undefined);
    if (broken) assert.fail(`${JSON.stringify(broken.one)}\n${await told(broken.one.history, failing(broken.one))}`);
  });
}
