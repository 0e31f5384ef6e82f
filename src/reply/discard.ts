// Owns taking away messages that a reply no longer needs: each is tried again until it is gone, or until that is plainly not to be. What may
// not be taken away but changed is cut down to a sentence that says so; of what may be neither, the reader is told.
// Must not know why a page is not needed any more.

import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { Page, PageRef, ReplySink } from '../platform.ts';
import type { Patience } from './patience.ts';
import { settleLate, settleSoon } from './settle.ts';

const TRIES = 8;
const FIRST_WAIT_MS = 1_000;
/** The reply waits for a message to go that another is to take the place of: not for long. */
const TRIES_IN_REPLY = 4;
const WAIT_IN_REPLY_MAX_MS = 5_000;
/** But where a call may have been applied, its text counts as shown only when it is known to stand: for about ninety seconds. */
const TRIES_IN_DOUBT = 20;
/** An ending that may have to speak of what stands waits so long for it to be known. */
const KNOWN_WITHIN_MS = 3_000;

export interface Discarder {
  discard(refs: readonly PageRef[]): void;
  /** A few tries, which the reply waits for. Whether the message is gone. */
  takeAway(ref: PageRef): Promise<boolean>;
  /** Messages that are not part of the answer, and that may be neither taken away nor changed. */
  left(): readonly PageRef[];
  /** Resolves when it is known of each whether it stands, or after a moment. Never rejects. */
  known(): Promise<void>;
  /** Resolves when nothing is left to take away, or could be. Never rejects. */
  done(): Promise<void>;
}

/** What is said of messages that cannot be taken away: on them, and below the answer where they cannot be changed either. */
export interface Remnants {
  /** Stands in place of what the message said. */
  readonly withdrawn: string;
  /** Old text stands beside the answer. */
  readonly left: string;
  /** A message of the answer looks as if it were still being written. */
  readonly open: string;
}

export interface DiscarderOptions {
  readonly sink: ReplySink;
  readonly patience: Patience;
  /** What a message says that could not be taken away. */
  readonly withdrawn: string;
  /** The message is about to be taken away: before the call, since the platform may tell of the deletion before it answers. */
  readonly onDiscard?: ((ref: PageRef) => void) | undefined;
  /** It stands after all: whoever deletes it now is a person. */
  readonly onKept?: ((ref: PageRef) => void) | undefined;
  /** A call has failed; it is tried again where that makes sense. */
  readonly onFault: (error: BotError) => void;
}

export function createDiscarder(options: DiscarderOptions): Discarder {
  const { sink, patience, onFault } = options;
  let work = Promise.resolve();
  let pending = 0;
  const left: PageRef[] = [];
  /** It failed while the process was to end: the time that is left is better used for cutting the others down. */
  let isGivenUp = false;

  const remove = async (ref: PageRef, tries: number, waitMaxMs: number): Promise<boolean> => {
    if (sink.discard === undefined || isGivenUp) return false;
    options.onDiscard?.(ref);
    let isCertain = true;
    const most = (): number => (isCertain ? tries : Math.max(tries, TRIES_IN_DOUBT));
    for (let attempt = 0; attempt < most() && !patience.isOver(); attempt += 1) {
      try {
        await patience.wait(sink.discard(ref));
        return true;
      } catch (thrown) {
        const error = toBotError(thrown);
        onFault(error);
        isGivenUp ||= patience.isEnding();
        isCertain &&= error.code !== 'platform-unavailable';
        if (!isRetryable(error) || patience.isEnding()) break;
        const waitMs = Math.min(error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** attempt, waitMaxMs);
        if (attempt < most() - 1) await patience.pause(waitMs);
      }
    }
    if (isCertain) options.onKept?.(ref);
    return false;
  };

  const removeOrWithdraw = async (ref: PageRef): Promise<void> => {
    if (await remove(ref, TRIES, Number.POSITIVE_INFINITY)) return;
    const message = { ref, page: toWithdrawn(options.withdrawn) };
    const how = { sink, patience, onFault };
    if (await settleSoon(message, how)) return;
    left.push(ref);
    void settleLate(message, how);
  };

  return {
    discard(refs) {
      for (const ref of refs) {
        pending += 1;
        // Before any call: of several, the last may be deleted by somebody while the first is.
        options.onDiscard?.(ref);
        work = work
          .then(() => removeOrWithdraw(ref))
          .finally(() => {
            pending -= 1;
          });
      }
    },
    takeAway: (ref) => remove(ref, TRIES_IN_REPLY, WAIT_IN_REPLY_MAX_MS),
    left: () => left,
    async known() {
      if (pending > 0) await Promise.race([work, patience.pause(KNOWN_WITHIN_MS)]);
    },
    done: () => work,
  };
}

/** It counts for nothing of the answer: no text, no place among its pages. */
function toWithdrawn(notice: string): Page {
  return {
    ...{ index: 0, text: '', state: 'more', final: true, controls: [] },
    view: { body: '', opened: 0, closed: 0, cursor: false, notice, tone: 'info' },
  };
}
