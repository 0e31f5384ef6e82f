// More questions than can be answered: what waits costs nothing, what is refused is told, and nothing of it floods the platform.

import { afterEach, describe, expect, it } from 'vitest';
import { say } from '../../src/notices.ts';
import type { Lane } from '../../src/platform.ts';
import type { FakeClock } from '../fakes/clock.ts';
import type { MemoryPlatform } from '../fakes/memory-platform.ts';
import { type StartOptions, startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const words = say('en');
const slow: Lane = { key: 'memory:T:slow', platform: 'memory', scope: 'T', perMinute: 20, burst: 1 };

/** A platform with a status, and with lanes beside the answers as narrow as the real ones. */
async function startBusy(options: StartOptions = {}) {
  const statuses: { readonly thread: string; readonly at: number; readonly text: string | null }[] = [];
  let histories = 0;
  let opened = 0;
  const prepare = (platform: MemoryPlatform, clock: FakeClock): void => {
    const { openReply, history } = platform;
    platform.lanes = () => ({
      whisper: { ...slow, key: 'memory:T:whisper' },
      say: { ...slow, key: 'memory:T:say' },
      mark: { ...slow, key: 'memory:T:mark' },
      unmark: { ...slow, key: 'memory:T:unmark' },
    });
    platform.history = (mention, reading) => {
      histories += 1;
      return history(mention, reading);
    };
    platform.openReply = (mention, reply) => {
      opened += 1;
      return {
        ...openReply(mention, reply),
        statusIsText: true,
        statusLane: { key: 'memory:T:status', platform: 'memory', scope: 'T', perMinute: 120, burst: 1 },
        statusLastsMs: 120_000,
        status: async (text) => void statuses.push({ thread: mention.thread, at: clock.monotonic(), text }),
      };
    };
  };
  const started = await startBot({ spaced: true, userRate: 10_000, prepare, ...options });
  const ask = (n: number) => started.platform.ask(`question ${n}`, { asker: { id: `U${n}`, name: `P${n}` } });
  return { ...started, ask, statuses, histories: () => histories, opened: () => opened };
}

describe('150 mentions with 50 places', () => {
  it('make as many status calls as their lane allows, not one for each change of a place', async () => {
    const { ask, clock, model, statuses } = await startBusy({ slots: 50 });
    await Promise.all(Array.from({ length: 150 }, (_, n) => ask(n)));
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1_000);
      // Each second two answers end, and every place in the queue changes.
      for (const call of model.calls.slice(2 * second, 2 * second + 2)) {
        call.text('So.');
        call.finish();
      }
    }
    expect(statuses.length).toBeLessThanOrEqual(2 * 60 + 5);
    expect(statuses.length).toBeGreaterThan(30);
    for (const thread of new Set(statuses.map((status) => status.thread))) {
      const at = statuses.filter((status) => status.thread === thread && status.text !== null);
      const gaps = at.slice(1).map((status, index) => status.at - (at[index]?.at ?? 0));
      expect(Math.min(...gaps, 5_000)).toBeGreaterThanOrEqual(5_000);
    }
  });

  it('read nothing, write nothing and take nothing of a lane while they wait', async () => {
    const { ask, clock, model, platform, pacer, turns, histories } = await startBusy({ slots: 50 });
    await Promise.all(Array.from({ length: 150 }, (_, n) => ask(n)));
    await clock.advance(20_000);
    expect(turns.count()).toEqual({ running: 50, waiting: 100 });
    expect(histories()).toBe(50);
    expect(model.calls).toHaveLength(50);
    expect(platform.messages).toHaveLength(0);
    const edit: Lane = {
      key: 'memory:T:edit',
      platform: 'memory',
      scope: 'T',
      perMinute: 6_000,
      burst: 1_000,
    };
    const fifty = pacer.view.tau(edit);
    model.calls[0]?.text('So.');
    model.calls[0]?.finish();
    await clock.advance(1_000);
    expect(model.calls).toHaveLength(51);
    expect(pacer.view.tau(edit)).toBeCloseTo(fifty, 0);
  });

  it('are marked as waiting as there is room, and every mark goes again', async () => {
    const { ask, clock, model, platform } = await startBusy({ slots: 50 });
    await Promise.all(Array.from({ length: 150 }, (_, n) => ask(n)));
    await clock.advance(10_000);
    expect(platform.waiting.size).toBeGreaterThan(2);
    expect(platform.waiting.size).toBeLessThan(10);
    for (let n = 0; n < 150; n += 1) {
      (await model.call(n)).text('So.');
      (await model.call(n)).finish();
      await clock.advance(100);
    }
    await clock.advance(10 * 60_000);
    expect(platform.waiting.size).toBe(0);
    expect(platform.messages).toHaveLength(150);
  });
});

