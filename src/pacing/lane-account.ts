// Owns the account of one lane: how many calls may start now, and what a 429 or a response header teaches about that.
// Must not know replies, queues or platforms. Nothing here waits. Why the numbers are what they are: docs/decisions/2026-11-22-pacing-policy.md.

import type { Lane, LaneLimit } from '../platform.ts';
import type { Json } from '../store/types.ts';

/** Credit is spent as if the answers under way lasted this much longer; 8 to 12 s are alike, however long answers are. */
const horizonMs = 10_000;
/** Of the documented rate: uneven round trips alone bring 429s at 1.0, none at 0.98. */
const guard = 0.98;
/** Credit kept for each active reply's final edit. */
const keepPerReply = 0.3;
/** A learnt rate or capacity grows again after this long without a 429. */
const rateHealsAfterMs = 30_000;
const burstHealsAfterMs = 300_000;
/** What a window of Discord's edits is before its headers say so. */
const firstWindowMs = 5_000;
/** A closed lane looks this much slower to a reply that chooses between two mechanisms. */
const closedFactor = 0.3;

/** What is remembered of a lane from one run to the next. */
export interface Learnt {
  /** Calls a minute. */
  readonly rate: number;
  /** Calls that may start at once. */
  readonly cap: number;
}

export interface LaneAccount {
  readonly key: string;
  /** The least time between two edits of one reply, where the lane names one. */
  readonly floorMs: number | undefined;
  /** How many replies share this lane for their edits. */
  replies: number;
  /** How many calls wait that must be made whatever else happens: first texts and finals. */
  claims: number;
  /** How many calls are under way. */
  inFlight: number;
  /** When it was last looked up, by the clock. */
  usedAt: number;
  /** How many calls may be under way at once: bounds the 429s of one surprise. */
  readonly maxInFlight: number;
  /** Calls that may start now; 0 while the lane is closed. */
  credit(now: number): number;
  /** When there will be that much credit. */
  readyAt(credit: number, now: number): number;
  /** Credit that edits leave for finals. */
  keep(): number;
  /** The gap between two edits of one reply, in ms, if `replies` share the lane; `catchUps`: calls that each of them still gets beyond its share. */
  tau(now: number, replies: number, catchUps: number): number;
  /**
   * The same for a call that is to be made: in a closed lane by what it will hold when it opens. By anything less a reply would still wait long after
   * that, since nothing looks at it again before the time that is told here.
   */
  gap(now: number, replies: number, catchUps: number): number;
  take(now: number): void;
  /** The call was not made after all. */
  giveBack(now: number): void;
  /** A call has succeeded. True when what is remembered has changed for good. */
  succeeded(now: number): boolean;
  /** A call that was sent at `sentAt` got a 429: closes the lane. True when it taught something; one step for a group of calls. */
  limited(now: number, sentAt: number, retryAfterMs: number): boolean;
  /** What headers say: from now on they set the lane, and its documented numbers count no more. */
  heard(now: number, limit: LaneLimit): void;
  /** Undefined while it is just what is documented. */
  learnt(): Learnt | undefined;
  /** Starts from what an earlier run learnt, with half of its capacity; calls made since are paid. */
  restore(now: number, learnt: Learnt): void;
}

