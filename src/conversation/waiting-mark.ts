// Owns the sign on a question that waits for its turn: put there as a courtesy, and always taken away again, however slow or busy the platform is.
// Must not know why a question waits.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { Courtesy, Mention, Platform } from '../platform.ts';
import type { Store } from '../store/types.ts';

/** No mention waits longer for its turn. */
const WAITS_AT_MOST_MS = 24 * 60 * 60_000;
/** Between two tries to take the sign away; doubled each time, up to the last. */
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 30_000;
/** Tries that failed, and tries for which there was no room. */
const FAILURES_MAX = 8;
const TRIES_MAX = 200;

export interface WaitingMarks {
  /** The question waits. */
  show(platform: Platform, mention: Mention): void;
  /** Its turn has begun, or it is not to be answered: from now on it carries no sign. */
  hide(platform: Platform, mention: Mention): void;
}

interface State {
  wanted: boolean;
  /** Whether the sign may stand. */
  stands: boolean;
  isBusy: boolean;
}

export function createWaitingMarks(options: {
  readonly clock: Clock;
  readonly store: Pick<Store, 'get' | 'set' | 'delete'>;
  readonly courtesy: Courtesy;
  readonly onFault: (error: BotError, mention: Mention) => void;
}): WaitingMarks {
  const { clock, store, courtesy, onFault } = options;
  const states = new Map<string, State>();

  /** Whether the call was made. */
  const put = async (platform: Platform, mention: Mention, state: State): Promise<boolean> => {
    const made = await courtesy(platform.lanes(mention).mark, async () => {
      // By now its turn may have come.
      if (!state.wanted) return;
      state.stands = true;
      await store.set(toKey(mention), true, WAITS_AT_MOST_MS);
      await platform.mark(mention, 'waiting', true);
    });
    return made === 'made';
  };

  const takeAway = async (platform: Platform, mention: Mention, state: State): Promise<void> => {
    let failures = 0;
    let waitMs = FIRST_WAIT_MS;
    for (let tries = 0; !state.wanted && tries < TRIES_MAX; tries += 1) {
      try {
        const { unmark } = platform.lanes(mention);
        if ((await courtesy(unmark, () => platform.mark(mention, 'waiting', false))) === 'made') {
          state.stands = false;
          return;
        }
      } catch (thrown) {
        const error = toBotError(thrown);
        onFault(error, mention);
        failures += 1;
        if (isRetryable(error) && failures < FAILURES_MAX) continue;
        state.stands = false;
        return;
      } finally {
        if (state.stands) await sleep(clock, waitMs);
        waitMs = Math.min(LAST_WAIT_MS, 2 * waitMs);
      }
    }
    if (!state.wanted) state.stands = false;
  };

  /** Brings the question to what is wanted, one call at a time, so that the calls of one question never overtake each other. */
  const settle = async (platform: Platform, mention: Mention, state: State): Promise<void> => {
    try {
      if (state.wanted) await put(platform, mention, state);
    } catch (thrown) {
      const error = toBotError(thrown);
      onFault(error, mention);
      // Where no answer came, the sign may stand all the same.
      state.stands = error.code === 'platform-unavailable';
    }
    if (state.wanted) return;
    if (state.stands) await takeAway(platform, mention, state);
    await store.delete(toKey(mention));
  };

  const begin = (platform: Platform, mention: Mention, state: State): void => {
    if (state.isBusy) return;
    state.isBusy = true;
    const before = state.wanted;
    settle(platform, mention, state)
      .catch((error: unknown) => onFault(toBotError(error), mention))
      .finally(() => {
        state.isBusy = false;
        if (!state.wanted && !state.stands) states.delete(mention.id);
        else if (state.wanted !== before) begin(platform, mention, state);
      });
  };

  return {
    show(platform, mention) {
      const known = states.get(mention.id);
      if (known?.wanted) return;
      const state: State = known ?? { wanted: true, stands: false, isBusy: false };
      state.wanted = true;
      states.set(mention.id, state);
      begin(platform, mention, state);
    },
    hide(platform, mention) {
      const known = states.get(mention.id);
      if (known !== undefined) {
        known.wanted = false;
        begin(platform, mention, known);
        return;
      }
      // The sign may be of a process before this one.
      store
        .get(toKey(mention))
        .then((value) => {
          if (value === undefined) return;
          const state: State = { wanted: false, stands: true, isBusy: false };
          states.set(mention.id, state);
          begin(platform, mention, state);
        })
        .catch((error: unknown) => onFault(toBotError(error), mention));
    },
  };
}

function toKey(mention: Mention): string {
  return `waiting:${mention.id}`;
}
