// PORT Turns: accepts mentions, keeps them, and runs them one at a time in a thread. Types only.

import type { Usage } from '../model/types.ts';
import type { Mention, PageRef, PageState, Person } from '../platform.ts';

/** One page as it stands on the platform. */
export interface SavedPage {
  readonly ref: PageRef;
  /** Where the page's text begins and ends in the answer. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds since the epoch. */
  readonly postedAt: number;
  /** No more text goes on this page. */
  readonly sealed: boolean;
}

/** All that is needed to go on with an answer: after a crash, by Retry, or by Continue. Plain JSON. */
export interface Checkpoint {
  readonly pages: readonly SavedPage[];
  /** The answer so far, byte for byte as it was received. */
  readonly text: string;
  readonly reasoning: string;
  /** How often the answer was broken off and went on. */
  readonly interruptions: number;
  readonly usage: Usage | undefined;
  readonly models: readonly string[];
  /** Milliseconds spent on it so far. */
  readonly elapsedMs: number;
  readonly state: PageState;
  /** Messages of an earlier answer that could be neither taken away nor changed: tried again when the reply goes on. */
  readonly left?: readonly PageRef[];
  /** One of the pages looks as if it were being written, and could be neither changed nor taken away. */
  readonly leftOpen?: boolean;
}

export type TurnKind = 'ask' | 'retry' | 'continue';

export interface Turn {
  /** `[A-Za-z0-9_-]`, at most 64 characters: it goes into buttons. */
  readonly id: string;
  readonly mention: Mention;
  readonly kind: TurnKind;
  /** The asker, or who pressed Retry or Continue. */
  readonly by: Person;
  /** Other turns of its thread went first. */
  readonly waited: boolean;
  /** What an earlier run of this very turn has left, where a crash broke it off. */
  readonly checkpoint: Checkpoint | undefined;
  /** What the turn has left that Retry or Continue goes on from. */
  readonly before: Checkpoint | undefined;
  /** Keeps the newest state; never awaited by the answer. Throws BotError `lease-lost` when another process holds the turn. */
  save(checkpoint: Checkpoint): void;
  /** The question as it reads now, when its turn begins: Retry and Continue are given this one. */
  reword(mention: Mention): void;
  /** The turn has begun, and waits for something that others hold; until it is told otherwise it counts as waiting. */
  park(isParked: boolean): void;
  /** Aborted with a BotError: `stopped` (with by), `message-deleted`, `lease-lost` or `shutdown`. */
  readonly signal: AbortSignal;
  /** Aborted when the process is to end, whatever `signal` was aborted for before: from then on nothing is waited for long. */
  readonly closing: AbortSignal;
}

export interface TurnOutcome {
  /** Keep the checkpoint for 24 h, since the reply carries Retry or Continue. */
  readonly keep: boolean;
}

/** Which turn is meant: by its id, its thread, a page of its reply, or as the newest one in a channel (of one asker, where given). */
export type TurnTarget =
  | { readonly turn: string }
  | { readonly thread: string }
  | { readonly page: string }
  | { readonly channel: string; readonly asker?: string };

/** Why a turn is cancelled. Plain data: the turn may run in another process. */
export type CancelReason =
  | { readonly code: 'stopped'; readonly by: Person }
  | { readonly code: 'message-deleted'; readonly page: string };

export interface Turns {
  /** Resolves when the mention is stored; false if this id was accepted before. `ahead`: how many turns of its thread go first. */
  submit(mention: Mention): Promise<{ readonly turn: string; readonly ahead: number } | false>;
  /** A new turn with the old one's mention and checkpoint; `expired` when that is no longer kept, `busy` when it still runs or was pressed already. */
  again(
    turnId: string,
    kind: 'retry' | 'continue',
    by: Person,
  ): Promise<
    { readonly turn: string; readonly ahead: number; readonly mention: Mention } | 'expired' | 'busy'
  >;
  /**
   * Starts running turns. `work` never rejects but for bugs. `onAgainWaits`: told of a turn that goes on with an answer, and has to wait for others
   * of its thread, before `again` resolves.
   */
  run(work: (turn: Turn) => Promise<TurnOutcome>, onAgainWaits?: (turn: Turn) => void): void;
  /**
   * Aborts the running turn that is meant, with a BotError of the code of `reason` (a waiting one only when it is named by its id; it then
   * ends at once, beside the one that runs).
   * Resolves to the turn's id, or undefined when there is none.
   */
  cancel(target: TurnTarget, reason: CancelReason): Promise<string | undefined>;
  /** How many turns run and wait here; those that are parked wait. */
  count(): { readonly running: number; readonly waiting: number };
  /** Accepts no more; waits `graceMs` for running turns, then aborts them with `shutdown` and waits for them to end. */
  stop(graceMs: number): Promise<void>;
}

/** What a reply begins with: its own last state, also that of a Retry; else that of the turn before, whose text is void (`fresh`) for a Retry. */
export function goesOnFrom({ kind, checkpoint, before }: Pick<Turn, 'kind' | 'checkpoint' | 'before'>): {
  readonly checkpoint: Checkpoint | undefined;
  readonly fresh: boolean;
} {
  if (checkpoint !== undefined) return { checkpoint, fresh: false };
  return { checkpoint: before, fresh: kind === 'retry' };
}

/** Names a channel over all platforms. */
export function toChannelKey(place: { platform: string; scope: string; channel: string }): string {
  return `${place.platform}:${place.scope}:${place.channel}`;
}

/** Names the queue a mention stands in. */
export function toThreadKey(mention: Mention): string {
  return `${toChannelKey(mention)}:${mention.thread}`;
}
