// Owns taking away messages that a reply no longer needs: each is tried again until it is gone, or until that is plainly not to be.
// Must not know why a page is not needed any more.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { PageRef, ReplySink } from '../platform.ts';

const TRIES = 8;
const FIRST_WAIT_MS = 1_000;
/** The reply waits for a message to go that another is to take the place of: not for long. */
const TRIES_IN_REPLY = 4;
const WAIT_IN_REPLY_MAX_MS = 5_000;

export interface Discarder {
  discard(refs: readonly PageRef[]): void;
  /** A few tries, which the reply waits for. Whether the message is gone. */
  takeAway(ref: PageRef): Promise<boolean>;
  /** Resolves when nothing is left to take away, or could be. Never rejects. */
  done(): Promise<void>;
}

export function createDiscarder(options: {
  readonly sink: ReplySink;
  readonly clock: Clock;
  /** The message is about to be taken away: before the call, since the platform may tell of the deletion before it answers. */
  readonly onDiscard?: ((ref: PageRef) => void) | undefined;
  /** A call has failed; it is tried again where that makes sense. */
  readonly onFault: (error: BotError) => void;
}): Discarder {
  const { sink, clock } = options;
  let work = Promise.resolve();

  const remove = async (ref: PageRef, tries: number, waitMaxMs: number): Promise<boolean> => {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      try {
        await sink.discard?.(ref);
        return true;
      } catch (thrown) {
        const error = toBotError(thrown);
        options.onFault(error);
        if (!isRetryable(error)) return false;
        const waitMs = Math.min(error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** attempt, waitMaxMs);
        if (attempt < tries - 1) await sleep(clock, waitMs);
      }
    }
    return false;
  };

  return {
    discard(refs) {
      for (const ref of refs) {
        options.onDiscard?.(ref);
        work = work.then(async () => void (await remove(ref, TRIES, Number.POSITIVE_INFINITY)));
      }
    },
    async takeAway(ref) {
      if (sink.discard === undefined) return false;
      options.onDiscard?.(ref);
      return remove(ref, TRIES_IN_REPLY, WAIT_IN_REPLY_MAX_MS);
    },
    done: () => work,
  };
}
