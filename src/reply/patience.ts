// Owns how long an edit's answer is waited for when the process is to end: a call that hangs must not keep the final edit from being tried.
// Must not know which edit it is.

import type { Clock } from '../clock.ts';
import { BotError } from '../errors.ts';

const HURRY_MS = 1_500;

export interface Patience {
  /** What the call comes to; `platform-unavailable` where patience ended first: it may be applied or not. */
  wait<T>(call: Promise<T>): Promise<T>;
  /** From a moment on, the call under way is not waited for; returns what takes that back. */
  end(): () => void;
}

export function createPatience(clock: Clock): Patience {
  let giveUp: ((error: BotError) => void) | undefined;
  const toHanging = () =>
    new BotError('platform-unavailable', 'the platform did not answer before the process had to stop');

  return {
    wait(call) {
      const givenUp = new Promise<never>((_, reject) => {
        giveUp = reject;
      });
      return Promise.race([call, givenUp]).finally(() => {
        giveUp = undefined;
      });
    },
    end: () => clock.after(HURRY_MS, () => giveUp?.(toHanging())),
  };
}
