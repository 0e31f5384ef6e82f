// Any order of failures against the budget: waits never come to more than it, none is a busy loop, and it ends.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BotError, errorCodes, isRetryable } from '../../src/errors.ts';
import { nextMove, toFirstHistory } from '../../src/model/next-move.ts';

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
});

it('an answer that fails in any order uses its budget, and no more', () => {
  fc.assert(
    fc.property(
      fc.array(failures, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0, 1, 100, 2_000, 60_000),
      fc.boolean(),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      (script, budgetMs, hasOther, draws) => {
        let history = toFirstHistory(false);
        let waited = 0;
        let attempts = 0;
        for (;;) {
          const failure = script[attempts % script.length];
          if (failure === undefined) return;
          attempts += 1;
          const hasNewText = failure.hasNewText && history.breaks < 2;
          const error = new BotError(failure.code, 'x', { retryAfterMs: failure.retryAfterMs });
          const chance = draws[attempts % draws.length] ?? 0;
          const outcome = {
            type: 'failed' as const,
            error,
            hasNewText,
            tookMs: failure.tookMs,
            isLearnt: false,
          };
          const move = nextMove(history, outcome, { budgetMs, hasOther, goesOn: true, chance });
          if (move.type !== 'again' && move.type !== 'go-on') {
            // Nobody is given up who could still be helped: there was no room for the shortest wait, or no hope.
            const fruitless = hasNewText ? 0 : history.fruitless + 1;
            const spentMs = history.spentMs + (history.hasFailed && !hasNewText ? failure.tookMs : 0);
            const leftMs = budgetMs - spentMs;
            const shortest = Math.min(8000, 500 * 2 ** Math.max(0, fruitless - 1)) / 2;
            const named = failure.retryAfterMs ?? 0;
            const hasNoRoom = named >= 1000 ? named >= leftMs : shortest > leftMs;
            const isHopeless = !isRetryable(error) || failure.code === 'first-token-timeout';
            expect(isHopeless || hasNoRoom || (hasOther && fruitless >= 3)).toBe(true);
            break;
          }
          expect(isRetryable(error)).toBe(true);
          if (!hasNewText) expect(move.waitMs).toBeGreaterThanOrEqual(250);
          waited += move.waitMs;
          history = move.history;
        }
        expect(waited).toBeLessThanOrEqual(budgetMs);
        // The shortest waits that there are, and two breaks that cost none.
        expect(attempts).toBeLessThanOrEqual(3 + budgetMs / 250);
      },
    ),
    { numRuns: 2_000 },
  );
});
