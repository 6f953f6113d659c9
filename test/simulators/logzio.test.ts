/**
 * The simulator of Logz.io's listener takes, refuses and spoils as the real one is documented to.
 */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  type LogzioOptions,
  type LogzioSimulator,
  SIMULATED_SHIPPING_TOKEN,
  startLogzio,
} from '../../simulators/logzio.ts';
import { folderOf } from '../support/folder.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
const STAMP = '"@timestamp":"2026-03-01T10:00:00Z"';

async function start(t: TestContext, options: LogzioOptions = {}): Promise<LogzioSimulator> {
  const logzio = await startLogzio({ clock: () => NOON, ...options });
  t.after(() => logzio.close());
  return logzio;
}

function ship(logzio: LogzioSimulator, body: string | Buffer, options: { query?: string; gzip?: boolean } = {}) {
  const query = options.query ?? `?token=${SIMULATED_SHIPPING_TOKEN}&type=jumpcloud`;
  return fetch(`${logzio.url}/${query}`, {
    method: 'POST',
    headers: options.gzip ? { 'content-encoding': 'gzip' } : {},
    body: new Uint8Array(options.gzip ? gzipSync(body, { level: 1 }) : Buffer.from(body)),
    signal: AbortSignal.timeout(2000),
  });
}

test('good lines are taken as they were sent, gzip or not, with or without a last line break', async (t) => {
  const logzio = await start(t);
  const a = `{${STAMP}, "n": 9007199254740993 }`;
  const b = `{${STAMP},"text":"\\u2028 ü"}`;
  const first = await ship(logzio, `${a}\n${b}\n`);
  assert.deepEqual([first.status, await first.text()], [200, '']);
  assert.equal((await ship(logzio, a, { gzip: true })).status, 200);
  assert.deepEqual(logzio.lines, [a, b, a]);
  assert.deepEqual(logzio.taken, { lines: 3, bytes: Buffer.byteLength(a + b + a) + 3, bulks: 2 });
  assert.deepEqual(logzio.spoilt, []);
});

test('a body with bad lines is a 400 that counts them, and its good lines are taken', async (t) => {
  const logzio = await start(t);
  const good = `{${STAMP}}`;
  const oversized = `{${STAMP},"x":"${'x'.repeat(500_000)}"}`;
  const broken = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
  const lines = [good, '{"cut":', '', '[1]', '"text"', oversized, '{}', good].join('\n');
  const answer = await ship(logzio, Buffer.concat([broken, Buffer.from(lines)]));
  assert.equal(answer.status, 400);
  assert.deepEqual(await answer.json(), { malformedLines: 4, successfulLines: 2, oversizedLines: 1, emptyLogLines: 2 });
  assert.deepEqual(logzio.lines, [good, good]);
});

test('a line of exactly 500,000 bytes is taken, one byte more is oversized', async (t) => {
  const logzio = await start(t, { judge: false });
  const empty = `{${STAMP},"x":""}`;
  const line = (bytes: number) => empty.replace('""', `"${'ü'.repeat(1)}${'x'.repeat(bytes - empty.length - 2)}"`);
  assert.equal(Buffer.byteLength(line(500_000)), 500_000);
  assert.equal((await ship(logzio, line(500_000))).status, 200);
  assert.equal((await ship(logzio, line(500_001))).status, 400);
});

test('a body over 10,485,760 bytes is a 413, before gzip and after it, and nothing of it is taken', async (t) => {
  const logzio = await start(t, { judge: false });
  const line = `{${STAMP},"x":"${'x'.repeat(99_950)}"}\n`;
  const large = line.repeat(Math.floor(10_485_760 / line.length));
  const fits = `${large}${'{"a":1}\n'.padStart(10_485_760 - large.length, ' ')}`;
  assert.equal(Buffer.byteLength(fits), 10_485_760);
  assert.equal((await ship(logzio, fits)).status, 200);
  const { lines } = logzio.taken;
  assert.equal((await ship(logzio, `${fits} `)).status, 413);
  assert.equal((await ship(logzio, `${fits} `, { gzip: true })).status, 413);
  assert.equal(logzio.taken.lines, lines);
});

test('tokens: missing, wrong, rotated', async (t) => {
  const logzio = await start(t);
  const good = `{${STAMP}}`;
  const says = async (query: string) => {
    const answer = await ship(logzio, good, { query });
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await says('?type=jumpcloud'), [401, 'Logging token is missing']);
  assert.deepEqual(await says('?token=wrong'), [401, 'Logging token is not valid']);
  logzio.settings.tokens = ['rotated'];
  assert.deepEqual(await says(`?token=${SIMULATED_SHIPPING_TOKEN}`), [401, 'Logging token is not valid']);
  assert.deepEqual(await says('?token=rotated'), [200, '']);
  assert.equal((await says('other?token=rotated'))[0], 404);
  assert.equal(logzio.lines.length, 1);
});

test('what it takes is in the file when it answers, readable by its owner only', async (t) => {
  const file = join(folderOf(t), 'taken.ndjson');
  const logzio = await start(t, { file, keepLines: false });
  await ship(logzio, `{${STAMP},"a":1}\n{${STAMP},"a":2}`);
  assert.equal(await readFile(file, 'utf8'), `{${STAMP},"a":1}\n{${STAMP},"a":2}\n`);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(logzio.lines, []);
});

