// Any order of failures against the budget: waits never come to more than it, none is a busy loop, and it ends.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sleep } from '../../src/clock.ts';
import { BotError, errorCodes, isRetryable } from '../../src/errors.ts';
import { decide } from '../../src/model/policy.ts';
import { createSpending } from '../../src/model/spending.ts';
import { createFakeClock } from '../fakes/clock.ts';

const failures = fc.record({
  // A platform's refusals are none of a model's.
  code: fc.constantFrom(...errorCodes.filter((code) => !code.startsWith('platform-'))),
  retryAfterMs: fc.option(
    fc.oneof(fc.nat(90_000), fc.constantFrom(0, 1, 999, 1e12, Number.POSITIVE_INFINITY)),
    {
      nil: undefined,
    },
  ),
  tookMs: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(30_000)),
  hasNewText: fc.boolean(),
  /** The wall clock jumps meanwhile. */
  stepMs: fc.constantFrom(0, 0, -600_000, 600_000),
});

it('an answer that fails in any order uses its budget, and no more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(failures, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0, 1, 100, 2_000, 60_000),
      fc.boolean(),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      async (script, budgetMs, hasFallback, draws) => {
        const clock = createFakeClock();
        const spent = createSpending(clock);
        let waited = 0;
        let fruitless = 0;
        let breaks = 0;
        let attempts = 0;
        for (;;) {
          const failure = script[attempts % script.length];
          if (failure === undefined) return;
          attempts += 1;
          spent.begin();
          clock.step(failure.stepMs);
          await clock.advance(failure.tookMs);
          const hasNewText = failure.hasNewText && breaks < 2;
          if (hasNewText) breaks += 1;
          fruitless = hasNewText ? 0 : fruitless + 1;
          spent.failed(hasNewText);
          const error = new BotError(failure.code, 'x', { retryAfterMs: failure.retryAfterMs });
          const random = () => draws[attempts % draws.length] ?? 0;
          const move = decide({ error, fruitless, spentMs: spent.ms(), budgetMs, hasFallback, random });
          if (move.type !== 'again') {
            // Nobody is given up who could still be helped: there was no room for the shortest wait, or no hope.
            const leftMs = budgetMs - spent.ms();
            const shortest = Math.min(8000, 500 * 2 ** Math.max(0, fruitless - 1)) / 2;
            const named = failure.retryAfterMs ?? 0;
            const hasNoRoom = named >= 1000 ? named >= leftMs : shortest > leftMs;
            const isHopeless = !isRetryable(error) || failure.code === 'first-token-timeout';
            expect(isHopeless || hasNoRoom || (hasFallback && fruitless >= 3)).toBe(true);
            break;
          }
          expect(isRetryable(error)).toBe(true);
          if (fruitless > 0) expect(move.waitMs).toBeGreaterThanOrEqual(250);
          waited += move.waitMs;
          spent.wait(move.waitMs);
          const done = sleep(clock, move.waitMs);
          await clock.advance(move.waitMs);
          await done;
        }
        expect(waited).toBeLessThanOrEqual(budgetMs);
        // The shortest waits that there are, and two breaks that cost none.
        expect(attempts).toBeLessThanOrEqual(3 + budgetMs / 250);
      },
    ),
    { numRuns: 300 },
  );
});
