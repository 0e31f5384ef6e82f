// Messages that a reply does not need any more, on a platform that does not let them be taken away; and whose deletion is whose.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { say } from '../../../src/notices.ts';
import type { ShownMessage } from '../../fakes/memory-platform.ts';
import { startBot, stopBots } from '../../fakes/started-bot.ts';

afterEach(stopBots);
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const ann = { id: 'U1', name: 'Ann' };
const { remnants } = say('en');
const no = (words: string) => new BotError('platform-refused', words);

/** An answer of several pages that was broken off, and whose Retry has been pressed. */
async function retried(prepare: (platform: Awaited<ReturnType<typeof startBot>>['platform']) => void) {
  const started = await startBot({ max: 40 });
  const { platform, clock, model } = started;
  await platform.ask('why?');
  const call = await model.call(0);
  call.text('One paragraph of words.\n\nAnother paragraph of words.\n\nA third one of them.');
  call.fail('broken-off');
  await clock.advance(10_000);
  const before = platform.messages.map(({ id }) => id);
  expect(before.length).toBeGreaterThan(2);
  prepare(platform);
  const turn = platform.lastOf('q1')?.controls.find(({ action }) => action === 'retry')?.turn ?? '';
  await platform.press({ action: 'retry', turn, by: ann, at });
  await clock.advance(1_000);
  const again = await model.call(1);
  const shown = () =>
    platform.messages
      .filter(({ deleted }) => !deleted)
      .map(({ page }) => [page.text, page.view.notice ?? '']);
  return { ...started, again, before, shown };
}

