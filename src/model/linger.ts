// Owns the silence that follows an end: so long a body is listened to before it counts as over. Must not know sockets or chunks.

import type { Clock } from '../clock.ts';

export interface Linger {
  /** Something was read. `isEnding`: by what came so far, the answer is over; `chunks`: how many came. */
  look(isEnding: boolean, chunks: number): void;
  stop(): void;
}

/**
 * After a finish reason or `[DONE]` the rest of the body is waited for so long, from the last chunk on (comments are none): for text, which
 * would show that the finish reason is none, for usage, and so that the connection can be used again.
 */
const lingerMs = 2000;

export function createLinger(clock: Clock, onSilence: () => void): Linger {
  let cancel: (() => void) | undefined;
  let chunksBefore = 0;
  const stop = () => {
    cancel?.();
    cancel = undefined;
  };
  return {
    look(isEnding, chunks) {
      if (!isEnding) stop();
      else if (cancel === undefined || chunks !== chunksBefore) {
        stop();
        cancel = clock.after(lingerMs, onSilence);
      }
      chunksBefore = chunks;
    },
    stop,
  };
}
