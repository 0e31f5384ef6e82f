import { describe, expect, it } from 'vitest';
import { createDraft } from '../../../src/reply/draft.ts';
import type { Ending } from '../../../src/reply/ending.ts';
import { isReadable, type PageSource, toPage, toSignature } from '../../../src/reply/page.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const labels = { stop: 'Stop', retry: 'Retry', continue: 'Continue' };
const broken: Ending = {
  ...{ state: 'broken', notice: 'It broke off.', tone: 'error' },
  ...{ footer: 'AI · broken off', controls: ['continue', 'retry'] },
};

function toSource(text: string, over: Partial<PageSource> = {}): PageSource {
  const draft = createDraft(createFakeClock());
  if (text !== '') draft.apply({ type: 'text-delta', text });
  const cut = { start: 0, end: text.length, body: text, opened: 0, closed: 0, sealed: false };
  return {
    ...{ index: 0, cut: text === '' ? undefined : cut, isLast: true, draft, ending: undefined, labels },
    ...{ placeholder: 'thinking… 5 s', interrupted: 'going on…', turn: 'turn-1', showsReasoning: true },
    ...over,
  };
}

describe('a page', () => {
  it('that is being written has a cursor and Stop, and no end', () => {
    const page = toPage(toSource('Half'));
    expect(page).toMatchObject({ text: 'Half', state: 'writing', final: false, view: { cursor: true } });
    expect(page.controls).toEqual([{ action: 'stop', turn: 'turn-1', label: 'Stop' }]);
    expect(page.view.notice).toBeUndefined();
    expect(page.view.footer).toBeUndefined();
  });

  it.each(['', ' \n'])('without a readable word (%j) says what is going on, without a cursor', (text) => {
    expect(toPage(toSource(text)).view).toMatchObject({ cursor: false, notice: 'thinking… 5 s' });
  });

  it('says below its text that a broken stream is being continued', () => {
    const source = toSource('Half');
    source.draft.apply({ type: 'interrupted', code: 'stalled' });
    expect(toPage(source).view).toMatchObject({ notice: 'going on…', tone: 'info', cursor: true });
    source.draft.apply({ type: 'resumed' });
    expect(toPage(source).view.notice).toBeUndefined();
  });

  it('that another follows has neither cursor, buttons nor end', () => {
    const page = toPage(toSource('One', { isLast: false, ending: broken }));
    expect(page).toMatchObject({ state: 'more', final: true, controls: [], view: { cursor: false } });
    expect(page.view.notice).toBeUndefined();
    expect(page.view.footer).toBeUndefined();
  });

  it('that is the last one carries the end', () => {
    const page = toPage(toSource('Half', { ending: broken }));
    expect(page).toMatchObject({ state: 'broken', final: true });
    expect(page.view).toMatchObject({ cursor: false, notice: 'It broke off.', footer: 'AI · broken off' });
    expect(page.controls.map((button) => button.action)).toEqual(['continue', 'retry']);
  });

  it('has its small line left out below text only', () => {
    const quiet: Ending = { state: 'complete', footer: 'AI · model', quiet: true, controls: [] };
    expect(toPage(toSource('So.', { ending: quiet })).view.footer).toBeUndefined();
    expect(toPage(toSource('', { ending: quiet })).view.footer).toBe('AI · model');
  });

  it('carries the reasoning where it is the first', () => {
    const source = toSource('');
    source.draft.apply({ type: 'reasoning-delta', text: 'hm' });
    expect(toPage(source).view.reasoning).toMatchObject({ text: 'hm', done: false });
    expect(toPage({ ...source, index: 1 }).view.reasoning).toBeUndefined();
    expect(toPage({ ...source, ending: broken }).view.reasoning).toMatchObject({ done: true });
  });

  it('looks the same to a reader exactly when its signature is the same', () => {
    const one = toSignature(toPage(toSource('Half')));
    expect(toSignature(toPage(toSource('Half')))).toBe(one);
    expect(toSignature(toPage(toSource('Half ')))).not.toBe(one);
    expect(toSignature(toPage(toSource('Half', { ending: broken })))).not.toBe(one);
    expect(toSignature(toPage(toSource('Half', { isLast: false })))).not.toBe(one);
  });

  it('is worth a message when somebody could read something in it', () => {
    expect(isReadable(toPage(toSource('Half')))).toBe(true);
    expect(isReadable(toPage(toSource('')))).toBe(true);
    expect(isReadable(toPage(toSource(' ', { placeholder: undefined })))).toBe(false);
    expect(isReadable(toPage(toSource('', { ending: broken })))).toBe(true);
  });
});
