// How a page looks on Slack, and how the model's text comes back from what Slack keeps of it.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defuse,
  MAX_BODY,
  parseMetadata,
  toBlocks,
  toFallback,
  toMetadata,
  toPageText,
  toWords,
  undefuse,
} from '../../../adapters/slack/format.ts';
import { aPage } from './pages.ts';

const hostile = fc.string({
  unit: fc.constantFrom('<', '!', '@', '#', '\u2060', 'a', '-', '[', '`', '\n', 'doctype'),
});

describe('defusing mentions', () => {
  it.each(['<!channel>', '<!here|here>', '<@U0000001>', '<#C1|general>', '<!subteam^S1>'])(
    'breaks %s',
    (token) => {
      expect(defuse(`hey ${token}`)).toBe(`hey <\u2060${token.slice(1)}`);
    },
  );

  it.each([
    '<https://example.com|x>',
    '<!-- a comment -->',
    '<!DOCTYPE html>',
    '<![CDATA[x]]>',
    'a < b',
    '<div>',
  ])('leaves %s alone', (text) => {
    expect(defuse(text)).toBe(text);
  });

  it('is undone exactly, whatever the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(undefuse(defuse(text))).toBe(text);
        expect(defuse(text)).not.toMatch(/<[@#]|<!(?!--|\[|doctype)/i);
      }),
    );
  });

  it('works on the whole text, so that a token cut between two edits is broken as well', () => {
    const first = 'look: <';
    expect(defuse(`${first}!channel> now`)).toBe('look: <\u2060!channel> now');
  });
});

describe('the blocks of a page', () => {
  it('hold no half of a character, which could not be sent', () => {
    const page = aPage('a \uD83D b', { view: { notice: 'c' } });
    expect(toBlocks(page)[0]).toMatchObject({ text: 'a \uFFFD b' });
    expect(toFallback(page)).toBe('a \uFFFD b');
  });

  it('are the body, the notice, the footer and the buttons, in this order', () => {
    const page = aPage('Hello', {
      state: 'broken',
      view: { notice: 'It broke & <!here>', tone: 'error', footer: 'AI · broken off' },
      controls: [{ action: 'retry', turn: 'turn-1', label: 'Retry' }],
    });
    expect(toBlocks(page)).toEqual([
      { type: 'markdown', text: 'Hello' },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: ':warning: It broke &amp; &lt;!here&gt;' }],
      },
      { type: 'context', elements: [{ type: 'plain_text', text: 'AI · broken off', emoji: false }] },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'rill:retry',
            value: 'turn-1',
            text: { type: 'plain_text', text: 'Retry', emoji: false },
          },
        ],
      },
    ]);
  });

  it('end with a cursor while the reply is being written', () => {
    expect(toBlocks(aPage('Hello', { view: { cursor: true } }))[0]).toEqual({
      type: 'markdown',
      text: 'Hello ▍',
    });
  });

  it('keep the cursor out of a fence that is closed at the end', () => {
    const view = { body: '```js\nlet a\n```', closed: 4, cursor: true };
    expect(toBlocks(aPage('```js\nlet a', { view }))[0]).toEqual({
      type: 'markdown',
      text: '```js\nlet a\n```\n▍',
    });
  });

  it('have no empty body beside a notice', () => {
    const blocks = toBlocks(aPage('', { view: { notice: 'thinking… 5 s' } }));
    expect(blocks.map((block) => block.type)).toEqual(['context']);
  });

  it('have an escaped fallback text of at most 300 characters', () => {
    const fallback = toFallback(aPage(`<!channel> ${'&'.repeat(5000)}`));
    expect(fallback.startsWith('&lt;!channel&gt; &amp;')).toBe(true);
    expect(fallback.length).toBeLessThanOrEqual(300);
    expect(fallback).toMatch(/&amp;…$/);
  });

  it('have a fallback text that cuts no emoji in two', () => {
    expect(toFallback(aPage('😀'.repeat(400)))).toMatch(/^(😀)+…$/u);
  });
});

