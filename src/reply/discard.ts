// Owns taking away messages that a reply no longer needs: each is tried again until it is gone, or until that is plainly not to be.
// Must not know why a page is not needed any more.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { PageRef, ReplySink } from '../platform.ts';

const TRIES = 8;
const FIRST_WAIT_MS = 1_000;

export interface Discarder {
  discard(refs: readonly PageRef[]): void;
  /** Resolves when nothing is left to take away, or could be. Never rejects. */
  done(): Promise<void>;
}

export function createDiscarder(options: {
  readonly sink: ReplySink;
  readonly clock: Clock;
  /** A call has failed; it is tried again where that makes sense. */
  readonly onFault: (error: BotError) => void;
}): Discarder {
  const { sink, clock } = options;
  let work = Promise.resolve();

  const remove = async (ref: PageRef): Promise<void> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      try {
        await sink.discard?.(ref);
        return;
      } catch (thrown) {
        const error = toBotError(thrown);
        options.onFault(error);
        if (!isRetryable(error)) return;
        if (attempt < TRIES - 1) await sleep(clock, error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  };

  return {
    discard(refs) {
      for (const ref of refs) work = work.then(() => remove(ref));
    },
    done: () => work,
  };
}
