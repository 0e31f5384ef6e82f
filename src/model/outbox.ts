// Owns the way from an answer that is being written to the one who reads it: an async iterator, what waits in it, and who ends it.
// Must not know where events come from.
//
// Not a generator: that costs several promises for each event, where one is enough.

import { BotError } from '../errors.ts';
import type { AnswerEvent } from './types.ts';

export interface Outbox {
  /** The reader is given `event` after all that was told before; neighbouring pieces of text are joined while they wait. */
  tell(event: AnswerEvent): void;
  /** So much text waits that its sender should wait too. */
  isFull(): boolean;
  /** `action` is called when the outbox has room again. */
  onRoom(action: () => void): void;
  /** Aborted when the reader has had enough, by its own signal or by leaving the iteration, and by `abort`. */
  readonly signal: AbortSignal;
  /** What waits is dropped, and the reader gets `reason` thrown once the writing has ended. */
  abort(reason: unknown): void;
}

/** Characters that may wait to be taken. */
const maxPending = 256 * 1024;

type Reading = IteratorResult<AnswerEvent, undefined>;

interface Waiter {
  resolve(reading: Reading): void;
  reject(error: unknown): void;
}

/**
 * Starts `write` when the first event is asked for. The iteration ends after `finish`, or throws what `write` rejects with, after
 * what was told before; `signal`'s reason, at once, when that is aborted. Leaving the iteration aborts the writing and waits for its end.
 */
export function createOutbox(
  signal: AbortSignal,
  write: (outbox: Outbox) => Promise<void>,
): AsyncIterableIterator<AnswerEvent, undefined> {
  const ended = new AbortController();
  const waiters: Waiter[] = [];
  let queue: AnswerEvent[] = [];
  let pending = 0;
  let writing: Promise<void> | undefined;
  let isAborted = false;
  let isWritten = false;
  /** What the reader gets when nothing waits any more: once an error, then always the end. */
  let result: { readonly error: unknown } | 'over' | undefined;
  let onRoom: () => void = () => undefined;

  const abort = (reason: unknown) => {
    // Who has the whole answer is told of nothing more.
    if (result === 'over') return;
    queue = [];
    pending = 0;
    isAborted = true;
    ended.abort(reason);
    if (isWritten) result = { error: reason };
  };
  const onAbort = () => abort(signal.reason);
  const close = () => {
    result = 'over';
    signal.removeEventListener('abort', onAbort);
  };
  const give = (value: AnswerEvent): Reading => {
    if (value.type === 'finish') close();
    return { done: false, value };
  };
  const outbox: Outbox = {
    tell(event) {
      if (isAborted) return;
      const waiter = waiters.shift();
      if (waiter !== undefined) {
        waiter.resolve(give(event));
        return;
      }
      if (!('text' in event)) {
        queue.push(event);
        return;
      }
      pending += event.text.length;
      const last = queue.at(-1);
      if (last?.type === event.type)
        queue[queue.length - 1] = { type: event.type, text: last.text + event.text };
      else queue.push(event);
    },
    isFull: () => pending > maxPending,
    onRoom(action) {
      onRoom = action;
    },
    signal: ended.signal,
    abort,
  };
  const start = async () => {
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', onAbort, { once: true });
      await write(outbox);
      ended.signal.throwIfAborted();
    } catch (error) {
      result ??= { error };
    }
    isWritten = true;
    for (const waiter of waiters.splice(0)) void next().then(waiter.resolve, waiter.reject);
  };
  const enlist = (resolve: Waiter['resolve'], reject: Waiter['reject']) => {
    waiters.push({ resolve, reject });
  };

  function next(): Promise<Reading> {
    writing ??= start();
    const value = queue.shift();
    if (value !== undefined) {
      if ('text' in value) {
        const wasFull = outbox.isFull();
        pending -= value.text.length;
        if (wasFull) onRoom();
      }
      return Promise.resolve(give(value));
    }
    if (result === undefined) return new Promise(enlist);
    const ending = result;
    close();
    return ending === 'over'
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(ending.error);
  }

  return {
    next,
    async return() {
      abort(new BotError('stopped', 'The reader of the stream left', { where: 'model' }));
      writing ??= Promise.resolve();
      await writing;
      close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
