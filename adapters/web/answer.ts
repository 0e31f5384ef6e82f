// Owns how the answer to a question stands, in one word and with its buttons: what lists show of it. Must not know how a message looks.

import type { ControlButton, PageState } from '../../src/platform.ts';
import type { RoomMessage, Status } from './room.ts';

/** `cut`: by the token limit or the provider's filter. */
export type AnswerState = 'waiting' | 'running' | 'done' | 'cut' | 'stopped' | 'failed';

export interface Answer {
  readonly state: AnswerState;
  readonly turn: string | null;
  /** The id of the reply's last page; null while there is none. */
  readonly page: string | null;
  /** When the provider takes the question again, where it said so. */
  readonly retryAt: number | null;
  readonly controls: readonly ControlButton[];
}

const states: Readonly<Record<PageState, AnswerState>> = {
  writing: 'running',
  more: 'running',
  complete: 'done',
  length: 'cut',
  filtered: 'cut',
  stopped: 'stopped',
  broken: 'failed',
};

/** Null where the question has no answer, and none is on its way. */
export function toAnswer(
  question: RoomMessage,
  messages: Iterable<RoomMessage>,
  statuses: Iterable<Status>,
): Answer | null {
  let last: RoomMessage | undefined;
  for (const message of messages) if (message.question === question.id && message.page) last = message;
  if (last?.page) {
    const { state, tone, controls, retryAt } = last.page;
    // A limit that was reached before the first word has left no answer.
    const shown = state === 'length' && tone === 'error' ? 'failed' : states[state];
    return { state: shown, turn: controls[0]?.turn ?? null, page: last.id, retryAt, controls };
  }
  const none = { page: null, retryAt: null, controls: [] };
  if (question.waiting) return { state: 'waiting', turn: null, ...none };
  for (const status of statuses)
    if (status.question === question.id) return { state: 'running', turn: status.turn, ...none };
  return null;
}

export function isSameAnswer(one: Answer | null, other: Answer | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
