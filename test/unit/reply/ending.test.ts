import { describe, expect, it } from 'vitest';
import { BotError, type ErrorCode, errorCodes } from '../../../src/errors.ts';
import { failureText } from '../../../src/notices.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { type EndingOptions, toBrokenEnding, toFinishedEnding } from '../../../src/reply/ending.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function toOptions(text: string, over: Partial<EndingOptions> = {}): EndingOptions {
  const draft = createDraft(createFakeClock());
  if (text !== '') draft.apply({ type: 'text-delta', text });
  return {
    ...{
      draft,
      language: 'en',
      footer: true,
      elapsedMs: 3_400,
      now: 1_000,
      model: 'some-model',
      remarks: [],
    },
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

  it('names who stopped it, and offers Continue and Retry', () => {
    const by = { id: 'U2', name: 'Bob' };
    const ending = toBrokenEnding(new BotError('stopped', 'x', { by }), 'b1', toOptions('Half'));
    expect(ending).toMatchObject({ state: 'stopped', controls: ['continue', 'retry'] });
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

  it('that was stopped before its first word can only be asked anew', () => {
    const by = { id: 'U2', name: 'Bob' };
    const ending = toBrokenEnding(new BotError('stopped', 'x', { by }), 'b1', toOptions(' \n'));
    expect(ending).toMatchObject({ state: 'stopped', controls: ['retry'] });
  });

  it.each(errorCodes.filter((code) => !['stopped', 'message-deleted'].includes(code)))(
    'for %s its words fit: nothing written was not answered, and names no Continue',
    (code) => {
      for (const language of ['en', 'zh'] as const)
        for (const text of ['', ' \n']) {
          const { notice, footer, controls } = toBrokenEnding(
            new BotError(code, ''),
            'b1',
            toOptions(text, { language }),
          );
          expect(footer).toMatch(language === 'en' ? /^AI · not answered · / : /^AI · 没有回答 · /);
          expect(notice).not.toMatch(
            /Continue|“继续”|middle of its answer|broke off before|not be whole|ended here|到此为止/,
          );
          expect(controls).toEqual(code === 'shutdown' ? [] : ['retry']);
        }
    },
  );

  it.each(['en', 'zh'] as const)('that broke off says nothing of having gone on (%s)', (language) => {
    const options = toOptions('Half', { language });
    for (let n = 0; n < 2; n += 1) options.draft.apply({ type: 'interrupted', code: 'stalled' });
    const { footer } = toBrokenEnding(new BotError('broken-off', ''), 'b1', options);
    expect(footer).toMatch(
      language === 'en' ? /^AI · broken off · [^·]+ · 3 s$/ : /^AI · 中断 · [^·]+ · 3 秒$/,
    );
    expect(toFinishedEnding('stop', options).footer).toMatch(/2/);
  });

  it('says when it may be asked again, where the provider said how long', () => {
    const at = (code: ErrorCode, retryAfterMs?: number) => {
      const ending = toBrokenEnding(new BotError(code, '', { retryAfterMs }), 'b1', toOptions(''));
      return [ending.retryAt, /\d+ s/.exec(ending.notice ?? '')?.[0]];
    };
    for (const code of [
      'rate-limited',
      'server-error',
      'bad-gateway',
      'overloaded',
      'gateway-timeout',
    ] as const) {
      expect(at(code, 30_000)).toEqual([31_000, '30 s']);
      expect(at(code)[0]).toBeUndefined();
    }
    // Waiting changes nothing there.
    expect(at('no-balance', 30_000)[0]).toBeUndefined();
  });
});
