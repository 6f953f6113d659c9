/** `node bench/stages.ts`: what each step costs on an event's way from its page into a line, once everything is warm. */

import { Page } from '../lib/jumpcloud/page.ts';
import { Scanner } from '../lib/outline/scanner.ts';
import { createShape } from '../lib/shape/create-shape.ts';
import type { Shape } from '../lib/shape/shape.ts';
import { Delivered } from '../lib/ship/delivered.ts';
import { Sift } from '../lib/ship/sift.ts';
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
    return { kind, name, works: [() => find(page), () => sift(page), () => sift(page, shape)], micros: [] as number[] };
  });
});
// In turns, so that all are as warm; the least of all rounds, since whatever else the machine does only adds to it.
for (let round = 0; round < ROUNDS; round++) {
  for (const { works, micros } of rows) {
    for (const [nth, work] of works.entries())
      micros[nth] = Math.min(micros[nth] ?? Number.POSITIVE_INFINITY, cpuMicros(work));
  }
}
process.stdout.write('| events | shape | found | told apart | written |\n|---|---|---|---|---|\n');
for (const { kind, name, micros } of rows) {
  const steps = micros.map((all, nth) => `${(all - (micros[nth - 1] ?? 0)).toFixed(1)} µs`);
  process.stdout.write(`| ${kind} | ${name} | ${steps.join(' | ')} |\n`);
}

function find(page: Page): void {
  const scanner = new Scanner();
  for (let start = page.first; start !== -1; ) {
    start = page.after(scanner.read(page.body, start) ? scanner.outline.end : page.endOf(start));
  }
}

function sift(page: Page, shape?: Shape): void {
  const sift = new Sift(EVER, new Delivered());
  for (let start = page.first; start !== -1; ) {
    const sifted = sift.examine(page, start);
    if (sifted.kind !== 'new') throw new Error(`an event was ${sifted.kind}`);
    const { outline, contentId, source } = sifted.event;
    if (shape && !(outline && shape.copyLine(outline, contentId))) shape.toLog(source.call(sifted.event));
    start = page.after(sifted.end);
  }
}

/** For each event. */
function cpuMicros(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EVENTS;
}
