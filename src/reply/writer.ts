// Owns one reply while it grows: the one call that brings the reader up to date, and what to do when that call fails.
// Must not know how long to wait for a lane (pacer), what stands where (layout), what a page shows (page), or any platform.

import { type BotError, isBotError, toBotError } from '../errors.ts';
import type { How, LaneView, PageRef, ReplySink } from '../platform.ts';
import type { Checkpoint, SavedPage } from '../turns/types.ts';
import { createChoice, type PlannedCall } from './choice.ts';
import { createDiscarder, type Remnants } from './discard.ts';
import { type Ending, withRemarks } from './ending.ts';
import { createLayout, type Difference, type LayoutOptions, type Reach } from './layout.ts';
import type { PacedReply, Pacer } from './pacer.ts';
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
  /** It stands after all. */
  readonly onKept?: (ref: PageRef) => void;
  readonly remnants: Remnants;
  /** What an earlier run has left. */
  readonly remained?: Pick<Checkpoint, 'left' | 'leftOpen'> | undefined;
  /** A call has failed; the writer deals with it. */
  readonly onFault: (error: BotError) => void;
  /**
   * The reply was deleted or can't be written at all, so that nothing more is posted; or it was stopped by the platform's own button
   * (`stopped`), and waits for its ending. The model's call is a waste from here on.
   */
  readonly onLost: (error: BotError) => void;
}

export interface Writer {
  /** The draft or the placeholder has changed. */
  changed(): void;
  /**
   * Writes the ending; resolves when it stands there, or never can. `posts: false`: only on messages that stand already: on the last of
   * them where the rest was refused, else on those alone that look as if they went on. `hurry`: as if `hurry()` were called.
   */
  end(ending: Ending, options?: { posts?: boolean; hurry?: boolean }): Promise<'landed' | 'lost'>;
  /** The process is to end: nothing that hangs or waits is waited for long, and after a few seconds nothing at all. */
  hurry(): void;
  /** The reply cannot be written, as is known without a call. */
  refuse(error: BotError): void;
  /** A person has taken this message away. */
  gone(id: string): void;
  /** Why nothing more can be posted; undefined as long as it can. */
  failure(): BotError | undefined;
  /** Makes no further call. */
  abandon(): void;
  pages(): readonly SavedPage[];
  /** What stands beside them that should not. */
  remains(): Pick<Checkpoint, 'left' | 'leftOpen'>;
  /** Whether a reader sees any of the model's text. */
  hasShownText(): boolean;
}

