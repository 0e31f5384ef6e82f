// Owns where the answer stands and where it should: the pages on the platform, the pages of the draft, and which of them differ.
// Must not know how a call is made, when, or what a failed one means.

import type { Clock } from '../clock.ts';
import { createPaginator, type PageCut } from '../pages/paginate.ts';
import type { ControlAction, Page, PageRef, ReplySink, Written } from '../platform.ts';
import type { SavedPage } from '../turns/types.ts';
import type { Draft } from './draft.ts';
import type { Ending } from './ending.ts';
import { isReadable, showsThoughts, toPage, toSignature } from './page.ts';
import { type Standing, toStanding } from './standing.ts';

/** Which pages an ending may be written to: all there are and will be, those that stand, or those that still look as if they went on. */
export type Reach = 'all' | 'standing' | 'open';

/** The first page that does not stand as it should. */
export interface Difference {
  readonly index: number;
  readonly page: Page;
  readonly signature: string;
  readonly standing: Standing | undefined;
  /** Another page follows it. */
  readonly isFollowed: boolean;
}

export interface LayoutOptions {
  readonly limits: ReplySink['limits'];
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
  /** What stands below the text while a broken stream is being continued. */
  readonly interrupted: string;
  /** The platform folds the model's reasoning away above the text. */
  readonly showsReasoning: boolean;
  /** Messages that the reply no longer needs. */
  readonly onUnneeded: (refs: readonly PageRef[]) => void;
}

/** None but `pages` and `last` may be called while a call is under way: what that call shows must be known first. */
export interface Layout {
  /** Works out how each page should stand now. Pages that are done are not looked at again. */
  plan(ending: Ending | undefined, reach?: Reach): void;
  /** By the newest plan; `from`: pages before this one are not looked at. */
  difference(from?: number): Difference | undefined;
  /** The draft's text was just as long when the newest plan was made. */
  isTextPlanned(): boolean;
  /** The answer began anew since the newest plan. */
  isVoid(): boolean;
  /** This text is about to be sent: applied or not, from now on the page does not end before it. */
  sending(index: number, page: Page): void;
  landed(index: number, page: Page, signature: string, written: Written): void;
  /** A call to the page may have been applied or not. */
  doubted(index: number): void;
  /** The page takes no more calls: what it does not show goes to the next one. `shown`: where left out, what is known. */
  sealed(index: number, shown?: number): void;
  /** The page's text ends with what is shown of it now, and the rest goes to the next one. */
  cutAt(index: number): void;
  /** The platform has refused the page, written or not, in full: it is tried in its plainer form. */
  simplify(index: number): void;
  /** Somebody has taken the page away. */
  gone(index: number): void;
  /** The page is not there any more, and nothing is lost by that: another is posted in its place. */
  forget(index: number): void;
  /** Pages that take no more, and that a reader still sees as being written; as they should stand. */
  unsettled(): readonly { readonly ref: PageRef; readonly page: Page }[];
  indexOf(id: string): number;
  last(): Standing | undefined;
  /** The last page as the newest plan has it. */
  lastPage(): Page | undefined;
  hasShownText(): boolean;
  pages(): readonly SavedPage[];
}

/** One is posted, and the next is known, so that it can follow at once. */
const PAGES_AHEAD = 2;

