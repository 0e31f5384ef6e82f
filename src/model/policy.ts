// Owns what is done after a failed attempt: again after how long, at the other provider, or no more. Pure: no waiting, no sockets.

import { type BotError, isRetryable } from '../errors.ts';

/** Attempts without a visible word, on one provider, before it is given up. */
const maxAttempts = 3;
/** How often one answer may break off and go on. */
export const maxContinuations = 2;
/** Backoff: full jitter below `base` doubled for each attempt, at most `most`. */
const baseBackoffMs = 500;
const mostBackoffMs = 8000;

export interface Situation {
  readonly error: BotError;
  /** Attempts without a visible word so far, this one included; 0 after one that brought some. */
  readonly fruitless: number;
  /** Time since the first failure after the last visible word, in milliseconds; waits and attempts share one budget. */
  readonly spentMs: number;
  readonly budgetMs: number;
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
  error.code === 'tls-failed';

export function decide({ error, fruitless, spentMs, budgetMs, hasFallback, random }: Situation): Move {
  const otherwise: Move =
    hasFallback && isElsewhereBetter(error) ? { type: 'fallback' } : { type: 'give-up' };
  // Who has waited out the whole first-token limit is not asked to do so again.
  const isWorthIt = isRetryable(error) && error.code !== 'first-token-timeout';
  if (!isWorthIt || fruitless >= maxAttempts) return otherwise;
  const backoffMs = random() * Math.min(mostBackoffMs, baseBackoffMs * 2 ** Math.max(0, fruitless - 1));
  const waitMs = Math.round(Math.max(backoffMs, error.retryAfterMs ?? 0));
  return spentMs + waitMs >= budgetMs ? otherwise : { type: 'again', waitMs };
}
