// Owns which of a reply's pages is written next, on which lane, and how urgent that is. Makes no call and keeps no state.
// Must not know what was tried before, or what is done when a call fails.

import type { Lane, ReplySink } from '../platform.ts';
import type { Difference, Layout, Reach } from './layout.ts';
import type { NextCall, Pacer } from './pacer.ts';

export interface ChoiceOptions {
  readonly sink: ReplySink;
  readonly layout: Layout;
  readonly pacer: Pacer;
  readonly isEnding: () => boolean;
  /** There are thoughts, and no text yet. */
  readonly isThinking: () => boolean;
  readonly reach: () => Reach;
  /** False: pages are posted when they are whole, since none can be edited. */
  readonly canEdit: () => boolean;
}

export interface Choice {
  /** The page to mend next: the first, unless its call brings no text and would hold up one on another lane that does. */
  choose(): Difference | undefined;
  /** Where no edit is taken, a page is posted when it is whole. */
  mayWrite(found: Difference): boolean;
  /** A page that shows nothing yet, or that may show more than is known, is not followed by another. */
  canTail(found: Difference): boolean;
  /** The call that it takes. Undefined for `found`: the text has changed on the page that is being written. */
  toCall(found: Difference | undefined): NextCall;
}

export function createChoice(options: ChoiceOptions): Choice {
  const { sink, layout, pacer, isEnding, reach } = options;

  const mayWrite = ({ standing, page }: Difference): boolean =>
    standing !== undefined || (reach() === 'all' && (page.final || options.canEdit()));

  const laneOf = ({ page, standing }: Difference): Lane =>
    standing ? sink.lane(isEnding() ? 'final' : 'edit', page) : sink.lane('post', page);

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
    choose() {
      const first = layout.difference();
      if (first && !mayWrite(first)) return undefined;
      if (!first?.isFollowed || !first.standing || first.page.text.length > first.standing.shown)
        return first;
      const lane = laneOf(first);
      if (pacer.room(lane) >= 1) return first;
      const later = layout.difference(first.index + 1);
      // On the same lane it would take the very call that ends the page before.
      return later === undefined || laneOf(later).key === lane.key ? first : later;
    },
    toCall(found) {
      const edit = sink.lane('edit');
      const priority = toPriority(found);
      if (found === undefined) return { lane: sink.lane('edit', layout.lastPage()), priority, edit };
      const { page, standing } = found;
      if (standing === undefined) {
        const lane = sink.lane('post', page);
        return { lane, priority, edit: sink.lane('edit') };
      }
      const unseen = page.text.length > standing.shown;
      const mayTail = isEnding() && reach() === 'all' && unseen && canTail(found);
      return {
        lane: sink.lane(isEnding() ? 'final' : 'edit', page),
        priority,
        tail: mayTail ? sink.lane('post', page) : undefined,
        edit,
      };
    },
  };
}
