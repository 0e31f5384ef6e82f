// What comes after each attempt, by what has happened so far: no clock, no server.

import { describe, expect, it } from 'vitest';
import { BotError, type ErrorCode } from '../../../src/errors.ts';
import {
  type Circumstances,
  type History,
  nextMove,
  type Outcome,
  toFirstHistory,
} from '../../../src/model/next-move.ts';

const at: Circumstances = { budgetMs: 60_000, hasOther: false, goesOn: true, chance: 0.5 };
const start = toFirstHistory(true);
type Failed = Extract<Outcome, { type: 'failed' }>;
const failed = (code: ErrorCode, more: Partial<Failed> = {}, message = 'x'): Failed => ({
  ...{ type: 'failed', error: new BotError(code, message), hasNewText: false, tookMs: 0, isLearnt: false },
  ...more,
});
const whole = (more: Partial<Extract<Outcome, { type: 'whole' }>> = {}): Outcome => ({
  ...{ type: 'whole', reason: 'stop', hasText: true, hasReasoning: false },
  ...more,
});
const having = (history: Partial<History>): History => ({ ...start, ...history });

describe('after an attempt that came to its end', () => {
  it.each(['stop', 'length', 'filter'] as const)('the answer is whole: %s', (reason) => {
    expect(nextMove(start, whole({ reason }), at)).toEqual({ type: 'finish', reason });
  });

  it('without a word it is asked once more, and without thinking where it had only thought', () => {
    expect(nextMove(start, whole({ hasText: false }), at)).toMatchObject({
      type: 'ask-differently',
      why: 'empty',
      history: { thinking: true, hasRetriedEmpty: true },
    });
    expect(nextMove(start, whole({ hasText: false, hasReasoning: true }), at)).toMatchObject({
      history: { thinking: false },
    });
    expect(nextMove(having({ hasRetriedEmpty: true }), whole({ hasText: false }), at)).toMatchObject({
      type: 'give-up',
      error: { code: 'empty-answer' },
    });
  });

  it('without a word, but cut or filtered, it is an ending of its own', () => {
    expect(nextMove(start, whole({ hasText: false, reason: 'filter' }), at).type).toBe('finish');
  });
});

describe('after an attempt that broke off behind words', () => {
  const broken = failed('broken-off', { hasNewText: true, tookMs: 9_000 });

  it('it goes on at once, twice, and then no more', () => {
    const first = nextMove(start, broken, at);
    expect(first).toMatchObject({ type: 'go-on', waitMs: 0, history: { breaks: 1, spentMs: 0 } });
    const second = nextMove(having({ breaks: 1 }), broken, at);
    expect(second).toMatchObject({ type: 'go-on', history: { breaks: 2 } });
    expect(nextMove(having({ breaks: 2 }), broken, at)).toEqual({ type: 'give-up', error: broken.error });
  });

  it('it is given up where nothing can be gone on with', () => {
    expect(nextMove(start, broken, { ...at, goesOn: false }).type).toBe('give-up');
  });

  it('it is gone on with even where a way of asking was learnt before the words', () => {
    expect(nextMove(start, { ...broken, isLearnt: true }, at).type).toBe('go-on');
  });

  it('the tries before it count no more', () => {
    expect(nextMove(having({ fruitless: 2, hasFailed: true }), broken, at)).toMatchObject({
      history: { fruitless: 0 },
    });
  });
});

describe('after an attempt that brought nothing', () => {
  it('it is asked again after a wait that grows, and the wait is counted', () => {
    expect(nextMove(start, failed('server-error'), at)).toMatchObject({
      type: 'again',
      waitMs: 375,
      history: { fruitless: 1, retries: 1, spentMs: 375, hasFailed: true },
    });
    const later = nextMove(having({ fruitless: 3, retries: 3, hasFailed: true }), failed('server-error'), at);
    expect(later).toMatchObject({ type: 'again', waitMs: 3_000 });
  });

  it('what it took counts from the second failure on', () => {
    const slow = failed('server-error', { tookMs: 10_000 });
    expect(nextMove(start, slow, at)).toMatchObject({ history: { spentMs: 375 } });
    expect(nextMove(having({ hasFailed: true }), slow, at)).toMatchObject({ history: { spentMs: 10_375 } });
  });

  it('another way of asking is tried at once, and is no failure', () => {
    expect(nextMove(start, failed('bad-request', { isLearnt: true }), at)).toEqual({
      type: 'ask-differently',
      why: 'another-way',
      history: start,
    });
  });

  it('it is asked without thinking where earlier thoughts are missed, once', () => {
    const missing = failed('bad-request', {}, 'The reasoning_content must be passed back');
    expect(nextMove(start, missing, at)).toMatchObject({
      why: 'without-thinking',
      history: { thinking: false, retries: 0 },
    });
    expect(nextMove(having({ thinking: false }), missing, at).type).toBe('give-up');
  });

  it.each<ErrorCode>(['unauthorized', 'unknown-model', 'context-too-long', 'first-token-timeout'])(
    'it is given up where asking again cannot help: %s',
    (code) => expect(nextMove(start, failed(code), at).type).toBe('give-up'),
  );

  it('the other provider is asked where the first is down three times, or out of balance, with a budget of its own', () => {
    const other = { ...at, hasOther: true };
    const third = having({ fruitless: 2, retries: 2, spentMs: 5_000, hasFailed: true });
    for (const move of [
      nextMove(third, failed('server-error'), other),
      nextMove(start, failed('no-balance'), other),
    ])
      expect(move).toMatchObject({
        type: 'other-provider',
        hasNewText: false,
        history: { provider: 'second', fruitless: 0, spentMs: 0, hasFailed: false },
      });
    expect(nextMove(start, failed('unauthorized'), other).type).toBe('give-up');
  });

  it('it ends: whatever fails, the budget is used up', () => {
    let history = start;
    for (let attempts = 0; attempts < 300; attempts += 1) {
      const move = nextMove(history, failed('server-error', { tookMs: 100 }), at);
      if (move.type === 'give-up') return;
      if (move.type !== 'again') throw new Error(move.type);
      history = move.history;
    }
    throw new Error('it never ends');
  });
});