export function createLaneAccount(lane: Lane, now: number): LaneAccount {
  const documented = lane.perMinute / 60_000;
  const least = Math.min(2, lane.burst);
  /** Calls a millisecond. */
  let rate = guard * documented;
  let cap = lane.burst;
  /** The credit at `anchor`; what has come in since is added when it is asked for. */
  let saved = cap;
  let anchor = now;
  let closedUntil = 0;
  let lastLimited: number | undefined;
  /** Since when the lane has gone without a 429; undefined while it is believed to be as documented. */
  let quietSince: number | undefined;
  let lastGrown = now;
  /** Nearly all credit was spent since the capacity last grew: only then does a larger one show. */
  let drained = false;
  let window: { limit: number; ms: number; left: number; endsAt: number } | undefined;

  const account: LaneAccount = {
    key: lane.key,
    floorMs: lane.floorMs,
    replies: 0,
    claims: 0,
    inFlight: 0,
    usedAt: now,
    maxInFlight: Math.min(6, Math.max(2, Math.round(lane.burst / 8))),

    credit(at) {
      if (at < closedUntil) return 0;
      if (window !== undefined) return at < window.endsAt ? window.left : window.limit;
      return Math.min(cap, saved + rate * Math.max(0, at - anchor));
    },

    readyAt(credit, at) {
      const open = Math.max(at, closedUntil);
      const missing = credit - account.credit(open);
      if (missing <= 0) return open;
      return window === undefined ? open + missing / rate : Math.max(open, window.endsAt);
    },

    // At most cap - 1: a small bucket would sit full otherwise, and its refill be lost.
    keep: () => (window === undefined ? Math.min(keepPerReply * account.replies, cap - 1) : 0),

    tau(at, replies, catchUps) {
      return toGap(at, replies, catchUps, at < closedUntil ? closedFactor : 1);
    },

    gap: (at, replies, catchUps) => toGap(Math.max(at, closedUntil), replies, catchUps, 1),

    take(at) {
      if (window === undefined) {
        anchorAt(at, account.credit(at) - 1);
        if (saved < 1 + cap / 10) drained = true;
      } else {
        // The server's window opens with the call that reaches it, so it never ends before this one does.
        if (at >= window.endsAt) window = { ...window, left: window.limit, endsAt: at + window.ms };
        window.left -= 1;
      }
    },

    giveBack(at) {
      if (window !== undefined) window.left += 1;
      else if (at >= anchor) anchorAt(at, Math.min(cap, account.credit(at) + 1));
    },

    succeeded(at) {
      if (quietSince === undefined || window !== undefined) return false;
      const before = rate;
      if (at - quietSince >= rateHealsAfterMs && rate < guard * documented) {
        anchorAt(at, account.credit(at));
        rate = Math.min(guard * documented, rate + 0.005 * documented);
      }
      if (drained && at - Math.max(quietSince, lastGrown) >= burstHealsAfterMs) {
        cap = Math.min(lane.burst, 1.25 * cap + 1);
        lastGrown = at;
        drained = false;
        return true;
      }
      return rate !== before && rate === guard * documented;
    },

    limited(at, sentAt, retryAfterMs) {
      const believed = account.credit(at);
      const until = Math.max(closedUntil, at + retryAfterMs);
      const known = lastLimited !== undefined && sentAt <= lastLimited;
      if (!known && window === undefined) {
        // The account is wrong by what it was believed to hold. At first the bucket was smaller or emptier than documented; since it
        // was last known to be empty, only the rate can be wrong.
        const smaller = Math.min(lane.burst, Math.max(least, 0.4 * cap, cap - believed));
        if (lastLimited === undefined) {
          cap = smaller;
        } else {
          const elapsed = Math.max(1, at - lastLimited);
          rate = Math.max(0.2 * documented, Math.min(rate, Math.max(0.8 * rate, rate - believed / elapsed)));
          if (believed > 2) cap = smaller;
        }
      }
      if (!known) lastLimited = at;
      quietSince = at;
      closedUntil = until;
      anchorAt(until, 1);
      return !known && window === undefined;
    },

    heard(at, { limit, remaining, resetAfterMs }) {
      const endsAt = at + resetAfterMs;
      const size = Math.max(1, limit);
      if (window === undefined) {
        window = { limit: size, ms: Math.max(firstWindowMs, resetAfterMs), left: remaining, endsAt };
        return;
      }
      // The headers of the window's first call tell how long a window is.
      const ms = remaining >= size - 1 && resetAfterMs > 0 ? resetAfterMs : window.ms;
      // Calls under way are not in `remaining` yet, but they are in `left`; an answer from the window before must not end this one.
      const left = Math.min(at < window.endsAt ? window.left : size, remaining);
      window = { limit: size, ms, left, endsAt: Math.max(window.endsAt, endsAt) };
    },

    learnt() {
      if (rate === guard * documented && cap === lane.burst) return undefined;
      return { rate: rate * 60_000, cap };
    },

    restore(at, learnt) {
      const spent = Math.max(0, cap - account.credit(at));
      rate = Math.min(guard * documented, Math.max(0.2 * documented, learnt.rate / 60_000));
      cap = Math.min(lane.burst, Math.max(least, learnt.cap));
      // In a lane that was closed meanwhile, the 429 knows better.
      if (at >= closedUntil) anchorAt(at, Math.max(0, cap / 2 - spent));
      quietSince ??= at;
    },
  };

  function toGap(at: number, replies: number, catchUps: number, factor: number): number {
    if (window !== undefined) return (window.ms * Math.max(1, replies)) / (window.limit * guard);
    const spendable = rate + Math.max(0, account.credit(at) - account.keep()) / horizonMs;
    return 1 / ((factor * spendable) / Math.max(1, replies) + catchUps / horizonMs);
  }

  function anchorAt(at: number, credit: number): void {
    saved = credit;
    anchor = at;
  }

  return account;
}

/** Reads what a store holds; undefined for anything else. */
export function parseLearnt(value: Json | undefined): Learnt | undefined {
  if (typeof value !== 'object' || value === null || !('rate' in value) || !('cap' in value))
    return undefined;
  const { rate, cap } = value;
  const sound = typeof rate === 'number' && typeof cap === 'number' && rate > 0 && cap > 0;
  return sound ? { rate, cap } : undefined;
}
