// Owns how long calls and waits of a reply may still take when the process is to end: a call that hangs must not keep the final edit from
// being tried, and nothing keeps the process beyond its time. Must not know which calls they are.

import type { Clock } from '../clock.ts';
import { BotError } from '../errors.ts';

/** From the moment at which the process is to end: a call that hangs by then is not waited for, so that there is time for another try. */
const HANGING_MS = 1_500;
/** From the same moment: nothing is waited for any more. Within the time that the process gives its last edits (main.ts). */
const LAST_MS = 3_500;
/** From the same moment: the wait before another try. */
const AGAIN_MS = 200;

export interface Patience {
  /** What the call comes to; `platform-unavailable` where patience ended first: it may be applied or not. */
  wait<T>(call: Promise<T>): Promise<T>;
  /** Resolves after so long, or as soon as the process is to end. */
  pause(ms: number): Promise<void>;
  /** The process is to end. `onOver`: nothing is waited for any more. */
  end(onOver: () => void): void;
  /** How long to wait in place of `ms`. */
  toWait(ms: number): number;
  /** The process is to end: a call that fails is not made again later. */
  isEnding(): boolean;
  /** Nothing is waited for any more. */
  isOver(): boolean;
}

export function createPatience(clock: Clock): Patience {
  let stage: 'calm' | 'ending' | 'over' = 'calm';
  const calls = new Set<(error: BotError) => void>();
  const pauses = new Set<() => void>();
  const toHanging = () =>
    new BotError('platform-unavailable', 'the platform did not answer before the process had to stop');
  const giveUp = (): void => {
    for (const reject of [...calls]) reject(toHanging());
  };

  return {
    wait(call) {
      let leave = (): void => undefined;
      const givenUp = new Promise<never>((_, reject) => {
        calls.add(reject);
        leave = () => void calls.delete(reject);
        if (stage === 'over') reject(toHanging());
      });
      return Promise.race([call, givenUp]).finally(() => leave());
    },
    pause(ms) {
      if (stage !== 'calm') return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          pauses.delete(wake);
          cancel();
          resolve();
        };
        const cancel = clock.after(ms, wake);
        pauses.add(wake);
      });
    },
    end(onOver) {
      if (stage !== 'calm') return;
      stage = 'ending';
      for (const wake of [...pauses]) wake();
      clock.after(HANGING_MS, giveUp);
      clock.after(LAST_MS, () => {
        stage = 'over';
        giveUp();
        onOver();
      });
    },
    toWait: (ms) => (stage === 'calm' ? ms : Math.min(ms, AGAIN_MS)),
    isEnding: () => stage !== 'calm',
    isOver: () => stage === 'over',
  };
}
