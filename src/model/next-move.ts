// Owns what comes after an attempt: the answer is whole, it is asked again, gone on with, asked of the other provider, or given up.
// Pure: what happened so far goes in, what to do goes out. No waiting, no sockets, no chance but the one that it is given.

import { BotError } from '../errors.ts';
import { decide, maxContinuations } from './retry-policy.ts';
import type { FinishReason } from './types.ts';

/** What one attempt came to. */
export type Outcome =
  | {
      readonly type: 'whole';
      readonly reason: FinishReason;
      /** The answer holds more than blank space, over all its attempts. */
      readonly hasText: boolean;
      readonly hasReasoning: boolean;
    }
  | {
      readonly type: 'failed';
      readonly error: BotError;
      /** This attempt brought words. */
      readonly hasNewText: boolean;
      /** Of what it took, in milliseconds. */
      readonly tookMs: number;
      /** The provider is asked in another way from now on, so that the same question is worth asking at once. */
      readonly isLearnt: boolean;
    };

/** All that earlier attempts left behind. */
export interface History {
  readonly provider: 'first' | 'second';
  /** Whether the model is asked to think. */
  readonly thinking: boolean;
  /** Attempts without a visible word since the last that brought one. */
  readonly fruitless: number;
  /** Attempts that failed and were told. */
  readonly retries: number;
  readonly breaks: number;
  /** Of this provider's budget, in milliseconds: its waits, and its attempts that brought nothing after a first failure. */
  readonly spentMs: number;
  /** Something has failed at this provider: the budget is counted from there. */
  readonly hasFailed: boolean;
  readonly hasRetriedEmpty: boolean;
}

/** What holds at the provider that was asked last. */
export interface Circumstances {
  readonly budgetMs: number;
  /** Another provider can be asked after this one. */
  readonly hasOther: boolean;
  /** A broken answer can be gone on with. */
  readonly goesOn: boolean;
  /** Below 1, at least 0. */
  readonly chance: number;
}

export type Move =
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'give-up'; readonly error: BotError }
  /** The same question at once, in another way: no failure that anybody is told of. */
  | {
      readonly type: 'ask-differently';
      readonly why: 'empty' | 'another-way' | 'without-thinking';
      readonly history: History;
    }
  /** After `waitMs`; words of this attempt were shown where it is `go-on`. */
  | { readonly type: 'again' | 'go-on'; readonly waitMs: number; readonly history: History }
  | { readonly type: 'other-provider'; readonly hasNewText: boolean; readonly history: History };

export function toFirstHistory(thinking: boolean): History {
  return {
    ...{ provider: 'first', thinking, fruitless: 0, retries: 0, breaks: 0 },
    ...{ spentMs: 0, hasFailed: false, hasRetriedEmpty: false },
  };
}

export function nextMove(history: History, outcome: Outcome, at: Circumstances): Move {
  return outcome.type === 'whole' ? afterWhole(history, outcome) : afterFailure(history, outcome, at);
}

export const NO_WORD = 'The model ended its answer without a word of text';

function afterWhole(history: History, outcome: Extract<Outcome, { type: 'whole' }>): Move {
  if (outcome.reason !== 'stop' || outcome.hasText) return { type: 'finish', reason: outcome.reason };
  if (history.hasRetriedEmpty)
    return { type: 'give-up', error: new BotError('empty-answer', NO_WORD, { where: 'model' }) };
  // What was thought for so long that nothing was left to say is asked without.
  const thinking = history.thinking && !outcome.hasReasoning;
  return { type: 'ask-differently', why: 'empty', history: { ...history, thinking, hasRetriedEmpty: true } };
}

function afterFailure(
  history: History,
  outcome: Extract<Outcome, { type: 'failed' }>,
  at: Circumstances,
): Move {
  const { error, hasNewText } = outcome;
  const breaks = history.breaks + (hasNewText ? 1 : 0);
  if (hasNewText && (breaks > maxContinuations || !at.goesOn)) return { type: 'give-up', error };
  if (!hasNewText && outcome.isLearnt) return { type: 'ask-differently', why: 'another-way', history };
  if (!hasNewText && history.thinking && isThoughtMissing(error))
    return { type: 'ask-differently', why: 'without-thinking', history: { ...history, thinking: false } };

  const fruitless = hasNewText ? 0 : history.fruitless + 1;
  // An attempt that brought words was no waste, and the first failure is what the budget is counted from.
  const spentMs = history.spentMs + (history.hasFailed && !hasNewText ? outcome.tookMs : 0);
  const { budgetMs, hasOther: hasFallback, chance } = at;
  const move = decide({ error, fruitless, spentMs, budgetMs, hasFallback, random: () => chance });
  if (move.type === 'give-up') return { type: 'give-up', error };
  const failed: History = { ...history, fruitless, breaks, retries: history.retries + 1, hasFailed: true };
  if (move.type === 'again') {
    const spent = { ...failed, spentMs: spentMs + move.waitMs };
    return { type: hasNewText ? 'go-on' : 'again', waitMs: move.waitMs, history: spent };
  }
  const fresh = { provider: 'second' as const, fruitless: 0, spentMs: 0, hasFailed: false };
  return { type: 'other-provider', hasNewText, history: { ...failed, ...fresh } };
}

/** A conversation whose earlier answers were given without thinking cannot always go on with it. */
function isThoughtMissing(error: BotError): boolean {
  return error.code === 'bad-request' && error.message.includes('reasoning_content');
}
