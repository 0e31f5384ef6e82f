import { describe, expect, it } from 'vitest';
import { createWaitingMarks } from '../../../src/conversation/waiting-mark.ts';
import { BotError } from '../../../src/errors.ts';
import type { Courtesy, Platform } from '../../../src/platform.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { courtesyAtOnce } from '../../fakes/courtesies.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

const mention = toTestMention('why?', 'q1');

function open(parts: Partial<Platform> = {}, courtesy: Courtesy = courtesyAtOnce) {
  const clock = createFakeClock();
  const memory = createMemoryPlatform();
  const platform: Platform = { ...memory, ...parts };
  const store = createMemoryStore(clock);
  const faults: BotError[] = [];
  const toSigns = () =>
    createWaitingMarks({ clock, store, courtesy, onFault: (error) => faults.push(error) });
  return { clock, memory, platform, store, faults, signs: toSigns(), toSigns };
}

/** Puts the mark there after so long, whatever happens meanwhile. */
function slowMark(clock: ReturnType<typeof createFakeClock>, memory: Platform, ms: number): Platform['mark'] {
  return async (asked, sign, on) => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    await memory.mark(asked, sign, on);
  };
}

describe('the hourglass of a question that waits', () => {
  it('stands while it waits, and is gone when its turn begins', async () => {
    const { clock, memory, platform, signs } = open();
    signs.show(platform, mention);
    await clock.advance(0);
    expect(memory.waiting.size).toBe(1);
    signs.hide(platform, mention);
    await clock.advance(0);
    expect(memory.waiting.size).toBe(0);
  });

  it('is gone also where the call that puts it there is slower than the turn', async () => {
    const { clock, memory, platform, signs } = open();
    const slow = { ...platform, mark: slowMark(clock, memory, 20_000) };
    signs.show(slow, mention);
    await clock.advance(1_000);
    signs.hide(slow, mention);
    await clock.advance(19_000);
    expect(memory.waiting.size).toBe(1);
    await clock.advance(20_000);
    expect(memory.waiting.size).toBe(0);
  });

  it('is gone where no answer came to the call that put it there', async () => {
    const { clock, memory, platform, signs, faults } = open();
    let isFirst = true;
    const lossy: Platform = {
      ...platform,
      async mark(asked, sign, on) {
        await memory.mark(asked, sign, on);
        if (isFirst) {
          isFirst = false;
          throw new BotError('platform-unavailable', 'no answer');
        }
      },
    };
    signs.show(lossy, mention);
    await clock.advance(0);
    expect(memory.waiting.size).toBe(1);
    signs.hide(lossy, mention);
    await clock.advance(0);
    expect(memory.waiting.size).toBe(0);
    expect(faults).toHaveLength(1);
  });

  it('is tried to take away until there is room for it, and until the platform does it', async () => {
    let room = true;
    const outcomes: string[] = [];
    const courtesy: Courtesy = async (_lane, call) => {
      if (!room) return 'dropped';
      await call();
      return 'made';
    };
    const { clock, memory, platform, signs, faults } = open({}, courtesy);
    let failures = 3;
    const faulty: Platform = {
      ...platform,
      async mark(asked, sign, on) {
        outcomes.push(on ? 'on' : 'off');
        if (!on && failures > 0) {
          failures -= 1;
          throw new BotError('platform-unavailable', 'down');
        }
        await memory.mark(asked, sign, on);
      },
    };
    signs.show(faulty, mention);
    await clock.advance(0);
    room = false;
    signs.hide(faulty, mention);
    await clock.advance(60_000);
    expect(memory.waiting.size).toBe(1);
    room = true;
    await clock.advance(200_000);
    expect(memory.waiting.size).toBe(0);
    expect(outcomes).toEqual(['on', 'off', 'off', 'off', 'off']);
    expect(faults).toHaveLength(3);
    await clock.advance(600_000);
    expect(outcomes).toHaveLength(5);
    expect(clock.timers()).toBe(0);
  });

  it('costs no call where there was no room to put it there, or where its turn had come by then', async () => {
    const calls: boolean[] = [];
    const waiting: (() => void)[] = [];
    const courtesy: Courtesy = async (_lane, call) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await call();
      return 'made';
    };
    const mark: Platform['mark'] = async (_asked, _sign, on) => void calls.push(on);
    const late = open({ mark }, courtesy);
    late.signs.show(late.platform, mention);
    late.signs.hide(late.platform, mention);
    for (const go of waiting) go();
    await late.clock.advance(0);
    const full = open({ mark }, async () => 'dropped');
    full.signs.show(full.platform, mention);
    await full.clock.advance(0);
    full.signs.hide(full.platform, mention);
    await full.clock.advance(60_000);
    expect(calls).toEqual([]);
  });

  it('of a process before this one is taken away as well', async () => {
    const { clock, memory, platform, signs, toSigns } = open();
    signs.show(platform, mention);
    await clock.advance(0);
    const after = toSigns();
    after.hide(platform, mention);
    await clock.advance(0);
    expect(memory.waiting.size).toBe(0);
  });

  it('is given up where the platform will never do it', async () => {
    const { clock, memory, platform, signs, faults } = open();
    const mark: Platform['mark'] = async (asked, sign, on) => {
      if (!on) throw new BotError('platform-refused', 'not permitted');
      await memory.mark(asked, sign, on);
    };
    signs.show({ ...platform, mark }, mention);
    await clock.advance(0);
    signs.hide({ ...platform, mark }, mention);
    await clock.advance(60_000);
    expect(faults).toMatchObject([{ code: 'platform-refused' }]);
    expect(clock.timers()).toBe(0);
  });
});
