// Owns the words for calls that a platform limits: lanes, and the calls beside the answers. Types only, given to everybody by platform.ts.

/** One rate-limited kind of call. Lanes with the same key share one budget. */
export interface Lane {
  /** platform + scope + method: `slack:T1:chat.update`. */
  readonly key: string;
  readonly platform: string;
  readonly scope: string;
  /** The documented rate, in calls a minute (with its source, in the adapter). */
  readonly perMinute: number;
  /** How many calls may start at once when the lane has been idle. */
  readonly burst: number;
  /** The least time between two edits of one reply, in milliseconds; a quarter of a second where it is left out. */
  readonly floorMs?: number;
}

/** What a reply that asks would find in the lanes: its own place there is not counted. */
export interface LaneView {
  /** How many calls could start now besides those that wait already; below 0 when more wait than can. */
  room(lane: Lane): number;
  /** The gap between two edits of one reply, in milliseconds, if `extra` more replies shared the lane. */
  tau(lane: Lane, extra?: number): number;
}

/** How a call is made, in words of the adapter's own. Plain JSON. */
export type How = Readonly<Record<string, string | number | boolean>>;

/** What a call would be: the lane that it takes, and how it is made. */
export interface CallPlan {
  readonly lane: Lane;
  readonly how: How;
}

/**
 * Makes a call that is only a courtesy (a status, typing, a mark, a whisper), on a lane of its own, below everything else: as soon as its
 * lane has room, where that is soon, else never. `dropped`: it was not made, or met the platform's limit. Rejects with what else it threw.
 */
export type Courtesy = (lane: Lane, call: () => Promise<void>) => Promise<'made' | 'dropped'>;

/** A mark on a question: it waits for its turn, or it is refused. */
export type Sign = 'waiting' | 'refused';

/** The lanes of the calls beside the answers. */
export interface CourtesyLanes {
  readonly whisper: Lane;
  readonly say: Lane;
  readonly mark: Lane;
  readonly unmark: Lane;
}

/** What a platform's response headers say of a lane. */
export interface LaneLimit {
  /** Calls a window. */
  readonly limit: number;
  /** Calls left in this window. */
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetAfterMs: number;
}
