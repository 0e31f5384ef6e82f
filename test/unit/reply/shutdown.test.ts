// The process is to end while a call to the platform hangs or is tried again and again: what can be said is said, and nothing keeps the
// process beyond its grace and the few seconds of its last edits.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { failureText, say } from '../../../src/notices.ts';
import { startBot, stopBots } from '../../fakes/started-bot.ts';

afterEach(stopBots);
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const ann = { id: 'U1', name: 'Ann' };
const GRACE_MS = 7_000;
/** What main.ts gives to the last edits. */
const LAST_EDITS_MS = 4_000;

type Started = Awaited<ReturnType<typeof startBot>>;

/** Whether the bot has stopped by the end of its grace and the time for its last edits. */
async function stopsInTime({ bot, clock }: Started): Promise<boolean> {
  let stopped = false;
  void bot.stop(GRACE_MS).then(() => {
    stopped = true;
  });
  await clock.advance(GRACE_MS + LAST_EDITS_MS);
  return stopped;
}

async function writing(options: Parameters<typeof startBot>[0] = {}) {
  const started = await startBot(options);
  await started.platform.ask('why?');
  const call = await started.model.call(0);
  return { ...started, call };
}

/** Retry has been pressed at an answer of several pages, whose old pages are to be taken away. */
async function retried(prepare: (platform: Started['platform']) => void) {
  const started = await writing({ max: 40 });
  const { platform, clock, model, call } = started;
  call.text('One paragraph of words.\n\nAnother paragraph of words.\n\nA third one of them.');
  call.fail('broken-off');
  await clock.advance(10_000);
  prepare(platform);
  const turn = platform.lastOf('q1')?.controls.find(({ action }) => action === 'retry')?.turn ?? '';
  await platform.press({ action: 'retry', turn, by: ann, at });
  await clock.advance(1_000);
  return { ...started, again: await model.call(1) };
}

const shutdownNotice = failureText(new BotError('shutdown', ''), 'en', {});

describe('shutdown ends in time', () => {
  it('when a post hangs', async () => {
    const started = await writing();
    started.platform.fault = (op) => (op === 'post' ? 'hang' : undefined);
    started.call.text('Words that find no place.');
    await started.clock.advance(1_000);
    expect(await stopsInTime(started)).toBe(true);
    expect(started.reports).toMatchObject([{ outcome: 'undelivered' }]);
  });

  it('when a post hangs once: the answer stands with its ending', async () => {
    const started = await writing();
    let hangs = 1;
    started.platform.fault = (op) => (op === 'post' && hangs-- > 0 ? 'hang' : undefined);
    started.call.text('Words that come late.');
    await started.clock.advance(1_000);
    expect(await stopsInTime(started)).toBe(true);
    expect(started.platform.textOf('q1')).toBe('Words that come late.');
    expect(started.last().view.notice).toBe(shutdownNotice);
  });

  it('when every edit hangs, and when one does', async () => {
    for (const count of [1, 1_000]) {
      const started = await writing();
      started.call.text('First words ');
      await started.clock.advance(3_000);
      let hangs = count;
      started.platform.fault = (op) => (op === 'edit' && hangs-- > 0 ? 'hang' : undefined);
      started.call.text('and last words.');
      await started.clock.advance(3_000);
      expect(await stopsInTime(started)).toBe(true);
      if (count === 1) expect(started.last().view.notice).toBe(shutdownNotice);
      if (count === 1) expect(started.platform.textOf('q1')).toBe('First words and last words.');
    }
  });

  it('when every call is answered with a 503', async () => {
    const started = await writing();
    started.platform.fault = () => {
      throw new BotError('platform-unavailable', '503');
    };
    started.call.text('Words.');
    await started.clock.advance(20_000);
    expect(await stopsInTime(started)).toBe(true);
  });

  it('when old pages hang in being taken away, and the new answer is whole', async () => {
    const started = await retried((platform) => {
      platform.discardFault = () => 'hang';
    });
    started.again.text('Short.');
    started.again.finish('stop');
    await started.clock.advance(10_000);
    expect(started.platform.messages[0]?.page).toMatchObject({ text: 'Short.', state: 'complete' });
    expect(await stopsInTime(started)).toBe(true);
    expect(started.reports.at(-1)).toMatchObject({ outcome: 'complete' });
  });

  it('when old pages hang in being taken away, and the new answer is being written', async () => {
    const started = await retried((platform) => {
      platform.discardFault = () => 'hang';
    });
    started.again.text('Short, but not yet whole');
    await started.clock.advance(3_000);
    expect(await stopsInTime(started)).toBe(true);
    const withdrawn = say('en').remnants.withdrawn;
    expect(started.platform.messages.map(({ page }) => page.view.notice)).toEqual([
      shutdownNotice,
      withdrawn,
      withdrawn,
    ]);
  });

  it('when taking pages away is tried again and again', async () => {
    const started = await retried((platform) => {
      platform.discardFault = () =>
        Promise.reject(new BotError('platform-rate-limited', '429', { retryAfterMs: 600_000 }));
    });
    started.again.text('Short.');
    started.again.finish('stop');
    await started.clock.advance(3_000);
    expect(await stopsInTime(started)).toBe(true);
  });

  it('when a page that takes no edit hangs in being taken away', async () => {
    const started = await writing();
    started.call.text('First words ');
    await started.clock.advance(3_000);
    started.platform.fault = (op) => {
      if (op === 'edit') throw new BotError('page-sealed', 'no edits', { forbidden: true });
      return undefined;
    };
    started.platform.discardFault = () => 'hang';
    started.call.text('and last words.');
    await started.clock.advance(3_000);
    expect(await stopsInTime(started)).toBe(true);
    expect(started.platform.textOf('q1')).toBe('First words and last words.');
  });

  it('when the last edit of an answer that a person has stopped hangs', async () => {
    const started = await writing();
    started.call.text('First words ');
    await started.clock.advance(3_000);
    started.platform.fault = (op) => (op === 'edit' ? 'hang' : undefined);
    const turn = started.last().controls.find(({ action }) => action === 'stop')?.turn ?? '';
    await started.platform.press({ action: 'stop', turn, by: ann, at });
    await started.clock.advance(1_000);
    expect(await stopsInTime(started)).toBe(true);
  });
});
