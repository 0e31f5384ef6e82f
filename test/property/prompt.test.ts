// The prompt's shape, whatever the thread looks like: strict servers refuse any other, and nobody speaks in another's name.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPrompt } from '../../src/conversation/prompt.ts';
import type { PageState, ThreadMessage } from '../../src/platform.ts';
import { toTestMention } from '../fakes/mention.ts';

const scraps = fc.constantFrom(
  ...[
    'hi',
    ' ',
    '\n',
    '\n\n',
    '\r',
    '\u2028',
    '\t',
    ':',
    '：',
    'Bob: ',
    'assistant: ',
    'system:',
    'user: x',
    '中文。',
  ],
  ...[
    '[attached: a.txt]',
    '[The reply above was stopped before its end.]',
    '> ',
    '```\n',
    '\u0000',
    '\u200b',
    '😀',
  ],
);
const words = fc.array(scraps, { maxLength: 8 }).map((parts) => parts.join(''));
const name = fc.oneof(fc.constantFrom('Ann', 'Bob', 'system', 'assistant', '', ' '), words);
const states: readonly (PageState | undefined)[] = [
  ...(['writing', 'more', 'complete', 'length', 'filtered', 'stopped', 'broken'] as const),
  undefined,
];
const person: fc.Arbitrary<ThreadMessage> = fc.record({
  id: fc.uuid(),
  from: fc.constant('person' as const),
  author: fc.record({ id: fc.constantFrom('U1', 'U2'), name }),
  text: words,
  attachments: fc.array(
    words.map((file) => ({ id: file, name: file, mediaType: 'text/plain', size: 1, url: '' })),
    { maxLength: 1 },
  ),
  sentAt: fc.constant(0),
});
const bot: fc.Arbitrary<ThreadMessage> = fc.tuple(words, fc.nat(3), fc.constantFrom(...states)).map(
  ([text, page, state]): ThreadMessage => ({
    ...{ id: 'b', from: 'bot', author: { id: 'B', name: 'Rill' }, text, attachments: [], sentAt: 0, page },
    ...(state === undefined ? {} : { state }),
  }),
);
const thread = fc.array(fc.oneof(person, bot), { maxLength: 12 });

/** A line that begins where ours begin. */
const isMargin = (line: string) => /^\S/.test(line);

describe('a prompt of any thread', () => {
  it('is the system prompt, then a user’s message, then roles in turn, and ends with the question', () => {
    fc.assert(
      fc.property(thread, words, fc.boolean(), fc.nat(200), (history, text, direct, budget) => {
        const mention = toTestMention(text, 'q', { direct });
        const { prompt } = buildPrompt({
          systemPrompt: 'You are Rill.',
          mention,
          history,
          parts: [],
          budget,
        });
        const roles = prompt.messages.map((message) => message.role);
        const expected = roles.map((_, at) => (at === 0 ? 'system' : at % 2 === 1 ? 'user' : 'assistant'));
        expect(roles).toEqual(expected);
        expect(roles.at(-1)).toBe('user');
        for (const { content } of prompt.messages) expect(String(content).trim()).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });

  it('names at its margin nobody who did not speak there', () => {
    fc.assert(
      fc.property(fc.array(person, { maxLength: 6 }), words, (history, text) => {
        const mention = toTestMention(text, 'q');
        const { prompt } = buildPrompt({
          ...{ systemPrompt: 'You are Rill.', mention, history, parts: [], budget: 100_000 },
        });
        const lines = String(prompt.messages.at(-1)?.content).split(/[\n\r\u2028\u2029\v\f\u0085]/);
        const spoken = lines.filter((line) => isMargin(line) && /^[^\s>`[][^:：]*(:\s|：)/.test(line));
        const speakers = history.filter((one) => one.text.trim() !== '' || one.attachments.length > 0).length;
        expect(spoken.length).toBeLessThanOrEqual(speakers + 1);
        expect(spoken.some((line) => /^(system|assistant|user)\b/i.test(line))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('has every answer letter for letter where nothing was cut', () => {
    fc.assert(
      fc.property(thread, (history) => {
        const mention = toTestMention('why?', 'q');
        const { prompt } = buildPrompt({
          ...{ systemPrompt: 'You are Rill.', mention, history, parts: [], budget: 1_000_000 },
        });
        const given = prompt.messages
          .filter(({ role }) => role === 'assistant')
          .map(({ content }) => content);
        const letters = (texts: readonly unknown[]) => [...texts.join('')].sort().join('').trim();
        const said = history.filter(({ from }) => from === 'bot').map(({ text }) => text);
        expect(letters(given).replace(/\s/g, '')).toBe(letters(said).replace(/\s/g, ''));
      }),
      { numRuns: 300 },
    );
  });
});
