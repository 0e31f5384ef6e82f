// Owns one reply while it grows: the one call that brings the reader up to date, and what to do when that call fails.
// Must not know how long to wait for a lane (pacer), what stands where (layout), what a page shows (page), or any platform.

import { type BotError, isBotError, toBotError } from '../errors.ts';
import type { Lane, PageRef, ReplySink } from '../platform.ts';
import type { SavedPage } from '../turns/types.ts';
import { createDiscarder } from './discard.ts';
import type { Ending } from './ending.ts';
import { createLayout, type Difference, type LayoutOptions, type Reach } from './layout.ts';
import type { NextCall, PacedReply, Pacer } from './pacer.ts';
import { createPatience } from './patience.ts';
import { createRepair } from './repair.ts';
import { settleLate } from './settle.ts';
import { createTrouble } from './trouble.ts';

/** What the pages are made from (layout), and who is told of the calls. */
export interface WriterOptions extends Omit<LayoutOptions, 'limits' | 'showsReasoning' | 'onUnneeded'> {
  readonly sink: ReplySink;
  readonly pacer: Pacer;
  /** A call has landed. `stalenessMs`: how old the oldest text was that no reader had seen. */
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
  /** When any reply on this platform last wrote something, by the monotonic clock. */
  readonly wroteAt?: () => number | undefined;
  /** A message of the reply is about to be taken away. */
  readonly onDiscard?: (ref: PageRef) => void;
  /** A call has failed; the writer deals with it. */
  readonly onFault: (error: BotError) => void;
  /**
   * The reply was deleted or can't be written at all, so that nothing more is posted; or it was stopped by the platform's own button
   * (`stopped`), and waits for its ending. The model's call is a waste from here on.
   */
  readonly onLost: (error: BotError) => void;
}

export interface EndOptions {
  readonly posts?: boolean;
  readonly hurry?: boolean;
}

export interface Writer {
  /** The draft or the placeholder has changed. */
  changed(): void;
  /**
   * Writes the ending; resolves when it stands there, or never can. `posts: false`: only on messages that stand already: on the last of
   * them where the rest was refused, else on those alone that look as if they went on. `hurry`: a hanging edit is not waited for.
   */
  end(ending: Ending, options?: EndOptions): Promise<'landed' | 'lost'>;
  /** The reply cannot be written, as is known without a call. */
  refuse(error: BotError): void;
  /** A person has taken this message away. */
  gone(id: string): void;
  /** Why nothing more can be posted; undefined as long as it can. */
  failure(): BotError | undefined;
  /** Makes no further call. */
  abandon(): void;
  pages(): readonly SavedPage[];
  /** Whether a reader sees any of the model's text. */
  hasShownText(): boolean;
}

