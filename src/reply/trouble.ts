// Owns what is remembered of calls of one reply that failed: since when each page fails, how long to wait, and whether edits work at all.
// Must not make calls, or know what a page shows.

import type { Clock } from '../clock.ts';

/** How long a write that meets an unavailable platform is tried again before the reply is given up. */
export const GIVE_UP_AFTER_MS = 60 * 60_000;
/** A message that only ever fails for so long, while others can be written, counts as one that takes no more. */
export const STUCK_AFTER_MS = 90_000;
/** The wait after a call that failed for the platform's sake; doubled each time, up to the last. */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** So many pages in a row that took no edit at all mean that this platform takes none. */
const PAGES_WITHOUT_EDIT = 2;

export interface Trouble {
  /** A call to the page has landed. */
  landed(index: number): void;
  /** The platform was unavailable for a call to the page: for how long it has been so now, in milliseconds. */
  unavailable(index: number): number;
  /** Since when the page fails, by the monotonic clock. */
  since(index: number): number;
  /** The wait before the next try. */
  nextWaitMs(index: number): number;
  /** How many refusals in a row there were, this one included. */
  refused(): number;
  refusals(): number;
  /** A page that had been posted took no edit. `sure`: edits were refused as such, rather than more text. */
  tookNoEdit(sure: boolean): void;
  /** An edit has landed. */
  edited(): void;
  /** A page that looks as if it were being written could be neither changed nor taken away. */
  leftOpen(): void;
  hasLeftOpen(): boolean;
  /** False: pages are posted when they are whole, since none can be edited. */
  canEdit(): boolean;
}

export function createTrouble(clock: Clock): Trouble {
  const failingSince = new Map<number, number>();
  let backoffMs = FIRST_BACKOFF_MS;
  let refusals = 0;
  let withoutEdit = 0;
  let isLeftOpen = false;

  return {
    landed(index) {
      failingSince.delete(index);
      backoffMs = FIRST_BACKOFF_MS;
      refusals = 0;
    },
    unavailable(index) {
      const since = failingSince.get(index) ?? clock.monotonic();
      failingSince.set(index, since);
      return clock.monotonic() - since;
    },
    since: (index) => failingSince.get(index) ?? clock.monotonic(),
    nextWaitMs(index) {
      const since = failingSince.get(index);
      const waitMs = backoffMs;
      backoffMs = Math.min(LAST_BACKOFF_MS, backoffMs * 2);
      const untilStuckMs = since === undefined ? 0 : since + STUCK_AFTER_MS - clock.monotonic();
      return untilStuckMs > 0 ? Math.min(waitMs, untilStuckMs) : waitMs;
    },
    refused() {
      refusals += 1;
      return refusals;
    },
    refusals: () => refusals,
    tookNoEdit(sure) {
      withoutEdit += sure ? PAGES_WITHOUT_EDIT : 1;
    },
    edited() {
      withoutEdit = 0;
    },
    leftOpen() {
      isLeftOpen = true;
    },
    hasLeftOpen: () => isLeftOpen,
    canEdit: () => withoutEdit < PAGES_WITHOUT_EDIT,
  };
}