export function createLayout(options: LayoutOptions): Layout {
  const { limits, clock, draft } = options;
  const isOld = (page: Standing): boolean => clock.monotonic() - page.bornAt > limits.maxAgeMs;

  let standing: Standing[] = options.saved.map((page) => toStanding(page, clock));
  let paginator = createPaginator(
    limits,
    standing.map((page, index) => ({ ...toSpan(options.saved[index]), sealed: page.done || isOld(page) })),
  );
  let restarts = draft.restarts;
  let wanted: readonly ({ readonly page: Page; readonly signature: string } | undefined)[] = [];
  let plannedLength = 0;
  let hasRest = false;
  /** The next page that is posted goes out in its plainer form. */
  let postsPlain = false;
  /** An ending is tried in full once more, whatever was refused of the growing page. */
  let isRefined = false;

  /** All text so far is void: the first page that takes an edit is written over, the others go. */
  const startOver = (): void => {
    const first = standing.find((page) => !isOld(page) && !page.closed);
    options.onUnneeded(standing.filter((page) => page !== first).map((page) => page.ref));
    const anew = { shown: 0, signature: '', done: false, stale: true, unsure: false };
    standing = first ? [{ ...first, ...anew }] : [];
    paginator = createPaginator(limits);
    restarts = draft.restarts;
  };
  if (options.fresh) startOver();
  /**
   * An answer that comes all at once is cut as its pages are posted: at each step those that stand, the next, and the one behind it, so
   * that a render costs what a page does.
   */
  const cut = (ended: boolean): readonly PageCut[] =>
    paginator.pages(draft.text, ended, standing.length + PAGES_AHEAD);
  let cuts: readonly PageCut[] = cut(false);
  /** The draft goes on behind the last page that has been looked for. */
  const goesOn = (): boolean => (cuts.at(-1)?.end ?? 0) < draft.text.length && cuts.at(-1)?.sealed === true;

  const cutAt = (index: number): void => {
    const start = cuts[index]?.start ?? draft.text.length;
    const before = cuts.slice(0, index).map((cut) => ({ start: cut.start, end: cut.end, sealed: true }));
    const here = { start, end: start + (standing[index]?.shown ?? 0), sealed: true };
    paginator = createPaginator(limits, [...before, here]);
    cuts = cut(false);
  };

  /** A page that shows nothing of the answer and takes no more is of no use: another is posted in its place. */
  const drop = (index: number): void => {
    options.onUnneeded(standing.splice(index, 1).map((page) => page.ref));
  };

  /** A page that is too old for more text, and that has some to come, ends where it is. One that shows none yet is tried all the same. */
  const leaveOld = (index: number): void => {
    const page = standing[index];
    const cut = cuts[index];
    if (page === undefined || page.done || page.unsure || page.shown === 0 || !isOld(page)) return;
    if (cut && cut.end > cut.start + page.shown) cutAt(index);
  };

  const toWanted = (index: number, isLast: boolean, ending: Ending | undefined, placeholder?: string) => {
    const plain = standing[index]?.plain ?? postsPlain;
    const page = toPage({ ...options, index, cut: cuts[index], isLast, ending, placeholder, plain });
    return { page, signature: toSignature(page) };
  };

  /** Nothing more is posted: the last page that can takes the ending, and those before it that look as if they went on are closed. */
  const planStanding = (ending: Ending, reach: Reach): void => {
    const takes = (page: Standing) => !page.closed && (page.open || reach === 'standing');
    const last = standing.findLastIndex(takes);
    const here = standing[last];
    if (here && reach === 'open' && last === standing.length - 1) cutAt(last);
    wanted = standing.map((page, index) =>
      index === last || (!page.closed && page.open && index < last)
        ? toWanted(index, index === last, ending)
        : undefined,
    );
    plannedLength = draft.text.length;
  };

  const refine = (): void => {
    if (isRefined) return;
    isRefined = true;
    standing = standing.map((page) => (page.done ? page : { ...page, plain: false }));
  };

  return {
    plan(ending, reach = 'all') {
      if (draft.restarts !== restarts) startOver();
      if (ending !== undefined) refine();
      cuts = cut(ending !== undefined);
      hasRest = false;
      if (ending !== undefined && reach !== 'all') return planStanding(ending, reach);
      if (ending === undefined) leaveOld(cuts.length - 1);
      hasRest = goesOn();
      const lastTakesNoMore = !hasRest && (cuts.length === 0 || standing[cuts.length - 1]?.done === true);
      const placeholder = options.placeholder();
      const isTold = placeholder !== undefined || showsThoughts(options);
      const needsTextless = ending !== undefined || (draft.text === '' && isTold);
      const total = cuts.length + (lastTakesNoMore && needsTextless ? 1 : 0);
      wanted = Array.from({ length: total }, (_, index) => {
        if (standing[index]?.done) return undefined;
        return toWanted(index, !hasRest && index === total - 1, ending, placeholder);
      });
      plannedLength = draft.text.length;
    },
    difference(from = 0) {
      const index = wanted.findIndex(
        (want, at) =>
          at >= from && want && isReadable(want.page) && standing[at]?.signature !== want.signature,
      );
      const want = wanted[index];
      return (
        want && {
          ...want,
          index,
          standing: standing[index],
          isFollowed: hasRest || index < wanted.length - 1,
        }
      );
    },
    isTextPlanned: () => draft.text.length === plannedLength && draft.restarts === restarts,
    isVoid: () => draft.restarts !== restarts,
    sending(index, page) {
      paginator.shown((cuts[index]?.start ?? draft.text.length) + page.text.length);
    },
    landed(index, page, signature, written) {
      const before = standing[index];
      // What the sink holds back of a growing page comes with the text that follows.
      const whole = !written.again;
      const stale = before?.stale === true && written.again;
      standing[index] = {
        ref: written.ref,
        postedAt: before?.postedAt ?? clock.now(),
        bornAt: before?.bornAt ?? clock.monotonic(),
        shown: stale ? 0 : written.shown,
        signature: whole ? signature : '',
        // Somebody may have taken it away while the call was under way.
        done: (whole && page.state === 'more') || before?.closed === true,
        closed: before?.closed === true,
        open: whole ? page.state === 'writing' : (before?.open ?? true),
        proven: before !== undefined && (whole || before.proven),
        plain: page.plain === true,
        stale,
        // Only a call that wrote everything tells what stands there.
        unsure: written.again && before?.unsure === true,
      };
      postsPlain = false;
    },
    doubted(index) {
      const page = standing[index];
      if (page) standing[index] = { ...page, unsure: true };
    },
    sealed(index, shown) {
      const page = standing[index];
      if (page === undefined) return;
      const stands = page.stale ? 0 : (shown ?? page.shown);
      standing[index] = { ...page, shown: stands, done: true, closed: true };
      if (stands === 0) drop(index);
      // A page behind it that stands already has begun where this one ended.
      else if (standing.length === index + 1) cutAt(index);
    },
    cutAt,
    simplify(index) {
      const page = standing[index];
      if (page) standing[index] = { ...page, plain: true };
      else postsPlain = true;
    },
    gone(index) {
      const page = standing[index];
      if (page) standing[index] = { ...page, done: true, closed: true, open: false };
    },
    forget(index) {
      standing.splice(index, 1);
      postsPlain = false;
    },
    unsettled: () =>
      standing.flatMap((page, index) => {
        if (!page.closed || !page.open || page.shown === 0) return [];
        const cut = cuts[index];
        // What it shows must be what it is to show.
        if (cut === undefined || cut.end - cut.start !== page.shown) return [];
        return [
          {
            ref: page.ref,
            page: toPage({
              ...options,
              index,
              cut,
              isLast: false,
              ending: undefined,
              placeholder: undefined,
            }),
          },
        ];
      }),
    indexOf: (id) => standing.findIndex((page) => page.ref.id === id),
    last: () => standing.at(-1),
    lastPage: () => wanted.at(-1)?.page,
    hasShownText: () => standing.some((page) => page.shown > 0),
    pages: () =>
      standing.map(({ ref, postedAt, shown, done }, index) => {
        const start = cuts[index]?.start ?? draft.text.length;
        return { ref, start, end: start + shown, postedAt, sealed: done };
      }),
  };
}

function toSpan(page: SavedPage | undefined): { readonly start: number; readonly end: number } {
  return { start: page?.start ?? 0, end: page?.end ?? 0 };
}
