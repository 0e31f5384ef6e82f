// Owns Discord's rate limits: fixed windows a bucket and channel, the global one, and the headers that tell of them.
// Knows nothing of what a call does.

import { createHash } from 'node:crypto';
import type { Clock } from '../../../src/clock.ts';
import type { DiscordServerOptions } from './types.ts';

export type Headers = Readonly<Record<string, string>>;

export interface RateLimitAnswer {
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Taken =
  | { readonly ok: true; readonly headers: Headers }
  | { readonly ok: false; readonly answer: RateLimitAnswer };

/** Which bucket a route draws from. Numbers are not published (docs: topics/rate-limits); see `bucketSizes`. */
export type BucketName =
  | 'create'
  | 'edit'
  | 'delete'
  | 'typing'
  | 'reaction'
  | 'thread'
  | 'read'
  | 'other'
  | 'interaction';

interface Window {
  opened: number;
  used: number;
}

/** 429 as Discord forms it (docs: topics/rate-limits, "Exceeding A Rate Limit"): Retry-After in whole seconds, retry_after in parts of one. */
export function toRateLimitAnswer(
  retryAfterMs: number,
  scope: 'user' | 'shared' | 'global',
  headers: Headers = {},
): RateLimitAnswer {
  const global = scope === 'global';
  return {
    headers: {
      ...headers,
      'retry-after': String(Math.ceil(retryAfterMs / 1000)),
      'x-ratelimit-scope': scope,
      ...(global ? { 'x-ratelimit-global': 'true' } : {}),
    },
    body: { message: 'You are being rate limited.', retry_after: retryAfterMs / 1000, global },
  };
}

export function createLimits(clock: Clock, options: DiscordServerOptions) {
  const windowMs = options.windowMs ?? 5_000;
  const editsPerWindow = options.editsPerWindow ?? 5;
  const globalPerSecond = options.globalPerSecond ?? 50;
  const bucketSizes: Readonly<Record<BucketName, { limit: number; windowMs: number }>> = {
    // Observed: 5 in 5 s a channel, creating and editing apart (platforms.md 2.1).
    create: { limit: editsPerWindow, windowMs },
    edit: { limit: editsPerWindow, windowMs },
    delete: { limit: 5, windowMs: 1_000 },
    typing: { limit: 5, windowMs: 5_000 },
    reaction: { limit: 1, windowMs: 250 },
    // Not published; reported as 50 in 5 minutes a channel.
    thread: { limit: options.threadsPer5Min ?? 50, windowMs: 300_000 },
    read: { limit: 5, windowMs: 1_000 },
    other: { limit: 50, windowMs: 1_000 },
    interaction: { limit: 5, windowMs: 1_000 },
  };
  const windows = new Map<string, Window>();
  let global: Window = { opened: Number.NEGATIVE_INFINITY, used: 0 };

  function headersOf(name: BucketName, limit: number, remaining: number, resetAfterMs: number): Headers {
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-reset': ((clock.now() + resetAfterMs) / 1000).toFixed(3),
      'x-ratelimit-reset-after': (resetAfterMs / 1000).toFixed(3),
      'x-ratelimit-bucket': createHash('md5').update(name).digest('hex'),
    };
  }

  /** Counts one call. The window is fixed and opens with its first call. */
  function take(name: BucketName, major: string): Taken {
    const { limit, windowMs: length } = bucketSizes[name];
    if (options.limits === 'off') return { ok: true, headers: headersOf(name, 1_000, 999, 1_000) };
    const now = clock.now();
    // 50 a second for the bot in all; interaction endpoints are exempt (docs: topics/rate-limits, "Global Rate Limit").
    if (name !== 'interaction') {
      if (now - global.opened >= 1_000) global = { opened: now, used: 0 };
      if (global.used >= globalPerSecond) {
        return { ok: false, answer: toRateLimitAnswer(global.opened + 1_000 - now, 'global') };
      }
      global.used += 1;
    }
    const key = `${name}:${major}`;
    const current = windows.get(key);
    const window =
      current === undefined || now - current.opened >= length ? { opened: now, used: 0 } : current;
    windows.set(key, window);
    const resetAfterMs = window.opened + length - now;
    if (window.used >= limit) {
      return {
        ok: false,
        answer: toRateLimitAnswer(resetAfterMs, 'user', headersOf(name, limit, 0, resetAfterMs)),
      };
    }
    window.used += 1;
    return { ok: true, headers: headersOf(name, limit, limit - window.used, resetAfterMs) };
  }

  return { take };
}

/** Edits of messages older than an hour, counted a channel. */
export function createOldEdits(clock: Clock) {
  // The number is not published (discord-api-docs#4413); reported by others as 3 in 20 s a channel.
  const limit = 3;
  const lengthMs = 20_000;
  const windows = new Map<string, Window>();
  return {
    /** Milliseconds until the next such edit is allowed; 0 when this one is. */
    take(channel: string): number {
      const now = clock.now();
      const current = windows.get(channel);
      const window =
        current === undefined || now - current.opened >= lengthMs ? { opened: now, used: 0 } : current;
      windows.set(channel, window);
      if (window.used >= limit) return window.opened + lengthMs - now;
      window.used += 1;
      return 0;
    },
  };
}
