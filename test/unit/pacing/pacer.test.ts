import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import { createPacer, type PacerOptions } from '../../../src/pacing/pacer.ts';
import type { NextCall } from '../../../src/pacing/types.ts';
import type { Lane, LaneView } from '../../../src/platform.ts';
import type { Json } from '../../../src/store/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { discordGates } from '../../fakes/paced-platform.ts';

const lane = (key: string, perMinute: number, burst = perMinute): Lane => {
  const [platform = '', scope = ''] = key.split(':');
  return { key, platform, scope, perMinute, burst };
};
const update = lane('slack:T1:chat.update', 50);
const post = (channel: string): Lane => lane(`slack:T1:chat.postMessage:${channel}`, 60, 5);

/** A pacer in virtual time, and replies that do as they are told. Calls take 80 ms. */
function createWorld(options: Partial<PacerOptions> = {}) {
  const clock = createFakeClock();
  const limited: string[] = [];
  const pacer = createPacer({
    clock,
    execute: (_lane, _priority, job) => job(),
    onLimited: (key) => limited.push(key),
    gates: discordGates,
    ...options,
  });
  const startedAt = clock.now();
  /** What was called: `reply lane`, a tail marked with `+`. */
  const calls: string[] = [];
  const times: number[] = [];
  /** Lanes that answer 429, and until when. */
  const closed = new Map<string, number>();

  const join = (name: string, edit: Lane) => {
    const script: { next: (view: LaneView) => NextCall | undefined; done: () => void } = {
      next: () => undefined,
      done: () => {},
    };
    const inFlight = { now: 0, most: 0 };
    const reply = pacer.join(
      {
        next: (view) => script.next(view),
        async write(call, how) {
          const called = how === 'tail' ? call.tail : call.lane;
          inFlight.now += 1;
          inFlight.most = Math.max(inFlight.most, inFlight.now);
          calls.push(`${name}${how === 'tail' ? '+' : ''} ${called?.key.split(':')[2]}`);
          times.push(clock.now() - startedAt);
          await new Promise<void>((resolve) => clock.after(80, resolve));
          inFlight.now -= 1;
          for (const where of [called?.key ?? '', 'discord:global']) {
            const retryAfterMs = (closed.get(where) ?? 0) - clock.now();
            if (retryAfterMs > 0)
              throw new BotError('platform-rate-limited', 'limited', { where, retryAfterMs });
          }
          script.done();
        },
      },
      { edit },
    );
    /** From now on it needs this call, for ever or until it has been made so often. */
    const need = (call: NextCall | undefined, times = Number.POSITIVE_INFINITY): void => {
      let left = times;
      script.next = () => (left > 0 ? call : undefined);
      script.done = () => {
        left -= 1;
      };
      reply.touch();
    };
    return { ...reply, need, script, inFlight };
  };
  return { clock, pacer, calls, times, closed, limited, join };
}

const edit = (on: Lane): NextCall => ({ lane: on, priority: 'edit' });
const final = (on: Lane, tail?: Lane): NextCall => ({ lane: on, priority: 'final', tail });
const first = (on: Lane): NextCall => ({ lane: on, priority: 'first' });

/** Spends all of a lane's credit. */
async function drain(world: ReturnType<typeof createWorld>, on: Lane): Promise<void> {
  const reply = world.join('drain', on);
  reply.need(final(on));
  await world.clock.advance(200 * on.burst);
  reply.leave();
  world.calls.length = 0;
  world.times.length = 0;
}

