// Many more answers at once than a workspace's edits can carry: what a reader waits for, and what it costs.

import { describe, expect, it } from 'vitest';
import { playLoad, sameAnswers } from '../../fakes/paced-load.ts';
import { slackLanes } from '../../fakes/paced-platform.ts';

/** Each of 500 tokens in five seconds, ten a second for half a minute: 300 answers for 50 edits and 20 streams a minute. */
const crowd = Array.from({ length: 300 }, (_, n) => ({ atMs: n * 100, tokens: 500, tokenMs: 10 }));

describe('a crowd that asks for more edits than there are', () => {
  it.each([1, 2, 3])(
    'reads most answers whole, each by one call, soon after their end (seed %i)',
    async (seed) => {
      // A page that another follows needs an edit, too: so that none is saved by that, none is.
      const load = await playLoad({ answers: crowd, lanes: slackLanes(), seed, tails: false });
      expect(load.seen.every(({ reply }) => reply.isComplete())).toBe(true);
      const lags = load.seen.map(({ lag }) => lag).sort((a, b) => a - b);
      expect(lags[Math.floor(0.9 * lags.length)]).toBeLessThan(1_000);
      const perAnswer = load.platform.calls.length / crowd.length;
      expect(perAnswer).toBeLessThan(2);
      expect(load.limited).toBeLessThanOrEqual(4);
    },
  );

  it('still sees the first words of long answers within half a minute', async () => {
    const long = Array.from({ length: 150 }, (_, n) => ({ atMs: n * 200, tokens: 1_200, tokenMs: 50 }));
    const load = await playLoad({ answers: long, lanes: slackLanes(), seed: 1 });
    expect(Math.max(...load.seen.map(({ firstText }) => firstText))).toBeLessThan(30_000);
    expect(load.seen.every(({ reply }) => reply.isComplete())).toBe(true);
  });

  it('is not seen where answers are few: their first words come as early as ever', async () => {
    const load = await playLoad({ answers: sameAnswers(10), lanes: slackLanes(), seed: 1 });
    expect(load.firstText).toBeLessThan(1_000);
  });
});
