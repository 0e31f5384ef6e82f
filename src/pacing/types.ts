// What the pacer and the writer of a reply promise each other. Types only.

import type { Courtesy, Lane, LaneLimit, LaneView } from '../platform.ts';

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
   * Cheap, no side effect. `view`: the lanes as this reply would find them.
   */
  next(view: LaneView): NextCall | undefined;
  /**
   * Makes that call, with the newest draft. `call`: the very object that `next` gave; the writer may have more in it. `tail`: puts the rest on a new page rather than wait for the lane. Rejects only with BotError
   * `platform-rate-limited` (the lane's key in `where`, `retryAfterMs`): the pacer closes that lane, learns, and calls again. All other
   * faults are the writer's; if it rejects with one, that is a bug, and the reply is left.
   */
  write(call: NextCall, which: 'next' | 'tail'): Promise<void>;
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
  /** The lanes as one would find them who has not joined. */
  readonly view: LaneView;
  /** A call that is only a courtesy: below everything else, dropped where its lane has no room. */
  readonly courtesy: Courtesy;
  /** Starts no more calls; resolves when those under way have ended and what was learnt is stored. */
  stop(): Promise<void>;
}
