import { describe, expect, it } from 'vitest';
import { BotError, type ErrorCode } from '../../../src/errors.ts';
import { createProvider, parseConcurrencyLimit } from '../../../src/model/provider.ts';
import { decide, type Situation } from '../../../src/model/retry-policy.ts';

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
  it('is to wait longer each time, between half and all of 0.5, 1, 2, 4, 8, 8… seconds', () => {
    for (const [index, whole] of [500, 1000, 2000, 4000, 8000, 8000, 8000].entries()) {
      const fruitless = index + 1;
      expect(failed('overloaded', { fruitless, random: () => 0 })).toEqual({
        type: 'again',
        waitMs: whole / 2,
      });
      expect(failed('overloaded', { fruitless, random: () => 0.5 })).toEqual({
        type: 'again',
        waitMs: (whole * 3) / 4,
      });
      expect(failed('overloaded', { fruitless })).toEqual({ type: 'again', waitMs: whole });
    }
  });

  it('is to wait as long as is asked for, where that fits into the budget', () => {
    expect(failed('overloaded', {}, 2500)).toEqual({ type: 'again', waitMs: 2500 });
    expect(failed('overloaded', { fruitless: 9 }, 1500)).toEqual({ type: 'again', waitMs: 1500 });
    expect(failed('rate-limited', { spentMs: 30_000 }, 29_000)).toEqual({ type: 'again', waitMs: 29_000 });
    expect(failed('rate-limited', { spentMs: 30_000 }, 31_000)).toEqual({ type: 'give-up' });
    expect(failed('rate-limited', { spentMs: 30_000, hasFallback: true }, 31_000)).toEqual({
      type: 'fallback',
    });
    expect(failed('rate-limited', {}, 60_000)).toEqual({ type: 'give-up' });
    expect(failed('rate-limited', {}, Number.POSITIVE_INFINITY)).toEqual({ type: 'give-up' });
  });

  it('is no busy loop where no time is named, or none to speak of', () => {
    for (const named of [0, 1, 200])
      expect(failed('rate-limited', {}, named)).toEqual({ type: 'again', waitMs: 500 });
  });

  it('is to go on until the budget is spent, with a last try at its end', () => {
    expect(failed('overloaded', { fruitless: 30, spentMs: 50_000 })).toEqual({ type: 'again', waitMs: 8000 });
    expect(failed('overloaded', { fruitless: 9, spentMs: 54_000 })).toEqual({ type: 'again', waitMs: 6000 });
    expect(failed('overloaded', { fruitless: 9, spentMs: 57_000 })).toEqual({ type: 'give-up' });
    expect(failed('overloaded', { spentMs: 61_000 })).toEqual({ type: 'give-up' });
    expect(failed('overloaded', { budgetMs: 0 })).toEqual({ type: 'give-up' });
  });

  it('is to leave the first of two providers after three attempts', () => {
    expect(failed('overloaded', { fruitless: 2, hasFallback: true }).type).toBe('again');
    expect(failed('overloaded', { fruitless: 3, hasFallback: true })).toEqual({ type: 'fallback' });
  });

  it.each([
    'unauthorized',
    'bad-request',
    'unknown-model',
    'forbidden',
    'too-large',
    'invalid-parameters',
    'context-too-long',
    'no-balance',
    'first-token-timeout',
    'redirected',
    'tls-failed',
    'tls-expected',
    'stopped',
    'shutdown',
    'total-timeout',
  ] as const)('is to stop at once after %s', (code) => {
    expect(failed(code)).toEqual({ type: 'give-up' });
  });

  it('is to go on at once where words were coming', () => {
    expect(failed('broken-off', { fruitless: 0 })).toEqual({ type: 'again', waitMs: 0 });
    expect(failed('overloaded', { fruitless: 0 })).toEqual({ type: 'again', waitMs: 500 });
    expect(failed('broken-off', { fruitless: 0, spentMs: 60_000 })).toEqual({ type: 'give-up' });
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
