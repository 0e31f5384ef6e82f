// A wall clock that is set back or forth, or stands: no answer and no gathering freezes by it, no lane closes.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import { createGatherer } from '../../src/model/gather.ts';
import type { Lane } from '../../src/platform.ts';
import { createPacer } from '../../src/reply/pacer.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const steps = [
  ['back', -10 * 60_000],
  ['forth', 10 * 60_000],
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
    expect(pacer.room(lane)).toBeGreaterThanOrEqual(0);
  });
});
