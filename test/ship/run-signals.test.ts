/** What stops reading, what stops sending, and which of two failures a run reports. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineAfter } from '../../lib/platform/deadline.ts';
import { RunSignals } from '../../lib/ship/run-signals.ts';
import { LeaseLostError } from '../../lib/state/checkpoint.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function start() {
  const clock = new VirtualClock(0);
  const deadline = deadlineAfter(clock, 100_000);
  const signals = new RunSignals(deadline);
  const state = () => {
    const { reading, sending, hasLostLease, isSent } = signals;
    const named = {
      'stops reading': reading.stop.aborted,
      'stops sending': sending.stop.aborted,
      'gives up what is in flight': sending.giveUp.aborted,
      'has lost its lease': hasLostLease,
      'is sent': isSent.aborted,
    };
    return Object.entries(named).flatMap(([name, isSo]) => (isSo ? name : []));
  };
  return { clock, deadline, signals, state };
}

test('the deadline stops reading and sending, and later what is in flight', async () => {
  const { clock, state, deadline } = start();
  assert.deepEqual(state(), []);
  clock.advance(80_000);
  await clock.turn();
  assert.deepEqual(state(), ['stops reading', 'stops sending']);
  clock.advance(14_000);
  await clock.turn();
  assert.deepEqual(state(), ['stops reading', 'stops sending', 'gives up what is in flight']);
  deadline[Symbol.dispose]();
});

test('a failure stops reading and sending, and lets what is in flight come to its end', () => {
  const { signals, state, deadline } = start();
  const [first, second] = [new Error('first'), new Error('second')];
  signals.fail(first);
  signals.fail(second);
  assert.equal(signals.failure, first);
  assert.deepEqual(state(), ['stops reading', 'stops sending']);
  deadline[Symbol.dispose]();
});

test('a lost lease is the failure to report, also after another, and gives up what is in flight', () => {
  const { signals, state, deadline } = start();
  signals.fail(new Error('first'));
  const lost = new LeaseLostError('live#default');
  signals.fail(lost);
  assert.equal(signals.failure, lost);
  assert.deepEqual(state(), ['stops reading', 'stops sending', 'gives up what is in flight', 'has lost its lease']);
  deadline[Symbol.dispose]();
});

test('when all is read nothing more is asked for, and sending goes on until all is sent', () => {
  const { signals, state, deadline } = start();
  signals.endReading();
  assert.deepEqual(state(), ['stops reading']);
  signals.endSending();
  assert.deepEqual(state(), ['stops reading', 'is sent']);
  assert.equal(signals.failure, undefined);
  deadline[Symbol.dispose]();
});
