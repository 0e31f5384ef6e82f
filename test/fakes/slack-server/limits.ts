// Owns Slack's rate limits as token buckets: one a method in the workspace, one a channel for posts.
// Must not know what a call does.

import type { Clock } from '../../../src/clock.ts';
import { methods } from './methods.ts';

/**
 * docs.slack.dev/apis/web-api/rate-limits: "one message a second in a channel, short bursts are tolerated" without a number;
 * five is our assumption.
 */
const postBurst = 5;

export interface Limits {
  /** Takes a call's place; returns how many whole seconds to wait when there is none, else 0. */
  take(method: string, channel: unknown): number;
  /** From now on every bucket holds at most this part of its capacity, also those that nobody has asked yet; each fills up from there. */
  drain(part: number): void;
}

export function createLimits(
  clock: Clock,
  burst: number,
  overrides: Readonly<Record<string, number>> | 'off',
): Limits {
  const buckets = new Map<string, { tokens: number; at: number; readonly capacity: number }>();
  let drained: { readonly part: number; readonly at: number } | undefined;
  return {
    drain(part) {
      drained = { part, at: clock.now() };
      for (const bucket of buckets.values()) bucket.tokens = Math.min(bucket.tokens, part * bucket.capacity);
    },
    take(method, channel) {
      if (overrides === 'off') return 0;
      const perMinute = overrides[method] ?? methods[method]?.perMinute;
      if (perMinute === undefined) return 0;
      const perChannel = method === 'chat.postMessage';
      const key = perChannel ? `${method} ${String(channel)}` : method;
      const capacity = perChannel ? postBurst : Math.max(1, perMinute * burst);
      const perMs = perMinute / 60_000;
      const now = clock.now();
      const bucket = buckets.get(key) ?? {
        tokens: capacity * (drained?.part ?? 1),
        at: drained?.at ?? now,
        capacity,
      };
      bucket.tokens = Math.min(capacity, bucket.tokens + (now - bucket.at) * perMs);
      bucket.at = now;
      buckets.set(key, bucket);
      // The tolerance covers sums of fractions that should have reached 1.
      if (bucket.tokens >= 1 - 1e-9) {
        bucket.tokens -= 1;
        return 0;
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000 - 1e-9));
    },
  };
}
