/** Inputs with bad values: each is refused with the accepted form, and nothing is done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorld } from '../support/world.ts';

const bad: [object, RegExp][] = [
  [{ dry_run: 'true' }, /dry_run must be true or false/],
  [{ audit: 1 }, /audit must be true or false/],
  [{ rewind_to: 'yesterday' }, /rewind_to: .*give a time such as "2026-11-21T12:00:00Z", or an age such as "-2h"/],
  [{ rewind_to: 17 }, /rewind_to: it is not text; give a time/],
  [{ rewind_to: null }, /rewind_to: it is not text/],
  [{ rewind_to: '2027-01-01T00:00:00Z' }, /rewind_to: it is in the future/],
  [{ rewind_to: '2026-02-30T00:00:00Z' }, /rewind_to: /],
  [
    { rewind_to: '-200000d' },
    /rewind_to is before 2026-08-22T12:00:00\.000Z, and JumpCloud keeps events for 90 days at most/,
  ],
  [{ start_time: '2026-08-22T11:59:59Z', end_time: '-1h' }, /start_time is before 2026-08-22T12:00:00\.000Z/],
  [{ dry_run: true, start_time: '-91d', end_time: '-1h' }, /start_time is before 2026-08-22T12:00:00\.000Z/],
  [{ start_time: '-2h' }, /end_time: it is missing; give a time/],
  [{ end_time: '-2h' }, /start_time: it is missing; give a time/],
  [{ start_time: '-1h', end_time: '-2h' }, /end_time must be after start_time/],
  [{ start_time: '-1h', end_time: '-1h' }, /end_time must be after start_time/],
  [{ start_time: '-1h', end_time: '2027-01-01T00:00:00Z' }, /end_time: it is in the future/],
  [{ quarantine: 'empty' }, /quarantine must be "list" or "replay"/],
  [{ quarantine: true }, /quarantine must be "list" or "replay"/],
  [{ quarantine: 'replay', ids: 'x' }, /ids must be a list of quarantine ids, as \{"quarantine": "list"\} shows them/],
  [{ quarantine: 'replay', ids: [] }, /ids must be a list .* To replay all, leave ids out/],
  [{ dry_run: null, start_time: '-2h', end_time: '-1h' }, /dry_run must be true or false/],
  [{ quarantine: 'list', before: 'today' }, /before: .*give a time/],
  [{ quarantine: 'replay', before: '-1d' }, /before is only for \{"quarantine": "list"\}/],
  [{ ids: ['x'] }, /ids is only for \{"quarantine": "replay"\}/],
  [{ dry_run: true, rewind_to: '-1h' }, /Give only one of dry_run and rewind_to at a time\. Nothing/],
  [{ audit: true, start_time: '-2h', end_time: '-1h' }, /Give only one of audit and start_time at a time/],
  [{ org_id: 17 }, /org_id must be text/],
];
for (const [input, message] of bad) {
  test(`${JSON.stringify(input)} is refused with the accepted form, and nothing is done`, async () => {
    await using world = await startWorld();
    await assert.rejects(world.invoke(input), (error: Error) => {
      assert.equal(error.name, 'InputError');
      assert.match(error.message, message);
      assert.match(error.message, /nothing was done/i);
      return true;
    });
    assert.equal(
      world.jumpcloud.requests.length + world.logzio.requests.length + world.aws.dynamoDb.requests.length,
      0,
    );
  });
}
