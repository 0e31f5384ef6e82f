// Owns how many calls of one reading method may still be made: its documented rate, and what a 429 says. Nothing here waits.
// Must not know what is read.

import { WebAPIRateLimitedError } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';

/** Of the documented rate: uneven round trips bring 429s at the whole of it. */
const GUARD = 0.98;

export interface Allowance {
  /** Counts a call, where one may be made. */
  take(): boolean;
  /** Counts a call that is made in any case. */
  spend(): void;
  /** A call has failed; after a 429 none may be made for as long as Slack says. */
  failed(error: unknown): void;
  /** How long that goes on. */
  closedMs(): number;
}

export function createAllowance(clock: Clock, perMinute: number): Allowance {
  /** Calls that may be made at once, as it was at `countedAt`. */
  let credit = perMinute;
  let countedAt = clock.monotonic();
  let closedUntil = Number.NEGATIVE_INFINITY;

  const count = (): void => {
    const now = clock.monotonic();
    credit = Math.min(perMinute, credit + (Math.max(0, now - countedAt) * GUARD * perMinute) / 60_000);
    countedAt = Math.max(countedAt, now);
  };

  return {
    take() {
      count();
      if (closedUntil > clock.monotonic() || credit < 1) return false;
      credit -= 1;
      return true;
    },
    spend() {
      count();
      credit = Math.max(0, credit - 1);
    },
    failed(error) {
      if (!(error instanceof WebAPIRateLimitedError)) return;
      closedUntil = Math.max(closedUntil, clock.monotonic() + Math.max(1, error.retryAfter) * 1000);
      // It held less than was thought: when it opens again, it holds one call.
      credit = 1;
      countedAt = closedUntil;
    },
    closedMs: () => Math.max(0, closedUntil - clock.monotonic()),
  };
}
