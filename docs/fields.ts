/** Writes `docs/fields.md` from the tables the shapes work by: `npm run docs:fields`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_TYPES, IDENTITY_WORDS, VERBS } from '../lib/shape/ecs-event-types.ts';
import type { FieldTable } from '../lib/shape/field-kinds.ts';
import { FIELD_GROUPS } from '../lib/shape/field-table.ts';
import { MAX_MARKED_PATHS, RESERVED_NAMES } from '../lib/shape/names.ts';
import { MAX_FIELDS, MAX_LINE_BYTES, MAX_TEXT_BYTES, MAX_UNKNOWN_FIELDS } from '../lib/shape/values.ts';
import { ECS_FIELDS, LOGZIO_OWN_FIELDS } from './own-fields.ts';
import { sampleCounts } from './sample-counts.ts';
import { wrapped } from './wrapped.ts';

const number = (value: number) => value.toLocaleString('en-US');

const names = (list: readonly string[]) => list.map((name) => `\`${name}\``).join(', ');

/** Measured by `npm run test:dashboards`, which prints the raw events' figures. */
const TRIED = { usual: 4105, nasty: 200, rawRefused: [4014, 446, 618, 450] } as const;

const RULES = `<!-- Written by docs/fields.ts from the tables in lib/shape/: edit them there. -->
# The fields you meet in Logz.io

## The rule

**A field of the tables below has the type that stands there. Every other field is text.** A value
of another type is converted if nothing is lost by it. Otherwise it moves, as text, to
\`<name>_text\`.

Logz.io learns the type of a field from the first log of a day. Every later log of that day in which
the field has another type is spoiled. JumpCloud's events do differ from one another, and this rule
is why their logs do not. What already has its type arrives as JumpCloud sent it.

| type | what is converted to it | what moves to \`<name>_text\` |
|---|---|---|
| text | numbers and booleans; objects and lists as JSON text | nothing |
| JSON text | the same: the field is an object or a list at JumpCloud's | nothing |
| changes | a list of changes, see below; anything else as JSON text | nothing |
| policies | JSON text, and \`policy_ids\` and \`policy_actions\` beside it | nothing |
| boolean | \`"true"\` and \`"false"\` | everything else |
| integer | a whole number written as text | fractions, other texts, what is beyond signed 64 bits or not finite (\`1e400\`) |
| decimal | a number written as text; \`51\` is sent as \`51.0\`, so that the index does not take the field for an integer | other texts, more than ±3.4 × 10³⁸ |
| time | nothing | everything but RFC 3339 with 0 to 9 fractional digits |
| texts | a single value becomes a list of one; each element becomes text | nothing |
| object | nothing | everything else; an object's own members obey the rule in turn |

- \`null\` stays \`null\`: an index maps it to nothing. Empty objects and lists are values like
  others (\`"{}"\`, \`"[]"\` in a text field). The ECS shape drops both.
- **Fields nobody has seen yet** are text under their own name: a number as its digits, an object or
  a list as JSON text.
- **Numbers** keep all their digits, within JSON text too. A number too small for 64-bit floating
  point is 0 where its field is a number.
- **Texts that look like dates** are put in quotes: \`2026-06-15\` in \`username\` is sent as
  \`"2026-06-15"\`, quotes included. An index takes the type of a field from its first value of the
  day, and a date there would make it refuse every other text.
  [Why, and what a search misses](decisions/015-texts-that-look-like-dates.md).
- **Names**: a dot becomes \`_\`, since an index reads a dot as a path. A blank name becomes \`_\`
  too. A name that the index keeps for itself (\`_id\`, \`_source\`, …) gets a \`_\` at its end. A
  member whose name is free keeps it, whatever the order. If a new name is taken, the member gets
  \`_\`, then \`_2\`, \`_3\`, … at its end.
${wrapped(
  `- **Names the log needs for itself**: in shape \`logzio\`, JumpCloud's own fields of these names are kept as \`jumpcloud_<name>\`. Most of the names are objects in shape \`ecs\`. So no name has two types, and a day may hold logs of both shapes. The names are ${names(RESERVED_NAMES)}.`,
  '  ',
)}
- **\`user_agent\`**, as some services name it, is \`useragent\` in shape \`logzio\`, as most do. In
  shape \`ecs\` it is an object of other members.
- **\`output.fields\`** are added where JumpCloud sent no field of that name. They obey the tables.
  Other names have the type they are configured with, also if JumpCloud one day sends a field of
  that name.

### changes
\`[{"field": "active", "from": false, "to": true}, {"field": "password"}]\` becomes the text
\`{"active_changed_to": true, "active_was": false, "password": null}\`.
- A second change of a field \`x\` is written as one of \`x_2\`, a third as \`x_3\`.
- Further members \`m\` of a change are written as \`x_m\`.
- An element that is no change is written as \`change_<n>\`.

The same can be searched: \`changed_fields\` is \`["active", "password"]\`, \`changed_from\` is
\`["active=false"]\`, \`changed_to\` is \`["active=true"]\`. A value that is an object or a list is in
the JSON text only. \`changed_to:"active=true"\` finds it.

### What has to be cut
Logz.io takes logs of at most ${number(MAX_LINE_BYTES)} bytes, ${number(MAX_FIELDS)} fields, ten levels, and texts of
${number(MAX_TEXT_BYTES)} characters. Beyond that:
${wrapped(`1. A text is cut to its first ${number(MAX_TEXT_BYTES)} bytes in UTF-8. Bytes count, since the index refuses a keyword of more than 32,766 *bytes*. So is a list of texts, and a name at 32,000.`, '   ')}
${wrapped(`2. With more than ${MAX_UNKNOWN_FIELDS} fields that no table knows, or ${number(MAX_FIELDS)} fields at all, the last of the unknown ones go to \`more_fields\` as one JSON text.`, '   ')}
3. While the line is too long, the most a text or a name may take is halved: the longest are cut,
   the short ones stay whole.
