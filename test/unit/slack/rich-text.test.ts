// The way back from the blocks into which Slack translates markdown.

import { describe, expect, it } from 'vitest';
import { toMarkdown } from '../../../adapters/slack/rich-text.ts';

const rich = (...elements: object[]) => [{ type: 'rich_text', elements }];
const text = (words: string, style?: object) => ({ type: 'text', text: words, ...(style ? { style } : {}) });
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });

describe('rich text', () => {
  it('keeps bold, italic, struck and code words, with the signs touching them', () => {
    const elements = [
      text('so '),
      text('bold ', { bold: true }),
      text('x', { code: true }),
      text(' no', { strike: true }),
    ];
    expect(toMarkdown(rich(section(...elements)))).toBe('so **bold** `x` ~~no~~');
  });

  it('keeps links, emoji and line breaks', () => {
    const link = { type: 'link', url: 'https://example.com', text: 'here' };
    const emoji = { type: 'emoji', name: 'tada', unicode: '1f389' };
    expect(toMarkdown(rich(section(text('go\n'), link, text(' '), emoji)))).toBe(
      'go\n[here](https://example.com) 🎉',
    );
  });

  it('keeps code blocks, also those that hold a fence', () => {
    const code = (words: string) => ({ type: 'rich_text_preformatted', elements: [text(words)] });
    expect(toMarkdown(rich(code('a\nb')))).toBe('```\na\nb\n```');
    expect(toMarkdown(rich(code('```')))).toBe('````\n```\n````');
  });

  it('keeps nested lists as one', () => {
    const list = (style: string, indent: number, ...items: string[]) => ({
      type: 'rich_text_list',
      style,
      indent,
      elements: items.map((item) => section(text(item))),
    });
    expect(
      toMarkdown(rich(list('ordered', 0, 'one'), list('bullet', 1, 'a', 'b'), section(text('end')))),
    ).toBe('1. one\n   - a\n   - b\n\nend');
  });

  it('keeps quotes', () => {
    expect(toMarkdown(rich({ type: 'rich_text_quote', elements: [text('a\nb')] }))).toBe('> a\n> b');
  });

  it('leaves out what is not the answer', () => {
    const blocks = [
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'AI' }] },
      { type: 'actions', elements: [] },
      { type: 'header', text: { type: 'plain_text', text: 'Head' } },
      { type: 'divider' },
    ];
    expect(toMarkdown(blocks)).toBe('# Head\n\n---');
  });
});
