/** What an honest JumpCloud may do to a page all the same: order members as it likes, and give an event twice. */
import type { HttpAnswer } from '../../lib/platform/http.ts';
import type { Instance } from './instance.ts';
import type { Chance } from './random.ts';

type Event = Record<string, unknown>;

export class Whims {
  readonly #instance: Instance;
  /** The last event of the page before, and of which pass that page was. */
  #last: { readonly event: Event; readonly of: string } | undefined;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  applyTo(answer: HttpAnswer, pass: string, chance: Chance): HttpAnswer {
    const { plan, cloud } = this.#instance.stage;
    const events = eventsOf(answer);
    if (!events) return answer;
    const before = this.#last;
    const last = events.at(-1);
    this.#last = last && { event: last, of: pass };
    if (!cloud.state.troubled || plan.rates.jumpcloud === 0) return answer;
    const page = events.map((event) => Object.fromEntries(chance.shuffled(Object.entries(event))));
    const headers = { ...answer.headers };
    // With an id it is recognized; without one, nobody could tell it from a twin.
    if (page.length > 0 && before?.of === pass && 'id' in before.event && chance.happens(0.2)) {
      page.unshift(before.event);
      const count = headers['x-result-count'];
      if (count !== undefined) headers['x-result-count'] = String(Number(count) + 1);
      const limit = headers['x-limit'];
      if (limit !== undefined) headers['x-limit'] = String(Number(limit) + 1);
    }
    return { ...answer, headers, body: Buffer.from(JSON.stringify(page)) };
  }
}

/** @returns undefined for anything but a page of objects */
function eventsOf({ status, body }: HttpAnswer): Event[] | undefined {
  if (status !== 200) return undefined;
  try {
    const page: unknown = JSON.parse(body.toString());
    const isPlain = Array.isArray(page) && page.every((one) => typeof one === 'object' && !Array.isArray(one));
    return isPlain ? page : undefined;
  } catch {
    return undefined;
  }
}
