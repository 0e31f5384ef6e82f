// Owns how many wrong tokens came from where. Must not know what a token is.

import type { Clock } from '../../src/clock.ts';

/** Wrong tokens a minute from one address. */
const WRONG_MAX = 10;
const WINDOW_MS = 60_000;
/** Addresses kept in mind: those that were wrong longest ago go first. */
const ADDRESSES = 5_000;

export interface Attempts {
  /** Counts a wrong token; true when there were too many of them from this address within a minute. */
  countWrong(address: string): boolean;
}

export function createAttempts(clock: Clock): Attempts {
  /** When the last wrong ones came, by address; the address that was wrong last stands at the end. */
  const wrong = new Map<string, readonly number[]>();
  return {
    countWrong(address) {
      const now = clock.monotonic();
      const recent = (wrong.get(address) ?? []).filter((at) => at > now - WINDOW_MS);
      wrong.delete(address);
      wrong.set(address, recent.length < WRONG_MAX ? [...recent, now] : recent);
      for (const oldest of wrong.keys()) {
        if (wrong.size <= ADDRESSES) break;
        wrong.delete(oldest);
      }
      return recent.length >= WRONG_MAX;
    },
  };
}
