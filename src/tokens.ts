// Owns how token counts are added up and estimated, for a draft, a prompt's budget and a provider that does not count.
// Must not know streams, providers or prices.

import type { ContentPart, Usage } from './model/types.ts';

/** A role and its marks. */
export const MESSAGE_TOKENS = 4;
/** An order of magnitude: no two providers agree. */
const IMAGE_TOKENS = 1_000;

/** Undefined only where both are. */
export function addUsage(sum: Usage | undefined, more: Usage | undefined): Usage | undefined {
  if (sum === undefined || more === undefined) return sum ?? more;
  return {
    prompt: sum.prompt + more.prompt,
    cached: sum.cached + more.cached,
    completion: sum.completion + more.completion,
    reasoning: sum.reasoning + more.reasoning,
    ...(sum.isEstimate || more.isEstimate ? { isEstimate: true as const } : {}),
  };
}

/** A rough upper estimate: DeepSeek's documentation gives about 0.3 tokens for a Latin character and 0.6 for a Chinese one. */
export function estimateTokens(text: string): number {
  const wide = text.match(/[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]/g)?.length ?? 0;
  return Math.ceil((text.length - wide) * 0.3 + wide * 0.6);
}

export function estimateParts(parts: readonly ContentPart[]): number {
  return parts.reduce(
    (sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text) : IMAGE_TOKENS),
    0,
  );
}
