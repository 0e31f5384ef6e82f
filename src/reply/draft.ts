// Owns the draft: all of the answer so far, folded from the model's events. Knows nothing of pages, platforms or pacing.

import type { Clock } from '../clock.ts';
import type { AnswerEvent, FinishReason, Usage } from '../model/types.ts';
import { addUsage } from '../tokens.ts';
import type { Checkpoint } from '../turns/types.ts';

/** What the model is doing, as a reader would say it. */
export type Phase =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'queued-at-provider' }
  | { readonly kind: 'queued-here'; readonly place: number }
  /** Other answers of its thread go first. */
  | { readonly kind: 'queued-in-thread' }
  /** Nothing came, and it is tried again: for the `attempt`-th time. */
  /** `dueAt`: when it is tried again, by the monotonic clock. */
  | { readonly kind: 'retrying'; readonly attempt: number; readonly dueAt: number }
  | { readonly kind: 'thinking' }
  | { readonly kind: 'writing' }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'finished'; readonly reason: FinishReason };

export interface Draft {
  /** Byte for byte what the model sent. */
  readonly text: string;
  readonly reasoning: string;
  /** How long the model reasoned, in milliseconds; still growing while the phase is `thinking`. */
  readonly reasoningMs: number;
  readonly phase: Phase;
  /** How often the stream broke and the answer went on. */
  readonly interruptions: number;
  /** How often the answer began anew, or its text turned out to be reasoning, which makes every page written before void. */
  readonly restarts: number;
  readonly usage: Usage | undefined;
  readonly models: readonly string[];
  /** When the first text of this run arrived, by the monotonic clock. */
  readonly firstTextAt: number | undefined;
  apply(event: AnswerEvent): void;
  /** It waits for other answers of its thread, until the next event. */
  queue(): void;
  /** What was taken by a run that ended without a `finish` event, which tells it otherwise. */
  count(usage: Usage): void;
}

/** `from`: what an earlier run has left, to go on with. */
export function createDraft(clock: Clock, from?: Checkpoint): Draft {
  let text = from?.text ?? '';
  let reasoning = from?.reasoning ?? '';
  let phase: Phase = { kind: 'connecting' };
  let interruptions = from?.interruptions ?? 0;
  let restarts = 0;
  let usage = from?.usage;
  let models: readonly string[] = from?.models ?? [];
  let firstTextAt: number | undefined;
  let thoughtMs = 0;
  let thinkingSince: number | undefined;

  const stopThinking = (): void => {
    if (thinkingSince === undefined) return;
    thoughtMs += clock.monotonic() - thinkingSince;
    thinkingSince = undefined;
  };

  return {
    get text() {
      return text;
    },
    get reasoning() {
      return reasoning;
    },
    get reasoningMs() {
      return thoughtMs + (thinkingSince === undefined ? 0 : clock.monotonic() - thinkingSince);
    },
    get phase() {
      return phase;
    },
    get interruptions() {
      return interruptions;
    },
    get restarts() {
      return restarts;
    },
    get usage() {
      return usage;
    },
    get models() {
      return models;
    },
    get firstTextAt() {
      return firstTextAt;
    },
    apply(event) {
      switch (event.type) {
        case 'waiting':
          if (event.where === 'provider') phase = { kind: 'queued-at-provider' };
          else phase = event.place > 0 ? { kind: 'queued-here', place: event.place } : { kind: 'connecting' };
          return;
        case 'retrying':
          stopThinking();
          phase = { kind: 'retrying', attempt: event.attempt, dueAt: clock.monotonic() + event.waitMs };
          return;
        case 'reasoning-delta':
          thinkingSince ??= clock.monotonic();
          reasoning += event.text;
          phase = { kind: 'thinking' };
          return;
        case 'text-delta':
          stopThinking();
          firstTextAt ??= clock.monotonic();
          text += event.text;
          phase = { kind: 'writing' };
          return;
        case 'interrupted':
          stopThinking();
          interruptions += 1;
          phase = { kind: 'interrupted' };
          return;
        case 'resumed':
          phase = { kind: 'writing' };
          return;
        case 'reclassified':
          // What was shown of it is void; the time that it took was the reasoning's.
          if (firstTextAt !== undefined) thoughtMs += clock.monotonic() - firstTextAt;
          firstTextAt = undefined;
          if (text !== '') restarts += 1;
          reasoning += text;
          text = '';
          phase = { kind: 'thinking' };
          return;
        case 'restarted':
          // Where only reasoning is void, no reader has seen anything that is.
          if (text !== '') restarts += 1;
          text = '';
          reasoning = '';
          return;
        case 'finish':
          stopThinking();
          usage = addUsage(usage, event.usage);
          models = [...new Set([...models, ...event.models])];
          phase = { kind: 'finished', reason: event.reason };
      }
    },
    queue() {
      phase = { kind: 'queued-in-thread' };
    },
    count(more) {
      usage = addUsage(usage, more);
    },
  };
}
