// Owns one reply while it grows: the one call that brings the reader up to date, and what to do when that call fails.
// Must not know how long to wait for a lane (pacer), what stands where (layout), what a page shows (page), or any platform.

import { type BotError, isBotError, toBotError } from '../errors.ts';
import type { ReplySink } from '../platform.ts';
import type { SavedPage } from '../turns/types.ts';
import { createDiscarder } from './discard.ts';
import type { Ending } from './ending.ts';
import { createLayout, type Difference, type LayoutOptions } from './layout.ts';
import type { NextCall, PacedReply, Pacer } from './pacer.ts';

/** How long a write that meets an unavailable platform is tried again before the reply is given up. */
const GIVE_UP_AFTER_MS = 60 * 60_000;
/** The wait after a call that failed for the platform's sake; doubled each time, up to the last. */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** An edit that is refused this often in a row means that the page takes no more; of an ending, once is enough. */
const REFUSALS_UNTIL_SEALED = 3;

/** What the pages are made from (layout), and who is told of the calls. */
export interface WriterOptions extends Omit<LayoutOptions, 'limits' | 'showsReasoning' | 'onUnneeded'> {
  readonly sink: ReplySink;
  readonly pacer: Pacer;
  /** A call has landed. `stalenessMs`: how old the oldest text was that no reader had seen. */
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
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
   * Writes the ending; resolves when it stands there, or never can. `posts: false`: only on messages that stand already, since the reader
   * has taken one of them away.
   */
  end(ending: Ending, options?: { readonly posts: boolean }): Promise<'landed' | 'lost'>;
  /** Makes no further call. */
  abandon(): void;
  pages(): readonly SavedPage[];
  /** Whether a reader sees any of the model's text. */
  hasShownText(): boolean;
}

export function createWriter(options: WriterOptions): Writer {
  const { sink, clock, draft } = options;
  const discarder = createDiscarder({ sink, clock, onFault: options.onFault });
  const layout = createLayout({
    ...options,
    limits: sink.limits,
    showsReasoning: sink.showsReasoning === true,
    onUnneeded: discarder.discard,
  });
  /** The draft has changed since the newest plan. */
  let dirty = false;
  let ending: Ending | undefined;
  let mayPost = true;
  let lost = false;
  /** Which page the call that was asked for is to mend. */
  let chosen = 0;
  /** A call is under way. */
  let busy = false;
  let finish: (() => void) | undefined;
  let unreadSince: number | undefined;
  let seenLength = draft.text.length;
  let refusals = 0;
  let backoffMs = FIRST_BACKOFF_MS;
  let failingSince: number | undefined;
  let cancelHold: (() => void) | undefined;

  const paced: PacedReply = options.pacer.join({ next, write }, { edit: sink.lane('edit') });

  const plan = (): void => {
    layout.plan(ending);
    dirty = false;
  };

  function next(): NextCall | undefined {
    if (lost || cancelHold) return undefined;
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
      tail: ending && mayPost && unseen && canTail(found) ? sink.lane('post', page) : undefined,
      edit,
    };
  }

  /** The page to mend next: the first, unless its call brings no text and would hold up one that does, for want of room in its lane. */
  const choose = (): Difference | undefined => {
    const first = layout.difference();
    if (first?.standing === undefined && !mayPost) return undefined;
    if (!first?.isFollowed || !first.standing || first.page.text.length > first.standing.shown) return first;
    const { room } = options.pacer;
    if (room(sink.lane(ending ? 'final' : 'edit', first.page)) >= 1) return first;
    return layout.difference(first.index + 1) ?? first;
  };

  const toPriority = (found: Difference | undefined): NextCall['priority'] => {
    // The end of one page and the start of the next belong together: a reader must not wait between them.
    const turnsPage = found && (found.isFollowed || (found.standing === undefined && found.index > 0));
    if (ending || turnsPage) return 'final';
    return layout.hasShownText() ? 'edit' : 'first';
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
      if (found && (mayPost || found.standing)) await send(found);
      if (lost) return;
      if (ending !== undefined || layout.isVoid()) plan();
      if (ending !== undefined && choose() === undefined) finish?.();
    } catch (error) {
      if (isBotError(error, 'platform-rate-limited')) throw error;
      // A bug: whoever waits for the end must hear of it.
      options.onFault(toBotError(error));
      lose(toBotError(error));
    }
  }

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
      const written = await (standing ? sink.edit(standing.ref, page) : sink.post(page));
      busy = false;
      refusals = 0;
      failingSince = undefined;
      backoffMs = FIRST_BACKOFF_MS;
      if (written.ref.id === '') {
        unreadSince = unread ?? unreadSince;
        return;
      }
      layout.landed(index, page, signature, written);
      const stalenessMs = unread === undefined ? undefined : clock.monotonic() - unread;
      options.onWritten(standing ? 'edit' : 'post', stalenessMs);
    } catch (thrown) {
      busy = false;
      unreadSince = unread ?? unreadSince;
      const error = toBotError(thrown);
      if (error.code === 'platform-rate-limited') throw error;
      if (!lost) fail(found, error);
    }
  };

  const fail = ({ index, standing }: Difference, error: BotError): void => {
    options.onFault(error);
    dirty = true;
    switch (error.code) {
      case 'page-sealed':
        if (standing) layout.sealed(index, error.shown);
        else lose(error);
        break;
      case 'platform-refused':
        refusals += 1;
        if (!standing) lose(error);
        // Where a call before may have been applied, sealing on a guess could repeat text: better to try again.
        else if ((ending && !standing.unsure) || refusals >= REFUSALS_UNTIL_SEALED) layout.sealed(index);
        else hold();
        break;
      case 'platform-unavailable':
        layout.doubted(index);
        failingSince ??= clock.monotonic();
        if (clock.monotonic() - failingSince > GIVE_UP_AFTER_MS) lose(error);
        else hold();
        break;
      case 'stopped':
        // The page takes the ending that follows from it.
        options.onLost(error);
        break;
      default:
        lose(error);
    }
  };

  const lose = (error: BotError): void => {
    abandon();
    options.onLost(error);
  };

  const abandon = (): void => {
    lost = true;
    cancelHold?.();
    paced.leave();
    finish?.();
  };

  /** No call for a while. Only the timer says when that is over: it may be early by the clock. */
  const hold = (): void => {
    cancelHold = clock.after(backoffMs, () => {
      cancelHold = undefined;
      paced.touch();
    });
    backoffMs = Math.min(LAST_BACKOFF_MS, backoffMs * 2);
  };

  return {
    changed() {
      dirty = true;
      if (draft.text.length !== seenLength) unreadSince ??= clock.monotonic();
      seenLength = draft.text.length;
      if (layout.isVoid() && !busy) plan();
      paced.touch();
    },
    async end(how, { posts } = { posts: true }) {
      ending = how;
      mayPost = posts;
      dirty = true;
      if (!lost && !busy) plan();
      if (!lost && (busy || choose() !== undefined)) {
        const finished = new Promise<void>((resolve) => {
          finish = resolve;
        });
        paced.touch();
        await finished;
      }
      cancelHold?.();
      paced.leave();
      if (!lost) await discarder.done();
      return lost ? 'lost' : 'landed';
    },
    abandon,
    pages: layout.pages,
    hasShownText: layout.hasShownText,
  };
}
