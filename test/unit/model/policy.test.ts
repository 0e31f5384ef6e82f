import { describe, expect, it } from 'vitest';
import { BotError, type ErrorCode } from '../../../src/errors.ts';
import { decide, type Situation } from '../../../src/model/policy.ts';
import { createProvider, parseConcurrencyLimit } from '../../../src/model/provider.ts';

const failed = (code: ErrorCode, more: Partial<Situation> = {}, retryAfterMs?: number) =>
  decide({
    error: new BotError(code, 'x', { retryAfterMs }),
    fruitless: 1,
    spentMs: 0,
    budgetMs: 60_000,
    hasFallback: false,
    random: () => 1,
    ...more,
  });

describe('what is done after a failure', () => {
  it('is to wait longer each time, with full jitter', () => {
    expect(failed('overloaded')).toEqual({ type: 'again', waitMs: 500 });
    expect(failed('overloaded', { fruitless: 2 })).toEqual({ type: 'again', waitMs: 1000 });
    expect(failed('overloaded', { fruitless: 2, random: () => 0.25 })).toEqual({
      type: 'again',
      waitMs: 250,
    });
    expect(failed('overloaded', {}, 2500)).toEqual({ type: 'again', waitMs: 2500 });
  });

  it('is to stop after three attempts, at the end of the budget, and where nothing will change', () => {
    expect(failed('overloaded', { fruitless: 3 })).toEqual({ type: 'give-up' });
    expect(failed('overloaded', { spentMs: 59_600 })).toEqual({ type: 'give-up' });
    expect(failed('rate-limited', {}, 60_000)).toEqual({ type: 'give-up' });
    expect(failed('unauthorized')).toEqual({ type: 'give-up' });
    expect(failed('first-token-timeout')).toEqual({ type: 'give-up' });
  });

  it('is to go elsewhere where the first is down, empty or over its limit', () => {
    for (const code of ['no-balance', 'name-not-found', 'tls-failed', 'first-token-timeout'] as const) {
      expect(failed(code, { hasFallback: true })).toEqual({ type: 'fallback' });
    }
    expect(failed('connect-failed', { hasFallback: true, fruitless: 3 })).toEqual({ type: 'fallback' });
    expect(failed('bad-request', { hasFallback: true })).toEqual({ type: 'give-up' });
  });
});

describe('how a provider continues an answer', () => {
  it.each([
    ['https://api.deepseek.com', 'x', 'prefix'],
    ['https://api.mistral.ai/v1', 'x', 'prefix'],
    ['http://localhost:8000/v1', 'deepseek-ai/DeepSeek-V4', 'prefix'],
    ['http://localhost:8000/v1', 'org/deepseek-v4', 'prefix'],
    ['https://api.openai.com/v1', 'gpt', 'prompted'],
  ])('is known by address or model: %s with %s by %s', (baseUrl, model, mode) => {
    expect(createProvider({ baseUrl, model }).resumeMode()).toBe(mode);
    expect(createProvider({ baseUrl, model }, 'none').resumeMode()).toBe('none');
  });
});

it.each([
  [
    'Your current concurrency is 40, which exceeds your concurrency limit of 39 based on your remaining balance.',
    39,
  ],
  ['Too many concurrent requests: limit of 5 concurrent requests', 5],
  ['Rate limit reached for TPM: limit 5000', undefined],
])('"%s" names %s', (message, limit) => {
  expect(parseConcurrencyLimit(message)).toBe(limit);
});
