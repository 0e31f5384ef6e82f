// Owns what is done after a failed attempt: again after how long, at the other provider, or no more. Pure: no waiting, no sockets.

import { type BotError, isRetryable } from '../errors.ts';

/** Attempts without a visible word, on the first of two providers, before it is left. */
const maxAttempts = 3;
/** How often one answer may break off and go on. */
export const maxContinuations = 2;
/** Waits between attempts: `base` doubled for each, at most `most`, of which the half is drawn by chance. */
const baseBackoffMs = 500;
const mostBackoffMs = 8000;
/** A time that the other side names is taken as it is from here; a shorter one would be a busy loop. */
const leastNamedMs = 1000;

export interface Situation {
  readonly error: BotError;
  /** Attempts without a visible word so far, this one included; 0 after one that brought some. */
  readonly fruitless: number;
  /** What of this provider's budget was used: its waits, and its attempts that brought nothing after a first failure; in milliseconds. */
  readonly spentMs: number;
  readonly budgetMs: number;
  /** Another provider can be asked after this one. */
  readonly hasFallback: boolean;
  readonly random: () => number;
}

export type Move =
  | { readonly type: 'again'; readonly waitMs: number }
  | { readonly type: 'fallback' }
  | { readonly type: 'give-up' };

// The first provider is down, out of balance, or over its limit. A wrong key or model is the operator's to mend, not to be hidden.
const isElsewhereBetter = (error: BotError): boolean =>
  isRetryable(error) ||
  error.code === 'no-balance' ||
  error.code === 'name-not-found' ||
  error.code === 'tls-failed' ||
  error.code === 'tls-expected' ||
  error.code === 'redirected';

export function decide({ error, fruitless, spentMs, budgetMs, hasFallback, random }: Situation): Move {
  const otherwise: Move =
    hasFallback && isElsewhereBetter(error) ? { type: 'fallback' } : { type: 'give-up' };
  // Who has waited out the whole first-token limit is not asked to do so again.
  const isWorthIt = isRetryable(error) && error.code !== 'first-token-timeout';
  if (!isWorthIt || (hasFallback && fruitless >= maxAttempts)) return otherwise;
  const leftMs = budgetMs - spentMs;
  // Words were coming until just now: to go on is no retry, and is done at most `maxContinuations` times.
  if (fruitless === 0 && isBreak(error) && leftMs > 0) return { type: 'again', waitMs: 0 };
  const waitMs = toWait(error.retryAfterMs ?? 0, fruitless, leftMs, random);
  return waitMs === undefined ? otherwise : { type: 'again', waitMs };
}

/** The connection or the stream broke, and the server has not said that it wants to be left alone. */
function isBreak({ code, retryAfterMs }: BotError): boolean {
  return (
    (code === 'broken-off' || code === 'malformed-stream' || code === 'stalled') && retryAfterMs === undefined
  );
}

/** How long to wait, within what is left; undefined where no wait fits into it. */
function toWait(
  namedMs: number,
  fruitless: number,
  leftMs: number,
  random: () => number,
): number | undefined {
  const wholeMs = Math.min(mostBackoffMs, baseBackoffMs * 2 ** Math.max(0, fruitless - 1));
  if (namedMs >= leastNamedMs) return namedMs < leftMs ? Math.ceil(namedMs) : undefined;
  const halfMs = wholeMs / 2;
  // Near the end of the budget less is drawn from, so that its last attempt is made.
  const mostMs = Math.min(wholeMs, leftMs);
  return mostMs < halfMs ? undefined : Math.floor(halfMs + random() * (mostMs - halfMs));
}
