// A wall clock that is set back or forth, or stands: no answer and no gathering freezes by it, no lane closes.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import { createGatherer } from '../../src/model/gather.ts';
import { createPacer } from '../../src/pacing/pacer.ts';
import type { Lane } from '../../src/platform.ts';
import { createFakeClock, type FakeClock } from '../fakes/clock.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const steps = [
  ['back', -10 * 60_000],
  ['forth', 10 * 60_000],
  ['back by an hour', -60 * 60_000],
  ['forth by an hour', 60 * 60_000],
  ['back by a year', -365 * 24 * 60 * 60_000],
] as const;

describe.each(steps)('when the wall clock is set %s', (_way, stepMs) => {
  it('an answer under way goes on growing, and ends', async () => {
    const { platform, model, clock, reports, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    for (let n = 0; n < 20; n += 1) {
      call.text(`word${n} `);
      await clock.advance(400);
      expect(last().text).toContain(`word${n}`);
      clock.step(n % 2 === 0 ? stepMs : -stepMs / 2);
    }
    call.finish();
    await clock.advance(2_000);
    expect(last()).toMatchObject({ state: 'complete', final: true });
    expect(reports).toHaveLength(1);
    expect(reports[0]?.totalMs).toBeGreaterThan(7_000);
    expect(reports[0]?.totalMs).toBeLessThan(20_000);
  });

  it('what is shown before the first text moves on', async () => {
    const { platform, clock, last } = await startBot();
    await platform.ask('why?');
    await clock.advance(1_000);
    clock.step(stepMs);
    await clock.advance(3_000);
    expect(last().view.notice).toMatch(/3 s/);
    await clock.advance(7_000);
    expect(last().view.notice).toMatch(/10 s/);
  });

  it('a question asked afterwards is answered, and a rate is not held against anybody for longer than its minute', async () => {
    const { platform, model, clock } = await startBot({ userRate: 1 });
    await platform.ask('one');
    clock.step(stepMs);
    await clock.advance(61_000);
    await platform.ask('two');
    await clock.advance(0);
    expect(model.calls).toHaveLength(2);
  });

  it('what is gathered of a stream is given within its time', async () => {
    const clock = createFakeClock();
    const given: string[] = [];
    const give = (bytes: Buffer): void => void given.push(bytes.toString());
    const gatherer = createGatherer({ clock, gatherMs: 50, give });
    gatherer.push(Buffer.from('a'));
    gatherer.push(Buffer.from('b'));
    clock.step(stepMs);
    await clock.advance(50);
    expect(given).toEqual(['a', 'b']);
    clock.step(stepMs);
    gatherer.push(Buffer.from('c'));
    await clock.advance(50);
    expect(given).toEqual(['a', 'b', 'c']);
  });

  it('a lane of the pacer neither closes nor stays closed, and no reply waits', async () => {
    const clock = createFakeClock();
    const pacer = createPacer({ clock, execute: (_lane, _priority, job) => job() });
    const lane: Lane = {
      key: 'slack:T1:chat.update',
      platform: 'slack',
      scope: 'T1',
      perMinute: 50,
      burst: 50,
    };
    const written: number[] = [];
    let unread = 0;
    let refuses = false;
    const reply = pacer.join(
      {
        next: () => (unread > 0 ? { lane, priority: 'edit' } : undefined),
        async write() {
          if (refuses)
            throw new BotError('platform-rate-limited', 'limited', { where: lane.key, retryAfterMs: 2_000 });
          unread = 0;
          written.push(clock.monotonic());
        },
      },
      { edit: lane },
    );
    const grow = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms; at += 100) {
        unread += 1;
        reply.touch();
        await clock.advance(100);
      }
    };
    await grow(2_000);
    clock.step(stepMs);
    const before = written.length;
    await grow(2_000);
    expect(written.length - before).toBeGreaterThanOrEqual(3);
    refuses = true;
    await grow(500);
    refuses = false;
    clock.step(-stepMs);
    const closed = written.length;
    await grow(4_500);
    expect(written.length).toBeGreaterThan(closed);
    expect(pacer.view.room(lane)).toBeGreaterThanOrEqual(0);
  });
});