export function createWriter(options: WriterOptions): Writer {
  const { sink, clock, draft } = options;
  const patience = createPatience(clock);
  const { onDiscard, onKept, onFault, remnants } = options;
  const { withdrawn } = remnants;
  const discarder = createDiscarder({ sink, patience, withdrawn, onDiscard, onKept, onFault });
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
  /** A call is under way. */
  let busy = false;
  let finish: (() => void) | undefined;
  let unreadSince: number | undefined;
  let seenLength = draft.text.length;
  const trouble = createTrouble(clock);
  let cancelHold: (() => void) | undefined;

  const repair = createRepair({
    ...{ sink, layout, trouble, discarder, patience, onFault },
    isEnding: () => ending !== undefined,
    wroteAt: () => options.wroteAt?.(),
    hold: (index) => hold(index),
    stopPosting: (error) => stopPosting(error),
    lose: (error) => lose(error),
    onStopped: options.onLost,
  });

  const { choose, hasMore, mayWrite, canTail, toCall } = createChoice({
    ...{ sink, layout, canEdit: trouble.canEdit },
    isEnding: () => ending !== undefined,
    isThinking: () => draft.text.trim() === '' && draft.reasoning !== '',
    reach: () => reach,
  });

  const join = (): PacedReply => {
    const edit = sink.plan('edit', undefined, options.pacer.view).lane;
    return options.pacer.join({ next, write }, { edit });
  };
  let paced = join();
  discarder.discard(options.remained?.left ?? []);
  if (options.remained?.leftOpen && !options.fresh) trouble.leftOpen();

  /** What stands that should not is told with the ending. */
  const toRemarks = (): readonly string[] => [
    ...(discarder.left().length > 0 ? [remnants.left] : []),
    ...(trouble.hasLeftOpen() ? [remnants.open] : []),
  ];

  const plan = (): void => {
    layout.plan(ending && withRemarks(ending, toRemarks()), reach);
    dirty = false;
  };

  function next(view: LaneView): PlannedCall | undefined {
    if (lost || cancelHold || (failed && (ending === undefined || reach === 'all'))) return undefined;
    const last = layout.last();
    // At every delta that would cost too much: only where it is cheap, or decides which call is needed.
    const mustPlan = ending !== undefined || last === undefined || last.done || layout.isTextPlanned();
    if (dirty && (mustPlan || layout.difference()?.isFollowed)) plan();
    const found = choose(view);
    // A changed draft differs on the page that is being written.
    return found === undefined && !dirty ? undefined : toCall(found, view);
  }

  async function write(call: PlannedCall, which: 'next' | 'tail'): Promise<void> {
    if (lost) return;
    try {
      plan();
      const found = layout.difference(call.index) ?? layout.difference();
      const isTail = which === 'tail' && found !== undefined && canTail(found);
      const target = isTail ? afterCut(found) : found;
      if (target && mayWrite(target)) await send(target, (isTail && call.tailHow) || call.how);
      if (lost) return;
      if (layout.isVoid()) plan();
      finishIfOver();
    } catch (error) {
      // What was to be written may have been taken away meanwhile: then no call is left that would bring the end about.
      finishIfOver();
      if (isBotError(error, 'platform-rate-limited')) throw error;
      // A bug: whoever waits for the end must hear of it.
      options.onFault(toBotError(error));
      lose(toBotError(error));
    }
  }

  const finishIfOver = (): void => {
    if (ending === undefined || lost) return;
    plan();
    if (isOver()) finish?.();
  };

  const isOver = (): boolean => (failed !== undefined && reach === 'all') || !hasMore();

  /** The rest on a page of its own, whatever else is still to be mended before it. */
  const afterCut = (found: Difference): Difference | undefined => {
    layout.cutAt(found.index);
    plan();
    return layout.difference(found.index + 1) ?? layout.difference();
  };

  const send = async (found: Difference, how: How): Promise<void> => {
    const { index, page, signature, standing } = found;
    const unread = unreadSince;
    unreadSince = undefined;
    layout.sending(index, page);
    busy = true;
    try {
      const call = standing ? sink.edit(standing.ref, page, how) : sink.post(page, how);
      const written = await patience.wait(call);
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
    cancelHold = clock.after(patience.toWait(trouble.nextWaitMs(index)), () => {
      cancelHold = undefined;
      paced.touch();
    });
  };

  const release = (): void => {
    cancelHold?.();
    cancelHold = undefined;
  };

  const hurryUp = (): void => {
    patience.end(() => {
      // What was said by then stands; the rest can't be waited for.
      if (ending === undefined || busy || !isOver()) abandon();
    });
    if (cancelHold === undefined) return;
    release();
    paced.touch();
  };

  /** Resolves when the ending stands, or never can. */
  const untilWritten = async (): Promise<void> => {
    dirty = true;
    if (!lost && !busy) plan();
    if (lost || (!busy && isOver())) return;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    paced.touch();
    await finished;
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
      if (hurry) hurryUp();
      await discarder.known();
      ending = how;
      if (!posts) reach = failed && failed.code !== 'message-deleted' ? 'standing' : 'open';
      await untilWritten();
      release();
      // A reply that was refused may still be ended on the pages that stand.
      if (!lost && failed !== undefined && reach === 'all') return 'lost';
      paced.leave();
      if (lost) return 'lost';
      for (const left of layout.unsettled()) void settleLate(left, { sink, patience, onFault });
      const told = toRemarks().length;
      await discarder.done();
      if (toRemarks().length > told && !lost) {
        paced = join();
        await untilWritten();
        paced.leave();
      }
      return 'landed';
    },
    hurry: hurryUp,
    refuse: stopPosting,
    gone(id) {
      const index = layout.indexOf(id);
      if (index >= 0 && !lost) layout.gone(index);
    },
    failure: () => failed,
    abandon,
    pages: layout.pages,
    remains: () => ({ left: discarder.left(), leftOpen: trouble.hasLeftOpen() }),
    hasShownText: layout.hasShownText,
  };
}