export function createWriter(options: WriterOptions): Writer {
  const { sink, clock, draft } = options;
  const discarder = createDiscarder({ sink, clock, onDiscard: options.onDiscard, onFault: options.onFault });
  const layout = createLayout({
    ...options,
    limits: sink.limits,
    showsReasoning: sink.showsReasoning === true,
    onUnneeded: discarder.discard,
  });
  /** The draft has changed since the newest plan. */
  let dirty = false;
  let ending: Ending | undefined;
  let reach: Reach = 'all';
  /** Why nothing more is posted. */
  let failed: BotError | undefined;
  let lost = false;
  /** Which page the call that was asked for is to mend. */
  let chosen = 0;
  /** A call is under way. */
  let busy = false;
  let finish: (() => void) | undefined;
  let unreadSince: number | undefined;
  let seenLength = draft.text.length;
  const trouble = createTrouble(clock);
  const patience = createPatience(clock);
  let cancelHold: (() => void) | undefined;

  const repair = createRepair({
    ...{ sink, layout, trouble, discarder, onFault: options.onFault },
    isEnding: () => ending !== undefined,
    wroteAt: () => options.wroteAt?.(),
    hold: (index) => hold(index),
    stopPosting: (error) => stopPosting(error),
    lose: (error) => lose(error),
    onStopped: options.onLost,
  });

  const paced: PacedReply = options.pacer.join({ next, write }, { edit: sink.lane('edit') });

  const plan = (): void => {
    layout.plan(ending, reach);
    dirty = false;
  };

  function next(): NextCall | undefined {
    if (lost || cancelHold || (failed && (ending === undefined || reach === 'all'))) return undefined;
    const last = layout.last();
    // At every delta that would cost too much: only where it is cheap, or decides which call is needed.
    const mustPlan = ending !== undefined || last === undefined || last.done || layout.isTextPlanned();
    if (dirty && (mustPlan || layout.difference()?.isFollowed)) plan();
    const found = choose();
    chosen = found?.index ?? 0;
    const edit = sink.lane('edit');
    // A changed draft differs on the page that is being written.
    if (found === undefined)
      return dirty
        ? { lane: sink.lane('edit', layout.lastPage()), priority: toPriority(found), edit }
        : undefined;
    const { page, standing } = found;
    if (standing === undefined) {
      const lane = sink.lane('post', page);
      return { lane, priority: toPriority(found), edit: sink.lane('edit') };
    }
    const unseen = page.text.length > standing.shown;
    return {
      lane: sink.lane(ending ? 'final' : 'edit', page),
      priority: toPriority(found),
      tail: ending && reach === 'all' && unseen && canTail(found) ? sink.lane('post', page) : undefined,
      edit,
    };
  }

  /** The page to mend next: the first, unless its call brings no text and would hold up one on another lane that does. */
  const choose = (): Difference | undefined => {
    const first = layout.difference();
    if (first && !mayWrite(first)) return undefined;
    if (!first?.isFollowed || !first.standing || first.page.text.length > first.standing.shown) return first;
    const lane = laneOf(first);
    if (options.pacer.room(lane) >= 1) return first;
    const later = layout.difference(first.index + 1);
    // On the same lane it would take the very call that ends the page before.
    return later === undefined || laneOf(later).key === lane.key ? first : later;
  };

  /** Where no edit is taken, a page is posted when it is whole. */
  const mayWrite = ({ standing, page }: Difference): boolean =>
    standing !== undefined || (reach === 'all' && (page.final || trouble.canEdit()));

  const laneOf = ({ page, standing }: Difference): Lane =>
    standing ? sink.lane(ending ? 'final' : 'edit', page) : sink.lane('post', page);

  const toPriority = (found: Difference | undefined): NextCall['priority'] => {
    // The end of one page and the start of the next belong together: a reader must not wait between them.
    const turnsPage = found && (found.isFollowed || (found.standing === undefined && found.index > 0));
    if (ending || turnsPage) return 'final';
    if (layout.hasShownText()) return 'edit';
    // Thoughts that grow are no first text.
    const grows = draft.text.trim() === '' && draft.reasoning !== '' && layout.last() !== undefined;
    return grows ? 'edit' : 'first';
  };

  /** A page that shows nothing yet, or that may show more than is known, is not followed by another. */
  const canTail = ({ standing }: Difference): boolean =>
    standing !== undefined && standing.shown > 0 && !standing.unsure;

  async function write(how: 'next' | 'tail'): Promise<void> {
    if (lost) return;
    try {
      plan();
      let found = layout.difference(chosen) ?? layout.difference();
      if (how === 'tail' && found && canTail(found)) found = afterCut(found);
      if (found && mayWrite(found)) await send(found);
      if (lost) return;
      if (ending !== undefined || layout.isVoid()) plan();
      if (ending !== undefined && isOver()) finish?.();
    } catch (error) {
      if (isBotError(error, 'platform-rate-limited')) throw error;
      // A bug: whoever waits for the end must hear of it.
      options.onFault(toBotError(error));
      lose(toBotError(error));
    }
  }

  const isOver = (): boolean => (failed !== undefined && reach === 'all') || choose() === undefined;

  /** The rest on a page of its own, whatever else is still to be mended before it. */
  const afterCut = (found: Difference): Difference | undefined => {
    layout.cutAt(found.index);
    plan();
    return layout.difference(found.index + 1) ?? layout.difference();
  };

  const send = async (found: Difference): Promise<void> => {
    const { index, page, signature, standing } = found;
    const unread = unreadSince;
    unreadSince = undefined;
    layout.sending(index, page);
    busy = true;
    try {
      const written = await (standing ? patience.wait(sink.edit(standing.ref, page)) : sink.post(page));
      trouble.landed(index);
      if (standing) trouble.edited();
      if (written.ref.id === '') {
        unreadSince = unread ?? unreadSince;
        return;
      }
      layout.landed(index, page, signature, written);
      const stalenessMs = unread === undefined ? undefined : clock.monotonic() - unread;
      options.onWritten(standing ? 'edit' : 'post', stalenessMs);
    } catch (thrown) {
      unreadSince = unread ?? unreadSince;
      const error = toBotError(thrown);
      if (error.code === 'platform-rate-limited') throw error;
      dirty = true;
      if (!lost) await repair.failed(found, error);
    } finally {
      busy = false;
    }
  };

  /** What stands may still be brought to an end. */
  const stopPosting = (error: BotError): void => {
    failed ??= error;
    options.onLost(error);
  };

  const lose = (error: BotError): void => {
    failed ??= error;
    abandon();
    options.onLost(error);
  };

  const abandon = (): void => {
    lost = true;
    release();
    paced.leave();
    finish?.();
  };

  /** No call for a while. Only the timer says when that is over: it may be early by the clock. */
  const hold = (index: number): void => {
    cancelHold = clock.after(trouble.nextWaitMs(index), () => {
      cancelHold = undefined;
      paced.touch();
    });
  };

  const release = (): void => {
    cancelHold?.();
    cancelHold = undefined;
  };

  return {
    changed() {
      dirty = true;
      if (draft.text.length !== seenLength) unreadSince ??= clock.monotonic();
      seenLength = draft.text.length;
      if (layout.isVoid() && !busy) plan();
      paced.touch();
    },
    async end(how, { posts = true, hurry = false } = {}) {
      ending = how;
      if (!posts) reach = failed && failed.code !== 'message-deleted' ? 'standing' : 'open';
      dirty = true;
      if (hurry) release();
      if (!lost && !busy) plan();
      const stopHurry = hurry ? patience.end() : undefined;
      if (!lost && (busy || !isOver())) {
        const finished = new Promise<void>((resolve) => {
          finish = resolve;
        });
        paced.touch();
        await finished;
      }
      stopHurry?.();
      release();
      const isLanded = !lost && (failed === undefined || reach !== 'all');
      // A reply that was refused may still be ended on the pages that stand.
      if (!isLanded && !lost) return 'lost';
      paced.leave();
      if (lost) return 'lost';
      for (const left of layout.unsettled()) {
        void settleLate(left, { sink, clock, isOver: () => hurry, onFault: options.onFault });
      }
      await discarder.done();
      return 'landed';
    },
    refuse: stopPosting,
    gone(id) {
      const index = layout.indexOf(id);
      if (index >= 0 && !lost) layout.gone(index);
    },
    failure: () => failed,
    abandon,
    pages: layout.pages,
    hasShownText: layout.hasShownText,
  };
}
