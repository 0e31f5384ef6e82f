// Owns the clocks of one attempt: connection, first token, idle, and when a reader is told that the provider lets us wait.
// Must not know sockets or payloads.

import type { Clock } from '../clock.ts';
import { BotError, type ErrorCode } from '../errors.ts';

export interface Timeouts {
  /** From the call to a connection. */
  readonly connectMs: number;
  /** From the call to the first token; comments do not end it. */
  readonly firstTokenMs: number;
  /** Between two tokens; comments do not count. */
  readonly idleMs: number;
}

export interface AttemptClocks {
  connected(): void;
  token(): void;
  comment(): void;
  /** While the reader does not take what came, the provider is not idle. */
  paused(isPaused: boolean): void;
  stop(): void;
}

export interface AttemptClocksOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly waitingAfterMs: number;
  /** Named in errors. */
  readonly host: string;
  /** Nothing but comments for `waitingAfterMs`. Called at most once. */
  onWaiting(): void;
  onLate(error: BotError): void;
}

/** Starts with the call. One timer serves all clocks and is set anew only when it rings: a token costs no timer. */
export function createAttemptClocks(options: AttemptClocksOptions): AttemptClocks {
  const { clock, timeouts, waitingAfterMs, host, onWaiting, onLate } = options;
  const startedAt = clock.monotonic();
  let phase: 'connecting' | 'waiting' | 'writing' | 'over' = 'connecting';
  let aliveAt = startedAt;
  let hasComment = false;
  let saidWaiting = false;
  let isPaused = false;
  let cancel: () => void = () => undefined;

  const late = (code: ErrorCode, what: string, limit: number) => {
    phase = 'over';
    onLate(new BotError(code, `${what} within ${limit} ms from ${host}`, { where: 'model' }));
  };
  const sayWaiting = () => {
    if (saidWaiting || !hasComment || phase !== 'waiting' || clock.monotonic() - startedAt < waitingAfterMs)
      return;
    saidWaiting = true;
    onWaiting();
  };
  /** How long until something must be looked at again; what is too late is told. */
  const look = (): number | undefined => {
    const now = clock.monotonic();
    const waited = now - startedAt;
    if (phase === 'connecting') {
      if (waited < timeouts.connectMs) return timeouts.connectMs - waited;
      late('connect-failed', 'No connection', timeouts.connectMs);
    } else if (phase === 'waiting') {
      sayWaiting();
      if (waited < timeouts.firstTokenMs) {
        const left = timeouts.firstTokenMs - waited;
        return waited < waitingAfterMs ? Math.min(left, waitingAfterMs - waited) : left;
      }
      late('first-token-timeout', 'No token', timeouts.firstTokenMs);
    } else if (phase === 'writing') {
      const idle = now - aliveAt;
      if (isPaused) return timeouts.idleMs;
      if (idle < timeouts.idleMs) return timeouts.idleMs - idle;
      late('stalled', 'No further token', timeouts.idleMs);
    }
    return undefined;
  };
  const watch = () => {
    cancel();
    const left = look();
    if (left !== undefined) cancel = clock.after(left, watch);
  };

  watch();
  return {
    connected() {
      if (phase !== 'connecting') return;
      phase = 'waiting';
      watch();
    },
    token() {
      aliveAt = clock.monotonic();
      if (phase !== 'waiting' && phase !== 'connecting') return;
      phase = 'writing';
      watch();
    },
    comment() {
      hasComment = true;
      sayWaiting();
    },
    paused(value) {
      isPaused = value;
      aliveAt = clock.monotonic();
    },
    stop() {
      phase = 'over';
      cancel();
    },
  };
}
