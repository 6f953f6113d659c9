/** Bugs planted in what a run knows: window, checkpoint, fingerprints, pages in flight. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of source text
import type { Target } from './planted.ts';

export const LOOP: readonly Target[] = [
  {
    file: 'lib/ship/window.ts',
    tests: ['test/ship/window.test.ts', 'test/ship/clocks.test.ts', 'test/ship/run.test.ts'],
    bugs: [
      {
        breaks: 'where JumpCloud refuses what it still keeps, events are passed over',
        from: 'if (window.start >= kept.start || isEmpty(kept)) throw',
        to: 'if (isEmpty(kept)) throw',
      },
      {
        breaks: 'a watermark in the future is read on from',
        from: 'if (!isAhead(watermark, now)) return;',
        to: 'if (now > 0) return;',
      },
      {
        breaks: 'the later of the two clocks is trusted',
        from: 'Math.min(ourStart, theirs)',
        to: 'Math.max(ourStart, theirs)',
      },
      {
        breaks: "JumpCloud's clock is never looked at",
        from: 'theirs === undefined ? ourStart',
        to: 'true ? ourStart',
      },
      { breaks: 'a run reads up to now, without source lag', from: 'readAt - sourceLagMs', to: 'readAt' },
      {
        breaks: "a window passes the stream's own end",
        from: 'Math.min(Math.floor(readAt - sourceLagMs), streamEnd)',
        to: 'Math.floor(readAt - sourceLagMs) + 0 * streamEnd',
      },
      { breaks: 'a window begins one millisecond too late', from: 'start: settled,', to: 'start: settled + 1,' },
    ],
  },
  {
    file: 'lib/ship/checkpoint.ts',
    tests: ['test/ship/checkpoint.test.ts', 'test/ship/window.test.ts', 'test/ship/clocks.test.ts'],
    bugs: [
      {
        breaks: 'the watermark may move back',
        from: 'watermark: Math.max(checkpoint.watermark, watermark)',
        to: 'watermark',
      },
      {
        breaks: 'settled may move back',
        from: 'settled: Math.max(checkpoint.settled, Math.floor(settled))',
        to: 'settled: Math.floor(settled)',
      },
      { breaks: 'settled is rounded up', from: 'Math.floor(settled)', to: 'Math.ceil(settled) + 1' },
      {
        breaks: 'a watermark far in the future is believed',
        from: 'watermark > now + CLOCKS',
        to: 'watermark > now + 1e6 * CLOCKS',
      },
      {
        breaks: 'a changed filter is not noted, and the audit compares other events',
        from: 'if (countedFor === query) return checkpoint;',
        to: 'if (query) return checkpoint;',
      },
    ],
  },
  {
    file: 'lib/ship/delivered.ts',
    tests: ['test/ship/delivered.test.ts'],
    bugs: [
      {
        breaks: 'a fingerprint that is known counts as new',
        from: 'if (this.#instants.has(fingerprint)) return false;',
        to: 'if (this.#instants.has(fingerprint)) return true;',
      },
      {
        breaks: 'a fingerprint exactly at settled is forgotten',
        from: 'if (at < this.#settled)',
        to: 'if (at <= this.#settled)',
      },
      {
        breaks: 'fingerprints that are needed are forgotten',
        from: 'if (at < this.#settled)',
        to: 'if (at > this.#settled)',
      },
      { breaks: 'fingerprints never leave memory', from: 'if (at < this.#settled)', to: 'if (at < 0)' },
      {
        breaks: 'forgetting goes by the smallest settled',
        from: 'Math.max(this.#settled, settled)',
        to: 'Math.min(this.#settled, settled)',
      },
    ],
  },
  {
    file: 'lib/ship/event-filter.ts',
    tests: ['test/ship/event-filter.test.ts', 'test/ship/odd-events.test.ts', 'test/ship/ship.test.ts'],
    bugs: [
      { breaks: 'events outside the window are shipped', from: '!isInside(at, this.#window)', to: 'at < 0' },
      {
        breaks: 'what was delivered is shipped again',
        from: "if (!this.#delivered.add(fingerprint, at)) return { kind: 'delivered', fingerprint, instant: at };",
        to: 'this.#delivered.add(fingerprint, at);',
      },
      {
        breaks: 'a different event with the same id is shipped under that id',
        from: 'if (isClash)',
        to: 'if (isClash && false)',
      },
      {
        breaks: 'an unreadable event is quarantined again in every run',
        from: '|| !this.#delivered.add(fingerprint, at);\n    if (isKnown)',
        to: ';\n    if (isKnown)',
      },
      {
        breaks: 'an unreadable event is forgotten at once',
        from: 'const at = this.#window.end;',
        to: 'const at = this.#window.start - 1;',
      },
      {
        breaks: 'a page of a million times {} is quarantined whole',
        from: 'occurrence <= MOST_EQUAL_UNREADABLE;',
        to: 'occurrence <= 1e9;',
      },
    ],
  },
  {
    file: 'lib/ship/fingerprint.ts',
    tests: ['test/ship/identity.test.ts', 'test/ship/odd-events.test.ts'],
    bugs: [
      {
        breaks: 'an id alone identifies an event, without its timestamp',
        from: '[id, value.timestamp ?? null]',
        to: '[id]',
      },
      {
        breaks: 'equal events without an id become one',
        from: 'const eventId = `${content}-${occurrence}`;',
        to: 'const eventId = `${content}-1`;',
      },
      {
        breaks: 'the order of members makes another event',
        from: 'Object.keys(value).sort()',
        to: 'Object.keys(value)',
      },
      { breaks: 'zeros count as an id', from: 'PLACEHOLDER.test(id) ? undefined : id', to: 'id' },
      {
        breaks: 'a number that lost digits counts as an id',
        from: 'Number.isSafeInteger(id)',
        to: 'Number.isFinite(id)',
      },
      {
        breaks: 'an event that names its members in another order is a clash',
        from: 'before === text || haveSameContent(before, text)',
        to: 'before === text',
      },
      {
        breaks: 'different events with one id become one',
        from: 'before === text || haveSameContent(before, text)',
        to: 'true',
      },
      {
        breaks: 'equal events are counted anew within one second',
        from: '#GENERATION_MS = 2000',
        to: '#GENERATION_MS = 0',
      },
    ],
  },
  {
    file: 'lib/ship/in-flight.ts',
    tests: [
      'test/ship/in-flight.test.ts',
      'test/ship/saves.test.ts',
      'test/ship/lease.test.ts',
      'test/ship/ship.test.ts',
      'test/ship/rare-cases.test.ts',
    ],
    bugs: [
      {
        breaks: 'fingerprints are forgotten after a failed save',
        from: 'this.#unsaved = [...added, ...this.#unsaved];',
        to: '',
      },
      {
        breaks: 'a lapsed lease is never noticed before sending',
        from: 'if (this.#options.clock.now() >= this.#leaseUntil) await this.#track(this.#save());',
        to: '',
      },
      {
        breaks: 'a lease that ends in this millisecond counts as held',
        from: 'this.#options.clock.now() >= this.#leaseUntil',
        to: 'this.#options.clock.now() > this.#leaseUntil',
      },
      {
        breaks: 'a page moves the checkpoint before it is acknowledged',
        from: 'page?.closed && page.outstanding === 0',
        to: 'page?.closed',
      },
      { breaks: 'fingerprints are not loaded', from: 'new Delivered(held.delivered)', to: 'new Delivered()' },
      { breaks: 'acknowledged events are not remembered', from: 'this.#unsaved.push({ fingerprint, at });', to: '' },
      { breaks: 'events without a time count for an hour', from: 'if (dated) this.counter', to: 'this.counter' },
      {
        breaks: 'the last save keeps the lease',
        from: 'await this.#save(0);',
        to: 'await this.#save();',
      },
      {
        breaks: 'saves queue up while the table is slow',
        from: 'if (this.#waiting && leaseMs > 0) return this.#waiting;',
        to: '',
      },
      {
        breaks: 'the lease is not renewed in time',
        from: 'this.#options.leaseMs / 3',
        to: 'this.#options.leaseMs * 3',
      },
      {
        breaks: 'what is in flight at the end is not waited for',
        from: 'while (this.#underWay.size > 0) await Promise.all(this.#underWay);',
        to: '',
      },
      { breaks: 'any number of pages may be unsaved', from: 'new Slots(MOST_UNSAVED_PAGES)', to: 'new Slots(1000)' },
      {
        breaks: 'a saved page keeps its slot, so that the run stands still',
        from: 'this.#slots.release();',
        to: 'void page;',
      },
      {
        breaks: 'a long page is not saved in between',
        from: 'const SAVE_EVERY_MS = 10_000;',
        to: 'const SAVE_EVERY_MS = 10_000_000;',
      },
      {
        breaks: 'a failed save goes unnoticed',
        from: 'work.catch((error) => signals.fail(error))',
        to: 'work.catch(() => undefined)',
      },
    ],
  },
];
