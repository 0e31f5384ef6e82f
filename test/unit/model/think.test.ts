import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThinkSplitter } from '../../../src/model/think.ts';
import { expectLinear } from '../linear/cost.ts';

interface Options {
  readonly waits?: boolean;
  readonly before?: string;
  /** Cuts the text into pieces of so many characters. */
  readonly size?: number;
  /** The wait ends after so many pieces. */
  readonly releaseAfter?: number;
}

function split(text: string, { waits = false, before, size = text.length || 1, releaseAfter }: Options = {}) {
  const seen = { text: before ?? '', reasoning: '', reclassified: 0, learnt: [] as boolean[], waited: 0 };
  const splitter = createThinkSplitter({
    emit(kind, piece) {
      expect(piece).not.toBe('');
      seen[kind] += piece;
    },
    reclassify() {
      seen.reclassified += 1;
      seen.reasoning += seen.text;
      seen.text = '';
    },
    before,
    isContinuation: before !== undefined,
    waits,
    onWait: () => {
      seen.waited += 1;
    },
    learn: (isUnopened) => seen.learnt.push(isUnopened),
  });
  for (let at = 0, n = 0; at < text.length; at += size, n += 1) {
    if (n === releaseAfter) splitter.release();
    splitter.push(text.slice(at, at + size));
  }
  splitter.end(true);
  return seen;
}

const marks = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['◁think▷', '◁/think▷'],
  ['[THINK]', '[/THINK]'],
  ['<seed:think>', '</seed:think>'],
  ['<THINK>', '</THINK>'],
  ['<think >', '</think >'],
  ['<Thinking>', '</thinking\n>'],
  ['<thought>', '</thought>'],
  ['<Thoughts>', '</Thoughts>'],
  ['<reasoning>', '</Reasoning>'],
  ['<mm:think>', '</mm:think>'],
  ['<antThinking>', '</antThinking>'],
  ['<longcat_think>', '</longcat_think>'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|channel>thought', '<channel|>'],
  ['<|channel|>analysis<|message|>', '<|end|><|start|>assistant<|channel|>final<|message|>'],
] as const;
const harmonyEnds = ['<|start|>assistant<|channel|>final<|message|>', '<|channel|>final<|message|>'];

