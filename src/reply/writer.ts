// Owns one reply while it grows: which page differs from the newest draft, the one call that mends it, and what to do when that call fails.
// Must not know how long to wait for a lane (pacer), how text is cut (paginate), what a page shows (page), or any platform.

import type { Clock } from '../clock.ts';
import { type BotError, toBotError } from '../errors.ts';
import type { ControlAction, Page, PageRef, ReplySink, Written } from '../platform.ts';
import type { SavedPage } from '../turns/types.ts';
import type { Draft } from './draft.ts';
import type { Ending } from './ending.ts';
import type { NextCall, PacedReply, Pacer } from './pacer.ts';
import { isReadable, toPage, toSignature } from './page.ts';
import { createPaginator, type PageCut } from './paginate.ts';

/** How long a write that meets an unavailable platform is tried again before the reply is given up. */
const GIVE_UP_AFTER_MS = 60 * 60_000;
/** The wait after a call that failed for the platform's sake; doubled each time, up to the last. */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** An intermediate edit that is refused this often in a row means that the page takes no more. */
const REFUSALS_UNTIL_SEALED = 3;

export interface WriterOptions {
  readonly sink: ReplySink;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly draft: Draft;
  readonly turn: string;
  /** Pages that the reply has already. */
  readonly saved: readonly SavedPage[];
  /** The saved pages' text is void: the answer is written over it. */
  readonly fresh: boolean;
  readonly labels: Readonly<Record<ControlAction, string>>;
  /** What stands on page 1 while there is no text; undefined for nothing. */
  readonly placeholder: () => string | undefined;
  /** A call has landed. `stalenessMs`: how old the oldest text was that no reader had seen. */
  readonly onWritten: (op: 'post' | 'edit', stalenessMs: number | undefined) => void;
  /** A call has failed; the writer deals with it. */
  readonly onFault: (error: BotError) => void;
  /** The reply was deleted, or can't be written at all: nothing more is posted, and the model's call is a waste from here on. */
  readonly onLost: (error: BotError) => void;
}

export interface Writer {
  /** The draft or the placeholder has changed. */
  changed(): void;
  /** Writes the ending; resolves when it stands there, or never can. */
  end(ending: Ending): Promise<'landed' | 'lost'>;
  /** Makes no further call. */
  abandon(): void;
  pages(): readonly SavedPage[];
  /** Whether a reader sees any of the model's text. */
  hasShownText(): boolean;
}

/** One page as it stands on the platform. */
interface Slot {
  ref: PageRef | undefined;
  postedAt: number;
  /** How many characters of the page's text stand there. */
  shown: number;
  /** What stands there, to see whether anything differs. */
  signature: string;
  /** It takes no more calls. */
  done: boolean;
}

/** One page as it should stand. */
interface Wanted {
  readonly page: Page;
  readonly signature: string;
}