describe('one reply alone', () => {
  it('posts its first text after 60 ms and edits four times a second, with one call in flight', async () => {
    const { clock, join, calls, times } = createWorld();
    const reply = join('a', update);
    reply.need(first(post('C1')), 1);
    await clock.advance(200);
    expect(calls).toEqual(['a chat.postMessage']);
    expect(times).toEqual([60]);
    reply.need(edit(update));
    await clock.advance(5_000);
    expect(times.length).toBeGreaterThanOrEqual(20);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(250);
    expect(reply.inFlight.most).toBe(1);
  });

  it('makes its final call at once, or as soon as the call before it has ended', async () => {
    const { clock, join, times } = createWorld();
    const reply = join('a', update);
    reply.need(edit(update));
    await clock.advance(260);
    // The edit under way counts as one.
    reply.need(final(update), 2);
    await clock.advance(200);
    expect(times).toEqual([250, 330]);
  });

  it('makes no call that is no longer needed, or needed on another lane, when its turn has come', async () => {
    const held: (() => void)[] = [];
    const { clock, join, calls, pacer } = createWorld({
      execute: async (_lane, _priority, job) => {
        await new Promise<void>((resolve) => held.push(resolve));
        await job();
      },
    });
    const reply = join('a', update);
    reply.need(final(update), 1);
    await clock.advance(1);
    expect(pacer.view.room(update)).toBe(49);
    reply.script.next = () => undefined;
    held.shift()?.();
    await clock.advance(1);
    expect(calls).toEqual([]);
    expect(pacer.view.room(update)).toBe(50);
  });

  it('is told of a write that failed as no write may', async () => {
    const clock = createFakeClock();
    const bugs: unknown[] = [];
    const pacer = createPacer({
      clock,
      execute: (_lane, _priority, job) => job(),
      onBug: (error) => bugs.push(error),
    });
    const reply = pacer.join(
      { next: () => final(update), write: () => Promise.reject(new TypeError('a bug')) },
      { edit: update },
    );
    reply.touch();
    await clock.advance(10);
    expect(bugs).toEqual([new TypeError('a bug')]);
    reply.touch();
    await clock.advance(1_000);
    expect(bugs).toHaveLength(1);
    expect(clock.timers()).toBe(0);
  });
});

describe('when a lane has little credit', () => {
  it('lets a final go before edits that wait longer, and the oldest end first', async () => {
    const world = createWorld();
    await drain(world, update);
    for (const name of ['a', 'b', 'c']) world.join(name, update).need(edit(update));
    await world.clock.advance(300);
    world.join('d', update).need(final(update), 1);
    await world.clock.advance(10);
    world.join('e', update).need(final(update), 1);
    await world.clock.advance(3_000);
    expect(world.calls.slice(0, 2)).toEqual(['d chat.update', 'e chat.update']);
  });

  it('sends a final as a continuation page when it would wait more than two seconds, and only then', async () => {
    const world = createWorld();
    await drain(world, update);
    world.join('a', update).need(final(update, post('C1')), 1);
    world.join('b', update).need(final(update), 1);
    world.join('c', update).need(final(update, post('C3')), 1);
    await world.clock.advance(1);
    expect(world.calls).toEqual(['c+ chat.postMessage']);
    await world.clock.advance(3_000);
    expect(world.calls.slice(1)).toEqual(['a chat.update', 'b chat.update']);
  });

  it('keeps some for finals, but not from an edit that is half a second late', async () => {
    const world = createWorld();
    await drain(world, update);
    for (let index = 0; index < 40; index += 1) world.join(`silent${index}`, update);
    world.join('late', update).need(edit(update), 1);
    // So many replies share the lane that all that has come in is kept for their finals; the edit is due after 8.4 s.
    await world.clock.advance(8_500);
    expect(world.calls).toEqual([]);
    await world.clock.advance(700);
    expect(world.calls).toEqual(['late chat.update']);
  });

  it('gives an edit that is half a second late the credit of a final that has another way', async () => {
    const world = createWorld();
    const { clock, calls, closed } = world;
    closed.set(update.key, clock.now() + 12_000);
    const late = world.join('late', update);
    late.need(edit(update), 1);
    await clock.advance(11_000);
    expect(calls).toEqual(['late chat.update']);
    world.join('a', update).need(final(update, post('C1')), 1);
    await clock.advance(1_100);
    expect(calls.slice(1)).toEqual(['late chat.update', 'a+ chat.postMessage']);
    world.join('b', update).need(final(update, post('C2')), 1);
    await clock.advance(1_400);
    expect(calls.slice(3)).toEqual(['b chat.update']);
  });

  it('holds first texts back for more words only where more than ten replies share it', async () => {
    for (const [count, time] of [
      [10, 60],
      [30, 3_000],
    ] as const) {
      const world = createWorld();
      for (let index = 0; index < count; index += 1)
        world.join(`r${index}`, update).need(first(post(`C${index}`)), 1);
      await world.clock.advance(5_000);
      expect(world.times).toHaveLength(count);
      expect(world.times[0]).toBeGreaterThanOrEqual(time * 0.5);
      expect(world.times[0]).toBeLessThanOrEqual(time);
    }
  });
});

