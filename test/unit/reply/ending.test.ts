import { describe, expect, it } from 'vitest';
import { BotError, errorCodes } from '../../../src/errors.ts';
import { failureText } from '../../../src/notices.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { type EndingOptions, toBrokenEnding, toFinishedEnding } from '../../../src/reply/ending.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function toOptions(text: string, over: Partial<EndingOptions> = {}): EndingOptions {
  const draft = createDraft(createFakeClock());
  if (text !== '') draft.apply({ type: 'text-delta', text });
  return {
    ...{ draft, language: 'en', footer: true, elapsedMs: 3_400, model: 'some-model', remarks: [] },
    ...over,
  };
}

describe('the ending of an answer', () => {
  it.each([
    ['stop', 'complete', []],
    ['length', 'length', ['continue']],
    ['filter', 'filtered', []],
  ] as const)('that the model ended by %s is %s', (reason, state, controls) => {
    const ending = toFinishedEnding(reason, toOptions('So.'));
    expect(ending).toMatchObject({ state, controls });
    expect(ending.quiet ?? false).toBe(false);
    expect(ending.footer).toMatch(/^AI · /);
    expect(ending.footer.length).toBeLessThanOrEqual(100);
  });

  it('names the model, the seconds and what the reader should know', () => {
    const ending = toFinishedEnding('stop', toOptions('So.', { remarks: ['Not read: a.pdf.', 'Cut.'] }));
    expect(ending.footer).toContain('some-model · 3 s');
    expect(ending).toMatchObject({ notice: 'Not read: a.pdf. Cut.', tone: 'info' });
  });

  it('leaves the small line out below text where it is off', () => {
    expect(toFinishedEnding('stop', toOptions('So.', { footer: false })).quiet).toBe(true);
    expect(toFinishedEnding('length', toOptions('So.', { footer: false })).quiet).toBeUndefined();
  });

  it.each(['', ' \n'])('is no complete one where all of the text is %j', (text) => {
    const ending = toFinishedEnding('stop', toOptions(text, { footer: false }));
    expect(ending).toMatchObject({ state: 'broken', tone: 'error', controls: ['retry'] });
    expect(ending.notice).toBe(failureText(new BotError('empty-answer', ''), 'en', {}));
  });

  it.each(['', ' \n'])('at the token limit says that nothing came where all of the text is %j', (text) => {
    const ending = toFinishedEnding('length', toOptions(text));
    expect(ending).toMatchObject({ state: 'length', tone: 'error', controls: ['retry'] });
    expect(ending.notice).toBe(failureText(new BotError('empty-answer', ''), 'en', {}));
    expect(ending.footer).not.toContain('Continue');
  });

  it('names who stopped it, and offers Retry', () => {
    const by = { id: 'U2', name: 'Bob' };
    const ending = toBrokenEnding(new BotError('stopped', 'x', { by }), 'b1', toOptions('Half'));
    expect(ending).toMatchObject({ state: 'stopped', controls: ['retry'] });
    expect(ending.footer).toContain('stopped by Bob');
    expect(ending.notice).toBeUndefined();
  });

  it.each(errorCodes.filter((code) => code !== 'stopped'))('says in words what %s means', (code) => {
    const error = new BotError(code, 'raw <words> of a server');
    for (const language of ['en', 'zh'] as const) {
      const ending = toBrokenEnding(error, 'b17', toOptions('Half', { language }));
      const isOver = code === 'shutdown' || code === 'message-deleted';
      const controls = isOver ? [] : ['continue', 'retry'];
      expect(ending).toMatchObject({ state: 'broken', tone: 'error', controls });
      expect(ending.notice).toMatch(/\S/);
      expect(ending.notice).not.toContain('raw <words>');
      if (code === 'internal') expect(ending.notice).toContain('b17');
    }
  });

  it('offers no Continue where nothing can be gone on with', () => {
    expect(toBrokenEnding(new BotError('stalled', ''), 'b1', toOptions(' ')).controls).toEqual(['retry']);
  });
});
