// Owns what an answer has cost so far: the time that its retries took of their budget, and the tokens of its attempts.
// Must not know how long a wait should be, nor what is asked.

import type { Clock } from '../clock.ts';
import type { Attempt } from './client.ts';
import type { Progress } from './progress.ts';
import type { Usage } from './types.ts';

interface Spending {
  /** An attempt begins. */
  begin(): void;
  /** It has failed. One that brought words was no waste, and the first one is what the budget is counted from. */
  failed(hasNewText: boolean): void;
  /** It is waited for so long. */
  wait(ms: number): void;
  ms(): number;
}

/** Time spent on retries at one provider. */
export function createSpending(clock: Clock): Spending {
  let ms = 0;
  let beganAt = 0;
  let hasFailed = false;
  return {
    begin() {
      beganAt = clock.monotonic();
    },
    failed(hasNewText) {
      if (hasFailed && !hasNewText) ms += clock.monotonic() - beganAt;
      hasFailed = true;
    },
    wait(waitMs) {
      ms += waitMs;
    },
    ms: () => ms,
  };
}

interface Ledger {
  begin(attempt: Attempt, model: string): void;
  /** The attempt is over; each counts once. */
  end(how: 'whole' | 'broken' | 'refused'): void;
  /** Tells what all attempts took, for an answer that has no `finish` to tell it. Only once. */
  tell(): void;
}

/** Tokens of all attempts of one answer. */
export function createLedger(progress: Progress, onUsage: (usage: Usage) => void): Ledger {
  let running: { readonly attempt: Attempt; readonly model: string } | undefined;
  let isTold = false;
  return {
    begin(attempt, model) {
      running = { attempt, model };
    },
    end(how) {
      if (running === undefined) return;
      const { attempt, model } = running;
      running = undefined;
      progress.account(attempt.report(), model, how);
    },
    tell() {
      const usage = progress.usage();
      if (isTold || usage === undefined) return;
      isTold = true;
      onUsage(usage);
    },
  };
}
