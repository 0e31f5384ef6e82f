// What the pacer and the writer of a reply promise each other. Types only.

import type { Courtesy, Lane, LaneLimit } from '../platform.ts';

/** `final`: the answer ended or was stopped (goes before all others); `first`: nothing of it is shown yet. */
export type Priority = 'final' | 'first' | 'edit';

export interface NextCall {
  /** Lane of the call that would bring the reader up to date now. */
  readonly lane: Lane;
  readonly priority: Priority;
  /** For finals: the lane by which the rest could go out as a continuation page instead. */
  readonly tail?: Lane | undefined;
  /** The lane of this reply's edits, where it is no longer the one named at `join`. */
  readonly edit?: Lane | undefined;
}

export interface PacedWriter {
  /**
   * What call is needed now; undefined when the reader has everything, or when nothing should be tried before the next `touch`.
   * Cheap, no side effect.
   */
  next(): NextCall | undefined;
  /**
   * Makes that call, with the newest draft. `tail`: puts the rest on a new page rather than wait for the lane. Rejects only with BotError
   * `platform-rate-limited` (the lane's key in `where`, `retryAfterMs`): the pacer closes that lane, learns, and calls again. All other
   * faults are the writer's; if it rejects with one, that is a bug, and the reply is left.
   */
  write(how: 'next' | 'tail'): Promise<void>;
}

export interface PacedReply {
  /** The draft has changed. Called at every delta: one `next()`, unless something is due. */
  touch(): void;
  /** The reply is over or lost: nothing more is called for it. */
  leave(): void;
}

export interface Pacer {
  /** `lanes.edit`: the lane whose τ this reply shares, until `next()` names another. The reply counts as active until it leaves. */
  join(writer: PacedWriter, lanes: { edit: Lane }): PacedReply;
  /** What response headers say: from now on they set the lane, and its documented numbers count no more. */
  limit(lane: Lane, limit: LaneLimit): void;
  /**
   * How many calls could start now besides the first texts and finals that wait for the lane already; below 0 when more wait than can start.
   * While the pacer asks a reply for its `next()`, that reply's own place does not count.
   */
  room(lane: Lane): number;
  /**
   * The gap in ms between two edits of one reply if `extra` more replies shared the lane: for choosing a mechanism. While the pacer asks a
   * reply for its `next()`, that reply itself is not counted: `tau(lane, 1)` is what it would get.
   */
  tau(lane: Lane, extra?: number): number;
  /** A call that is only a courtesy: below everything else, dropped where its lane has no room. */
  readonly courtesy: Courtesy;
  /** Starts no more calls; resolves when those under way have ended and what was learnt is stored. */
  stop(): Promise<void>;
}
