/** A backfill so large that its slices and its totals come in several answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driveBackfill, type Engine } from '../../lib/backfill/drive.ts';
import { NO_TOTALS } from '../../lib/backfill/totals.ts';

test('every slice is shipped and counted, also where a list of them does not fit into one answer', async () => {
  const shipped: string[] = [];
  const pages = new Map([
    [undefined, { name: 'first', after: 'first' }],
    ['first', { name: 'second', after: undefined }],
  ]);
  const engine: Engine = {
    mostOperations: 100,
    async ask(_, request) {
      if (request.backfill === 'plan') return { planned: true, start_time: 'a', end_time: 'b' };
      const page = pages.get('after' in request ? request.after : undefined);
      assert.ok(page);
      const after = page.after === undefined ? {} : { after: page.after };
      if (request.backfill === 'next') return { slices: [{ slice: page.name, events: 1 }], ...after };
      return { ...NO_TOTALS, slices: 1, slicesDone: 1, ...after };
    },
    askAll: async (_, requests) =>
      requests.map(({ request }) => {
        if ('slice' in request) shipped.push(request.slice);
        return { message: '', done: true, shipped: 1, moved: true, throttled: 0 };
      }),
    wait: async () => undefined,
    handOver: async () => assert.fail('its history is short'),
  };
  const { slices, slicesDone } = await driveBackfill(engine, { start_time: 'a' });
  assert.deepEqual(shipped, ['first', 'second']);
  assert.deepEqual([slices, slicesDone], [2, 2]);
});
