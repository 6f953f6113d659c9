/** What is worked out once for events that look alike must be right for each of them, and be worked out once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MEMBER_NAMES } from '../../lib/outline/member-names.ts';
import { Scanner } from '../../lib/outline/scanner.ts';
import { type Draw, MOST_KEPT_BYTES, Stencils } from '../../lib/stencil/stencils.ts';

/** Enough for more layouts than are kept. */
const MEMBERS = 13;
const [COMMA, COLON] = [0x2c, 0x3a] as const;
const scanner = new Scanner();
const { outline } = scanner;

/** Writes the event's own members as `name:value,`, and what stands in the first one as it stands inside of a text. */
const drawMembers: Draw = (draft) => {
  for (const member of draft.layout.membersOf(0)) {
    draft.name(member, MEMBER_NAMES.textOf(draft.layout.names[member] as number).length);
    draft.byte(COLON);
    draft.value(member);
    draft.byte(COMMA);
  }
};

function counting(draw: Draw) {
  let drawn = 0;
  const stencils = new Stencils((draft) => {
    drawn++;
    draw(draft);
  });
  return {
    drawn: () => drawn,
    write: (text: string, contentId?: string, behind = ',{}]') => {
      assert.ok(scanner.read(Buffer.from(`[${text}${behind}`), 1), text);
      const line = stencils.write(outline, contentId);
      return line?.bytes.toString('utf8', 0, line.length);
    },
  };
}

describe('events that look alike', () => {
  it('are worked out once, whatever their values say and however long they are', () => {
    const { write, drawn } = counting(drawMembers);
    assert.equal(write('{"a":"x","b":1,"c":true}'), '"a":"x","b":1,"c":true,');
    assert.equal(write('{"a":"a longer \\"text\\"","b":-77,"c":true}'), '"a":"a longer \\"text\\"","b":-77,"c":true,');
    assert.equal(drawn(), 1);
  });

  it('are told apart where a value is of another kind, or empty, or written in another way than the shortest', () => {
    const { write, drawn } = counting(drawMembers);
    for (const value of [
      '"x"',
      '1',
      '1.5',
      'true',
      'false',
      'null',
      '""',
      '"\\u0061"',
      '["a"]',
      '[]',
      '[1]',
      '{}',
      '{"x":1}',
    ]) {
      assert.equal(write(`{"a":${value},"b":2}`), `"a":${value},"b":2,`);
    }
    assert.equal(drawn(), 13);
  });

  it('are told apart where the same members are nested in another way', () => {
    const { write, drawn } = counting(drawMembers);
    assert.equal(write('{"a":{"b":1,"c":2}}'), '"a":{"b":1,"c":2},');
    assert.equal(write('{"a":{"b":1},"c":2}'), '"a":{"b":1},"c":2,');
    assert.equal(drawn(), 2);
  });

  it('are told apart where one is written with blanks; where blanks are does not matter', () => {
    const { write, drawn } = counting(drawMembers);
    const written = '"a":"\\u0061","b":{"c":1},';
    assert.equal(write('{"a":"\\u0061","b":{"c":1}}'), written);
    assert.equal(write('{"a" :"\\u0061","b":{"c":1}}'), written);
    assert.equal(write('{"a":"\\u0061" , "b":  {"c":1} }'), written);
    assert.equal(drawn(), 2);
  });

  it('are told apart where a question about their values is answered in another way', () => {
    const { write, drawn } = counting((draft) => {
      const [member = 0] = draft.layout.membersOf(0);
      draft.piece(Buffer.from(draft.ask((event) => event.isIntegerText(member)) ? 'integer' : 'text'));
    });
    for (const round of [1, 2]) {
      assert.equal(write('{"a":"12"}'), 'integer');
      assert.equal(write('{"a":"twelve"}'), 'text');
      assert.equal(drawn(), 2, `round ${round}`);
    }
  });
});

