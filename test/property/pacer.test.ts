// The pacer against a platform that enforces its limits, in virtual time: first by chance, then the loads that the policy was found with.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacer } from '../../src/pacing/pacer.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { type Answer, createRandom, playAnswer, playLoad, sameAnswers } from '../fakes/paced-load.ts';
import {
  type Call,
  createPacedPlatform,
  createWindowPlatform,
  discordGates,
  discordLanes,
  type ReplyLanes,
  slackLanes,
} from '../fakes/paced-platform.ts';

const anAnswer: fc.Arbitrary<Answer> = fc.record({
  atMs: fc.integer({ min: 0, max: 20_000 }),
  tokens: fc.integer({ min: 1, max: 300 }),
  tokenMs: fc.integer({ min: 10, max: 60 }),
});
const aSeed = fc.integer({ min: 1, max: 1_000_000 });
const edits = (): ReplyLanes => {
  const { update, post } = slackLanes();
  return { update, post };
};
/** By edits alone, or also by Slack's native streams. */
const someLanes = fc.boolean().map((native) => (native ? slackLanes() : edits()));

/** Whether a token bucket with these numbers would have let every call in; jitter moves a call by at most `slackMs`. */
function fits(calls: readonly Call[], lane: { perMinute: number; burst: number }, slackMs: number): boolean {
  return calls.every((from, start) =>
    calls.slice(start).every((to, more) => {
      const spanMs = to.arrivedAt - from.arrivedAt + slackMs;
      return more + 1 <= lane.burst + (lane.perMinute * spanMs) / 60_000 + 1e-6;
    }),
  );
}

