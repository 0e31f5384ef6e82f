// Discord's content limit, the seal that gives the model's own text back, and Discord's markup as plain words.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BODY_MAX,
  CONTENT_MAX,
  fromContent,
  toComponents,
  toContent,
  toSaid,
  toThreadName,
} from '../../../adapters/discord/format.ts';
import type { Page, PageState, View } from '../../../src/platform.ts';

const STATES: readonly PageState[] = [
  'writing',
  'more',
  'complete',
  'length',
  'filtered',
  'stopped',
  'broken',
];

function toPage(text: string, view: Partial<View> = {}, rest: Partial<Page> = {}): Page {
  return {
    index: 0,
    text,
    view: { body: text, opened: 0, closed: 0, cursor: false, ...view },
    state: 'complete',
    final: true,
    controls: [],
    ...rest,
  };
}

/** What Discord does with content. */
const toStored = (content: string) => content.trim();

/** Text as models write it and worse: whitespace anywhere, fences, our own invisible characters, our own footers. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ' ',
    '\n',
    '\n\n',
    '\t',
    '```ts\n',
    '\n```',
    '```',
    '-# AI · 3 s\n',
    ' ▍',
    '\u2060',
    '\u2061',
    '\u2062\u2064',
    '\u2063',
    '\u2063\u2061\u2064\u2061\u2064\u2061\u2064\u2061\u2064\u2061\u2064\u2063',
    '\u00a0',
    '\ufeff',
    '👩‍👩‍👧',
  ),
);
const written = fc
  .array(piece, { maxLength: 30 })
  .map((pieces) => pieces.join('').slice(0, 1_500))
  .filter((text) => !/\p{Surrogate}/u.test(text));

describe('what a message of the bot gives back', () => {
  it('is the page text letter for letter, whatever the text, the notice and the footer hold', () => {
    fc.assert(
      fc.property(
        fc.record({
          text: written,
          before: fc.constantFrom('', '```ts\n', '```\n', '| a |\n| - |\n'),
          after: fc.constantFrom('', '\n```', '**', '`'),
          cursor: fc.boolean(),
          notice: fc.option(fc.string({ unit: 'binary', maxLength: 400 }), { nil: undefined }),
          footer: fc.option(fc.string({ unit: 'binary', maxLength: 200 }), { nil: undefined }),
          tone: fc.constantFrom('info', 'error'),
          state: fc.constantFrom(...STATES),
          index: fc.nat(5_000),
        }),
        ({ text, before, after, notice, footer, cursor, tone, state, index }) => {
          const content = toContent(
            toPage(
              text,
              {
                body: before + text + after,
                opened: before.length,
                closed: after.length,
                cursor,
                tone: tone as 'info' | 'error',
                ...(notice === undefined ? {} : { notice }),
                ...(footer === undefined ? {} : { footer }),
              },
              { state, index },
            ),
          );
          expect(content.length).toBeLessThanOrEqual(CONTENT_MAX);
          expect(content).toContain(before + text + after);
          expect(fromContent(toStored(content))).toEqual({ text, page: index, state });
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is nothing for a placeholder and for what the bot says beside its answers', () => {
    const content = toContent(
      toPage('', { cursor: true, notice: 'thinking… 5 s' }, { state: 'writing', index: 2 }),
    );

    expect(content.startsWith('-# thinking… 5 s')).toBe(true);
    expect(fromContent(toStored(content))).toEqual({ text: '', page: 2, state: 'writing' });
    expect(fromContent(toStored(toSaid('Ask me something: mention me with a question.'))).text).toBe('');
  });

  it('is the text without our small lines where Discord took the seal away', () => {
    const content = toContent(toPage('Two words', { footer: 'AI · deepseek-flash · 3 s' })).replaceAll(
      /[\u2060-\u2064]/gu,
      '',
    );

    expect(fromContent(content).text.trimEnd()).toBe('Two words');
  });
});

describe('a page as content', () => {
  it('shows body, cursor, notice and the small line, each in its place', () => {
    const shown = toContent(
      toPage(
        'Half an answer',
        { cursor: true, notice: 'The model was cut off.', tone: 'error', footer: 'AI · broken off' },
        { state: 'broken' },
      ),
    ).replaceAll(/[\u2060-\u2064]/gu, '');

    expect(shown).toBe('Half an answer ▍\n\n⚠️ The model was cut off.\n-# AI · broken off');
  });

  it('keeps a fence closed by leaving its line alone', () => {
    const shown = toContent(toPage('```ts\nlet a', { body: '```ts\nlet a\n```', closed: 4, cursor: true }));

    expect(shown).toMatch(/\n```\n[\u2061-\u2064]+▍$/u);
  });

  it('shortens the notice, and never the body or the small line, when room is short', () => {
    const body = 'x'.repeat(BODY_MAX + 200);
    const shown = toContent(toPage(body, { notice: 'n'.repeat(300), footer: `AI ${'f'.repeat(80)}` }));

    expect(shown.length).toBeLessThanOrEqual(CONTENT_MAX);
    expect(shown).toContain(body);
    expect(shown).toContain(`-# AI ${'f'.repeat(80)}`);
    expect(shown).toContain('n…');
  });

  it('shows markup in a name as it is, and leaves addresses whole', () => {
    const notice = 'Stopped by mad_*max*_. See https://example.com/a_b_c';

    expect(toContent(toPage('x', { notice }))).toContain('mad\\_\\*max\\*\\_. See https://example.com/a_b_c');
  });

  it('sends no half character', () => {
    expect(toContent(toPage('a\ud83d'))).toContain('a\ufffd');
  });
});

describe('buttons', () => {
  it('carry the turn and nothing else', () => {
    const [row] = toComponents([{ action: 'stop', turn: 't_1-x', label: 'Stop' }]);

    expect(row).toEqual({
      type: 1,
      components: [{ type: 2, style: 2, label: 'Stop', custom_id: 'rill:stop:t_1-x' }],
    });
    expect(toComponents([])).toEqual([]);
  });
});

describe('the name of a thread', () => {
  it('is the question in one line without markup', () => {
    expect(toThreadName('**Why** is `x`\nnot [here](https://e.com)?')).toBe('Why is x not here?');
  });

  it('is Rill where there are no words', () => {
    expect(toThreadName(' \n')).toBe('Rill');
  });

  it('is never longer than Discord allows, nor empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (question) => {
        const name = toThreadName(question);
        expect(name.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(80);
        expect(name).not.toMatch(/\p{Surrogate}|\n/u);
      }),
    );
  });
});
