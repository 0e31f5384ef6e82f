// Owns the tokens that the attempts of one answer took, told once. Must not know what is asked.

import type { AnswerSoFar } from './answer.ts';
import type { Attempt } from './client.ts';
import type { Usage } from './types.ts';

export interface Ledger {
  begin(attempt: Attempt, model: string): void;
  /** The attempt is over; each counts once. */
  end(how: 'whole' | 'broken' | 'refused'): void;
  /** Tells what all attempts took, for an answer that has no `finish` to tell it. Only once. */
  tell(): void;
}

/** Tokens of all attempts of one answer. */
export function createLedger(soFar: AnswerSoFar, onUsage: (usage: Usage) => void): Ledger {
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
      soFar.account(attempt.report(), model, how);
    },
    tell() {
      const usage = soFar.usage();
      if (isTold || usage === undefined) return;
      isTold = true;
      onUsage(usage);
    },
  };
}