describe('whatever the schedule', () => {
  it('no window of any lane exceeds its rate, and no call meets a limit that was documented', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anAnswer, { minLength: 1, maxLength: 40 }),
        someLanes,
        aSeed,
        async (answers, lanes, seed) => {
          const { platform, limited } = await playLoad({ answers, lanes, seed });
          expect(limited).toBe(0);
          const known = [lanes.update, ...(lanes.native ? Object.values(lanes.native) : [])];
          for (const lane of [...known, ...answers.map((_, index) => lanes.post(`C${index}`))]) {
            const calls = platform.calls.filter((call) => call.lane === lane.key);
            expect(fits(calls, lane, 80)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('the last call of every reply carries the final text, however little the platform allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anAnswer, { minLength: 1, maxLength: 25 }),
        someLanes,
        fc.constantFrom(1, 0.4, 0.2, 0.1),
        fc.constantFrom(1, 0.7),
        fc.boolean(),
        fc.array(
          fc.record({ at: fc.integer({ min: 0, max: 30_000 }), ms: fc.integer({ min: 500, max: 20_000 }) }),
          {
            maxLength: 4,
          },
        ),
        aSeed,
        async (answers, lanes, burst, rate, tails, faults, seed) => {
          const { clock, platform, seen } = await playLoad({
            answers,
            lanes,
            burst,
            rate,
            tails,
            seed,
            trouble(virtual, platform) {
              for (const { at, ms } of faults) virtual.after(at, () => platform.close(lanes.update, ms));
            },
          });
          for (const { reply } of seen) expect(reply.isComplete()).toBe(true);
          // Nothing is left behind: no timer, and no call after the last text.
          expect(clock.timers()).toBe(0);
          const calls = platform.calls.length;
          await clock.advance(60_000);
          expect(platform.calls.length).toBe(calls);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('no reply waits more than its fair share', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 10, max: 60 }),
        aSeed,
        async (count, tokenMs, seed) => {
          const answers = Array.from({ length: count }, (_, index) => ({
            atMs: index % 5,
            tokens: 300,
            tokenMs,
          }));
          const { seen, unfairness, platform } = await playLoad({ answers, lanes: edits(), seed });
          expect(unfairness).toBeLessThan(1.8);
          // An even turn in a lane that gives a call every 1.22 s to `count` replies, each of which also ends once.
          const turnMs = 1_225 * count;
          for (const { longestGap } of seen) expect(longestGap).toBeLessThan(2 * turnMs + 2_500);
          // And nobody is called for while a call of theirs is under way.
          const arrivals = platform.calls.filter((call) => call.reply === 'C0').map((call) => call.arrivedAt);
          for (const [index, at] of arrivals.entries())
            expect(at - (arrivals[index - 1] ?? 0)).toBeGreaterThan(40);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('a lane that is closed never delays a call of another', async () => {
    const play = async (answers: readonly Answer[], seed: number, isTrouble: boolean) => {
      const clock = createFakeClock();
      const pacer = createPacer({ clock, gates: discordGates, execute: (_lane, _priority, job) => job() });
      const well = createPacedPlatform({ clock, random: createRandom(seed) });
      const ill = createPacedPlatform({ clock, random: createRandom(seed + 1), burst: 0.1 });
      const illLanes = slackLanes('T2');
      if (isTrouble) ill.close(illLanes.update, 30_000);
      for (const [index, answer] of answers.entries()) {
        const name = `C${index}`;
        playAnswer(answer, { clock, pacer, platform: well, lanes: slackLanes('T1'), name });
        if (isTrouble) playAnswer(answer, { clock, pacer, platform: ill, lanes: illLanes, name });
      }
      await clock.advance(120_000);
      return well.calls;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(anAnswer, { minLength: 1, maxLength: 12 }), aSeed, async (answers, seed) => {
        expect(await play(answers, seed, true)).toEqual(await play(answers, seed, false));
      }),
      { numRuns: 60 },
    );
  });
});

describe('on a platform whose headers tell its limits', () => {
  const play = async (answers: readonly Answer[], options: { limit: number; seed: number }) => {
    const clock = createFakeClock();
    const pacer = createPacer({ clock, gates: discordGates, execute: (_lane, _priority, job) => job() });
    const platform = createWindowPlatform({
      clock,
      random: createRandom(options.seed),
      limit: options.limit,
      windowMs: 5_000,
      perSecond: 50,
      onHeaders: (lane, limit) => pacer.limit(lane, limit),
    });
    const results = answers.map((answer, index) =>
      playAnswer(answer, { clock, pacer, platform, lanes: discordLanes(`C${index}`), name: `C${index}` }),
    );
    await clock.advance(60_000);
    const seen = results.map((result) => result());
    return {
      seen,
      limited: platform.calls.filter((call) => !call.accepted).length,
      staleness: seen.reduce((sum, each) => sum + each.staleness, 0) / seen.length,
    };
  };

  it('every reply is complete, without a 429, whatever the limit and the schedule', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anAnswer, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 3, max: 10 }),
        aSeed,
        async (answers, limit, seed) => {
          const { seen, limited } = await play(answers, { limit, seed });
          for (const { reply } of seen) expect(reply.isComplete()).toBe(true);
          expect(limited).toBe(0);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('fifty answers at once stay about as fresh as one', async () => {
    for (const [count, bound] of [
      [1, 600],
      [10, 600],
      [50, 800],
    ] as const) {
      const { staleness, limited } = await play(sameAnswers(count), { limit: 5, seed: 7 });
      expect(limited).toBe(0);
      expect(staleness).toBeLessThan(bound);
    }
  });
});

describe('the loads that the policy was found with', () => {
  /** Mean staleness in ms as the study found it, each with room for another generator of chance. */
  const cells = [
    { answers: sameAnswers(1), native: false, staleness: 220, split: 0 },
    { answers: sameAnswers(10), native: false, staleness: 1_350, split: 0 },
    { answers: sameAnswers(50), native: false, staleness: 3_100, split: 46 },
    { answers: sameAnswers(1), native: true, staleness: 220, split: 0 },
    { answers: sameAnswers(10), native: true, staleness: 550, split: 0 },
    { answers: sameAnswers(50), native: true, staleness: 1_850, split: 12 },
    { answers: sameAnswers(50, 10_000), native: true, staleness: 1_750, split: 12 },
  ];
  for (const { answers, native, staleness, split } of cells) {
    const spread = (answers.at(-1)?.atMs ?? 0) > 1_000 ? ' over ten seconds' : '';
    it(`${answers.length} answers${spread}, ${native ? 'with native streams' : 'by edits alone'}`, async () => {
      const result = await playLoad({ answers, lanes: native ? slackLanes() : edits(), seed: 3 });
      expect(result.staleness).toBeLessThan(staleness);
      expect(result.unfairness).toBeLessThan(1.8);
      expect(result.split).toBeLessThanOrEqual(split);
      expect(result.lag).toBeLessThan(400);
      expect(result.worstLag).toBeLessThan(2_300);
      expect(result.limited).toBe(0);
      expect(result.firstText).toBeLessThan(answers.length > 10 ? 4_000 : 800);
    });
  }

  it('ten answers where the platform allows a fifth of what is documented', async () => {
    const result = await playLoad({ answers: sameAnswers(10), lanes: slackLanes(), seed: 3, burst: 0.2 });
    expect(result.staleness).toBeLessThan(2_100);
    expect(result.unfairness).toBeLessThan(2);
    expect(result.worstLag).toBeLessThan(2_300);
    expect(result.limited).toBeLessThanOrEqual(8);
    const learnt = await playLoad({
      answers: sameAnswers(10),
      lanes: slackLanes('T1', 0.2),
      seed: 3,
    });
    expect(learnt.staleness).toBeLessThan(1_600);
    expect(learnt.limited).toBe(0);
  });

  it('learns a small burst: later waves meet fewer limits', async () => {
    const wave = (atMs: number) => sameAnswers(10).map((answer) => ({ ...answer, atMs: answer.atMs + atMs }));
    const one = await playLoad({ answers: wave(0), lanes: edits(), seed: 3, burst: 0.2 });
    const answers = [0, 60_000, 120_000, 180_000].flatMap(wave);
    const four = await playLoad({ answers, lanes: edits(), seed: 3, burst: 0.2 });
    expect(four.limited).toBeLessThan(4 * one.limited);
    for (const { reply } of four.seen) expect(reply.isComplete()).toBe(true);
  });
});
