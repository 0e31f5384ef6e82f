// Owns what a turn has taken by itself: its tokens, what they cost, and that they count in the day's quota. Must not know how they were used.

import { type BotError, toBotError } from '../errors.ts';
import type { Usage } from '../model/types.ts';
import type { Turn } from '../turns/types.ts';
import { costOf, type Prices } from './cost.ts';
import type { Quota, QuotaAlarm } from './quota.ts';

/** What a turn has taken, without what the answer that it goes on with had taken before. */
export interface Spent {
  readonly usage: Usage | undefined;
  /** In the currency of the prices; undefined where none are set. */
  readonly cost: number | undefined;
}

export interface Account {
  /** `usage`: of the whole answer. */
  spent(turn: Turn, usage: Usage | undefined): Spent;
  /** Counts it for who asked, or pressed the button. Never rejects. */
  count(turn: Turn, usage: Usage | undefined, onFault: (error: BotError) => void): Promise<void>;
}

export function createAccount(options: {
  readonly quota: Quota;
  readonly prices: Prices | undefined;
  readonly onAlarm: (alarm: QuotaAlarm) => void;
}): Account {
  const spent = (turn: Turn, usage: Usage | undefined): Spent => {
    const own = without(usage, turn.kind === 'retry' ? undefined : turn.before?.usage);
    return { usage: own, cost: costOf(own, options.prices) };
  };
  return {
    spent,
    async count(turn, usage, onFault) {
      const own = spent(turn, usage).usage;
      const tokens = own === undefined ? 0 : own.prompt + own.completion;
      if (tokens <= 0) return;
      try {
        for (const alarm of await options.quota.add(turn.by, turn.mention, tokens)) options.onAlarm(alarm);
      } catch (error) {
        onFault(toBotError(error));
      }
    },
  };
}

function without(all: Usage | undefined, before: Usage | undefined): Usage | undefined {
  if (all === undefined || before === undefined) return all;
  return {
    prompt: Math.max(0, all.prompt - before.prompt),
    cached: Math.max(0, all.cached - before.cached),
    completion: Math.max(0, all.completion - before.completion),
    reasoning: Math.max(0, all.reasoning - before.reasoning),
    ...(all.isEstimate ? { isEstimate: true as const } : {}),
  };
}