4. Half a surrogate pair, which is no character, becomes \`\\ufffd\`. So do bytes that are no UTF-8.

${wrapped(`\`shortened_fields\` then names the paths: at most ${MAX_MARKED_PATHS}, and how many more. The whole event is kept in quarantine's class \`shortened\`. If its bytes are no UTF-8, it is kept as \`base64:\` and the bytes.`)}

Some events cannot be a log without a loss: an object in them has the same field twice, or they are
nested thousands of levels deep. They go to quarantine with that reason.

### What this cannot protect against
- **Other log types of the same account**: they share the mapping. Where another shipper sends
  \`success\` as text first, our logs are the ones that fail.
- **A mapping that is full**: an index takes a limited number of field names, and every name that
  JumpCloud adds is one more. A run that meets many new ones says so
  ([operations](operations.md#many-new-field-names)).

### Tried on an index
${wrapped(`\`npm run test:dashboards\` gives logs to OpenSearch 2.19.1, with dynamic mapping, date detection and texts as keywords. They are the sample day of ${number(TRIED.usual)} events with the fixtures, and ${TRIED.nasty} events made up to spoil an index: texts that look like dates, 1,500 names, other types, reserved names. In four orders:`)}

| what is indexed | refused, of ${number(TRIED.usual + TRIED.nasty)} |
|---|---|
| shape \`logzio\`, shape \`ecs\`, both mixed, the shape changed in the middle of the day | 0 |
| the events as JumpCloud sends them, with \`@timestamp\` | ${TRIED.rawRefused.map(number).join(', ')} |
`;

function rows(table: FieldTable, prefix = ''): string[] {
  return Object.entries(table).flatMap(([name, { kind, about, fields }]) => [
    row(prefix + name, kind, about),
    ...(fields ? rows(fields, `${prefix}${name}.`) : []),
  ]);
}

function row(path: string, kind: string, about: string): string {
  return `| \`${path}\` | ${kind === 'json' ? 'JSON text' : kind} | ${about.replaceAll('|', '\\|')} |`;
}

const HEAD = '| field | type | meaning |\n|---|---|---|';

export function fieldsReference(): string {
  const groups = Object.entries(FIELD_GROUPS).map(([group, table]) =>
    [`### ${group}`, HEAD, ...rows(table), ''].join('\n'),
  );
  return [
    RULES,
    '## Shape `logzio`',
    'The event as JumpCloud sent it, and beside it:\n',
    HEAD,
    ...rows(LOGZIO_OWN_FIELDS),
    '',
    '`organization` is added where the event has none and the stream knows it.\n',
    ...groups,
    '## Shape `ecs`',
    "The Elastic Common Schema, as Elastic's JumpCloud integration makes of an event. The event lies",
    'under `jumpcloud.event`, by the tables above (`@version` is `version` there). What is copied to a',
    'field below leaves it, unless `output.preserve_duplicate_custom_fields` is on. So do `timestamp`,',
    '`version` and the whole `useragent`. Null, empty texts, empty objects and empty lists are dropped at',
    'every level, but not within JSON text.\n',
    '| field | type | from |\n|---|---|---|',
    ...ECS_FIELDS.map(({ path, kind, from }) => row(path, kind, from)),
    '',
    ...eventTypes(),
    '',
    ...counts(),
    '',
  ].join('\n');
}

function eventTypes(): string[] {
  const meanings = [...new Set(VERBS.values())].map((meaning) => {
    const words = [...VERBS.keys()].filter((word) => VERBS.get(word) === meaning);
    return wrapped(`- ${names(words)}: \`${meaning}\``, '  ');
  });
  return [
    '### Categories and types of events',
    'By the values that ECS allows, and the types that it expects of a category.',
    "Elastic's integration gives eight of these event types `info`. It stays among theirs.\n",
    '| event type | `event.category` | `event.type` |\n|---|---|---|',
    ...[...EVENT_TYPES].map(
      ([eventType, { category, type }]) => `| \`${eventType}\` | ${category.join(', ')} | ${type.join(', ')} |`,
    ),
    '',
    'An event type that is not listed gets what the last of these words in its name says:\n',
    ...meanings,
    '',
    wrapped(
      `Its category is \`authentication\` for \`start\` and \`api\` for \`denied\`. For the others it is \`iam\` if the name has one of ${names([...IDENTITY_WORDS])}, else \`configuration\`. Without any of these words it is \`api\` and \`info\`.`,
    ),
  ];
}

function counts(): string[] {
  return [
    '### Counted in the sample day',
    '| what | events | have it |\n|---|---|---|',
    ...sampleCounts().map(({ what, events, have }) => `| ${what} | ${number(events)} | ${number(have)} |`),
  ];
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'fields.md'), fieldsReference());
