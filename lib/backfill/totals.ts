/** The numbers of a backfill, added up, and a sentence about them. */
import { plural } from '../platform/messages.ts';
import type { Totals } from './protocol.ts';

/** Enough to see what is wrong; the table has them all. */
const MOST_LISTED = 20;

export const NO_TOTALS: Totals = {
  message: '',
  slices: 0,
  slicesDone: 0,
  events: 0,
  delivered: 0,
  quarantined: 0,
  failures: [],
  differences: [],
};

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    message: '',
    slices: a.slices + b.slices,
    slicesDone: a.slicesDone + b.slicesDone,
    events: a.events + b.events,
    delivered: a.delivered + b.delivered,
    quarantined: a.quarantined + b.quarantined,
    ...(b.counted === undefined ? {} : { counted: (a.counted ?? 0) + b.counted }),
    failures: [...a.failures, ...b.failures].slice(0, MOST_LISTED),
    differences: [...a.differences, ...b.differences].slice(0, MOST_LISTED),
  };
}

export function sentenceOf(totals: Totals): string {
  const { slices, slicesDone, delivered, quarantined, counted } = totals;
  const done = `${slicesDone} of ${plural(slices, 'slice is', 'slices are')} done, with ${plural(delivered, 'event')}${
    quarantined > 0 ? ` (${quarantined} of them in quarantine)` : ''
  }`;
  if (counted === undefined) return `${done}.`;
  if (counted === delivered) return `${done}: exactly what JumpCloud counts.`;
  return `${done}; JumpCloud counts ${counted} now, a difference of ${counted - delivered}.`;
}
