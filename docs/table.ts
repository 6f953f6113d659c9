/** Writes `docs/table.md` from the kinds of items in `lib/state/items.ts`: `npm run docs:table`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeTypes, KINDS, type Kind } from '../lib/state/items.ts';
import { EXPIRES, PARTITION_KEY, SORT_KEY } from '../lib/state/table.ts';
import { wrapped } from './wrapped.ts';

const INTRODUCTION = `# The table

All state is in one DynamoDB table. Its partition key \`${PARTITION_KEY}\` names the stream. Its sort key \`${SORT_KEY}\`
names the kind of item, and which one. \`${EXPIRES}\` is DynamoDB's time to live. \`<organization>\` is
an id of JumpCloud, or \`default\` where the API key belongs to one organization.

[How a stream remembers](decisions/001-checkpoint-in-dynamodb.md) says why the items are cut so, and
what they cost. Change an item by hand only when [operations](operations.md#quarantine) says so.
`;

const DYNAMODB_TYPES: Readonly<Record<keyof AttributeTypes, string>> = {
  text: 'S',
  number: 'N',
  bytes: 'B',
  boolean: 'BOOL',
  numbers: 'M of N',
};

export function tableReference(): string {
  const generated = '<!-- Written by docs/table.ts from lib/state/items.ts: edit it there. -->\n';
  return [generated + INTRODUCTION, overview(), ...KINDS.map(section)].join('\n');
}

function overview(): string {
  const rows = KINDS.map((kind) => `| \`${kind.prefix}\` | ${kind.purpose} | ${kind.expiry} |`);
  return `| sort key begins with | what it is | expires |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function section({ prefix, id, streams, purpose, attributes, writer, expiry }: Kind): string {
  const rows = Object.entries(attributes).map(
    ([name, [type, meaning]]) => `| \`${name}\` | ${DYNAMODB_TYPES[type]} | ${meaning} |`,
  );
  const facts = [
    purpose,
    '',
    wrapped(`- Partition key: ${streams}.`, '  '),
    wrapped(`- Sort key: \`${prefix}\`${id === '' ? '' : `, then ${id}`}.`, '  '),
    wrapped(`- Written by: ${writer}`, '  '),
    wrapped(`- Expires: ${expiry}`, '  '),
  ];
  return `## \`${prefix}\`\n\n${facts.join('\n')}\n\n| attribute | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'table.md'), tableReference());