describe('Retry where old pages may not be taken away', () => {
  it('cuts each of them down to a sentence, at once, so that one answer stands', async () => {
    const { again, clock, shown, reports } = await retried((platform) => {
      platform.discardFault = () => Promise.reject(no('cant_delete_message'));
    });
    const withdrawn = ['', remnants.withdrawn];
    expect(shown().slice(1)).toEqual([withdrawn, withdrawn]);
    again.text('Short.');
    again.finish('stop');
    await clock.advance(10_000);
    expect(shown()).toEqual([['Short.', ''], withdrawn, withdrawn]);
    expect(reports.at(-1)).toMatchObject({ outcome: 'complete' });
  });

  it('goes on behind them where the new answer is longer, and history joins it', async () => {
    const { again, clock, platform, model } = await retried((given) => {
      given.discardFault = () => Promise.reject(no('cant_delete_message'));
    });
    const text = 'A new paragraph of words.\n\nAnother one of other words.\n\nAnd a last one.';
    again.text(text);
    again.finish('stop');
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe(text);
    await platform.ask('and then?', { thread: 'q1' });
    const { prompt } = await model.call(2);
    const said = prompt.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(said).toEqual([text]);
  });

  it('says so below the answer where they cannot be changed either', async () => {
    const { again, clock, shown, before, platform } = await retried((given) => {
      const old = given.messages.slice(1).map(({ id }) => id);
      given.discardFault = () => Promise.reject(no('cant_delete_message'));
      given.fault = (_op, _page, ref) => {
        if (old.includes(ref?.id ?? '')) throw new BotError('page-sealed', 'no edits', { forbidden: true });
        return undefined;
      };
    });
    again.text('Short.');
    again.finish('stop');
    await clock.advance(10_000);
    expect(shown()[0]).toEqual(['Short.', remnants.left]);
    expect(platform.messages[0]?.page).toMatchObject({ state: 'complete', view: { tone: 'info' } });
    expect(platform.messages.map(({ id }) => id)).toEqual(before);
  });

  it('says so below the answer where the first page takes nothing either, on a message of its own', async () => {
    const { again, clock, shown, platform } = await retried((given) => {
      const old = given.messages.map(({ id }) => id);
      given.discardFault = () => Promise.reject(no('cant_delete_message'));
      given.fault = (op, _page, ref) => {
        if (op === 'edit' && old.includes(ref?.id ?? '')) throw no('cant_update_message');
        return undefined;
      };
    });
    again.text('Short.');
    again.finish('stop');
    await clock.advance(20_000);
    expect(shown().at(-1)).toEqual(['Short.', remnants.left]);
    expect(platform.lastOf('q1')?.state).toBe('complete');
  });

  it('says so again below the next answer, for as long as they stand', async () => {
    let isRefused = true;
    const { again, clock, shown, platform, model } = await retried((given) => {
      const old = given.messages.slice(1).map(({ id }) => id);
      given.discardFault = () => (isRefused ? Promise.reject(no('cant_delete_message')) : undefined);
      given.fault = (_op, _page, ref) => {
        if (isRefused && old.includes(ref?.id ?? '')) throw no('cant_update_message');
        return undefined;
      };
    });
    const pressRetry = async () => {
      const turn = platform.messages[0]?.page.controls.find(({ action }) => action === 'retry')?.turn ?? '';
      await platform.press({ action: 'retry', turn, by: ann, at });
      await clock.advance(1_000);
    };
    again.text('Short');
    again.fail('broken-off');
    await clock.advance(20_000);
    expect(shown()[0]?.[1]).toContain(remnants.left);
    await pressRetry();
    const third = await model.call(2);
    third.text('Shorter');
    third.fail('broken-off');
    await clock.advance(20_000);
    expect(shown()[0]?.[1]).toContain(remnants.left);
    isRefused = false;
    await pressRetry();
    const last = await model.call(3);
    last.text('Short.');
    last.finish('stop');
    await clock.advance(20_000);
    expect(shown()).toEqual([['Short.', '']]);
  });

  it('hears that late, and adds it to the ending', async () => {
    const { again, clock, shown } = await retried((given) => {
      const [, ...old] = given.messages.map(({ id }) => id);
      let tries = 0;
      given.discardFault = () => {
        tries += 1;
        return Promise.reject(tries < 5 ? new BotError('platform-unavailable', '503') : no('no'));
      };
      given.fault = (_op, _page, ref) => {
        if (old.includes(ref?.id ?? '')) throw no('no');
        return undefined;
      };
    });
    again.text('Short.');
    again.finish('stop');
    await clock.advance(4_000);
    expect(shown()[0]).toEqual(['Short.', '']);
    await clock.advance(120_000);
    expect(shown()[0]).toEqual(['Short.', remnants.left]);
  });

  it('tries again what fails for a while, and takes it away then', async () => {
    let failures = 3;
    const { again, clock, platform, shown } = await retried((given) => {
      given.discardFault = () => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new BotError('platform-unavailable', '503')) : undefined;
      };
    });
    again.text('Short.');
    again.finish('stop');
    await clock.advance(30_000);
    expect(shown()).toEqual([['Short.', '']]);
    expect(platform.messages.filter(({ deleted }) => deleted).length).toBeGreaterThan(1);
  });
});

describe('a page that may be neither edited nor taken away while it grows', () => {
  it('stands with what it shows; the rest follows, and the end says that it looks unfinished', async () => {
    const { platform, model, clock } = await startBot();
    platform.fault = (op) => {
      if (op === 'edit') throw new BotError('page-sealed', 'no edits', { forbidden: true });
      return undefined;
    };
    platform.discardFault = () => Promise.reject(no('no'));
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('First words ');
    await clock.advance(3_000);
    call.text('and last words.');
    call.finish('stop');
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe('First words and last words.');
    expect(platform.lastOf('q1')).toMatchObject({ state: 'complete', view: { notice: remnants.open } });
  });

  it('is a person’s to delete from then on, which ends the reply', async () => {
    const { platform, model, clock, reports } = await startBot();
    platform.fault = (op) => {
      if (op === 'edit') throw new BotError('page-sealed', 'no edits', { forbidden: true });
      return undefined;
    };
    platform.discardFault = () => Promise.reject(no('no'));
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('First words ');
    await clock.advance(3_000);
    call.text('and more ');
    await clock.advance(3_000);
    const message = platform.messages[0]?.id ?? '';
    await platform.press({ action: 'deleted', message, at });
    await clock.advance(3_000);
    expect(reports).toMatchObject([{ outcome: 'deleted' }]);
  });
});

