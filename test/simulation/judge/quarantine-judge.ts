/** The quarantine, by what is written to the table: what waits, whole, and what leaves it. */
import type { Item } from '../../support/dynamodb-expressions.ts';
import type { TableCommand } from '../../support/simulated-dynamodb.ts';
import { type TrueEvent, tagOf } from '../world/truth.ts';
import type { World } from '../world/world.ts';
import type { Judge } from './judge.ts';
import type { Run, Send } from './ledger.ts';

interface Entry {
  readonly stream: string;
  readonly tags: readonly string[];
}

/** Longer texts than this were cut on their way to Logz.io. */
const LONGEST_WHOLE_CHARACTERS = 32_000;

export class Quarantine {
  /** By stream and id, what waits. */
  readonly entries = new Map<string, Entry>();
  readonly #everSeen = new Map<string, Entry>();
  readonly #judge: Judge;
  readonly #world: World;
  readonly #bodies = new Map<string, Uint8Array[]>();
  /** Tags of whole originals of events that arrived shortened. */
  readonly #originals = new Set<string>();

  constructor(judge: Judge, world: World) {
    this.#judge = judge;
    this.#world = world;
  }

  /** How many events of this tag wait. */
  held(tag: string): number {
    let held = 0;
    for (const { tags } of this.entries.values()) for (const one of tags) if (one === tag) held++;
    return held;
  }

  waitingOf(stream: string): [name: string, Entry][] {
    return [...this.entries].filter(([, entry]) => entry.stream === stream);
  }

  /** How many events of an entry Logz.io may have, as the table says. */
  takenOf(name: string): number {
    const [stream = '', id = ''] = name.split(' ');
    const head = this.#world.table.at({ stream: { S: stream }, item: { S: `quarantine#waiting#${id}` } });
    return Number(head?.taken?.N);
  }

  /** A run put or deleted an item: a part of a body, or a head. */
  written(command: TableCommand, [stream, item]: readonly [string, string], run: Run): void {
    const [kind = '', second = '', third = ''] = item.split('#');
    const { Item: put } = command.input as { Item?: Item };
    const isHead = kind === 'quarantine';
    if (!isHead && put) this.#keepBody(`${stream} ${kind} ${second}`, Number(third), put);
    else if (isHead && put) this.#keepHead(stream, [second, third], Number(put.events?.N), run);
    else if (isHead && second === 'waiting' && command.constructor.name === 'DeleteItemCommand')
      this.#takenOut(`${stream} ${third}`, run);
  }

  #keepBody(name: string, part: number, { body }: Item): void {
    const parts = part === 0 ? [] : (this.#bodies.get(name) ?? []);
    if (body?.B) parts[part] = body.B;
    this.#bodies.set(name, parts);
  }

  #keepHead(stream: string, [quarantineClass, id]: readonly [string, string], events: number, run: Run): void {
    const isWaiting = quarantineClass === 'waiting';
    const body = this.#bodies.get(`${stream} ${isWaiting ? 'quarantine-body' : 'quarantine-original'} ${id}`) ?? [];
    const originals: string[] = JSON.parse(Buffer.concat(body).toString() || '[]');
    const name = `${stream} ${id}`;
    const fail = (message: string) => this.#judge.fail('quarantine holds whole originals', `${name} ${message}`);
    const tags = originals.map(tagOf);
    const isTrue = (original: string) =>
      this.#world.truth.withTag(tagOf(original)).some((event) => [event.text, event.otherText].includes(original));
    const wrong = originals.find((original) => !isTrue(original));
    if (wrong !== undefined) fail(`holds what never happened: ${wrong.slice(0, 300)}`);
    if (events !== originals.length) fail(`says ${events} events, and holds ${originals.length}`);
    if (isWaiting) this.#putAside(name, { stream, tags }, run);
    else for (const tag of tags) this.#originals.add(tag);
  }

  /** Before a shortened event arrives, its original is safe. */
  mustHoldOriginal({ tag, text }: TrueEvent, send: Send): void {
    if (text.length < LONGEST_WHOLE_CHARACTERS || send.run.invocation.kind === 'replay') return;
    if (!this.#originals.has(tag))
      this.#judge.fail('quarantine holds whole originals', `${tag} arrives shortened, and nothing keeps it whole`);
  }

  #putAside(name: string, entry: Entry, run: Run): void {
    const isNew = !this.entries.has(name);
    this.entries.set(name, entry);
    this.#everSeen.set(name, entry);
    if (run.invocation.kind === 'replay') return;
    const { ledger } = this.#judge;
    const organization = this.#judge.organizationOf(entry.tags);
    const { sends } = ledger.partOf(run, organization);
    const refused = sends.findLast(
      ({ told, isMoved, tags }) => told === 'refused' && !isMoved && tags.join() === entry.tags.join(),
    );
    if (refused) refused.isMoved = true;
    if (!isNew) return;
    const said = this.takenOf(name);
    const taken = refused?.taken.length ?? 0;
    if (said < taken)
      this.#judge.fail('commands do what they say', `${name} says that ${said} events were taken, and ${taken} were`);
    const send = ledger.send(run, organization, entry.tags, true);
    ledger.take(send, entry.tags);
    ledger.tell(send, 'acknowledged');
  }

  /** What a replay takes out must be in Logz.io, or wait under another name. */
  #takenOut(name: string, run: Run): void {
    const entry = this.#everSeen.get(name);
    if (!entry) return;
    // Another replay may have taken it out a moment ago.
    const waited = this.entries.delete(name);
    const { ledger } = this.#judge;
    const lost = entry.tags.find((tag) => !ledger.arrivals.has(tag) && this.held(tag) === 0);
    if (waited && lost !== undefined)
      this.#judge.fail(
        'nothing is lost',
        `${run.invocation.name} took ${lost} out of quarantine, and it is nowhere else`,
      );
    for (const send of ledger.partOf(run, this.#judge.organizationOf(entry.tags)).sends)
      if (send.tags.every((tag) => entry.tags.includes(tag))) send.isMoved = true;
  }
}
