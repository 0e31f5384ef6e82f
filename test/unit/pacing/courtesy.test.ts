import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { BotError } from '../../../src/errors.ts';
import { createExecutor, createSpacedExecutor } from '../../../src/pacing/executor.ts';
import { createPacer, type PacerOptions } from '../../../src/pacing/pacer.ts';
import type { Lane } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createVirtualSpacer } from '../../fakes/courtesies.ts';
import { discordGates } from '../../fakes/paced-platform.ts';

const marks: Lane = {
  key: 'slack:T1:reactions.add',
  platform: 'slack',
  scope: 'T1',
  perMinute: 60,
  burst: 1,
};
const statuses: Lane = {
  key: 'slack:T1:assistant.threads.setStatus',
  platform: 'slack',
  scope: 'T1',
  perMinute: 60,
  burst: 1,
};
const typing: Lane = {
  key: 'discord:C1:typing',
  platform: 'discord',
  scope: 'C1',
  perMinute: 6_000,
  burst: 1,
};

function open(options: Partial<PacerOptions> = {}) {
  const clock = createFakeClock();
  const limited: string[] = [];
  const pacer = createPacer({
    clock,
    execute: (_lane, _priority, job) => job(),
    onLimited: (lane) => limited.push(lane),
    gates: discordGates,
    ...options,
  });
  const made: number[] = [];
  const make = (lane: Lane, n = 0) =>
    pacer.courtesy(lane, async () => {
      made.push(n);
    });
  const refuse = (lane: Lane, retryAfterMs?: number, where = lane.key) =>
    pacer.courtesy(lane, async () => {
      throw new BotError('platform-rate-limited', 'limited', { where, retryAfterMs });
    });
  return { clock, pacer, limited, made, make, refuse };
}

describe('a courtesy', () => {
  it('is made at once where its lane is free', async () => {
    const { make, made } = open();
    expect(await make(marks, 1)).toBe('made');
    expect(made).toEqual([1]);
  });

  it.each([
    ['for the time that it says', 7_000, 7_000],
    ['for a second where it says none', undefined, 1_000],
    ['for a second where it says nothing', 0, 1_000],
    ['for a second where it says less than nothing', -5, 1_000],
    ['for a second where it says no number', Number.NaN, 1_000],
    ['for a second where it says less', 20, 1_000],
  ])('that meets a limit is dropped, and closes its lane alone %s', async (_how, said, closedMs) => {
    const { clock, make, refuse, made, limited } = open();
    expect(await refuse(marks, said)).toBe('dropped');
    expect(limited).toEqual([marks.key]);
    await clock.advance(closedMs - 1);
    expect(await make(marks)).toBe('dropped');
    expect(await make(statuses)).toBe('made');
    await clock.advance(1);
    expect(await make(marks)).toBe('made');
    expect(made).toHaveLength(2);
  });

  it('closes no lane by which answers are written', async () => {
    const { clock, pacer, refuse } = open();
    const lane: Lane = {
      key: 'slack:T1:chat.postMessage:C1',
      platform: 'slack',
      scope: 'T1',
      perMinute: 60,
      burst: 5,
    };
    await refuse(lane, 60_000);
    let written = 0;
    const writer = {
      next: () => (written === 0 ? ({ lane, priority: 'final' } as const) : undefined),
      write: async () => {
        written += 1;
      },
    };
    pacer.join(writer, { edit: lane }).touch();
    await clock.advance(100);
    expect(written).toBe(1);
  });

  it('that fails otherwise says so to whoever asked for it', async () => {
    const { pacer, make } = open();
    const failing = pacer.courtesy(marks, async () => {
      throw new BotError('platform-refused', 'no reactions here');
    });
    await expect(failing).rejects.toMatchObject({ code: 'platform-refused' });
    expect(await make(marks)).toBe('made');
  });

  it('is dropped when the pacer has stopped, which waits for those under way', async () => {
    const { pacer, make } = open();
    let end = (): void => undefined;
    const slow = pacer.courtesy(marks, () => new Promise((resolve) => (end = resolve)));
    let stopped = false;
    const stopping = pacer.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    end();
    await stopping;
    expect(await slow).toBe('made');
    expect(await make(marks)).toBe('dropped');
  });

  it('keeps its lane’s rate, and of those that wait the newest are made', async () => {
    const clock = createFakeClock();
    const { pacer } = open({ clock, executeSpaced: createVirtualSpacer(clock, 3) });
    const made: number[] = [];
    const all = Array.from({ length: 50 }, (_, n) => pacer.courtesy(marks, async () => void made.push(n)));
    await clock.advance(60_000);
    const outcomes = await Promise.all(all);
    expect(made).toEqual([0, 47, 48, 49]);
    expect(outcomes.filter((outcome) => outcome === 'dropped')).toHaveLength(46);
  });
});