/** Time goes on, and the wall clock does what it likes: it stands, or goes back by an hour each second. */
const walls = [
  ['stands still', (ms: number) => -ms],
  ['goes back by an hour each second', (ms: number) => -3_600 * ms],
  ['goes forth by an hour each second', (ms: number) => 3_600 * ms],
] as const;

describe.each(walls)('while the wall clock %s', (_how, toStep) => {
  const through = (clock: FakeClock) => async (ms: number) => {
    for (let at = 0; at < ms; at += 100) {
      await clock.advance(100);
      clock.step(toStep(100));
    }
  };

  it('an answer grows, is retried where the platform is away, and ends', async () => {
    const { platform, model, clock, reports, last } = await startBot();
    const pass = through(clock);
    let down = false;
    platform.fault = () => {
      if (down) throw new BotError('platform-unavailable', '503');
      return undefined;
    };
    await platform.ask('why?');
    const call = await model.call(0);
    for (let n = 0; n < 10; n += 1) {
      call.text(`word${n} `);
      await pass(400);
      expect(last().text).toContain(`word${n}`);
    }
    down = true;
    call.text('more ');
    await pass(3_000);
    down = false;
    await pass(4_000);
    expect(last().text).toContain('more');
    call.finish();
    await pass(2_000);
    expect(last()).toMatchObject({ state: 'complete', final: true });
    expect(reports[0]?.totalMs).toBeGreaterThan(10_000);
    expect(reports[0]?.totalMs).toBeLessThan(20_000);
  });

  it("a wait that the platform's limit asks for is kept, and no longer", async () => {
    const { platform, model, clock, last } = await startBot();
    const pass = through(clock);
    let limited = 0;
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('One ');
    await pass(1_000);
    platform.fault = (op) => {
      if (op !== 'edit' || limited > 0) return undefined;
      limited += 1;
      throw new BotError('platform-rate-limited', '429', { where: 'memory:T:edit', retryAfterMs: 5_000 });
    };
    call.text('two ');
    await pass(3_000);
    expect(limited).toBe(1);
    expect(last().text).toBe('One ');
    await pass(4_000);
    expect(last().text).toBe('One two ');
    call.finish();
    await pass(2_000);
    expect(last().state).toBe('complete');
  });

  it('who asked too much may ask again after a minute, and is never told to wait for longer', async () => {
    const { platform, model, clock } = await startBot({ userRate: 1 });
    const pass = through(clock);
    await platform.ask('one');
    await platform.ask('two');
    for (const said of platform.whispers) {
      const [, seconds] = /wait (\d+) s/.exec(said) ?? [];
      expect(Number(seconds)).toBeLessThanOrEqual(60);
    }
    await pass(61_000);
    await platform.ask('three');
    await pass(100);
    const asked = model.calls.map(({ prompt }) => JSON.stringify(prompt.messages.at(-1)));
    expect(asked.at(-1)).toContain('three');
  });

  it('a shutdown takes its grace and no longer, and what stands is ended', async () => {
    const { bot, platform, model, clock, last } = await startBot();
    const pass = through(clock);
    await platform.ask('why?');
    (await model.call(0)).text('One ');
    await pass(1_000);
    let isOver = false;
    void bot.stop(5_000).then(() => {
      isOver = true;
    });
    await pass(4_000);
    expect(isOver).toBe(false);
    expect(last().view.cursor).toBe(true);
    await pass(3_000);
    expect(isOver).toBe(true);
    expect(last()).toMatchObject({ state: 'broken', text: 'One ' });
    expect(last().view.cursor).toBe(false);
  });
});