describe('a growing page that takes no edits', () => {
  const paragraphs = 'Some more words here.\n\nAnother paragraph of words.\n\nAnd the last one of them.';

  /** Its first words stand, and from now on no edit of that page is taken. */
  async function sealed(discardFault: (tries: number, page: ShownMessage) => Promise<void> | undefined) {
    const started = await startBot({ max: 40 });
    const { platform, model, clock } = started;
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('First words. ');
    await clock.advance(3_000);
    const first = platform.messages[0];
    if (first === undefined) throw new Error('nothing was posted');
    platform.fault = (op, _page, ref) => {
      if (op === 'edit' && ref?.id === first.id)
        throw new BotError('page-sealed', 'no edits', { forbidden: true });
      return undefined;
    };
    let tries = 0;
    platform.discardFault = () => {
      tries += 1;
      return discardFault(tries, first);
    };
    call.text(paragraphs);
    call.finish('stop');
    const whole = `First words. ${paragraphs}`;
    return { ...started, first, whole, tries: () => tries };
  }

  it('is taken away also where more pages are to follow, and its text comes whole and in order', async () => {
    const { platform, clock, first, whole } = await sealed(() => undefined);
    await clock.advance(10_000);
    expect(first.deleted).toBe(true);
    expect(platform.textOf('q1')).toBe(whole);
    const standing = platform.messages.filter(({ deleted }) => !deleted);
    expect(standing.length).toBeGreaterThan(1);
    expect(standing.map(({ page }) => page.view.cursor)).not.toContain(true);
    expect(standing.at(-1)?.page.view.notice).toBeUndefined();
  });

  it('is taken away at the fourth try where the platform fails for a moment', async () => {
    const { platform, clock, first, whole, tries } = await sealed((count) =>
      count < 4 ? Promise.reject(new BotError('platform-unavailable', '503')) : undefined,
    );
    await clock.advance(20_000);
    expect([first.deleted, tries()]).toEqual([true, 4]);
    expect(platform.textOf('q1')).toBe(whole);
  });

  it('is not taken for standing while a call that may have been applied was not answered', async () => {
    const { platform, clock, first, whole, tries } = await sealed((count, page) => {
      // The first call was applied, and its answer lost.
      page.deleted = true;
      return count < 8 ? Promise.reject(new BotError('platform-unavailable', '503')) : undefined;
    });
    await clock.advance(60_000);
    expect([first.deleted, tries()]).toEqual([true, 8]);
    expect(platform.textOf('q1')).toBe(whole);
  });

  it('is not waited for long where the platform names a long time', async () => {
    const { platform, clock, first, whole, tries } = await sealed(() =>
      Promise.reject(new BotError('platform-rate-limited', '429', { retryAfterMs: 600_000 })),
    );
    await clock.advance(25_000);
    expect([first.deleted, tries()]).toEqual([false, 4]);
    expect(platform.textOf('q1')).toBe(whole);
    expect(platform.lastOf('q1')).toMatchObject({ state: 'complete', view: { notice: remnants.open } });
  });

  it('is refused being taken away but once', async () => {
    const { platform, clock, whole, tries } = await sealed(() => Promise.reject(no('cant_delete_message')));
    await clock.advance(10_000);
    expect(tries()).toBe(1);
    expect(platform.textOf('q1')).toBe(whole);
  });
});

describe('somebody deletes the page that is being edited', () => {
  it('and the edit meets the limit of the platform: the turn ends all the same', async () => {
    const { platform, model, clock, reports } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('First words ');
    await clock.advance(3_000);
    const [page] = platform.messages;
    if (page === undefined) throw new Error('nothing was posted');
    platform.fault = (op) => {
      if (op !== 'edit') return undefined;
      page.deleted = true;
      void platform.press({ action: 'deleted', message: page.id, at });
      throw new BotError('platform-rate-limited', '429', { where: 'memory:T:edit', retryAfterMs: 1_000 });
    };
    call.text('and last words.');
    await clock.advance(10_000);
    expect(reports).toMatchObject([{ outcome: 'deleted' }]);
  });
});
