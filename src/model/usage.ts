// Owns token counts: what providers say of them, what is believed of that, and what stands in where they say nothing.
// Must not know streams or prices.

import { estimateParts, estimateTokens, MESSAGE_TOKENS } from '../tokens.ts';
import type { Prompt, Usage } from './types.ts';
import { type Fields, isRecord } from './wire-error.ts';

/** What a provider told: a count is left out where it gave none, or none that can be. */
export type ToldUsage = { readonly [Count in 'prompt' | 'cached' | 'completion' | 'reasoning']?: number };

/** No request takes more: the largest context on offer holds a few million tokens. */
const TOKENS_MAX = 10_000_000;

/** The first of the objects that is one; undefined where none is, or where nothing in it can be believed. */
export function parseUsage(candidates: readonly unknown[]): ToldUsage | undefined {
  const usage = candidates.find(isRecord);
  if (usage === undefined) return undefined;
  const promptDetails = fieldsOf(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const completionDetails = fieldsOf(usage.completion_tokens_details ?? usage.output_tokens_details);
  const prompt = firstCount(usage.prompt_tokens, usage.input_tokens);
  const told = firstCount(usage.completion_tokens, usage.output_tokens);
  const thoughts = firstCount(completionDetails.reasoning_tokens, usage.reasoning_tokens) ?? 0;
  const cached = firstCount(
    promptDetails.cached_tokens,
    usage.prompt_cache_hit_tokens,
    promptDetails.prompt_cache_hit_tokens,
    usage.cached_tokens,
  );
  if (prompt === undefined && told === undefined) return undefined;
  // xAI counts reasoning beside the completion instead of within it; its total tells.
  const isBeside =
    thoughts > 0 &&
    prompt !== undefined &&
    told !== undefined &&
    prompt + told + thoughts === usage.total_tokens;
  const completion = isBeside ? told + thoughts : told;
  return {
    ...(prompt === undefined ? {} : { prompt, cached: Math.min(cached ?? 0, prompt) }),
    ...(completion === undefined ? {} : { completion, reasoning: Math.min(thoughts, completion) }),
  };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function firstCount(...values: readonly unknown[]): number | undefined {
  for (const value of values) {
    const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
    if (typeof count === 'number' && count >= 0 && count <= TOKENS_MAX) return Math.round(count);
  }
  return undefined;
}

/** One attempt: what it was sent, what came of it, and what the provider counted. */
export interface Taken {
  readonly told: ToldUsage | undefined;
  /** Estimates, made only where they are needed: of what was asked, and of what came. */
  readonly asked: () => number;
  readonly text: () => number;
  readonly reasoning: () => number;
}

/** What is known is counted, what is not is estimated; `isEstimate` says whether anything was. */
export function toUsage({ told = {}, asked, text, reasoning }: Taken): Usage {
  const { prompt, cached = 0, completion } = told;
  // A first chunk often tells the prompt, and nothing of an answer that has yet to come; some servers never tell more.
  const isTold = completion !== undefined && (completion > 0 || text() + reasoning() === 0);
  const thoughts = isTold ? (told.reasoning ?? 0) : reasoning();
  return {
    prompt: prompt ?? asked(),
    cached,
    completion: isTold ? completion : text() + thoughts,
    reasoning: thoughts,
    ...(prompt === undefined || !isTold ? { isEstimate: true as const } : {}),
  };
}

export function estimatePrompt({ messages }: Prompt): number {
  return messages.reduce((sum, { content }) => {
    const tokens = typeof content === 'string' ? estimateTokens(content) : estimateParts(content);
    return sum + tokens + MESSAGE_TOKENS;
  }, 0);
}