describe('a line', () => {
  it('has what is computed for its event, and is none where that cannot be computed', () => {
    const { write } = counting((draft) => {
      draft.piece(Buffer.from('<'));
      draft.computed((event, contentId) => (event.end > 20 ? undefined : `${contentId}`));
      draft.piece(Buffer.from('>'));
    });
    assert.equal(write('{"a":1}', 'ä'), '<ä>');
    assert.equal(write('{"a":1}', ''), '<>');
    assert.equal(write('{"a":12345678901234}'), undefined);
    assert.equal(write('{"a":1}', 'b'), '<b>');
  });

  it('has values as they stand inside of a text, and parts of them', () => {
    const { write } = counting((draft) => {
      const [member = 0] = draft.layout.membersOf(0);
      draft.escaped(member);
      draft.value(member, 1, 1);
      draft.opening(0);
    });
    assert.equal(write('{"a":"x\\"y"}'), '\\"x\\\\\\"y\\"x\\"y{');
    assert.equal(write('{"a":"longer"}'), '\\"longer\\"longer{');
  });

  it('takes nothing of what stands behind its event', () => {
    const { write } = counting((draft) => {
      draft.value(0);
      draft.byte(COMMA);
    });
    assert.equal(write('{"a":1}'), '{"a":1},');
    assert.equal(write('{"a":1}', undefined, ']'), '{"a":1},');
  });

  it('is none for events that are given up, which is worked out once as well', () => {
    const { write, drawn } = counting((draft) => {
      const [member = 0] = draft.layout.membersOf(0);
      if (draft.ask((event) => event.isIntegerText(member))) draft.giveUp();
      draft.value(member);
    });
    for (const _round of [1, 2]) {
      assert.equal(write('{"a":"1"}'), undefined);
      assert.equal(write('{"a":"one"}'), '"one"');
    }
    assert.equal(drawn(), 2);
  });

  it('may be one for the next event where the reason to give up lies in a value that nothing was asked about', () => {
    const { write } = counting((draft) => {
      const [member = 0] = draft.layout.membersOf(0);
      if (draft.askOnce((event) => event.jsonOf(member)) === '"odd"') draft.giveUp();
      draft.computed((event) => (event.jsonOf(member) === '"odd"' ? undefined : event.jsonOf(member)));
    });
    assert.equal(write('{"a":"odd"}'), undefined);
    assert.equal(write('{"a":"usual"}'), '"usual"');
    assert.equal(write('{"a":"odd"}'), undefined);
  });
});

describe('more layouts than are kept', () => {
  it('are written like any other, and those kept before are worked out again', () => {
    const { write, drawn } = counting(drawMembers);
    const textOf = (n: number) =>
      `{${[...n.toString(2).padStart(MEMBERS, '0')].map((bit, at) => `"m${at}":${bit === '1' ? 'true' : '"x"'}`)}}`;
    const lineOf = (text: string) => `${text.slice(1, -1)},`;
    const count = 2 ** MEMBERS;
    assert.ok(count * MEMBERS * 100 > MOST_KEPT_BYTES);
    for (const round of [1, 2]) {
      for (let n = 0; n < count; n++) assert.equal(write(textOf(n)), lineOf(textOf(n)));
      assert.ok(drawn() >= count, `round ${round}`);
    }
    assert.ok(drawn() > 1.5 * count, `${drawn()} of ${2 * count}`);
  });

  it('take the less memory, the larger their pieces are', () => {
    const piece = Buffer.alloc(MOST_KEPT_BYTES / 4, 'x');
    const { write, drawn } = counting((draft) => draft.piece(piece));
    for (const _round of [1, 2]) for (let n = 0; n < 7; n++) write(`{"m${n}":1}`);
    assert.equal(drawn(), 14);
  });

  it('of which one hash is shared do not push out the others', () => {
    const { write, drawn } = counting((draft) => {
      const members = draft.layout.membersOf(0);
      const answers = members.map((member) => draft.ask((event) => event.isIntegerText(member)));
      draft.piece(Buffer.from(answers.map((is) => (is ? '1' : '0')).join('')));
    });
    const write16 = () => {
      for (let n = 0; n < 16; n++) {
        const bits = n.toString(2).padStart(4, '0');
        assert.equal(write(`{${[...bits].map((bit, at) => `"m${at}":"${bit === '1' ? '7' : 'x'}"`)}}`), bits);
      }
    };
    write('{"other":1}');
    for (const _round of [1, 2, 3]) write16();
    const before = drawn();
    write('{"other":1}');
    assert.equal(drawn(), before);
  });
});
