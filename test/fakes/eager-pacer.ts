// A pacer that never waits: every call is made as soon as the one before it has ended. For tests of what is written rather than when.

import { isBotError } from '../../src/errors.ts';
import type { Pacer } from '../../src/pacing/types.ts';
import type { Lane } from '../../src/platform.ts';
import { courtesyAtOnce } from './courtesies.ts';

export interface EagerPacerOptions {
  /** What `room` answers; default always 1. */
  readonly room?: (lane: Lane) => number;
  /** What `tau` answers; default 0. */
  readonly tau?: (lane: Lane) => number;
  /** Whether a final that could go out as a continuation page does so. Default never. */
  readonly tails?: () => boolean;
  /** The lane that a call was made for. */
  readonly onCall?: (lane: Lane) => void;
}

export function createEagerPacer(options: EagerPacerOptions = {}): Pacer {
  const view = { room: options.room ?? (() => 1), tau: options.tau ?? (() => 0) };
  return {
    join(writer) {
      let left = false;
      let running = false;
      /** Told of a change in the last moment of a run. */
      let again = false;
      const run = async (): Promise<void> => {
        for (let need = writer.next(view); need !== undefined && !left; need = writer.next(view)) {
          const tail = need.tail !== undefined && options.tails?.() === true ? need.tail : undefined;
          options.onCall?.(tail ?? need.lane);
          try {
            await writer.write(need, tail === undefined ? 'next' : 'tail');
          } catch (error) {
            if (!isBotError(error, 'platform-rate-limited')) throw error;
          }
        }
      };
      return {
        touch: function touch() {
          again = running;
          if (running || left) return;
          running = true;
          // Not within the call that told of the change.
          void Promise.resolve()
            .then(run)
            .finally(() => {
              running = false;
              if (again) touch();
            });
        },
        settled: () => Promise.reject(new Error('not served here')),
        leave() {
          left = true;
        },
      };
    },
    limit: () => undefined,
    view,
    courtesy: courtesyAtOnce,
    stop: async () => undefined,
  };
}
