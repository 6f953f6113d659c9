/** Which events a write to the table puts into quarantine; read from the items themselves, not with the product's code. */
import { gunzipSync } from 'node:zlib';
import { tagOf } from './truth.ts';

export interface QuarantineWrite {
  /** Which entry: the same one written twice is one. */
  readonly entry: string;
  readonly tags: readonly string[];
  /** How many of them Logz.io is said to have taken all the same. */
  readonly taken: number;
}

interface Item {
  readonly stream?: { readonly S?: string };
  readonly item?: { readonly S?: string };
  readonly body?: { readonly B?: Uint8Array };
  readonly taken?: { readonly N?: string };
}

/** Bodies come before the head that makes an entry of them; by the instance that writes both. */
const bodies = new WeakMap<object, Map<string, Uint8Array[]>>();

/** @returns what the command puts into quarantine, when it is the one that makes an entry visible */
export function quarantineWrites(
  writer: object,
  command: { input: object; constructor: { name: string } },
): QuarantineWrite | undefined {
  if (command.constructor.name !== 'PutItemCommand') return undefined;
  const { Item: item } = command.input as { Item?: Item };
  const [kind, second = '', third = ''] = item?.item?.S?.split('#') ?? [];
  const known = bodies.get(writer) ?? new Map<string, Uint8Array[]>();
  bodies.set(writer, known);
  if (kind === 'quarantine-body' && item?.body?.B) {
    const parts = Number(third) === 0 ? [] : (known.get(second) ?? []);
    known.set(second, [...parts, item.body.B]);
  }
  if (kind !== 'quarantine' || second !== 'waiting') return undefined;
  return { entry: `${item?.stream?.S} ${third}`, tags: tagsIn(known.get(third) ?? []), taken: Number(item?.taken?.N) };
}

/** @param parts of one entry's body, in their order */
export function tagsIn(parts: readonly Uint8Array[]): string[] {
  const originals: string[] = JSON.parse(gunzipSync(Buffer.concat(parts)).toString());
  return originals.map((original) => tagOf(original) ?? `unknown: ${original.slice(0, 200)}`);
}
