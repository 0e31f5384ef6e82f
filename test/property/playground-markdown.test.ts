// What the playground's page makes of any text: never a throw, nothing lost, and time that grows with the text and no faster.

import fc from 'fast-check';
import { Marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { expectLinear } from '../unit/linear/cost.ts';

interface Token {
  readonly type: string;
  readonly raw: string;
}
type Read = (text: string) => { readonly tokens: readonly Token[]; readonly linked: string };
interface Reader {
  splitBlocks(text: string): readonly string[];
  createReader(marked: Marked): Read;
}

// What the browser runs, as it is: not a part of the server's types.
const file = new URL('../../adapters/web/public/reader.js', import.meta.url).href;
const { createReader, splitBlocks } = (await import(file)) as Reader;
const marked = new Marked({ gfm: true });

function render(text: string, read = createReader(marked)): string {
  return read(text)
    .tokens.map((token) =>
      token.type === 'as-written'
        ? `<as-written>${token.raw}</as-written>`
        : marked.parser([token] as unknown as Parameters<typeof marked.parser>[0]),
    )
    .join('');
}

const pieces = [
  ...['a', 'word ', 'www.', 'http://', 'a@', '中', '́', '😀', '\ud83d', '\u0000'],
  ...['*', '**', '*a **a ', '_', 'a_', '~~', '`', '```', '~~~', '[', ']', '[a](', '](', '![', '(', ')'],
  ...['<', '<a ', '<!--', '>', '> ', '|', '|a', '-|-\n', '- ', '1. ', '+ ', '# ', '=\n', '-\n', '***\n'],
  ...['&', '&a;', '\\', '"', "'", '[a]: b "\n', '[a]', '  ', '    ', '\t', '\n', '\n\n', '\r\n', '  \n'],
];
const hostile = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { maxLength: 4 }), fc.integer({ min: 1, max: 400 }))
  .map(([unit, times]) => unit.join('').repeat(times));
const text = fc.array(hostile, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

describe('the playground reads any text', () => {
  it('without a throw, and with every letter in some block', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(splitBlocks(given).join('')).toBe(given);
        expect(typeof render(given)).toBe('string');
      }),
      { numRuns: 300 },
    );
  });

  it('the same whether it came at once or grew', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 4 }), (given, cuts) => {
        const read = createReader(marked);
        for (const cut of cuts.map((at) => at % (given.length + 1)).sort((a, b) => a - b))
          read(given.slice(0, cut));
        expect(render(given, read)).toBe(render(given));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['quotes', '>'],
    ['quotes with spaces', '> '],
    ['lists on one line', '- '],
    ['numbers on one line', '1. '],
    ['quotes and lists', '> - 1) '],
  ])('that nests deep (%s) as it was written', (_name, unit) => {
    expect(render(unit.repeat(2_000))).toContain(`<as-written>${unit}`);
  });

  it('is shown as it was written where one paragraph is too dense to read, and said to be', () => {
    const dense = '*a_`'.repeat(1_000);
    expect(render(`before\n\n${dense}`)).toContain(`${dense}</as-written>`);
    expect(render('**bold** and `code`')).not.toContain('<as-written>');
  });

  it('a list that indents a step further on each of 2,000 lines', () => {
    const steps = Array.from({ length: 2_000 }, (_, n) => `${'  '.repeat(n)}- a`).join('\n');
    expect(() => render(steps)).not.toThrow();
    expect(() => render(steps.slice(0, 15_000))).not.toThrow();
  });

  it('a table of a thousand columns and a thousand rows without its empty cells', () => {
    const wide = `${'a|'.repeat(1_000)}\n${'-|'.repeat(1_000)}\n${'|\n'.repeat(1_000)}`;
    expect(render(wide).length).toBeLessThan(50_000);
  });

  it('a long address that is used a thousand times without writing it a thousand times', () => {
    const many = `${'[a] '.repeat(1_000)}\n\n[a]: https://example.com/${'x'.repeat(8_000)}`;
    expect(render(many).length).toBeLessThan(100_000);
  });
});

/** Hostile texts of about `n` characters, each of a kind that is quadratic somewhere. */
const kinds: readonly (readonly [string, (n: number) => string])[] = [
  ...[
    ...[
      '>',
      '> ',
      '> a\n',
      '*a **a ',
      '*',
      'a*',
      'a_',
      '_a ',
      '**a',
      '[',
      ']',
      '[a](',
      '[a',
      '![a](b "',
      '<',
      '<a ',
    ],
    ...[
      '`',
      '|',
      '|a|b\n',
      'a|b\n-|-\n',
      '<!--',
      '&',
      '&#1;',
      'a@',
      'a.b@c.d ',
      '\\',
      'http://a.',
      '(a',
      '- a\n',
    ],
    ...[
      '- ',
      '1. ',
      '1. a\n\n',
      '~~a ',
      '"',
      '[a]: b "\n',
      "[a]: b '\n\n",
      '#\n\n',
      '=\n',
      ' ',
      '\t',
      'a  \n',
      'a\n',
    ],
    ...['<div>\n\n', 'a', 'word ', '中', 'é́', '```\n', '~~~\n\n', '*_`[<', '\\\n', ' |', '[a]'],
  ].map((unit) => [unit, (n: number) => unit.repeat(n / unit.length)] as const),
  [
    'backticks of growing length',
    (n) => Array.from({ length: Math.sqrt(2 * n) }, (_, k) => '`'.repeat(k)).join(' '),
  ],
  ['spaces and letters', (n) => ' '.repeat(n / 2) + 'a'.repeat(n / 2)],
  ['letters, spaces and an end', (n) => `a${' '.repeat(n)}b`],
  ['www and points', (n) => 'www.'.repeat(n / 8) + '.'.repeat(n / 2)],
  ['an open fence of fences', (n) => `~~~~~\n${'~~~~\n'.repeat(n / 5)}`],
  ['steps', (n) => Array.from({ length: Math.sqrt(n) }, (_, k) => `${' '.repeat(2 * k)}- a`).join('\n')],
  ['a wide table', (n) => `${'a|'.repeat(n / 5)}\n${'-|'.repeat(n / 5)}\n${'|\n'.repeat(n / 10)}`],
];

describe('the time that the playground takes to read', () => {
  it.each(kinds)('%j grows with the text', (_name, make) =>
    expectLinear(
      (n) => {
        const text = make(n);
        return () => render(text);
      },
      10_000,
      3,
    ),
  );
});
