// What a platform refuses or never answers beside and below an answer, as a reader and an operator meet it.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import type { FakeClock } from '../fakes/clock.ts';
import type { MemoryPlatform } from '../fakes/memory-platform.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const statusLane = { key: 'memory:T:status', platform: 'memory', scope: 'T', perMinute: 120, burst: 1 };

/** A platform that refuses every status: by a call the first time, by memory afterwards. */
function refusesStatus(platform: MemoryPlatform): void {
  const { openReply } = platform;
  let known = false;
  platform.openReply = (mention, reply) => ({
    ...openReply(mention, reply),
    statusIsText: true,
    statusLane,
    async status() {
      const refusal = new BotError('platform-refused', 'missing_scope', { known });
      known = true;
      throw refusal;
    },
  });
}

/** The first edit of a reply is never answered. */
function hangsOnce(platform: MemoryPlatform): void {
  const { openReply } = platform;
  let hung = false;
  platform.openReply = (mention, reply) => {
    const sink = openReply(mention, reply);
    return {
      ...sink,
      edit(ref, page, how) {
        if (hung) return sink.edit(ref, page, how);
        hung = true;
        return new Promise(() => undefined);
      },
    };
  };
}

describe('a status that the workspace refuses', () => {
  it('is told once, and not again for a call that was not made', async () => {
    const { platform, clock, model, faults } = await startBot({ prepare: refusesStatus });
    for (let n = 0; n < 3; n += 1) {
      await platform.ask(`question ${n}`, { thread: `t${n}` });
      await clock.advance(100);
      (await model.call(n)).text('So.');
      (await model.call(n)).finish();
      await clock.advance(5_000);
    }
    expect(faults.map(({ message }) => message)).toEqual(['missing_scope']);
  });
});

describe('shutdown while an edit is never answered', () => {
  it('ends within the grace and four seconds, and the reply does not look as if it went on', async () => {
    const { bot, platform, clock, model } = await startBot({
      prepare: (given: MemoryPlatform, _clock: FakeClock) => hangsOnce(given),
    });
    await platform.ask('question');
    await clock.advance(100);
    const call = await model.call(0);
    call.text('The beginning');
    await clock.advance(2_000);
    call.text(', and more of it');
    await clock.advance(2_000);
    let over = false;
    void bot.stop(2_000).then(() => {
      over = true;
    });
    await clock.advance(6_000);
    expect(over).toBe(true);
    const [page] = platform.messages;
    expect(page?.page.state).toBe('broken');
    expect(page?.page.text).toBe('The beginning, and more of it');
    expect(page?.page.view.cursor).toBe(false);
  });
});