describe('a 429', () => {
  it('closes its lane alone, and the call is made again when the lane opens', async () => {
    const world = createWorld();
    const { clock, join, calls, times, closed, limited } = world;
    closed.set(update.key, clock.now() + 4_000);
    const a = join('a', update);
    const b = join('b', update);
    a.need(final(update), 1);
    await clock.advance(100);
    b.need(first(post('C2')), 1);
    await clock.advance(1_000);
    expect(calls).toEqual(['a chat.update', 'b chat.postMessage']);
    expect(limited).toEqual([update.key]);
    await clock.advance(4_000);
    expect(calls).toHaveLength(3);
    expect(times[2]).toBeGreaterThanOrEqual(4_000);
    expect(times[2]).toBeLessThan(4_010);
  });

  it('sends finals as continuation pages meanwhile', async () => {
    const { clock, join, calls, closed } = createWorld();
    closed.set(update.key, clock.now() + 30_000);
    join('a', update).need(final(update, post('C1')), 1);
    await clock.advance(400);
    expect(calls).toEqual(['a chat.update', 'a+ chat.postMessage']);
  });

  it('lets all who wait for the lane choose again', async () => {
    const { clock, join, calls, closed } = createWorld();
    const start = lane('slack:T1:chat.startStream', 20);
    closed.set(start.key, clock.now() + 30_000);
    for (let index = 0; index < 10; index += 1) {
      const reply = join(`r${index}`, update);
      let left = 1;
      reply.script.done = () => {
        left -= 1;
      };
      reply.script.next = (view) =>
        left === 0 ? undefined : first(view.room(start) >= 1 ? start : post(`C${index}`));
      reply.touch();
    }
    await clock.advance(400);
    // Three were in flight when it answered; nobody waited for it any longer.
    expect(calls.filter((call) => call.includes('startStream'))).toHaveLength(3);
    expect(calls.filter((call) => call.includes('postMessage'))).toHaveLength(10);
  });

  it('is remembered for the next run', async () => {
    const kept = new Map<string, Json>();
    const store = {
      get: async (key: string) => kept.get(key),
      set: async (key: string, value: Json) => void kept.set(key, value),
      delete: async (key: string) => void kept.delete(key),
    };
    const { clock, join, closed, pacer } = createWorld({ store });
    closed.set(update.key, clock.now() + 1_000);
    join('a', update).need(final(update), 1);
    await clock.advance(3_000);
    await pacer.stop();
    expect(kept.get(`lane:${update.key}`)).toEqual({ rate: expect.closeTo(49), cap: 20 });
    const again = createWorld({ store });
    again.pacer.view.room(update);
    await again.clock.advance(1);
    expect(again.pacer.view.room(update)).toBe(10);
  });

  it('does no harm when the store fails', async () => {
    const fail = () => Promise.reject(new Error('the store is down'));
    const { clock, join, closed, calls, pacer } = createWorld({
      store: { get: fail, set: fail, delete: fail },
    });
    closed.set(update.key, clock.now() + 1_000);
    join('a', update).need(final(update), 1);
    await clock.advance(3_000);
    expect(calls).toHaveLength(2);
    await pacer.stop();
  });
});

