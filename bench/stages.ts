/**
 * `node bench/stages.ts`: what each step costs an event on its way from its page to its line, once
 * everything is warm.
 */

import { Page } from '../lib/jumpcloud/page.ts';
import type { Shape } from '../lib/shape/shape.ts';
import { createShape } from '../lib/shape/shape.ts';
import { Delivered } from '../lib/ship/delivered.ts';
import { EventFilter } from '../lib/ship/event-filter.ts';
import { History, type Kind } from './events.ts';

const EVENTS = 50_000;
const ROUNDS = 10;
const KINDS: readonly Kind[] = ['plain', 'sample day'];
const SHAPES = ['logzio', 'ecs'] as const;
const FROM = Date.parse('2026-11-01T00:00:00Z');
const EVER = { start: 0, end: Number.MAX_SAFE_INTEGER };

const rows = KINDS.flatMap((kind) => {
  const body = Buffer.concat([...new History({ kind, count: EVENTS, from: FROM, stepMs: 20 }).page(0, EVENTS)]);
  const answer = { body, statedCount: undefined, statedLimit: undefined, searchAfter: undefined, serverNow: undefined };
  const page = new Page(answer, EVENTS);
  return SHAPES.map((name) => {
    const shape = createShape({
      shape: name,
      type: 'jumpcloud',
      fields: {},
      tags: [],
      preserveOriginalEvent: false,
      preserveDuplicateCustomFields: false,
    });
    return {
      kind,
      name,
      works: [() => split(page), () => filter(page), () => filter(page, shape)],
      micros: [] as number[],
    };
  });
});
// In turns, so that all are as warm; the least of all rounds, since whatever else the machine does
// only adds to it.
for (let round = 0; round < ROUNDS; round++) {
  for (const { works, micros } of rows) {
    for (const [nth, work] of works.entries())
      micros[nth] = Math.min(micros[nth] ?? Number.POSITIVE_INFINITY, cpuMicros(work));
  }
}
process.stdout.write('| events | shape | split | parsed and identified | shaped |\n|---|---|---|---|---|\n');
for (const { kind, name, micros } of rows) {
  const steps = micros.map((all, nth) => `${(all - (micros[nth - 1] ?? 0)).toFixed(1)} µs`);
  process.stdout.write(`| ${kind} | ${name} | ${steps.join(' | ')} |\n`);
}

function split(page: Page): void {
  for (const _event of page.events());
}

function filter(page: Page, shape?: Shape): void {
  const filter = new EventFilter(EVER, new Delivered());
  for (const raw of page.events()) {
    const examined = filter.examine(raw);
    if (examined.kind !== 'new') throw new Error(`an event was ${examined.kind}`);
    shape?.(examined.event);
  }
}

/** For each event. */
function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EVENTS;
}
