// Owns the life of one reply as data: what has happened to it so far, what each event makes of that, and what may still be done.
// Must not know pages, lanes or time, and makes no call.

import type { BotError } from '../errors.ts';
import type { Ending } from './ending.ts';
import type { Reach } from './layout.ts';

export interface Life {
  /** The draft, or what is said beside it, has changed since the newest plan. */
  readonly dirty: boolean;
  /** How long the draft was when it was looked at last. */
  readonly length: number;
  /** Since when there is text that no reader sees, and that no call carries. */
  readonly unreadSince: number | undefined;
  /** The call under way: `unreadSince` as it was before. */
  readonly call: { readonly unreadSince: number | undefined } | undefined;
  /** No call for a while. */
  readonly held: boolean;
  readonly ending: Ending | undefined;
  readonly reach: Reach;
  /** Why nothing more is posted. What stands may still be brought to an end. */
  readonly failed: BotError | undefined;
  /** No further call is made. */
  readonly lost: boolean;
}

export type LifeEvent =
  | { readonly type: 'changed'; readonly length: number; readonly at: number }
  /** What is said beside the text has changed. */
  | { readonly type: 'remarked' }
  /** The pages were worked out anew. */
  | { readonly type: 'planned' }
  /** `posts: false`: only messages that stand already take the ending. */
  | { readonly type: 'ends'; readonly ending: Ending; readonly posts: boolean }
  | { readonly type: 'sent' }
  /** `placed: false`: the call only made room for a message. */
  | { readonly type: 'landed'; readonly placed: boolean }
  /** `limited`: it met a limit, and is made again as it was. */
  | { readonly type: 'failed'; readonly limited: boolean }
  /** The call, and what was done about its failure, is over. */
  | { readonly type: 'settled' }
  | { readonly type: 'held' }
  | { readonly type: 'released' }
  /** Nothing more can be posted. */
  | { readonly type: 'refused'; readonly error: BotError }
  /** No call makes sense any more. */
  | { readonly type: 'lost' };

export function createLife(length: number): Life {
  const nothing = { unreadSince: undefined, call: undefined, ending: undefined, failed: undefined };
  return { ...nothing, dirty: false, length, held: false, reach: 'all', lost: false };
}

export function next(life: Life, event: LifeEvent): Life {
  switch (event.type) {
    case 'changed': {
      const grew = event.length !== life.length;
      const unreadSince = life.unreadSince ?? (grew ? event.at : undefined);
      return { ...life, dirty: true, length: event.length, unreadSince };
    }
    case 'remarked':
      return { ...life, dirty: true };
    case 'planned':
      return { ...life, dirty: false };
    case 'ends':
      return { ...life, dirty: true, ending: event.ending, reach: event.posts ? life.reach : toReach(life) };
    case 'sent':
      return { ...life, call: { unreadSince: life.unreadSince }, unreadSince: undefined };
    case 'landed':
      return event.placed ? life : { ...life, unreadSince: life.call?.unreadSince ?? life.unreadSince };
    case 'failed': {
      const unreadSince = life.call?.unreadSince ?? life.unreadSince;
      return { ...life, unreadSince, dirty: life.dirty || !event.limited };
    }
    case 'settled':
      return { ...life, call: undefined };
    case 'held':
      return { ...life, held: true };
    case 'released':
      return { ...life, held: false };
    case 'refused':
      return { ...life, failed: life.failed ?? event.error };
    case 'lost':
      return { ...life, lost: true, held: false };
  }
}

/** Where the rest found no place the last page takes the ending; somebody who deleted one wants nothing new to read. */
function toReach({ failed }: Life): Reach {
  return failed !== undefined && failed.code !== 'message-deleted' ? 'standing' : 'open';
}

/** A call may be made now; where nothing more can be posted, only for an ending on what stands. */
export function mayCall({ lost, held, failed, ending, reach }: Life): boolean {
  return !lost && !held && (failed === undefined || (ending !== undefined && reach !== 'all'));
}

/** What a call under way shows must be known before the pages are worked out again. */
export function mayPlan({ lost, call }: Life): boolean {
  return !lost && call === undefined;
}

/** The rest finds no place. */
export function isRefused({ failed, reach }: Life): boolean {
  return failed !== undefined && reach === 'all';
}

/** Nothing is left to do for the ending. `hasMore`: a page does not stand as it should. */
export function isOver(life: Life, hasMore: boolean): boolean {
  return life.lost || isRefused(life) || !hasMore;
}