describe('choosing between lanes', () => {
  it('counts those who wait to begin, so that a free start is promised once', () => {
    const { join, pacer } = createWorld();
    const start = lane('slack:T1:chat.startStream', 20);
    for (let index = 0; index < 20; index += 1) join(`r${index}`, update).need(first(start), 1);
    expect(pacer.view.room(start)).toBe(0);
  });

  it('tells the gap between edits for one reply more', () => {
    const { join, pacer } = createWorld();
    expect(pacer.view.tau(update, 1)).toBeLessThan(250);
    for (let index = 0; index < 9; index += 1) join(`r${index}`, update);
    expect(pacer.view.tau(update, 1)).toBeGreaterThan(1_000);
  });

  it('counts a reply in the lane that it edits by now', () => {
    const { join, pacer } = createWorld();
    const append = lane('slack:T1:chat.appendStream', 100);
    const before = pacer.view.tau(append);
    const replies = Array.from({ length: 9 }, (_, index) => join(`r${index}`, update));
    for (const reply of replies) reply.need({ ...first(post('C1')), edit: append }, 1);
    expect(pacer.view.tau(append)).toBeGreaterThan(3 * before);
    expect(pacer.view.tau(update)).toBeLessThan(250);
  });
});

describe('a platform that says its limits in headers', () => {
  const edits = (channel: number): Lane => lane(`discord:${channel}:edit`, 60, 5);

  it('is believed: three calls a window instead of five', async () => {
    const { clock, join, pacer, times } = createWorld();
    const reply = join('a', edits(1));
    pacer.limit(edits(1), { limit: 3, remaining: 3, resetAfterMs: 6_000 });
    reply.need(edit(edits(1)));
    await clock.advance(6_000);
    expect(times.length).toBeLessThanOrEqual(3);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  it('gets at most 49 calls of all lanes in any second', async () => {
    const { clock, join, times } = createWorld();
    for (let index = 0; index < 160; index += 1)
      join(`r${index}`, edits(index)).need(index % 2 ? edit(edits(index)) : final(edits(index)), 1);
    await clock.advance(15_000);
    expect(times).toHaveLength(160);
    for (const [index, time] of times.entries())
      expect(times.slice(index).filter((other) => other < time + 1_000).length).toBeLessThanOrEqual(49);
  });

  it('makes fewer calls everywhere after a limit on all of them, finals before edits that wait longer', async () => {
    const { clock, join, calls, closed, pacer } = createWorld();
    closed.set('discord:global', clock.now() + 10_000);
    join('first', edits(999)).need(final(edits(999)), 1);
    for (let index = 0; index < 60; index += 1) join(`e${index}`, edits(index)).need(edit(edits(index)), 1);
    await clock.advance(9_000);
    for (let index = 0; index < 60; index += 1)
      join(`f${index}`, edits(100 + index)).need(final(edits(100 + index)), 1);
    expect(calls).toEqual(['first edit']);
    expect(pacer.view.room(edits(999))).toBe(4);
    await clock.advance(1_070);
    // 48 slots became 38.
    expect(calls).toHaveLength(1 + 38);
    await clock.advance(20_000);
    expect(calls).toHaveLength(2 + 120);
    expect(calls.slice(1, 62).every((call) => call.startsWith('f'))).toBe(true);
  });
});

describe('when replies leave', () => {
  it('no timer stays and no call is made', async () => {
    const { clock, join, calls, pacer } = createWorld();
    await drain({ clock, join, calls, pacer, times: [], closed: new Map(), limited: [] }, update);
    const replies = ['a', 'b'].map((name) => join(name, update));
    for (const reply of replies) reply.need(edit(update));
    expect(clock.timers()).toBe(1);
    for (const reply of replies) reply.leave();
    expect(clock.timers()).toBe(0);
    await clock.advance(60_000);
    expect(calls).toEqual([]);
  });

  it('forgets a lane that was idle for ten minutes', async () => {
    let asked = 0;
    const store = {
      get: async () => {
        asked += 1;
        return undefined;
      },
      set: async () => {},
      delete: async () => {},
    };
    const { clock, join } = createWorld({ store });
    join('a', update).leave();
    await clock.advance(11 * 60_000);
    join('b', post('C1')).leave();
    join('c', update).leave();
    expect(asked).toBe(3);
  });

  it('stop() waits for the calls under way and starts no more', async () => {
    const { clock, join, calls, pacer } = createWorld();
    const reply = join('a', update);
    reply.need(final(update));
    await clock.advance(10);
    let isStopped = false;
    const stopped = pacer.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(10);
    expect(isStopped).toBe(false);
    await clock.advance(200);
    await stopped;
    expect(calls).toHaveLength(1);
    expect(clock.timers()).toBe(0);
  });
});