describe('a courtesy of a platform with a limit on all calls', () => {
  it('takes two of its slots at the most for one kind of call, each until a second after the answer', async () => {
    const { clock, make } = open();
    const lanes = [1, 2, 3].map((n) => ({ ...typing, key: `discord:C${n}:typing` }));
    expect(await Promise.all(lanes.map((lane) => make(lane)))).toEqual(['made', 'made', 'dropped']);
    // A word to one person does not wait for those who type.
    expect(await make({ ...typing, key: 'discord:C1:post' })).toBe('made');
    await clock.advance(999);
    expect(await make(typing)).toBe('dropped');
    await clock.advance(1);
    expect(await make(typing)).toBe('made');
  });

  it('is dropped while few slots are free, and takes none from answers', async () => {
    const { make } = open({ gates: [{ platform: 'discord', slots: 12, holdMs: 1_000 }] });
    expect(await make(typing)).toBe('dropped');
  });

  it('closes the gate where it met the limit on all calls', async () => {
    const { clock, make, refuse, limited } = open();
    expect(await refuse(typing, 5_000, 'discord:global')).toBe('dropped');
    expect(limited).toEqual(['discord:global']);
    await clock.advance(4_999);
    expect(await make({ ...typing, key: 'discord:C2:typing' })).toBe('dropped');
    await clock.advance(1);
    expect(await make(typing)).toBe('made');
  });
});

describe('the limiters of Bottleneck', () => {
  it('space courtesies in real time, and let the oldest go for the newest', async () => {
    const run = createSpacedExecutor(systemClock);
    const lane: Lane = { key: 'slack:T1:fast', platform: 'slack', scope: 'T1', perMinute: 3_000, burst: 3 };
    const made: number[] = [];
    const at: number[] = [];
    const all = Array.from({ length: 20 }, (_, n) =>
      run(lane, async () => {
        made.push(n);
        at.push(performance.now());
      }),
    );
    const outcomes = await Promise.allSettled(all);
    expect(made).toEqual([17, 18, 19]);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(17);
    const gaps = at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(20 * gaps.length - 10);
  });

  it('go on for as long as more come than can be made, each time with one of the newest', async () => {
    const run = createSpacedExecutor(systemClock);
    const lane: Lane = {
      key: 'slack:T1:flooded',
      platform: 'slack',
      scope: 'T1',
      perMinute: 1_200,
      burst: 3,
    };
    const made: { readonly n: number; readonly of: number }[] = [];
    const all: Promise<unknown>[] = [];
    const timer = setInterval(() => {
      for (let more = 0; more < 3; more += 1) {
        const n = all.length;
        const job = async (): Promise<void> => {
          made.push({ n, of: all.length });
          await new Promise((resolve) => setTimeout(resolve, 20));
        };
        all.push(run(lane, job).catch(() => undefined));
      }
    }, 5);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    clearInterval(timer);
    await Promise.all(all);
    // One in 50 ms; a machine that is busy with other things makes fewer.
    expect(made.length).toBeGreaterThan(15);
    expect(made.length).toBeLessThanOrEqual(1_500 / 50 + 5);
    for (const { n, of } of made.slice(1)) expect(of - n).toBeLessThanOrEqual(4);
  });

  it('leave a lane to others whose calls have no answer, and begin again when they have', async () => {
    const run = createSpacedExecutor(systemClock);
    const lane: Lane = {
      key: 'slack:T1:hanging',
      platform: 'slack',
      scope: 'T1',
      perMinute: 60_000,
      burst: 30,
    };
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const outcomes = Promise.allSettled(Array.from({ length: 20 }, () => run(lane, () => answered)));
    await new Promise((resolve) => setTimeout(resolve, 200));
    answer();
    const made = (await outcomes).filter(({ status }) => status === 'fulfilled');
    expect(made).toHaveLength(6);
    await run(lane, async () => undefined);
  });

  it.each([
    ['back', -10 * 60_000],
    ['forth', 10 * 60_000],
  ])('make calls at once when the wall clock is set %s by ten minutes', async (_way, stepMs) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const write = createExecutor(systemClock);
      const show = createSpacedExecutor(systemClock);
      const lane: Lane = {
        key: 'slack:T1:chat.update',
        platform: 'slack',
        scope: 'T1',
        perMinute: 6_000,
        burst: 3,
      };
      let made = 0;
      const job = async (): Promise<void> => {
        made += 1;
      };
      for (let n = 0; n < 3; n += 1) {
        await write(lane.key, 6, job);
        await show(lane, job);
        vi.setSystemTime(Date.now() + stepMs);
      }
      await write(lane.key, 6, job);
      await show(lane, job);
      expect(made).toBe(8);
    } finally {
      vi.useRealTimers();
    }
  });
});
