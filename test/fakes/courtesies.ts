// Courtesies for tests: one that makes every call at once, and one that spaces them in virtual time as the real limiter does in real time.

import type { Clock } from '../../src/clock.ts';
import type { SpacedExecutor } from '../../src/pacing/executor.ts';
import type { Courtesy, Lane } from '../../src/platform.ts';

export const courtesyAtOnce: Courtesy = async (_lane, call) => {
  await call();
  return 'made';
};

interface Job {
  run(): Promise<void>;
  drop(): void;
}

/** One call of a lane at a time, as far apart as its rate says; of those that wait the newest `most` stay. */
export function createVirtualSpacer(clock: Clock, most = 3): SpacedExecutor {
  const lanes = new Map<string, { queue: Job[]; isBusy: boolean; freeAt: number }>();

  const advance = (lane: Lane): void => {
    const state = lanes.get(lane.key);
    const job = state?.isBusy === false ? state.queue.shift() : undefined;
    if (state === undefined || job === undefined) return;
    state.isBusy = true;
    clock.after(Math.max(0, state.freeAt - clock.monotonic()), () => {
      state.freeAt = clock.monotonic() + 60_000 / lane.perMinute;
      void job.run().finally(() => {
        state.isBusy = false;
        advance(lane);
      });
    });
  };

  return (lane, run) =>
    new Promise<void>((resolve, reject) => {
      const state = lanes.get(lane.key) ?? { queue: [], isBusy: false, freeAt: 0 };
      lanes.set(lane.key, state);
      state.queue.push({
        run: () => run().then(resolve, reject),
        drop: () => reject(new Error('dropped')),
      });
      if (state.queue.length > most) state.queue.shift()?.drop();
      advance(lane);
    });
}
