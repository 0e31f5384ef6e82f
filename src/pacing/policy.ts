// Owns the policy of pacing: which of the replies that wait may make their call now, and when to look again. Arithmetic only.
// Must not make calls, wait, or know how a lane's credit is counted. In plain words: docs/decisions/2026-11-22-pacing-policy.md.

import type { Lane } from '../platform.ts';
import type { Gate } from './gate.ts';
import type { LaneAccount } from './lane-account.ts';
import type { Lanes } from './lane-accounts.ts';
import type { NextCall, Priority } from './types.ts';

/** The least time between two edits of one reply, where its lane names none. */
const defaultFloorMs = 250;
/** A final that would wait longer than this goes out as a continuation page. */
const tailMs = 2_000;
/** An edit that is overdue by this much may use the credit kept for finals, and goes before a final that can be a continuation page. */
const lateMs = 500;
/** A reply's first call waits this long for a few words more. */
const firstMinMs = 60;
/** Where more than `fewReplies` share a lane and edits are further apart than `scarceMs`, the first call waits for more text, at most `firstMaxMs`. */
const firstMaxMs = 2_500;
/**
 * Where the finals that wait for a lane are further behind than a final may be, words that are shown early cost one more of the edits that are
 * missing: the first call waits as long as they do, at most so long, and an answer that has ended by then is posted whole, with one call.
 */
const crowdedMaxMs = 20_000;
const scarceMs = 1_000;
const fewReplies = 10;
/** Slots of a gate that edits leave free for calls that matter more. */
const slotsKept = 4;

const never = Number.POSITIVE_INFINITY;

/** What the policy sees of a reply. */
export interface Candidate {
  /** The call that it waits for. */
  readonly need: NextCall | undefined;
  /** Since when it has needed calls of one priority. */
  readonly since: { readonly priority: Priority; readonly at: number } | undefined;
  /** The lane whose τ it shares. */
  readonly edit: LaneAccount;
  /** When the draft that was sent last was read. */
  readonly readAt: number;
}

/** Replies that are looked at together: those of a workspace, or of a platform with a limit on all calls. */
export interface Group<R extends Candidate> {
  readonly gate: Gate | undefined;
  readonly replies: ReadonlySet<R>;
  /** Those that need a call and have none under way, in the order in which they came to need it. */
  readonly waiting: ReadonlySet<R>;
}

/** Starts, by `start`, every call that may start now; returns when the next may. `start` takes the reply out of `waiting` and pays for the call. */
export function startDue<R extends Candidate>(
  group: Group<R>,
  lanes: Lanes,
  now: number,
  start: (reply: R, how: 'next' | 'tail') => void,
): number {
  const waiting = (priority: Priority): (readonly [R, NextCall])[] =>
    [...group.waiting].flatMap((reply) =>
      reply.need?.priority === priority ? [[reply, reply.need] as const] : [],
    );

  /** When a call may start that needs this much credit and leaves `slots` to others; never before a call under way has ended in a full lane. */
  const opensAt = (lane: Lane, credit: number, slots: number): number => {
    const account = lanes.of(lane);
    if (account.inFlight >= account.maxInFlight) return never;
    const { gate } = group;
    const gateAt = gate === undefined || gate.free(now) > slots ? now : gate.freeAt(now);
    return Math.max(gateAt, account.readyAt(credit, now));
  };

  const firstDueAt = ({ edit, since }: R): number => {
    const tau = edit.gap(now, edit.replies, 2);
    // The first call is a catch-up that costs no edit: where edits are scarce, three words are too few for it.
    const isScarce = edit.replies > fewReplies && tau > scarceMs;
    const behindMs = edit.readyAt(edit.claims, now) - now;
    if (isScarce && behindMs > tailMs) return (since?.at ?? now) + Math.min(crowdedMaxMs, behindMs);
    return (since?.at ?? now) + (isScarce ? Math.min(firstMaxMs, tau) : firstMinMs);
  };

  const editDueAt = ({ edit, readAt }: R): number => {
    const { gate, replies } = group;
    const share = gate === undefined ? 0 : (gate.holdMs * replies.size) / (gate.size() - slotsKept);
    return readAt + Math.max(edit.floorMs ?? defaultFloorMs, share, edit.gap(now, edit.replies, 1));
  };

  const findLateEdit = (lane: Lane): R | undefined =>
    waiting('edit').find(
      ([reply, need]) => need.lane.key === lane.key && now >= editDueAt(reply) + lateMs,
    )?.[0];

  const startFinals = (): number => {
    let lookAt = never;
    const ahead = new Map<string, number>();
    const byEnd = waiting('final').sort(([a], [b]) => (a.since?.at ?? now) - (b.since?.at ?? now));
    for (const [reply, { lane, tail }] of byEnd) {
      const at = opensAt(lane, 1, 0);
      const tailAt = tail === undefined ? never : opensAt(tail, 1, 0);
      if (at <= now) {
        // Else those who came last starve while the others end: the final has another way to its reader, the edit has none.
        const late = tailAt <= now ? findLateEdit(lane) : undefined;
        if (late !== undefined) start(late, 'next');
        start(reply, late === undefined ? 'next' : 'tail');
        continue;
      }
      const place = (ahead.get(lane.key) ?? 0) + 1;
      const waitsLong = lanes.of(lane).readyAt(place, now) - now > tailMs;
      if (waitsLong && tailAt <= now) {
        start(reply, 'tail');
        continue;
      }
      ahead.set(lane.key, place);
      lookAt = Math.min(lookAt, at, waitsLong ? tailAt : never);
    }
    return lookAt;
  };

  /** When a first text may go. */
  const firstAt = (reply: R, lane: Lane): number => Math.max(firstDueAt(reply), opensAt(lane, 1, 0));

  /** When an edit may go: it leaves credit to finals, unless it is late. */
  const editAt = (reply: R, lane: Lane): number => {
    const dueAt = editDueAt(reply);
    const inTime = Math.max(dueAt, opensAt(lane, 1 + lanes.of(lane).keep(), slotsKept));
    return Math.min(inTime, Math.max(dueAt + lateMs, opensAt(lane, 1, slotsKept)));
  };

  const startOthers = (priority: 'first' | 'edit'): number => {
    let lookAt = never;
    for (const [reply, { lane }] of waiting(priority)) {
      const at = priority === 'first' ? firstAt(reply, lane) : editAt(reply, lane);
      if (at <= now) start(reply, 'next');
      else lookAt = Math.min(lookAt, at);
    }
    return lookAt;
  };

  return Math.min(startFinals(), startOthers('first'), startOthers('edit'));
}
