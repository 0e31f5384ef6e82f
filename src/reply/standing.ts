// Owns what is known of one page as it stands on the platform. Must not know what should stand there.

import type { Clock } from '../clock.ts';
import type { PageRef } from '../platform.ts';
import type { SavedPage } from '../turns/types.ts';

/** One page as it stands on the platform. */
export interface Standing {
  readonly ref: PageRef;
  /** By the wall clock: for what is stored. */
  readonly postedAt: number;
  /** The same by the monotonic clock: the wall clock may be set while the page is written. */
  readonly bornAt: number;
  /** How many characters of the page's text stand there. */
  readonly shown: number;
  /** What stands there, to see whether anything differs. */
  readonly signature: string;
  /** It needs no more calls, or takes none. */
  readonly done: boolean;
  /** The platform takes no more calls for it, or it is gone. */
  readonly closed: boolean;
  /** A reader sees it as one that is being written. */
  readonly open: boolean;
  /** An edit of it has landed, or it is of an earlier run: the platform lets it be edited. */
  readonly proven: boolean;
  /** The platform has refused it in full. */
  readonly plain: boolean;
  /** What stands there is of an answer that is void: none of its text counts as shown. */
  readonly stale: boolean;
  /** A call may have been applied or not: `shown` is not certain. */
  readonly unsure: boolean;
}

/** A page of an earlier run, which has ended it. */
export function toStanding({ ref, postedAt, start, end, sealed }: SavedPage, clock: Clock): Standing {
  const ageMs = Math.max(0, clock.now() - postedAt);
  return {
    ref,
    postedAt,
    bornAt: clock.monotonic() - ageMs,
    shown: end - start,
    signature: '',
    done: sealed,
    closed: false,
    open: false,
    proven: true,
    plain: false,
    stale: false,
    unsure: false,
  };
}
