// The line chat's form of a page, and the way back: what was said is the model's text, whatever stands around it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pageStates } from '../../../adapters/kit/states.ts';
import { BODY_MAX, fromForm, toForm } from '../../fakes/line-chat/adapter/format.ts';

/** The chat's manual. */
const TEXT_MAX = 4_000;
const NOTE_MAX = 200;

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(' ', '\n\n', '```\n', ' ▌', '\n\nAI · ', '[Stop: /stop t]', '\ud800', '[0,2,0,5]'),
);
const page = fc
  .record({
    index: fc.nat(1_000),
    text: fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').slice(0, BODY_MAX - 40)),
    before: fc.constantFrom('', '```ts\n', '> '),
    after: fc.constantFrom('', '\n```', '**'),
    cursor: fc.boolean(),
    notice: fc.option(fc.string({ maxLength: 3_000 }), { nil: undefined }),
    footer: fc.option(fc.string({ maxLength: 500 }), { nil: undefined }),
    state: fc.constantFrom(...pageStates),
    buttons: fc.constantFrom([], ['stop'] as const, ['retry', 'continue'] as const),
  })
  .map(({ index, text, before, after, cursor, notice, footer, state, buttons }) => ({
    ...{ index, text, state, final: state !== 'writing' },
    view: {
      ...{ body: before + text + after, opened: before.length, closed: after.length, cursor },
      ...(notice === undefined ? {} : { notice }),
      ...(footer === undefined ? {} : { footer }),
    },
    controls: buttons.map((action) => ({ action, turn: 't'.repeat(64), label: 'Something' })),
  }));

it('gives back the text, number and state of any page, and fits into a message with its note', () => {
  fc.assert(
    fc.property(page, (one) => {
      const form = toForm(one);
      expect(form.text.length).toBeLessThanOrEqual(TEXT_MAX);
      expect(form.note.length).toBeLessThanOrEqual(NOTE_MAX);
      const sent = JSON.parse(JSON.stringify(form));
      expect(fromForm(sent)).toEqual({ text: one.text, page: one.index, state: one.state });
    }),
  );
});

it('gives no page for what carries no note of ours', () => {
  for (const note of ['', '[]', '[0,9,0,1]', '[0,1,0]', '[0,1,0,1', '{"a":1}', '[-1,1,0,1]'])
    expect(fromForm({ text: 'a hint', note })).toBeUndefined();
});
