// Every question that gets no answer is told so: the first of a person in words, the others by a mark, each counted.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import { say } from '../../src/notices.ts';
import type { ShownRefusal } from '../../src/platform.ts';
import type { MemoryPlatform } from '../fakes/memory-platform.ts';
import { toTestMention } from '../fakes/mention.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const words = say('en');
const mal = { id: 'U666', name: 'Mal' };
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };

/** A platform that shows a refusal at the question, without a call. */
function showsRefusals(shown: Map<string, ShownRefusal>): (platform: MemoryPlatform) => void {
  return (platform) => {
    platform.refuse = async ({ message }, refusal) => void shown.set(message, refusal);
  };
}

describe('of one person, the questions that are not taken', () => {
  it('over the rate: the first in words with the wait that fits, each other by a mark, all of them reported', async () => {
    const { platform, clock, refused, asked } = await startBot({ userRate: 2 });
    await clock.advance(30_000);
    for (let n = 0; n < 6; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    expect(platform.whispers).toEqual([words.overRate(30_000)]);
    expect(platform.whispers[0]).toContain('30 s');
    expect([...platform.refused]).toEqual(['memory:q4', 'memory:q5', 'memory:q6']);
    expect(refused).toEqual(['rate words', 'rate mark', 'rate mark', 'rate mark']);
    expect(asked[3]).toMatchObject({ platform: 'memory', channel: 'C', mention: 'memory:q6' });
  });

  it('over the quota: the same', async () => {
    const { platform, clock, model, refused } = await startBot({ dailyTokens: 5 });
    await platform.ask('first');
    (await model.call(0)).text('So.');
    (await model.call(0)).finish('stop');
    await clock.advance(10_000);
    for (let n = 0; n < 3; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    expect(platform.whispers).toEqual([words.quotaReached(24 * 3_600_000)]);
    expect(refused).toEqual(['quota words', 'quota mark', 'quota mark']);
    expect(platform.refused.size).toBe(2);
  });

  it('where they may not ask: the same, and again in words after ten minutes', async () => {
    const { platform, clock, refused } = await startBot();
    for (let n = 0; n < 3; n += 1) await platform.ask(`q${n}`, { asker: mal });
    await clock.advance(10 * 60_000);
    await platform.ask('later', { asker: mal });
    await clock.advance(0);
    expect(platform.whispers).toEqual([words.notAllowed(), words.notAllowed()]);
    expect(refused).toEqual([
      'not-allowed words',
      'not-allowed mark',
      'not-allowed mark',
      'not-allowed words',
    ]);
  });

  it('while the bot is being stopped: the same, where nothing is delivered again', async () => {
    const { bot, platform, clock, model, refused } = await startBot();
    await platform.ask('running');
    await model.call(0);
    const stopped = bot.stop(20_000);
    for (let n = 0; n < 3; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    expect(platform.whispers).toEqual([words.restarting()]);
    expect(refused).toEqual(['shutdown words', 'shutdown mark', 'shutdown mark']);
    platform.redelivers = true;
    await expect(platform.ask('again')).rejects.toMatchObject({ code: 'shutdown' });
    await clock.advance(60_000);
    await stopped;
  });

  it('a bare mention about what was said is told as well, though it was acknowledged before', async () => {
    const { bot, platform, clock, model, refused } = await startBot();
    platform.redelivers = true;
    await platform.ask('running', { thread: 't' });
    await model.call(0);
    const stopped = bot.stop(20_000);
    await platform.ask('', { thread: 't' });
    await clock.advance(0);
    expect(refused).toEqual(['shutdown words']);
    await clock.advance(60_000);
    await stopped;
  });

  it('words that found no room are not used up: the next is told in words', async () => {
    let isFull = true;
    const prepare = (platform: MemoryPlatform) => {
      const { whisper } = platform;
      platform.whisper = async (mention, text) => {
        if (isFull) throw new Error('no room');
        return whisper(mention, text);
      };
    };
    const { platform, clock, refused } = await startBot({ userRate: 1, prepare });
    for (let n = 0; n < 3; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    isFull = false;
    await platform.ask('once more');
    await clock.advance(0);
    expect(refused).toEqual(['rate mark', 'rate mark', 'rate words']);
  });
});

describe('where the bot may set no marks', () => {
  it('each question that is not taken is told in words, as there is room', async () => {
    const prepare = (platform: MemoryPlatform) => {
      platform.mark = async () => {
        throw new BotError('platform-refused', 'missing_scope');
      };
    };
    const { platform, clock, refused } = await startBot({ userRate: 1, prepare });
    await clock.advance(30_000);
    for (let n = 0; n < 4; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    expect(platform.whispers).toEqual(Array.from({ length: 3 }, () => words.overRate(30_000)));
    expect(refused).toEqual(['rate words', 'rate words', 'rate words']);
  });
});

describe('where a refusal costs no call', () => {
  it('each is shown at its question, with its sentence and the time, and none uses up the words', async () => {
    const shown = new Map<string, ShownRefusal>();
    const { platform, clock, refused } = await startBot({ userRate: 2, prepare: showsRefusals(shown) });
    await clock.advance(18_000);
    for (let n = 0; n < 15; n += 1) await platform.ask(`q${n}`);
    await clock.advance(0);
    expect(refused).toEqual(Array.from({ length: 13 }, () => 'rate words'));
    expect([...shown.keys()]).toEqual(Array.from({ length: 13 }, (_, n) => `q${n + 3}`));
    const text = words.overRate(42_000);
    const until = clock.now() + 42_000;
    for (const refusal of shown.values()) expect(refusal).toEqual({ reason: 'rate', text, until });
    expect(platform.whispers).toEqual([]);
    expect(platform.refused.size).toBe(0);
  });

  it('says in the asker’s language why, without a time where none is known', async () => {
    const shown = new Map<string, ShownRefusal>();
    const { platform, clock } = await startBot({ prepare: showsRefusals(shown) });
    await platform.ask('为什么？', { asker: mal, locale: 'zh-CN' });
    await clock.advance(0);
    expect([...shown.values()]).toEqual([{ reason: 'not-allowed', text: say('zh').notAllowed() }]);
  });
});

describe('a press that is not taken', () => {
  it('is told in words each time, and reported with its turn', async () => {
    const { platform, clock, model, last, refused, asked } = await startBot({ userRate: 1 });
    await platform.ask('why?');
    (await model.call(0)).fail('no-balance');
    await clock.advance(5_000);
    const turn = last().controls[0]?.turn ?? '';
    const by = { id: 'U1', name: 'Ann' };
    for (let n = 0; n < 2; n += 1)
      expect(await platform.press({ action: 'retry', turn, by, at })).toBe(words.overRate(55_000));
    expect(await platform.press({ action: 'retry', turn, by: mal, at })).toBe(words.notAllowed());
    expect(refused).toEqual(['rate words', 'rate words', 'not-allowed words']);
    expect(asked).toMatchObject([{ turn }, { turn }, { turn, channel: 'C', platform: 'memory' }]);
  });
});

describe('a press while the bot is being stopped', () => {
  it('is told so, in the presser’s language, and counts for nothing', async () => {
    const { bot, platform, clock, model, last, refused, asked } = await startBot();
    await platform.ask('why?');
    (await model.call(0)).fail('no-balance');
    await clock.advance(5_000);
    const turn = last().controls[0]?.turn ?? '';
    await platform.ask('running', { thread: 't2' });
    await model.call(1);
    const stopped = bot.stop(20_000);
    const by = { id: 'U1', name: 'Ann' };
    expect(await platform.press({ action: 'retry', turn, by, at })).toBe(words.restarting());
    const chinese = { ...at, locale: 'zh-CN' };
    expect(await platform.press({ action: 'retry', turn, by, at: chinese })).toBe(say('zh').restarting());
    expect(refused).toEqual(['shutdown words', 'shutdown words']);
    expect(asked).toMatchObject([{ turn }, { turn }]);
    await clock.advance(60_000);
    await stopped;
  });
});

describe('questions that count for no rate', () => {
  const isFree = ({ text }: { text: string }) => text === 'an example';

  it('are all taken, one after another, and leave the rate for others untouched', async () => {
    const { platform, clock, model, refused } = await startBot({ userRate: 2, isFree });
    for (let n = 0; n < 15; n += 1) await platform.ask('an example');
    await platform.ask('own words');
    await platform.ask('own words');
    await platform.ask('an example.');
    await platform.ask('an example');
    await clock.advance(0);
    expect(model.calls).toHaveLength(18);
    expect(refused).toEqual(['rate words']);
  });

  it('count as others do where they are edited to other words while they wait', async () => {
    const { platform, clock, model, refused } = await startBot({ userRate: 1, isFree });
    await platform.ask('own words', { thread: 't' });
    for (const message of ['edited', 'same'])
      await platform.ask('an example', { thread: 't', id: `memory:${message}`, message });
    platform.edited.set('edited', toTestMention('other words', 'edited', { thread: 't' }));
    const first = await model.call(0);
    first.text('So.');
    first.finish('stop');
    await clock.advance(10_000);
    expect(refused).toEqual(['rate words']);
    expect(platform.whispers).toEqual([words.overRate(60_000)]);
    expect(model.calls).toHaveLength(2);
  });

  it('are refused for every other reason as any', async () => {
    const { platform, clock, refused } = await startBot({ isFree, queueMax: 1, slots: 1 });
    await platform.ask('an example', { asker: mal });
    for (let n = 0; n < 4; n += 1) {
      await platform.ask('an example');
      await clock.advance(0);
    }
    expect(refused.slice(0, 2)).toEqual(['not-allowed words', 'full words']);
  });
});
