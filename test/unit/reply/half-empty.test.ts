// Lanes that hold less than is documented when the bot meets them: what the first 429 teaches, and when the next call is made after it.

import { describe, expect, it } from 'vitest';
import { createLaneAccount } from '../../../src/pacing/lane-account.ts';
import { playLoad, sameAnswers } from '../../fakes/paced-load.ts';
import { slackLanes } from '../../fakes/paced-platform.ts';

const { native: _native, ...edits } = slackLanes();

describe('ten answers at once', () => {
  it.each([1, 2, 3])(
    'whose buckets are half empty at the start lag 1.1 s at the most (seed %i)',
    async (seed) => {
      const load = await playLoad({ answers: sameAnswers(10), lanes: slackLanes(), seed, fill: 0.5 });
      expect(load.staleness).toBeLessThan(1_100);
      expect(load.limited).toBeLessThanOrEqual(4);
      expect(load.seen.every(({ reply }) => reply.isComplete())).toBe(true);
    },
  );

  it.each([
    ['half empty', { fill: 0.5 }, 1_900],
    ['nearly empty', { fill: 0.02 }, 3_900],
    ['of a fifth', { burst: 0.2 }, 3_400],
    ['of two fifths', { burst: 0.4 }, 2_500],
  ])(
    'by edits alone, with buckets %s, are shown again as soon as there is room',
    async (_how, truth, most) => {
      const load = await playLoad({ answers: sameAnswers(10), lanes: edits, seed: 1, ...truth });
      expect(load.staleness).toBeLessThan(most);
    },
  );

  it('with buckets of a fifth are no staler than before, at first contact and when that was learnt', async () => {
    const first = await playLoad({ answers: sameAnswers(10), lanes: slackLanes(), seed: 1, burst: 0.2 });
    expect(first.staleness).toBeLessThan(1_900);
    const waves = [0, 60_000, 120_000].flatMap((at) =>
      sameAnswers(10).map((answer) => ({ ...answer, atMs: answer.atMs + at })),
    );
    const learnt = await playLoad({ answers: waves, lanes: slackLanes(), seed: 1, burst: 0.2 });
    expect(learnt.staleness).toBeLessThan(1_680);
  });
});

describe('a lane that is closed by a 429', () => {
  it('tells the gap that its replies have when it opens, not one for the time in which nothing can be called', () => {
    const account = createLaneAccount(
      { key: 'slack:T1:chat.update', platform: 'slack', scope: 'T1', perMinute: 60, burst: 60 },
      0,
    );
    account.replies = 10;
    account.limited(1_000, 900, 20_000);
    const closed = account.gap(1_500, 10, 1);
    expect(closed).toBeCloseTo(account.gap(21_000, 10, 1), 0);
    // To a reply that chooses between two mechanisms, the closed one looks slower.
    expect(account.tau(1_500, 10, 1)).toBeGreaterThan(closed);
    expect(account.tau(21_000, 10, 1)).toBeCloseTo(closed, 0);
  });

  it('holds one call when it opens, whatever it was believed to hold', () => {
    const account = createLaneAccount(
      { key: 'slack:T1:chat.update', platform: 'slack', scope: 'T1', perMinute: 60, burst: 60 },
      0,
    );
    account.limited(1_000, 900, 2_000);
    expect(account.credit(2_999)).toBe(0);
    expect(account.credit(3_000)).toBe(1);
  });
});