describe('when more questions wait than may', () => {
  it('further ones are refused: in words, else by a mark, else in one sentence when there is room', async () => {
    const { ask, clock, model, platform, refused, turns } = await startBusy({ slots: 2, queueMax: 3 });
    for (let n = 0; n < 30; n += 1) await ask(n);
    await clock.advance(1_000);
    expect(turns.count()).toEqual({ running: 2, waiting: 3 });
    await clock.advance(60_000);
    expect(refused).toHaveLength(25);
    expect(refused.every((line) => /^full (words|mark|none)$/.test(line))).toBe(true);
    const told = (how: string) => refused.filter((line) => line === `full ${how}`).length;
    expect(told('words')).toBeGreaterThan(0);
    expect(told('mark')).toBeGreaterThan(0);
    expect(platform.whispers).toEqual(Array.from({ length: told('words') }, () => words.queueFull()));
    expect(platform.refused.size).toBe(told('mark'));
    expect(platform.said).toEqual([]);
    for (let n = 0; n < 5; n += 1) {
      (await model.call(n)).text('So.');
      (await model.call(n)).finish();
      await clock.advance(1_000);
    }
    await clock.advance(20_000);
    expect(platform.said).toEqual([words.notTaken(told('none'))]);
    expect(model.calls).toHaveLength(5);
    await ask(99);
    await clock.advance(1_000);
    expect(model.calls).toHaveLength(6);
  });

  it('says so once in ten minutes to one person, and then by a mark', async () => {
    const { clock, platform, refused } = await startBusy({ slots: 1, queueMax: 1, spaced: false });
    await platform.ask('first', { asker: { id: 'U2', name: 'Bob' } });
    await platform.ask('second', { asker: { id: 'U2', name: 'Bob' } });
    for (let n = 0; n < 4; n += 1) await platform.ask('again');
    await clock.advance(0);
    expect(refused).toEqual(['full words', 'full mark', 'full mark', 'full mark']);
  });

  it('answers that have ended and wait for the platform count as waiting', async () => {
    const { ask, clock, model, platform, refused } = await startBusy({ slots: 5, queueMax: 5 });
    let comeBack = (): void => undefined;
    const down = new Promise<void>((resolve) => {
      comeBack = resolve;
    });
    const { openReply } = platform;
    platform.openReply = (mention, reply) => {
      const sink = openReply(mention, reply);
      const post: typeof sink.post = async (page, how) => {
        await down;
        return sink.post(page, how);
      };
      return { ...sink, post };
    };
    for (let n = 0; n < 5; n += 1) await ask(n);
    for (let n = 0; n < 5; n += 1) {
      (await model.call(n)).text('So.');
      (await model.call(n)).finish();
    }
    await clock.advance(1_000);
    await ask(6);
    await clock.advance(100);
    expect(refused).toEqual(['full words']);
    comeBack();
  });
});

it('60 questions of one person that arrive together are five, where five a minute are allowed', async () => {
  const { clock, model, platform, refused } = await startBusy({ userRate: 5, spaced: false });
  await Promise.all(Array.from({ length: 60 }, () => platform.ask('why?')));
  await clock.advance(0);
  expect(model.calls).toHaveLength(5);
  expect(refused).toHaveLength(55);
});

describe('3,000 questions in half a minute, with 50 places and 200 that may wait', () => {
  it('end in answers and refusals, all told or counted; what is held is bounded, and the bot answers as before', async () => {
    const { ask, clock, model, platform, refused, turns, reports } = await startBusy({
      slots: 50,
      queueMax: 200,
    });
    let most = { running: 0, waiting: 0 };
    let timers = 0;
    let answered = 0;
    /** A second: every answer takes two of them. */
    let open: { readonly at: number; readonly index: number }[] = [];
    const second = async (): Promise<void> => {
      for (let tick = 0; tick < 4; tick += 1) {
        await clock.advance(250);
        const { running, waiting } = turns.count();
        most = { running: Math.max(most.running, running), waiting: Math.max(most.waiting, waiting) };
        timers = Math.max(timers, clock.timers());
      }
      for (; answered < model.calls.length; answered += 1) {
        model.calls[answered]?.text(`Answer ${answered}.`);
        open.push({ at: clock.monotonic(), index: answered });
      }
      const done = open.filter(({ at }) => clock.monotonic() - at >= 2_000);
      for (const { index } of done) model.calls[index]?.finish();
      open = open.filter((one) => !done.includes(one));
    };
    for (let sent = 0; sent < 3_000; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => ask(1_000 + sent + n)));
      await second();
    }
    while (turns.count().running + turns.count().waiting > 0) await second();
    for (let n = 0; n < 60; n += 1) await second();
    expect(reports.length + refused.length).toBe(3_000);
    expect(reports.every(({ outcome }) => outcome === 'complete')).toBe(true);
    expect(reports.length).toBeGreaterThan(300);
    expect(most.waiting).toBeLessThanOrEqual(200);
    expect(timers).toBeLessThan(2_000);
    const told = (how: string) => refused.filter((line) => line === `full ${how}`).length;
    expect(told('words') + told('mark') + told('none')).toBe(refused.length);
    expect(platform.whispers).toHaveLength(told('words'));
    // In one sentence, or a few where there was room in between.
    const counted = platform.said.reduce((sum, said) => sum + Number(/\d+/.exec(said)?.[0] ?? 1), 0);
    expect(counted).toBe(told('none'));
    expect(platform.waiting.size).toBe(0);
    expect(platform.messages).toHaveLength(reports.length);
    const before = model.calls.length;
    await ask(9_999);
    for (let n = 0; n < 4; n += 1) await second();
    expect(model.calls).toHaveLength(before + 1);
    expect(reports.at(-1)?.outcome).toBe('complete');
  });
});
