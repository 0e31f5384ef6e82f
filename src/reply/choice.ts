// Owns which of a reply's pages is written next, on which lane, and how urgent that is. Makes no call and keeps no state.
// Must not know what was tried before, or what is done when a call fails.

import type { NextCall } from '../pacing/types.ts';
import type { CallPlan, How, LaneView, ReplySink } from '../platform.ts';
import type { Difference, Layout, Reach } from './layout.ts';

/** What is written when the pacer grants the call. */
export interface PlannedCall extends NextCall {
  /** The page that it is to mend. */
  readonly index: number;
  readonly how: How;
  readonly tailHow: How | undefined;
}

export interface ChoiceOptions {
  readonly sink: ReplySink;
  readonly layout: Layout;
  readonly isEnding: () => boolean;
  /** There are thoughts, and no text yet. */
  readonly isThinking: () => boolean;
  readonly reach: () => Reach;
  /** False: pages are posted when they are whole, since none can be edited. */
  readonly canEdit: () => boolean;
}

export interface Choice {
  /** The page to mend next: the first, unless its call brings no text and would hold up one on another lane that does. */
  choose(view: LaneView): Difference | undefined;
  /** Whether there is any. */
  hasMore(): boolean;
  /** Where no edit is taken, a page is posted when it is whole. */
  mayWrite(found: Difference): boolean;
  /** A page that shows nothing yet, or that may show more than is known, is not followed by another. */
  canTail(found: Difference): boolean;
  /** The call that it takes. Undefined for `found`: the text has changed on the page that is being written. */
  toCall(found: Difference | undefined, view: LaneView): PlannedCall;
}

export function createChoice(options: ChoiceOptions): Choice {
  const { sink, layout, isEnding, reach } = options;

  const mayWrite = ({ standing, page }: Difference): boolean =>
    standing !== undefined || (reach() === 'all' && (page.final || options.canEdit()));

  const planOf = ({ page, standing }: Difference, view: LaneView): CallPlan =>
    sink.plan(standing === undefined ? 'post' : isEnding() ? 'final' : 'edit', page, view);

  const toPriority = (found: Difference | undefined): NextCall['priority'] => {
    // The end of one page and the start of the next belong together: a reader must not wait between them.
    const turnsPage = found && (found.isFollowed || (found.standing === undefined && found.index > 0));
    if (isEnding() || turnsPage) return 'final';
    // Thoughts that grow are no first text.
    const isGrowth = layout.hasShownText() || (options.isThinking() && layout.last() !== undefined);
    return isGrowth ? 'edit' : 'first';
  };

  const canTail = ({ standing }: Difference): boolean =>
    standing !== undefined && standing.shown > 0 && !standing.unsure;

  return {
    mayWrite,
    canTail,
    hasMore() {
      const first = layout.difference();
      return first !== undefined && mayWrite(first);
    },
    choose(view) {
      const first = layout.difference();
      if (first && !mayWrite(first)) return undefined;
      if (!first?.isFollowed || !first.standing || first.page.text.length > first.standing.shown)
        return first;
      const { lane } = planOf(first, view);
      if (view.room(lane) >= 1) return first;
      const later = layout.difference(first.index + 1);
      // On the same lane it would take the very call that ends the page before.
      return later === undefined || planOf(later, view).lane.key === lane.key ? first : later;
    },
    toCall(found, view) {
      const priority = toPriority(found);
      const page = found === undefined ? layout.lastPage() : found.page;
      const edit = sink.plan('edit', found?.standing === undefined ? found?.page : undefined, view).lane;
      const { lane, how } = found === undefined ? sink.plan('edit', page, view) : planOf(found, view);
      const unseen = found?.standing && found.page.text.length > found.standing.shown;
      const mayTail = found && unseen && isEnding() && reach() === 'all' && canTail(found);
      const tail = mayTail ? sink.plan('post', page, view) : undefined;
      return { lane, how, priority, edit, index: found?.index ?? 0, tail: tail?.lane, tailHow: tail?.how };
    },
  };
}
