/** Bugs planted in the pages of JumpCloud and the bulks to Logz.io. */
import type { Target } from './planted.ts';

export const BULKS_AND_PAGES: readonly Target[] = [
  {
    file: 'lib/jumpcloud/page.ts',
    tests: ['test/jumpcloud/page.test.ts', 'test/jumpcloud/answers.test.ts', 'test/ship/ship.test.ts'],
    bugs: [
      { breaks: 'a full page counts as the last', from: 'count >= mostOnAPage', to: 'count > mostOnAPage' },
      {
        breaks: 'without headers a short page counts as the last',
        from: '(statedLimit !== undefined && !this.isFull)',
        to: '!this.isFull',
      },
      {
        breaks: "the limit that the answer states is ignored, so a server's cap ends the run",
        from: 'Math.min(statedLimit ?? asked, asked)',
        to: 'asked',
      },
      {
        breaks: 'a page that was cut off is taken for whole',
        from: 'if (depth !== 0 || index > close) throw endsTooEarly(body);',
        to: '',
      },
      {
        breaks: 'a comma inside a text splits an event',
        from: 'index = closingQuote(body, index);',
        to: 'void closingQuote;',
      },
      { breaks: 'an escaped quote ends a text', from: 'if (byte === BACKSLASH) index++;', to: 'void BACKSLASH;' },
      {
        breaks: 'a missing event between two commas is passed over',
        from: '|| body[start] === COMMA)',
        to: '|| body[start] === 0)',
      },
      {
        breaks: 'a byte order mark makes a page unreadable',
        from: 'hasMark ? BYTE_ORDER_MARK.length : 0',
        to: '0 * Number(hasMark)',
      },
      {
        breaks: 'an event with broken bytes passes for whole',
        from: 'const bytes = source.isUtf8 ?',
        to: 'const bytes = !source.isUtf8 ?',
      },
    ],
  },
  {
    file: 'lib/jumpcloud/pages.ts',
    tests: ['test/jumpcloud/pages.test.ts', 'test/jumpcloud/answers.test.ts', 'test/ship/ship.test.ts'],
    bugs: [
      {
        breaks: 'pages go in a circle for ever',
        from: 'token !== undefined && tokens.has(token)',
        to: 'tokens.size < 0',
      },
      { breaks: 'an answer that is sorted newest first is shipped', from: '/^\\s*desc/i.test(', to: '/^never$/.test(' },
      {
        breaks: 'a page that is too large is asked for again with the same limit',
        from: 'limit = Math.ceil(limit / 2);',
        to: '',
      },
      {
        breaks: 'after one large page all others stay small',
        from: 'limit = Math.min(query.limit, 2 * limit);',
        to: 'limit = Math.min(query.limit, limit);',
      },
      {
        breaks: 'null that counts events is an empty window',
        from: "text === 'null' ? !statedCount :",
        to: "text === 'null' ? true :",
      },
      {
        breaks: 'every page asks for the first page again',
        from: 'next = token === undefined || isCircle ? undefined : fetchPage(token);',
        to: 'next = token === undefined || isCircle ? undefined : fetchPage(undefined);',
      },
      {
        breaks: 'a page with fewer events than it counts is believed at once',
        from: 'page.count < stated &&',
        to: 'page.count < 0 &&',
      },
      { breaks: 'newest events are asked for first', from: "sort: 'ASC'", to: "sort: 'DESC'" },
      { breaks: 'the search term is left out', from: '...filterOf(query), ', to: 'service: [...query.services], ' },
    ],
  },
  {
    file: 'lib/logzio/bulk.ts',
    tests: ['test/logzio/bulks.test.ts', 'test/logzio/answers.test.ts'],
    bugs: [
      {
        breaks: 'the last line of a full bulk is cut',
        from: 'this.#bytes + size > BULK_BYTES ?',
        to: 'this.#bytes > BULK_BYTES ?',
      },
      { breaks: 'lines run into each other', from: 'this.#body[this.#bytes++] = LINE_BREAK;', to: 'void LINE_BREAK;' },
      {
        breaks: 'the same lines are sent again with the next bulk',
        from: 'this.#records = [];\n    this.#ends = [];',
        to: 'this.#ends = [];',
      },
      { breaks: 'the second half of a bulk repeats its first lines', from: 'body: body.subarray(cut)', to: 'body' },
      {
        breaks: 'the second half of a bulk lacks a record',
        from: 'records.slice(middle)',
        to: 'records.slice(middle + 1)',
      },
      { breaks: 'a split bulk is cut in the wrong place', from: 'ends[middle - 1] ?? 0', to: 'ends[middle] ?? 0' },
    ],
  },
  {
    file: 'lib/logzio/deliver.ts',
    tests: ['test/logzio/deliver.test.ts', 'test/logzio/answers.test.ts', 'test/ship/saves.test.ts'],
    bugs: [
      {
        breaks: 'the second half of a split bulk is sent although the first failed, and the failure is dropped',
        from: "if ('failure' in before) return before;",
        to: '',
      },
      {
        breaks: 'what the first half of a split bulk refused is dropped',
        from: '[...before.refused, ...after.refused]',
        to: 'after.refused',
      },
      {
        breaks: 'the second half of a split bulk is not sent',
        from: 'await deliver(second, deadline, events);',
        to: '{ acknowledged: [], refused: [] };',
      },
      { breaks: 'acknowledged events are not reported', from: 'events.onAcknowledged?.(records);', to: '' },
      {
        breaks: 'a failed bulk passes for delivered',
        from: 'return { acknowledged: [], refused: [], failure };',
        to: 'return { acknowledged: records, refused: [] };',
      },
      { breaks: 'a changed token is not read again', from: 'if (!isTokenReread) token.forget();', to: '' },
      {
        breaks: 'a lost answer is not counted as a possible repeat',
        from: '`, details);',
        to: '`, { ...details, mayHaveArrived: false });',
      },
      {
        breaks: 'a 5xx is not counted as a possible repeat',
        from: 'if (error.mayHaveArrived)',
        to: 'if (error.mayHaveArrived && error.cause)',
      },
      {
        breaks: 'a single line that is too large is split for ever',
        from: 'if (records.length <= 1) {',
        to: 'if (records.length <= 0) {',
      },
      {
        breaks: 'a lost lease does not end a request',
        from: 'signal: deadline.giveUp',
        to: 'signal: new AbortController().signal',
      },
    ],
  },
  {
    file: 'lib/platform/retry.ts',
    tests: ['test/platform/retry.test.ts', 'test/logzio/answers.test.ts'],
    bugs: [
      { breaks: '429 fails the run for good', from: ' || status === 429', to: '' },
      { breaks: '408 fails the run for good', from: 'status === 408 || ', to: '' },
    ],
  },
  {
    file: 'lib/logzio/answer.ts',
    tests: ['test/logzio/answer.test.ts', 'test/logzio/answers.test.ts'],
    bugs: [
      {
        breaks: 'a page of HTML passes for an acknowledgement',
        from: 'if (!isHtml)',
        to: 'if (status > 0)',
      },
      { breaks: '503 counts as a possible repeat', from: 'status >= 500 && status !== 503', to: 'status >= 500' },
      {
        breaks: '500 does not count as a possible repeat',
        from: 'status >= 500 && status !== 503',
        to: 'status >= 502 && status !== 503',
      },
      {
        breaks: 'a 400 that took every line is quarantined',
        from: "if (taken === lines) return { kind: 'acknowledged' };",
        to: '',
      },
      {
        breaks: 'a 400 without counts claims that nothing was taken',
        from: "which lines it took', taken: lines }",
        to: "which lines it took', taken: 0 }",
      },
      { breaks: '413 is not split', from: "if (status === 413) return { kind: 'too large' };", to: '' },
      { breaks: 'a count that is no number is believed', from: 'Number.isInteger(counts[name])', to: 'true' },
    ],
  },
];
