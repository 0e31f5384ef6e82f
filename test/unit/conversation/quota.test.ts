import { describe, expect, it } from 'vitest';
import { toCost } from '../../../src/conversation/cost.ts';
import { createQuota } from '../../../src/conversation/quota.ts';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createFakeClock } from '../../fakes/clock.ts';

const ann = { id: 'U1', name: 'Ann' };
const bob = { id: 'U2', name: 'Bob' };
const place = { platform: 'slack', scope: 'T', channel: 'C', direct: false };

function open(rules: { dailyTokens?: number; dailyTokensTotal?: number }) {
  const clock = createFakeClock(Date.UTC(2026, 0, 1, 22));
  return { clock, quota: createQuota(rules, createMemoryStore(clock), clock) };
}

describe('a quota of tokens a day', () => {
  it('lets a person ask until it is used up, and again after midnight UTC', async () => {
    const { clock, quota } = open({ dailyTokens: 100 });
    expect(await quota.spentUntil(ann, place)).toBeUndefined();
    await quota.add(ann, place, 100);
    expect(await quota.spentUntil(ann, place)).toBe(Date.UTC(2026, 0, 2));
    expect(await quota.spentUntil(bob, place)).toBeUndefined();
    await clock.advance(2 * 60 * 60_000);
    expect(await quota.spentUntil(ann, place)).toBeUndefined();
  });

  it('counts all together where that is limited', async () => {
    const { quota } = open({ dailyTokensTotal: 100 });
    await quota.add(ann, place, 60);
    await quota.add(bob, place, 60);
    expect(await quota.spentUntil(ann, place)).toBe(Date.UTC(2026, 0, 2));
  });

  it('tells once that four fifths are used, and once that all is', async () => {
    const { quota } = open({ dailyTokens: 100 });
    expect(await quota.add(ann, place, 79)).toEqual([]);
    expect(await quota.add(ann, place, 1)).toEqual([{ whose: 'person', used: 80, limit: 100 }]);
    expect(await quota.add(ann, place, 5)).toEqual([]);
    expect(await quota.add(ann, place, 50)).toEqual([{ whose: 'person', used: 135, limit: 100 }]);
    expect(await quota.add(ann, place, 50)).toEqual([]);
  });
});

describe('the cost of an answer', () => {
  const prices = { input: 0.28, cached: 0.028, output: 0.42 };

  it('is worked out from the operator’s prices, cached tokens apart', () => {
    const usage = { prompt: 1_000_000, cached: 500_000, completion: 1_000_000, reasoning: 0 };
    expect(toCost(usage, prices)).toBe('0.57');
    expect(toCost({ prompt: 1_000, cached: 0, completion: 600, reasoning: 0 }, prices)).toBe('0.00053');
  });

  it('is not shown without prices', () => {
    expect(toCost({ prompt: 1, cached: 0, completion: 1, reasoning: 0 }, undefined)).toBeUndefined();
  });
});