test('faults can strike before and after the bulk was taken', async (t) => {
  const logzio = await start(t);
  const good = `{${STAMP}}`;
  const strike = (fault: Awaited<ReturnType<NonNullable<LogzioSimulator['settings']['onRequest']>>>) => {
    logzio.settings.onRequest = () => fault;
    return ship(logzio, good);
  };
  await assert.rejects(strike({ kind: 'reset' }));
  assert.equal(logzio.taken.lines, 0);
  await assert.rejects(strike({ kind: 'reset', applied: true }));
  assert.equal(logzio.taken.lines, 1);
  assert.equal((await strike({ kind: 'answer', status: 500, applied: true })).status, 500);
  assert.equal(logzio.taken.lines, 2);
  await assert.rejects(strike({ kind: 'hang', applied: true }), { name: 'TimeoutError' });
  assert.equal(logzio.taken.lines, 3);
  assert.equal((await strike({ kind: 'answer', status: 400, body: 'no' })).status, 400);
  assert.equal(logzio.taken.lines, 3);
});

const spoilt: [string, string, RegExp][] = [
  ['no @timestamp', '{"a":1}', /invalid-log: no readable @timestamp/],
  ['an unreadable @timestamp', '{"@timestamp":"soon"}', /invalid-log/],
  ['a value of 32,701 characters', `{${STAMP},"a":["${'x'.repeat(32_701)}"]}`, /invalid-log: a\.0: a value of 32701/],
  ['a name of 32,701 characters', `{${STAMP},"${'x'.repeat(32_701)}":1}`, /invalid-log: : a name of 32701/],
  [
    'an array of objects too long for one field',
    `{${STAMP},"a":[${'{"b":"0123456789"},'.repeat(2000)}{}]}`,
    /invalid-log: a: an array/,
  ],
  ['11 levels', `{${STAMP},"a":${'{"a":'.repeat(10)}1${'}'.repeat(10)}}`, /invalid-log: .*level 11/],
  [
    '1001 fields',
    `{${STAMP},${Array.from({ length: 1000 }, (_, n) => `"f${n}":1`).join(',')}}`,
    /invalid-log: over 1000 fields/,
  ],
  ['a name that is a dot', `{${STAMP},"a":{".":1}}`, /invalid-log: a: the name "\."/],
  ['a name that ends with a dot', `{${STAMP},"a.":1}`, /invalid-log/],
  ['a name that starts with a dot', `{${STAMP},".a":1}`, /invalid-log/],
  ['an integer beyond signed 64 bits', `{${STAMP},"a":[9223372036854775808]}`, /index-failure: an integer beyond/],
  ['a number that is not finite', `{${STAMP},"a":1e400}`, /index-failure: a number that is not finite/],
  [
    'a dotted name beside a scalar of its path',
    `{${STAMP},"a":1,"a.b":1}`,
    /index-failure: a: object, but it was number/,
  ],
  ['objects and scalars in one array', `{${STAMP},"a":[1,{}]}`, /index-failure/],
  ['text and numbers in one array', `{${STAMP},"a":[1,"b"]}`, /index-failure/],
];

for (const [what, line, expected] of spoilt) {
  test(`a taken log is spoilt by ${what}`, async (t) => {
    const logzio = await start(t);
    assert.equal((await ship(logzio, line)).status, 200);
    const [verdict] = logzio.spoilt;
    assert.match(`${verdict?.as}: ${verdict?.reason}`, expected);
  });
}

test('a log at every limit is not spoilt', async (t) => {
  const logzio = await start(t);
  const fields = Array.from({ length: 984 }, (_, n) => `"f${n}":null`).join(',');
  const deep = `"deep":${'{"a":'.repeat(9)}1${'}'.repeat(9)}`;
  const digits = '"max":9223372036854775807,"min":-9223372036854775808,"text":"99999999999999999999 1e999"';
  const line = `{${STAMP},${deep},${digits},"${'n'.repeat(32_700)}":"${'x'.repeat(32_700)}",${fields}}`;
  assert.equal((await ship(logzio, line)).status, 200);
  assert.deepEqual(logzio.spoilt, []);
});

test('the first log of a day decides each field, and the next day starts anew', async (t) => {
  let now = NOON;
  const logzio = await start(t, { clock: () => now });
  const send = async (fields: string) => {
    const before = logzio.spoilt.length;
    await ship(logzio, `{${STAMP},${fields}}`);
    return logzio.spoilt[before]?.reason;
  };
  assert.equal(await send('"v":"1","o":{"a":1},"n":null,"list":[1,2]'), undefined);
  assert.equal(await send('"v":null,"o":null,"n":true,"list":3,"o.a":2'), undefined);
  assert.equal(await send('"v":1'), 'v: number, but it was text before');
  assert.equal(await send('"o":"text"'), 'o: text, but it was object before');
  assert.equal(await send('"n":"text"'), 'n: text, but it was boolean before');
  assert.equal(await send('"o.a.b":1'), 'o.a: object, but it was number before');
  assert.equal(await send('"type":5'), 'type: number, but it was text before'); // the URL's type came first
  now += 86_400_000;
  assert.equal(await send('"v":1,"o":"text"'), undefined);
});
