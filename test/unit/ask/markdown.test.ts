import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMarkdownView } from '../../../src/ask/markdown.ts';
import { inColour, type Paint, plain } from '../../../src/terminal.ts';
import { expectLinear } from '../linear/cost.ts';

/** Styles as one can read them in a test. */
const marked: Paint = (style, text) => (text === '' ? '' : `<${style}>${text}</>`);

function show(text: string, size = text.length || 1, paint: Paint = marked, columns = 80): string {
  const view = createMarkdownView(paint, columns);
  let shown = '';
  for (let at = 0; at < text.length; at += size) shown += view.push(text.slice(at, at + size));
  return shown + view.end();
}

describe("an answer's Markdown in a terminal", () => {
  it.each([
    ['# Title', '<bold><underline>Title</></>'],
    ['a **bold** word', 'a <bold>bold</> word'],
    ['*it* and _it_', '<italic>it</> and <italic>it</>'],
    ['***both***', '<bold><italic>both</></>'],
    ['~~gone~~', '<strike>gone</>'],
    ['run `npm ci` now', 'run <cyan>npm ci</> now'],
    ['`` a ` b ``', '<cyan>a ` b</>'],
    ['`**no**`', '<cyan>**no**</>'],
    ['**a `b` c**', '<bold>a </><bold><cyan>b</></><bold> c</>'],
    ['- one\n  * two', '• one\n  • two'],
    ['1. one\n2) two', '1. one\n2) two'],
    ['> said', '<dim>│ </>said'],
    ['[words](https://x.y)', '<underline>words</><dim> (https://x.y)</>'],
    ['\\*literal\\*', '*literal*'],
    ['日本語**太字**です', '日本語<bold>太字</>です'],
    ['---', `<dim>${'─'.repeat(40)}</>`],
    ['```ts\n# **a**\n```\nb', '<dim>── ts</>\n<cyan># **a**</>\n<dim>──</>\nb'],
    ['````\n```\n````', '<dim>──</>\n<cyan>```</>\n<dim>──</>'],
  ])('%j reads as it should', (text, shown) => {
    expect(show(text)).toBe(shown);
  });

  it.each([
    '2 * 3 * 4',
    'snake_case_name',
    'pass **kwargs on',
    'a ` b',
    '#hashtag',
    '-5',
    '1.5',
    '~5 and ~6',
    'C:\\dir',
    '[x] y',
    'a | b',
    '*',
    '**',
    '`',
    '<b>',
  ])('%j means itself', (text) => {
    expect(show(text)).toBe(text);
    expect(show(text, 1)).toBe(text);
  });

  it('sets the columns of a table below each other, wide letters too, where they fit', () => {
    const table = '| Name | n |\n|---|--:|\n| 中文 | 1 |\n| `a` \\| b | 22 |\n\nafter';
    expect(show(table, 3, (_style, text) => text)).toBe(
      ['Name  │  n', '──────┼───', '中文  │  1', 'a | b │ 22', '', 'after'].join('\n'),
    );
    expect(show(table, 3, plain, 8)).toContain('| 中文 | 1 |\n');
  });

  it('is shown as it comes: no more is held than what may still be a mark', () => {
    const view = createMarkdownView(marked);
    expect(view.push('So it')).toBe('So it');
    expect(view.push(' is **bo')).toBe(' is ');
    expect(view.push('ld** now')).toBe('<bold>bold</> now');
    expect(view.push(`\n\`\`\`\ncode`)).toBe('\n<dim>──</>\n<cyan>code</>');
  });

  it('reads the same in whatever pieces it comes, and loses no word', () => {
    const piece = fc.constantFrom(
      '*',
      '**',
      '_',
      '`',
      '```',
      '~~~',
      '~~',
      '[',
      '](',
      ')',
      '#',
      '> ',
      '- ',
      '|',
      '---',
      '\n',
      '\n\n',
      ' ',
      '\\',
      'word',
      '中文',
      '😀',
      '1.',
      '<',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (pieces, size) => {
        const text = pieces.join('');
        const unpainted: Paint = (_style, shown) => shown;
        const whole = show(text, text.length || 1, unpainted);
        expect(show(text, size, unpainted)).toBe(whole);
        const words = (one: string) => one.match(/word|中文|😀/gu) ?? [];
        expect(words(whole)).toEqual(words(text));
      }),
      { numRuns: 1_500 },
    );
  });

  it('ends every style that it begins', () => {
    const shown = show('# a **b\n> `c` ***d***\n| *a* |\n|---|\n| b |', 1, inColour);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences are what is counted.
    const codes = [...shown.matchAll(/\u001b\[(\d+)m/g)].map((match) => Number(match[1]));
    expect(codes.filter((code) => code < 10 || (code > 30 && code < 39)).length * 2).toBe(codes.length);
  });

  it.each([
    '`',
    '*',
    '**a ',
    '[',
    '[a](',
    '|',
    '_a',
    '> ',
    '- ',
    '#',
    '``` ',
    '\\',
    '~',
    '1.',
    '| a | ',
    'a\n| b |\n',
  ])('takes a time that is bounded for each of many %j', async (letters) => {
    await expectLinear(
      (count) => () => {
        const view = createMarkdownView(inColour);
        for (let n = 0; n < count; n += 1) view.push(letters);
      },
      1_000,
    );
  });
});
