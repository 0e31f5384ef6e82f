import { describe, expect, it } from 'vitest';
import { scanBlocks } from '../../../src/pages/blocks.ts';
import { scanInline } from '../../../src/pages/inline.ts';
import { closersOf, reopener } from '../../../src/pages/repair.ts';

const close = (text: string) => text + closersOf(text, null);
const kinds = (text: string) => scanBlocks(text, null).lines.map((line) => line.kind);

describe('when the text ends inside a fence', () => {
  it('closes it on a line of its own', () => {
    expect(close('```ts\nlet a')).toBe('```ts\nlet a\n```');
    expect(close('```ts\nlet a\n')).toBe('```ts\nlet a\n```');
  });

  it('uses as many marks of the same kind as opened it', () => {
    expect(close('~~~~~\n```\n')).toBe('~~~~~\n```\n~~~~~');
    expect(close('````md\n```\ninner\n```\n')).toBe('````md\n```\ninner\n```\n````');
  });

  it('closes it where it stands: in a list item, in a quote', () => {
    expect(close('1. run\n\n   ```sh\n   ls')).toBe('1. run\n\n   ```sh\n   ls\n   ```');
    expect(close('- ```sh\n  ls')).toBe('- ```sh\n  ls\n  ```');
    expect(close('> ```sh\n> ls')).toBe('> ```sh\n> ls\n> ```');
  });

  it('completes a closing line that is half written', () => {
    expect(close('```\na\n``')).toBe('```\na\n```');
    expect(close('```\na\n`')).toBe('```\na\n```');
  });

  it('closes nothing inline: in code nothing else counts', () => {
    expect(close('```\n**a `b [c](d')).toBe('```\n**a `b [c](d\n```');
  });
});

describe('when a line only looks like a fence', () => {
  it('is none with a backtick in the info string, with four spaces before it, or inside a longer fence', () => {
    expect(scanBlocks('```a`b\n', null).open).toBeNull();
    expect(scanBlocks('    ```\n', null).open).toBeNull();
    expect(scanBlocks('text ```\n', null).open).toBeNull();
    expect(kinds('````\n```\n````\n')).toEqual(['opener', 'code', 'closer']);
  });

  it('does not close with words behind the marks, with fewer marks, or with the other kind', () => {
    for (const line of ['``` x', '``', '~~~'])
      expect(scanBlocks(`\`\`\`\n${line}\n`, null).open).not.toBeNull();
  });

  it('closes with more marks, spaces behind them, and CRLF', () => {
    for (const line of ['`````', '```  ', '```\r', '   ```'])
      expect(scanBlocks(`\`\`\`\n${line}\n`, null).open).toBeNull();
  });

  it('ends with the quote it stands in', () => {
    expect(scanBlocks('> ```\n> a\nno quote\n', null).open).toBeNull();
  });
});

describe('when a fence is opened again', () => {
  it('has its language, its indentation and its marks', () => {
    const { open } = scanBlocks('  ~~~~ python title="a"\n', null);
    expect(open && reopener(open)).toBe('  ~~~~ python title="a"\n');
    expect(open && reopener(open, true)).toBe('  ~~~~\n');
  });

  it('has spaces in place of a list marker', () => {
    const { open } = scanBlocks('- ```js\n', null);
    expect(open && reopener(open)).toBe('  ```js\n');
  });
});

describe('when inline markup is open', () => {
  it.each([
    ['**bold', '**bold**'],
    ['a *b', 'a *b*'],
    ['a _b', 'a _b_'],
    ['***both', '***both***'],
    ['~~gone', '~~gone~~'],
    ['`code', '`code`'],
    ['``co`de', '``co`de``'],
    ['**a `b', '**a `b`**'],
    ['**a *b', '**a *b***'],
    ['*a ~~b', '*a ~~b~~*'],
    ['[a](http://x', '[a](http://x)'],
    ['[a](http://x/(b', '[a](http://x/(b))'],
    ['[a](x "ti', '[a](x "ti")'],
    ['[a](<x y', '[a](<x y>)'],
    ['**see [a](b', '**see [a](b)**'],
    ['[**a', '[**a**'],
    ['<https://x.y', '<https://x.y>'],
    ['| a | **b', '| a | **b**'],
    ['- **a', '- **a**'],
    ['# *a', '# *a*'],
    ['one\ntwo **three', 'one\ntwo **three**'],
  ])('closes %j as %j', (open, closed) => {
    expect(close(open)).toBe(closed);
  });

  it.each([
    ['**bold*', '**bold**'],
    ['~~gone~', '~~gone~~'],
    ['``a`', '``a``'],
  ])('completes the half-written end of %j', (open, closed) => {
    expect(close(open)).toBe(closed);
  });

  it('puts a word joiner between white space and the marks, so that they close', () => {
    expect(close('**bold ')).toBe('**bold \u2060**');
    expect(close('```x``` and `code\n')).toBe('```x``` and `code\n\u2060`');
  });

  it('does not complete half-written code to a fence', () => {
    expect(close('a ```b\n``')).toBe('a ```b\n``');
  });

  it('escapes a backslash that would escape the mark', () => {
    expect(close('**a\\')).toBe('**a\\\\**');
  });

  it('keeps one dash below a paragraph from being a heading', () => {
    expect(close('Items:\n-')).toBe('Items:\n-\u2060');
  });
});

describe('when nothing is open', () => {
  it.each([
    '',
    'plain',
    '2 * 3',
    '2*3 is 6',
    'snake_case_name',
    'a \\*b',
    '**a** b',
    '`a` b',
    '[a](b) c',
    '[a] b',
    'a [b',
    '* item',
    '**',
    'a `',
    'a ~ b',
    '**a\n\nb',
    '# **a\nb',
    '**a\n- b',
    '`a**`',
    '<https://x>',
    '\\`a',
    'a\\',
    '| **a | b',
    '![a](b)',
    '---',
  ])('adds nothing to %j', (text) => {
    expect(close(text)).toBe(text);
  });
});

describe('what must not be torn', () => {
  it('are links, code and emphasis', () => {
    const text = 'a [b c](d e) [f g](h) `i j` **k l** m';
    const torn = scanInline(text).spans.map(([start, end]) => text.slice(start, end));
    expect(torn).toEqual(['[f g](h)', '`i j`', '**k l**']);
  });
});