export function createWriter(options: WriterOptions): Writer {
  const { sink, clock, draft } = options;
  const isOld = (postedAt: number): boolean => clock.now() - postedAt > sink.limits.maxAgeMs;

  const kept = options.fresh ? options.saved.filter((page) => !isOld(page.postedAt)) : options.saved;
  let slots: Slot[] = kept.map((page) => ({
    ref: page.ref,
    postedAt: page.postedAt,
    shown: options.fresh ? 0 : page.end - page.start,
    signature: '',
    done: !options.fresh && page.sealed,
  }));
  let paginator = createPaginator(
    sink.limits,
    options.fresh ? [] : kept.map((page) => ({ ...page, sealed: page.sealed || isOld(page.postedAt) })),
  );
  let restarts = draft.restarts;
  let cuts: readonly PageCut[] = [];
  let wanted: readonly (Wanted | undefined)[] = [];
  /** The draft has changed since `wanted` was made. */
  let dirty = false;
  let ending: Ending | undefined;
  let lost = false;
  let finish: (() => void) | undefined;
  let unreadSince: number | undefined;
  let seenLength = draft.text.length;
  let refusals = 0;
  let backoffMs = FIRST_BACKOFF_MS;
  let failingSince: number | undefined;
  let holdUntil = 0;
  let cancelHold: (() => void) | undefined;

  const paced: PacedReply = options.pacer.join({ next, write }, { edit: sink.lane('edit') });

  /** Works out how each page should stand now; pages that are done are not looked at again. */
  const plan = (): void => {
    if (draft.restarts !== restarts) {
      restarts = draft.restarts;
      paginator = createPaginator(sink.limits);
      slots = slots.map((slot) => ({ ...slot, shown: 0, signature: '', done: isOld(slot.postedAt) }));
      void discardFrom(1);
    }
    cuts = paginator.pages(draft.text, ending !== undefined);
    const writing = slots[cuts.length - 1];
    if (writing?.ref && !writing.done && ending === undefined && isOld(writing.postedAt))
      cutAt(cuts.length - 1);
    const lastTakesNoMore = cuts.length === 0 || slots[cuts.length - 1]?.done === true;
    const needsTextless = ending !== undefined || (draft.text === '' && options.placeholder() !== undefined);
    const total = cuts.length + (lastTakesNoMore && needsTextless ? 1 : 0);
    wanted = Array.from({ length: total }, (_, index) =>
      slots[index]?.done ? undefined : want(index, total),
    );
    dirty = false;
  };

  const want = (index: number, total: number): Wanted => {
    const page = toPage({
      index,
      cut: cuts[index],
      isLast: index === total - 1,
      draft,
      ending,
      placeholder: options.placeholder(),
      turn: options.turn,
      labels: options.labels,
    });
    return { page, signature: toSignature(page) };
  };

  /** The first page that does not stand as it should. */
  const firstDifferent = (): number | undefined => {
    const index = wanted.findIndex(
      (want, at) => want && isReadable(want.page) && slots[at]?.signature !== want.signature,
    );
    return index < 0 ? undefined : index;
  };

  function next(): NextCall | undefined {
    if (lost || clock.now() < holdUntil) return undefined;
    if (dirty && (ending !== undefined || slots.length === 0)) plan();
    // A changed draft differs on the page that is being written, whatever else is still to be mended before it.
    const index = firstDifferent() ?? (dirty ? slots.length - 1 : undefined);
    if (index === undefined) return undefined;
    const slot = slots[index];
    const posts = slot?.ref === undefined;
    const unseen = (wanted[index]?.page.text.length ?? 0) > (slot?.shown ?? 0);
    // The end of one page and the start of the next belong together: a reader must not wait between them.
    const turnsPage = index < wanted.length - 1 || (posts && index > 0);
    const first = !slots.some((known) => known.shown > 0);
    return {
      lane: sink.lane(posts ? 'post' : ending ? 'final' : 'edit'),
      priority: ending || turnsPage ? 'final' : first ? 'first' : 'edit',
      tail: ending && !posts && unseen ? sink.lane('post') : undefined,
      edit: sink.lane('edit'),
    };
  }

  async function write(how: 'next' | 'tail'): Promise<void> {
    if (lost) return;
    plan();
    let index = firstDifferent();
    if (how === 'tail' && index !== undefined && slots[index]?.ref) {
      cutAt(index);
      plan();
      index = wanted.length > index + 1 ? index + 1 : firstDifferent();
    }
    const target = index === undefined ? undefined : wanted[index];
    if (index !== undefined && target) await send(index, target);
    if (ending === undefined || lost) return;
    plan();
    if (firstDifferent() === undefined) finish?.();
  }

  const send = async (index: number, { page, signature }: Wanted): Promise<void> => {
    const ref = slots[index]?.ref;
    const unread = unreadSince;
    unreadSince = undefined;
    try {
      land(index, page, signature, ref ? await sink.edit(ref, page) : await sink.post(page));
      options.onWritten(ref ? 'edit' : 'post', unread === undefined ? undefined : clock.now() - unread);
    } catch (thrown) {
      unreadSince = unread ?? unreadSince;
      const error = toBotError(thrown);
      if (error.code === 'platform-rate-limited') throw error;
      if (!lost) fail(index, error);
    }
  };

  const land = (index: number, page: Page, signature: string, written: Written): void => {
    refusals = 0;
    failingSince = undefined;
    backoffMs = FIRST_BACKOFF_MS;
    if (written.ref.id === '') return;
    const whole = !written.again && written.shown >= page.text.length;
    slots[index] = {
      ref: written.ref,
      postedAt: slots[index]?.postedAt ?? clock.now(),
      shown: written.shown,
      signature: whole ? signature : '',
      done: whole && page.state === 'more',
    };
    paginator.shown((cuts[index]?.start ?? 0) + written.shown);
  };

  const fail = (index: number, error: BotError): void => {
    options.onFault(error);
    const written = slots[index]?.ref !== undefined;
    dirty = true;
    switch (error.code) {
      case 'page-sealed':
        if (written) sealAt(index, error.shown);
        else lose(error);
        break;
      case 'platform-refused':
        refusals += 1;
        if (!written) lose(error);
        else if (ending !== undefined || refusals >= REFUSALS_UNTIL_SEALED) sealAt(index);
        else hold();
        break;
      case 'platform-unavailable':
        failingSince ??= clock.now();
        if (clock.now() - failingSince > GIVE_UP_AFTER_MS) lose(error);
        else hold();
        break;
      default:
        lose(error);
    }
  };

  /** The page takes no more calls: what it does not show goes to the next one. */
  const sealAt = (index: number, shown?: number): void => {
    const slot = slots[index];
    if (slot === undefined) return;
    slot.shown = shown ?? slot.shown;
    slot.done = true;
    // A page behind it that stands already has begun where this one ended.
    if (slots.length === index + 1) cutAt(index);
  };

  /** The page's text ends with what is shown of it now. */
  const cutAt = (index: number): void => {
    const start = cuts[index]?.start ?? 0;
    const before = cuts.slice(0, index).map((cut) => ({ start: cut.start, end: cut.end, sealed: true }));
    const here = { start, end: start + (slots[index]?.shown ?? 0), sealed: true };
    paginator = createPaginator(sink.limits, [...before, here]);
    cuts = paginator.pages(draft.text, ending !== undefined);
  };

  const lose = (error: BotError): void => {
    lost = true;
    cancelHold?.();
    paced.leave();
    options.onLost(error);
    finish?.();
  };

  const hold = (): void => {
    holdUntil = clock.now() + backoffMs;
    cancelHold?.();
    cancelHold = clock.after(backoffMs, () => paced.touch());
    backoffMs = Math.min(LAST_BACKOFF_MS, backoffMs * 2);
  };

  const discardFrom = async (index: number): Promise<void> => {
    for (const { ref } of slots.splice(index)) {
      if (ref) await sink.discard?.(ref).catch((error: unknown) => options.onFault(toBotError(error)));
    }
  };
  if (options.fresh) void discardFrom(1);

  return {
    changed() {
      dirty = true;
      if (draft.text.length !== seenLength) unreadSince ??= clock.now();
      seenLength = draft.text.length;
      paced.touch();
    },
    async end(how) {
      ending = how;
      plan();
      if (!lost && firstDifferent() !== undefined) {
        const finished = new Promise<void>((resolve) => {
          finish = resolve;
        });
        paced.touch();
        await finished;
      }
      cancelHold?.();
      paced.leave();
      return lost ? 'lost' : 'landed';
    },
    abandon() {
      lost = true;
      cancelHold?.();
      paced.leave();
      finish?.();
    },
    pages: () =>
      slots.flatMap(({ ref, postedAt, shown, done }, index) => {
        const start = cuts[index]?.start ?? 0;
        return ref ? [{ ref, start, end: start + shown, postedAt, sealed: done }] : [];
      }),
    hasShownText: () => slots.some((slot) => slot.shown > 0),
  };
}
