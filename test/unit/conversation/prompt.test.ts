import { describe, expect, it } from 'vitest';
import { buildPrompt, estimateTokens } from '../../../src/conversation/prompt.ts';
import type { PageState, ThreadMessage } from '../../../src/platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

function person(name: string, text: string): ThreadMessage {
  return { id: text, from: 'person', author: { id: name, name }, text, attachments: [], sentAt: 0 };
}

function bot(text: string, state: PageState = 'complete', page = 0): ThreadMessage {
  return { ...person('Rill', text), from: 'bot', page, state };
}

function build(history: ThreadMessage[], over: Partial<Parameters<typeof buildPrompt>[0]> = {}) {
  const mention = toTestMention('and now?', '9');
  return buildPrompt({ systemPrompt: 'You are Rill.', mention, history, parts: [], budget: 1_000, ...over });
}

describe('a prompt', () => {
  it('begins with the system prompt and ends with the question, under the names of who spoke', () => {
    const { prompt, dropped } = build([person('Ann', 'hello'), bot('Hi!')]);
    expect(prompt.messages).toEqual([
      { role: 'system', content: 'You are Rill.' },
      { role: 'user', content: 'Ann: hello' },
      { role: 'assistant', content: 'Hi!' },
      { role: 'user', content: 'Ann: and now?' },
    ]);
    expect(dropped).toBe(0);
  });

  it('joins the pages of an answer to what the model wrote, letter for letter', () => {
    const { prompt } = build([bot('one \n', 'more', 0), person('Bob', 'wow'), bot('two ', 'complete', 1)]);
    expect(prompt.messages[1]).toEqual({ role: 'assistant', content: 'one \ntwo ' });
  });

  it('leaves out what holds no text of the model, such as hints and placeholders', () => {
    const { prompt } = build([person('Ann', 'a'), bot('', 'complete'), bot('', 'writing')]);
    expect(prompt.messages.map((message) => message.role)).toEqual(['system', 'user']);
  });

  it.each([
    ['stopped', 'stopped before its end'],
    ['broken', 'broken off before its end'],
    ['length', 'cut at the token limit'],
  ] as const)('says of a %s answer that it was, in front of what was said next', (state, words) => {
    const { prompt } = build([bot('half an ans', state)]);
    expect(prompt.messages[1]).toEqual({ role: 'assistant', content: 'half an ans' });
    expect(prompt.messages[2]?.content).toMatch(
      new RegExp(`^\\[The reply above was ${words}\\.\\]\nAnn: and now\\?$`),
    );
  });

  it('merges people who spoke in a row, for servers that insist on alternating roles', () => {
    const { prompt } = build([person('Ann', 'a'), person('Bob', 'b')]);
    expect(prompt.messages.at(-1)?.content).toBe('Ann: a\n\nBob: b\n\nAnn: and now?');
  });

  it('keeps the newest that fit the budget and says how many did not', () => {
    const long = 'word '.repeat(200);
    const { prompt, dropped } = build([person('Ann', long), bot('middle'), person('Bob', 'last')], {
      budget: 60,
    });
    expect(dropped).toBe(1);
    expect(JSON.stringify(prompt.messages)).not.toContain('word word');
    expect(JSON.stringify(prompt.messages)).toContain('last');
  });

  it('names the asker to the provider by a hash only', () => {
    const { prompt } = build([]);
    expect(prompt.user).toMatch(/^[0-9a-f]{32}$/);
    expect(
      build([], { mention: toTestMention('x', '9', { asker: { id: 'U2', name: 'Ann' } }) }).prompt.user,
    ).not.toBe(prompt.user);
  });

  it('puts images beside the question, and text attachments into it', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const;
    const text = { type: 'text', text: '[attached: a.txt]\nhi' } as const;
    expect(build([], { parts: [text] }).prompt.messages.at(-1)?.content).toBe(
      'Ann: and now?\n\n[attached: a.txt]\nhi',
    );
    expect(build([], { parts: [image] }).prompt.messages.at(-1)?.content).toEqual([
      { type: 'text', text: 'Ann: and now?' },
      image,
    ]);
  });

  it('estimates Chinese higher than Latin text', () => {
    expect(estimateTokens('流式传输的优点')).toBeGreaterThan(estimateTokens('streams'));
  });
});
