// Owns time: every wait and every timestamp goes through a Clock, so that a test of a minute's pacing takes milliseconds.

export interface Clock {
  /** Milliseconds since the epoch, by the wall clock: it may be set back or forth at any moment. For what is stored or shown, never for a duration. */
  now(): number;
  /** Milliseconds since some moment before; never goes back, whatever is done to the wall clock. For durations. */
  monotonic(): number;
  /** Calls `action` once after `ms` milliseconds (a wait without end, when that is not finite); the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

/** What a timer of Node's can hold, in milliseconds: with more it fires at once (Node's docs, `setTimeout`). */
const TIMER_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, action) => {
    const wanted = Number.isNaN(ms) ? 0 : Math.max(0, ms);
    const endsAt = performance.now() + wanted;
    let timer: NodeJS.Timeout;
    const arm = (waitMs: number): void => {
      timer = setTimeout(() => {
        const leftMs = endsAt - performance.now();
        if (waitMs < TIMER_MAX_MS || leftMs <= 0) action();
        else arm(Math.min(leftMs, TIMER_MAX_MS));
      }, waitMs);
    };
    arm(Math.min(wanted, TIMER_MAX_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