describe('what is kept of a page', () => {
  it('gives back the model’s text from the metadata of a settled page', () => {
    const page = aPage('Hello *you*', { state: 'complete', final: true });
    const record = parseMetadata(toMetadata('t1', page, 7500));
    expect(record).toMatchObject({ turn: 't1', page: 0, state: 'complete', text: 'Hello *you*' });
  });

  it('packs a text that is too large as it is', () => {
    const text = 'The quick brown fox jumps over the lazy dog, again and again. '.repeat(170);
    expect(text.length).toBeGreaterThan(10_000);
    const metadata = toMetadata('t1', aPage(text, { state: 'more', final: true }), 7500);
    expect(JSON.stringify(metadata).length).toBeLessThan(7500);
    expect(parseMetadata(metadata)?.text).toBe(text);
  });

  it('leaves out a text that does not fit, and everything when nothing does', () => {
    const page = aPage(randomBytes(8000).toString('base64'), { state: 'complete', final: true });
    expect(parseMetadata(toMetadata('t1', page, 7500))).toMatchObject({ state: 'complete', text: undefined });
    expect(toMetadata('t1', page, 50)).toBeUndefined();
  });

  it('has no text while the page is being written', () => {
    expect(
      parseMetadata(toMetadata('t1', aPage('Hel', { view: { cursor: true } }), 7500))?.text,
    ).toBeUndefined();
  });

  it('gives back the model’s text from the body that was sent, for any text and any repair', () => {
    const cursors = fc.boolean();
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom('', '```js\n'),
        fc.constantFrom('', '\n```', '**'),
        cursors,
        (text, head, tail, cursor) => {
          const page = aPage(text, {
            view: { body: head + text + tail, opened: head.length, closed: tail.length, cursor },
          });
          const [block] = toBlocks(page);
          const record = parseMetadata(toMetadata('t1', page, 7500));
          if (block?.type !== 'markdown' || record === undefined || page.view.body.trim() === '') return;
          expect(toPageText(block.text, record)).toBe(text);
        },
      ),
    );
  });

  it('is undefined for the metadata of others', () => {
    expect(parseMetadata({ event_type: 'task_created', event_payload: { id: 1 } })).toBeUndefined();
    expect(parseMetadata(undefined)).toBeUndefined();
  });

  it('survives packed text that is none', () => {
    const payload = { turn: 't', page: 0, state: 'complete', packed: 'AAAA' };
    expect(parseMetadata({ event_type: 'rill_page', event_payload: payload })?.text).toBeUndefined();
  });
});

describe('a page of the largest size', () => {
  it('stays below what Slack takes, with cursor, notice and footer', () => {
    const page = aPage('x'.repeat(MAX_BODY), {
      view: { cursor: true, notice: 'n'.repeat(300), footer: 'f'.repeat(300) },
    });
    const texts = JSON.stringify(toBlocks(page)).length;
    expect(texts).toBeLessThan(12_000);
  });
});

describe('a person’s words', () => {
  const nameOf = async (id: string) => ({ U1: 'Ada', U2: 'Bo' })[id] ?? id;
  const words = (text: string) => toWords(text, 'UBOT', nameOf);

  it.each([
    ['<@UBOT> hello', 'hello'],
    ['<@UBOT>: hello', 'hello'],
    ['hey <@UBOT> do it', 'hey do it'],
    ['<@UBOT>', ''],
    ['<@UBOT> ask <@U1> and <@U9>', 'ask @Ada and @U9'],
    ['see <#C1|general> and <#C2>', 'see #general and #C2'],
    ['<https://example.com/a?b=1&amp;c=2>', 'https://example.com/a?b=1&c=2'],
    ['<https://example.com|the page>', '[the page](https://example.com)'],
    ['<https://example.com/?a=1&amp;b=2|a &lt; b>', '[a < b](https://example.com/?a=1&b=2)'],
    ['<https://example.com|https://example.com>', 'https://example.com'],
    ['<http://example.com|example.com>', '[example.com](http://example.com)'],
    ['<mailto:a@example.com|write to Ada>', '[write to Ada](mailto:a@example.com)'],
    ['<@UBOT>，为什么？', '为什么？'],
    ['a <@UBOT|Rill> \t b', 'a b'],
    ['<!date^1392734382^{date}|18 February>', '18 February'],
    ['<!date^1392734382^{date_num} {time}>', '2014-02-18T14:39:42.000Z'],
    ['<!date^1392734382^{date}^https://example.com/?a=1&amp;b=2|May>', '[May](https://example.com/?a=1&b=2)'],
    ['<!date^1e9^{date}|soon> <!date^999999999999999^x>', 'soon'],
    ['a < b <@U1', 'a < b <@U1'],
    ['<mailto:a@example.com|a@example.com>', 'a@example.com'],
    ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
    ['&lt;@U1&gt;', '<@U1>'],
    ['<!here> <!subteam^S1|@team> <!subteam^S2>', '@here @team @S2'],
    ['<!channel|channel> <!here|@here> <!everyone>', '@channel @here @everyone'],
    ['line one\nline two', 'line one\nline two'],
  ])('%s → %s', async (text, expected) => {
    expect(await words(text)).toBe(expected);
  });
});