describe.each([1, 2, 3, 7, 1000])('marks of thoughts in text cut every %i characters', (size) => {
  it.each(marks.slice(0, -1))('%s … %s twice in a row make reasoning twice', (open, close) => {
    for (const between of ['', '\n\n'])
      for (const waits of [false, true])
        expect(
          split(`${open}hm.${close}${between}${open}hmm.${close}${between}Hi <b>`, { size, waits }),
        ).toMatchObject({ text: 'Hi <b>', reasoning: 'hm.hmm.', reclassified: 0 });
  });

  it.each(marks)('%s … %s at the beginning make reasoning', (open, close) => {
    for (const start of ['', '\n', ' \n\n', '\u200b', '\n\u2060 '])
      expect(split(`${start}${open}hm, hm.${close}\n\nHi [you] <b>`, { size })).toMatchObject({
        text: 'Hi [you] <b>',
        reasoning: 'hm, hm.',
        reclassified: 0,
      });
  });

  it.each([...marks.map(([, close]) => close), ...harmonyEnds])(
    '%s without an opening mark makes reasoning of all before it, and the provider is remembered',
    (close) => {
      expect(split(`I think, [so] <I> am.${close}\n\nHi!`, { size })).toMatchObject({
        text: 'Hi!',
        reasoning: 'I think, [so] <I> am.',
        reclassified: 1,
        learnt: [true],
      });
    },
  );

  it.each(marks.slice(0, -1))(
    '%s … %s: nothing is taken back where the closing mark comes first',
    (_open, close) => {
      expect(split(`\n${close}\n\nHi`, { size })).toMatchObject({
        text: 'Hi',
        reasoning: '',
        reclassified: 0,
      });
      expect(split(`a${close}\n${close}\n\nHi`, { size })).toMatchObject({
        text: 'Hi',
        reasoning: 'a',
        reclassified: 1,
      });
    },
  );

  it.each(marks.slice(0, -1))('%s … %s nested or doubled leave no thought in the answer', (open, close) => {
    expect(split(`${open}a${open}b${close}c${close}d`, { size })).toMatchObject({ text: 'd' });
    expect(split(`a${close}b${close}c`, { size })).toMatchObject({
      text: 'c',
      reasoning: 'ab',
      reclassified: 2,
    });
  });

  it.each([
    'Use `</think>` to end it.',
    'Use ``a ` </think> `` here.',
    '```xml\n<a>\n</think>\n```\nso',
    '- ```\n  </think>\n  ```\nso',
    '~~~\n```\n</think>\n~~~\nso',
    'so:\n\n    x\n    </think>\n\nand',
    'It is called "</think>" or ‘[/THINK]’.',
    'a <think>b</think> c',
    'Use `</THINK>` and `</reasoning >` to end it.',
    'Write:\n```xml\n<reasoning>\na\n</reasoning>\n```\nso',
    '```\n<THINK>\nx\n</Thinking>\n```',
    '`<think >` begins, `</think >` ends',
    '<reasons>a</reasons> b',
    '<thinker>a</thinker>',
    '[think](https://a.b) about it',
    '<think-tank>a</think-tank>',
    '`◁/think▷` and `<|channel|>final<|message|>`',
  ])('within code, in quotes, or as a pair they stay text: %j', (text) => {
    expect(split(text, { size })).toMatchObject({ text, reasoning: '', reclassified: 0, learnt: [] });
  });

  it.each([
    ['an apostrophe` that opens nothing.</think>Hi', 'an apostrophe` that opens nothing.'],
    ['one ` here.</think>\n\nHi', 'one ` here.'],
    ['```js\nf()\n```\ndone</think>Hi', '```js\nf()\n```\ndone'],
    ['a `b` c \\` d</think>Hi', 'a `b` c \\` d'],
    ['```a``` b</think>Hi', '```a``` b'],
    ['`a`\n\n- x\n    - y</think>Hi', '`a`\n\n- x\n    - y'],
  ])('behind code they count: %j', (text, reasoning) => {
    expect(split(text, { size })).toMatchObject({ text: 'Hi', reasoning, reclassified: 1 });
  });

  it('thoughts that speak of the mark do not end by it', () => {
    expect(split('<think>they mean `</think>` or "</think>"</think>Hi', { size })).toMatchObject({
      text: 'Hi',
      reasoning: 'they mean `</think>` or "</think>"',
    });
  });

  it('thoughts hold tags of another name, which do not end them', () => {
    const thoughts = 'write <reasoning>x</reasoning> and </thought> here';
    for (const [open, close] of [
      ['<think>', '</think>'],
      ['<THINKING>', '</think >'],
    ])
      expect(split(`${open}${thoughts}${close}Hi`, { size })).toMatchObject({
        text: 'Hi',
        reasoning: thoughts,
      });
  });

  it('what only looks like a mark stays text', () => {
    for (const text of [
      '<',
      '</',
      'a </thinks> b',
      '[/THIN',
      '◁',
      '<|end|> x',
      'a < b',
      '<|channel|>',
      '[x](y)',
    ])
      expect(split(text, { size })).toMatchObject({ text, reclassified: 0 });
  });

  it('Harmony: several thoughts, a tool, the end of the answer, and none of it within code', () => {
    const text =
      '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>analysis<|message|>b<|end|>' +
      '<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>' +
      '<|start|>assistant<|channel|>final<|message|>See:\n```\n<|end|>\n```\n`<|start|>` so<|return|>';
    expect(split(text, { size })).toMatchObject({
      text: 'See:\n```\n<|end|>\n```\n`<|start|>` so',
      reasoning: 'ab{}',
    });
    expect(split('<|channel|>final<|message|>Hi<|return|>', { size })).toMatchObject({
      text: 'Hi',
      reasoning: '',
    });
    expect(
      split('<|channel|>analysis\nhm<|end|><|start|>assistant<|channel|>final\nHi', { size }),
    ).toMatchObject({
      text: 'Hi',
      reasoning: 'hm',
    });
  });
});

