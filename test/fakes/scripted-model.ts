// A Model that says what the test tells it to, when the test says so.

import { BotError, type ErrorCode } from '../../src/errors.ts';
import { type Slots, untilFirst } from '../../src/model/slots.ts';
import type { AnswerEvent, FinishReason, Model, Prompt, Usage } from '../../src/model/types.ts';

export interface ModelCall {
  readonly prompt: Prompt;
  readonly signal: AbortSignal;
  say(...events: readonly AnswerEvent[]): void;
  text(text: string): void;
  finish(reason?: FinishReason): void;
  /** What it has taken so far, told when the stream ends without a finish. */
  took(usage: Usage): void;
  fail(code: ErrorCode, details?: { retryAfterMs?: number }): void;
}

export interface ScriptedModel extends Model {
  readonly calls: readonly ModelCall[];
  /** The n-th call, counted from 0, as soon as there is one. */
  call(index: number): Promise<ModelCall>;
}

type Step = { readonly event: AnswerEvent } | { readonly error: unknown };

/** `slots`: how many answers are written at once; without them there is no bound. */
export function createScriptedModel(slots?: Slots): ScriptedModel {
  const calls: ModelCall[] = [];
  const waiters: (() => void)[] = [];

  async function* stream(
    prompt: Prompt,
    { signal, onUsage }: { readonly signal: AbortSignal; readonly onUsage?: (usage: Usage) => void },
  ): AsyncIterable<AnswerEvent> {
    const steps: Step[] = [];
    let taken: Usage | undefined;
    let wake: (() => void) | undefined;
    const push = (step: Step): void => {
      steps.push(step);
      wake?.();
    };
    signal.addEventListener('abort', () => push({ error: signal.reason }));
    const say = (...events: readonly AnswerEvent[]): void => {
      for (const event of events) push({ event });
    };
    calls.push({
      prompt,
      signal,
      say,
      text: (text) => say({ type: 'text-delta', text }),
      finish: (reason = 'stop') =>
        say({
          type: 'finish',
          reason,
          usage: { prompt: 10, cached: 0, completion: 5, reasoning: 0 },
          models: ['test-model'],
        }),
      took: (usage) => {
        taken = usage;
      },
      fail: (code, details = {}) => push({ error: new BotError(code, `scripted ${code}`, details) }),
    });
    for (const waiter of waiters.splice(0)) waiter();
    for (;;) {
      const step = steps.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('error' in step) {
        if (taken !== undefined) onUsage?.(taken);
        throw step.error;
      }
      yield step.event;
      if (step.event.type === 'finish') return;
    }
  }

  const enter: NonNullable<Model['enter']> = async ({ signal, onPlace }) => {
    const ticket = slots?.enter();
    if (ticket === undefined) return { leave: () => undefined };
    try {
      await untilFirst(ticket, signal, onPlace);
    } catch (error) {
      ticket.leave();
      throw error;
    }
    return ticket;
  };

  return {
    calls,
    ...(slots === undefined ? {} : { enter }),
    stream,
    async close() {},
    async call(index) {
      for (;;) {
        const known = calls[index];
        if (known) return known;
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
    },
  };
}
