// A clock that moves on by itself, from timer to timer, whenever nothing is under way: hours pass in the time that the calls take, and a
// slow machine is only slower. What counts as under way is told by whoever starts it.

import type { Clock } from '../../src/clock.ts';
import { createFakeClock } from './clock.ts';

export interface IdleClock extends Clock {
  /** Time stands still until this has come to something. */
  during<T>(work: Promise<T>): Promise<T>;
  stop(): void;
}

/** A wait without end is none that time is moved on for. */
const LONGEST_MS = 24 * 60 * 60_000;

export function createIdleClock(): IdleClock {
  const clock = createFakeClock();
  let underWay = 0;
  let stopped = false;
  const due: number[] = [];

  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const run = async (): Promise<void> => {
    while (!stopped) {
      await turn();
      if (underWay > 0) {
        // Calls need the loop more than this does.
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      const next = due.shift();
      if (next === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
      else if (next >= clock.monotonic()) await clock.advance(next - clock.monotonic());
    }
  };
  void run();

  return {
    now: clock.now,
    monotonic: clock.monotonic,
    after(ms, action) {
      if (ms < LONGEST_MS) {
        const at = clock.monotonic() + Math.max(0, ms);
        let index = due.length;
        while (index > 0 && (due[index - 1] ?? 0) > at) index -= 1;
        if (due[index - 1] !== at) due.splice(index, 0, at);
      }
      return clock.after(ms, action);
    },
    async during(work) {
      underWay += 1;
      try {
        return await work;
      } finally {
        underWay -= 1;
      }
    },
    stop() {
      stopped = true;
    },
  };
}