describe('an answer that goes on', () => {
  it('may bring the mark that makes reasoning of all before it, also where the mark itself was cut', () => {
    const whole = 'I think.</think>\n\nHi';
    for (let at = 1; at < whole.indexOf('>'); at += 1) {
      expect(split(whole.slice(at), { before: whole.slice(0, at), size: 2 }).text, `cut at ${at}`).toBe('Hi');
    }
  });

  it('keeps text at the cut that is no mark, once', () => {
    const whole = 'a <b> [c](d) </p> ◁ e';
    for (let at = 0; at <= whole.length; at += 1) {
      expect(split(whole.slice(at), { before: whole.slice(0, at) }).text).toBe(whole);
    }
  });

  it('knows that it goes on within code', () => {
    expect(split('</think>\n```\nso', { before: 'a\n```\n' })).toMatchObject({ reclassified: 0 });
  });
});

describe('a provider that is remembered', () => {
  it('shows nothing before the mark, and takes nothing back', () => {
    const seen = split('I think.</think>Hi', { waits: true, size: 1 });
    expect(seen).toMatchObject({
      text: 'Hi',
      reasoning: 'I think.',
      reclassified: 0,
      learnt: [true],
      waited: 1,
    });
  });

  it('shows the text when the wait is over, and takes it back when the mark comes after all', () => {
    const seen = split('I think.</think>Hi', { waits: true, size: 1, releaseAfter: 4 });
    expect(seen).toMatchObject({ text: 'Hi', reasoning: 'I think.', reclassified: 1, learnt: [true] });
  });

  it('is forgotten after a whole answer without the mark, or with thoughts that are opened', () => {
    expect(split('Hi there', { waits: true, size: 1 })).toMatchObject({ text: 'Hi there', learnt: [false] });
    expect(split('<think>a</think>Hi', { waits: true })).toMatchObject({ text: 'Hi', reasoning: 'a' });
  });
});

it('whatever the text, no letter is lost or doubled, and cuts make no difference', () => {
  const unit = fc.constantFrom(
    ...marks.flat(),
    ...harmonyEnds,
    ...['`', '``', '```\n', '\n', '\n\n', '    ', '"', '<', '</', '[', '◁', '<|', '1', '23 ', '~~~\n', '- '],
  );
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (units, size, waits) => {
        const text = units.join('');
        const whole = split(text, { waits });
        const cut = split(text, { size, waits });
        expect({ text: cut.text, reasoning: cut.reasoning }).toEqual({
          text: whole.text,
          reasoning: whole.reasoning,
        });
        const digits = (from: string) => [...from.replace(/\D/g, '')].sort().join('');
        expect(digits(whole.reasoning + whole.text)).toBe(digits(text));
      },
    ),
    { numRuns: 500 },
  );
});

it('reads marks without number in time that grows with the text', async () => {
  const texts = ['`</think>`', '</think', '` </think>', '<', '\n    </think>\n', '"</think>', ' ', '<|end|>'];
  const readAll = (n: number) => () => {
    for (const text of texts.map((one) => one.repeat(n))) {
      const splitter = createThinkSplitter({
        emit() {},
        reclassify() {},
        isContinuation: false,
        waits: false,
        onWait() {},
        learn() {},
      });
      for (let at = 0; at < text.length; at += 3) splitter.push(text.slice(at, at + 3));
      splitter.end(true);
    }
  };
  await expectLinear(readAll, 1000);
});
