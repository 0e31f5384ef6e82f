// How token counts are added up and estimated: by one measure, wherever that is done.

import { describe, expect, it } from 'vitest';
import { addUsage, estimateParts, estimateTokens } from '../../src/tokens.ts';

const taken = { prompt: 10, cached: 4, completion: 7, reasoning: 2 };

describe('what attempts have taken', () => {
  it('is added up count by count', () => {
    expect(addUsage(taken, taken)).toEqual({ prompt: 20, cached: 8, completion: 14, reasoning: 4 });
  });

  it('is an estimate where any of it is', () => {
    const guessed = { ...taken, isEstimate: true } as const;
    expect(addUsage(taken, guessed)?.isEstimate).toBe(true);
    expect(addUsage(guessed, taken)?.isEstimate).toBe(true);
  });

  it('is what is known of it where one side told nothing', () => {
    expect(addUsage(taken, undefined)).toEqual(taken);
    expect(addUsage(undefined, taken)).toEqual(taken);
    expect(addUsage(undefined, undefined)).toBeUndefined();
  });
});

describe('the estimate of a text', () => {
  it('is higher for Chinese than for Latin characters', () => {
    expect(estimateTokens('word '.repeat(20))).toBe(30);
    expect(estimateTokens('流式传输的优点'.repeat(10))).toBe(42);
  });

  it('counts an image as a thousand', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const;
    expect(estimateParts([{ type: 'text', text: 'word '.repeat(20) }, image, image])).toBe(2030);
    expect(estimateParts([])).toBe(0);
  });
});
