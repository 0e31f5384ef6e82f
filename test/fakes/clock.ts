// A clock that stands still until a test moves it, so that a test of a minute takes milliseconds.

import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on by `ms`; timers run in order of their time, and promises are let settle after each of them. */
  advance(ms: number): Promise<void>;
  /** How many timers are set. */
  timers(): number;
  /** Sets the wall clock back or forth by `ms`; no timer runs, and no duration changes. */
  step(ms: number): void;
}

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** `startAt`: milliseconds since the epoch. */
export function createFakeClock(startAt = Date.UTC(2026, 0, 1)): FakeClock {
  let now = startAt;
  /** How far the wall clock was set away from the time that has passed. */
  let stepped = 0;
  /** Sorted by time; those of one time stay in the order in which they were set. */
  const timers: Timer[] = [];

  return {
    now: () => now + stepped,
    monotonic: () => now,
    timers: () => timers.length,
    step(ms) {
      stepped += ms;
    },
    after(ms, action) {
      const timer: Timer = { at: now + Math.max(0, ms), action };
      let index = timers.length;
      while (index > 0 && (timers[index - 1]?.at ?? 0) > timer.at) index -= 1;
      timers.splice(index, 0, timer);
      return () => {
        const place = timers.indexOf(timer);
        if (place >= 0) timers.splice(place, 1);
      };
    },
    async advance(ms) {
      const end = now + ms;
      await settlePromises();
      for (;;) {
        const timer = timers[0];
        if (timer === undefined || timer.at > end) break;
        timers.shift();
        now = timer.at;
        timer.action();
        await settlePromises();
      }
      now = end;
    },
  };
}

/** setImmediate runs when no microtask is left, however long the chain of promises was. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
