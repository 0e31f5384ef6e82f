import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BODY_MAX, CONTENT_MAX, fromContent, toContent } from '../../../adapters/discord/format.ts';
import { fromForm, toForm } from '../../../adapters/discord/forms.ts';
import { hostileTexts } from '../../fakes/hostile-texts.ts';

/** As a reader sees it: without what has no width. */
const shown = (text: string) => toForm(text, 2_000).replaceAll(/[\u2060-\u2064]/gu, '');
const content = (body: string, opened = 0, closed = 0) =>
  toContent({
    index: 0,
    text: body.slice(opened, body.length - closed),
    view: { body, opened, closed, cursor: false, footer: 'AI · model · 3 s' },
    state: 'complete',
    final: true,
    controls: [],
  });

describe('what Discord has no markup for takes a form that it shows', () => {
  it.each([
    ['#### Title', '### Title'],
    ['##### Title', '### Title'],
    ['###### Title', '### Title'],
    ['> #### Title', '> ### Title'],
    ['- [ ] open', '- ☐ open'],
    ['- [x] done', '- ☑ done'],
    ['  1. [X] done', '  1. ☑ done'],
  ])('%j is shown as %j', (text, form) => {
    expect(shown(text)).toBe(form);
    expect(fromForm(toForm(text, 2_000))).toBe(text);
  });

  it('a table stands in a code block, its columns below one another', () => {
    const text = 'See:\n\n| a | name |\n|---|:----:|\n| 1 | long name |\n| 100 | 中文 |\n\nDone.';
    expect(shown(text).replaceAll('\u00a0', ' ').replaceAll('\u2010', '-')).toBe(
      [
        'See:\n',
        '```',
        '| a   | name      |',
        '|-----|:---------:|',
        '| 1   | long name |',
        '| 100 | 中文      |',
        '```',
        '\nDone.',
      ].join('\n'),
    );
    expect(fromForm(toForm(text, 2_000))).toBe(text);
  });

  it('a table without pipes at its edges does, too', () => {
    const text = 'a | b\n--|--\n1 | 2';
    expect(shown(text)).toMatch(/^```\n.*\n```$/s);
    expect(fromForm(toForm(text, 2_000))).toBe(text);
  });

  it('is not filled up where there is no room for it, and stays as it is where there is none for the frame', () => {
    const text = '| a | b |\n|---|---|\n| some long words here | b |';
    expect(shown(text)).toContain('\u00a0');
    expect(toForm(text, text.length + 10)).not.toContain('\u00a0');
    expect(toForm(text, text.length + 10)).toContain('```');
    expect(toForm(text, text.length)).toBe(text);
  });
});

describe('what stays as it is', () => {
  it.each([
    '### Title',
    '####Title',
    '#### ',
    '[ ] no item',
    '- [y] no box',
    '- [x]no gap',
    '| a | b |\n| 1 | 2 |',
    '| a | b |\n|---|---|',
    '```\n#### in code\n- [ ] a\n| a |\n|---|\n| 1 |\n```',
    'a ```ts\n#### in code\n```',
    '#### a\u2061',
    '| a |\n|---|\n| ```b``` |',
  ])('%j', (text) => {
    expect(toForm(text, 2_000)).toBe(text);
  });
});

const sign = fc.constantFrom(
  ...['#### ', '###### ', '### ', '- [ ] ', '- [x] ', '1. [X] ', '| ', ' |', '|---|---|', '|:-:|', '\n'],
  ...[
    '\n\n',
    '```',
    '```ts\n',
    '☐',
    '☑',
    '\u00a0',
    '\u2010',
    '\\|',
    '> ',
    ' ',
    'word',
    '中文',
    '👨‍👩‍👧',
    '-',
    ':',
  ],
);
const rare = fc.constantFrom('\u2061', '\u2062', '\u2063', '\u2064', '\u2060');
const row = fc
  .array(fc.constantFrom('a', 'long words', '中', '', ' ', '\\|', '`x`', '\u00a0'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((cells) => `| ${cells.join(' | ')} |`);
const table = fc
  .tuple(row, fc.constantFrom('|---|---|', '| :-- | --: |', '|-|'), fc.array(row, { maxLength: 5 }))
  .map(([top, second, rows]) => `\n${[top, second, ...rows].join('\n')}\n`);
const text = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: sign },
      { weight: 3, arbitrary: table },
      { weight: 1, arbitrary: rare },
      { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join('').slice(0, BODY_MAX))
  .filter((body) => !/\p{Surrogate}/u.test(body));

describe('for any text', () => {
  it('each form is undone letter for letter, and is no larger than there is room', () => {
    fc.assert(
      fc.property(text, fc.nat(200), (body, room) => {
        const form = toForm(body, body.length + room);
        expect(form.length).toBeLessThanOrEqual(body.length + room);
        if (form !== body) expect(fromForm(form)).toBe(body);
      }),
      { numRuns: 3_000 },
    );
  });

  it('the message alone gives back the text on its page, and fits', () => {
    fc.assert(
      fc.property(text, fc.nat(5), fc.nat(5), (body, before, behind) => {
        const opened = Math.min(before, body.length);
        const closed = Math.min(behind, body.length - opened);
        const message = content(body, opened, closed);
        expect(message.length).toBeLessThanOrEqual(CONTENT_MAX);
        const expected = body === '' ? '' : body.slice(opened, body.length - closed);
        expect(fromContent(message.trim()).text).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(Object.keys(hostileTexts))('so it is with %s', (name) => {
    const body = (hostileTexts[name]?.(BODY_MAX) ?? '').replaceAll(/\p{Surrogate}/gu, '\ufffd');
    const message = content(body);
    expect(message.length).toBeLessThanOrEqual(CONTENT_MAX);
    expect(fromContent(message).text).toBe(body);
  });
});
