// Owns how a growing answer is cut into pages: which text stands on which page, and what a page's body is.
// Must not know when pages are written, or any platform.

import { type Fence, missingMarks, scanBlocks } from './blocks.ts';
import { boundaries, hardBoundary, isTrailingSurrogate } from './boundary.ts';
import { closersOf, fenceCloser, reopener } from './markdown.ts';

export interface PageLimits {
  /** The largest `sizeOf(body)`, in the platform's own unit. */
  readonly max: number;
  /** The platform's measure of a body: never negative, and longer text is never smaller. */
  sizeOf(body: string): number;
}

export interface PageCut {
  /** `text.slice(start, end)` is the model's text on this page. */
  readonly start: number;
  readonly end: number;
  /** The reopened fence, the text, and what closes open markdown: `body.slice(opened, body.length - closed) === text.slice(start, end)`. */
  readonly body: string;
  /** How many characters were put before the text. */
  readonly opened: number;
  /** How many characters were put behind the text. */
  readonly closed: number;
  /** No more text goes on this page. */
  readonly sealed: boolean;
}

export interface SavedCut {
  readonly start: number;
  readonly end: number;
  readonly sealed: boolean;
}

export interface Paginator {
  /**
   * All pages of the draft as it is now; their texts joined are the draft. Sealed pages are the very same objects as before and are not
   * rendered again. Cost is proportional to the page being written, not to the answer. `ended`: the draft will not grow any more.
   */
  pages(text: string, ended: boolean): readonly PageCut[];
  /** Text up to this offset of the draft stands on the platform: the page being written will not end before it. */
  shown(end: number): void;
  /** The page being written takes no more: it ends exactly at `end` (an offset ≥ its start), and the next begins there. */
  seal(end: number): void;
}

type Repair = 'all' | 'fence' | 'none';

/**
 * Creates the paginator of one reply. `saved` are the pages that it already has: the sealed ones stay as they are, the last goes on
 * where it is not sealed. A body is larger than the limit only where a single character is, or where shown text was.
 */
export function createPaginator(limits: PageLimits, saved: readonly SavedCut[] = []): Paginator {
  const sealed: PageCut[] = [];
  /** Where pages have to end, as others said; the text up to there may not have been seen yet. */
  const seals = saved
    .filter((page, index) => page.sealed || index < saved.length - 1)
    .map((page) => page.end);
  let start = saved[0]?.start ?? 0;
  let carried: Fence | null = null;
  let opening = '';
  let shownEnd = saved.at(-1)?.end ?? 0;
  let last: { readonly page: PageCut; readonly ended: boolean } | undefined;

  function render(text: string, end: number, isSealed: boolean, repair: Repair): PageCut {
    const own = text.slice(start, end);
    const opened = repair === 'none' ? '' : opening;
    const closed = closing(own, repair);
    const body = opened + own + closed;
    return { start, end, body, opened: opened.length, closed: closed.length, sealed: isSealed };
  }

  function closing(own: string, repair: Repair): string {
    // A fence whose opening line had no room stands open on the page before: closing it here would open another.
    if (repair === 'none' || (carried && opening === '')) return '';
    if (repair === 'all') return closersOf(own, carried);
    const { open } = scanBlocks(own, carried);
    return open ? fenceCloser(own, open) : '';
  }

  function isWithin(page: PageCut): boolean {
    return limits.sizeOf(page.body) <= limits.max;
  }

  /** The page with as much repair as there is room for. */
  function bestFit(text: string, end: number, isSealed: boolean, wanted: Repair): PageCut {
    for (const repair of wanted === 'all' ? (['all', 'fence'] as const) : (['fence'] as const)) {
      const page = render(text, end, isSealed, repair);
      if (isWithin(page)) return page;
    }
    return render(text, end, isSealed, 'none');
  }

  function put(text: string, page: PageCut): void {
    sealed.push(page);
    carried = fenceAfter(text, page, carried);
    start = page.end;
    opening = carried ? openingOf(carried) : '';
    last = undefined;
  }

  /** Half the page at most goes to a fence's lines: first the language is left out, then the repair. */
  function openingOf(fence: Fence): string {
    const closer = `\n${fence.prefix}${fence.marks}`;
    const room = limits.max / 2;
    const full = reopener(fence);
    if (limits.sizeOf(full) <= room / 2 && limits.sizeOf(full + closer) <= room) return full;
    const bare = reopener(fence, true);
    return limits.sizeOf(bare + closer) <= Math.max(room, limits.max - 16) ? bare : '';
  }

  /** The largest end for which `within` holds, found by doubling and halving: `within(start)` is taken as true. */
  function furthest(text: string, within: (end: number) => boolean): number {
    let good = start;
    let bad = text.length + 1;
    for (let span = window(); start + span < text.length; span *= 2) {
      if (!within(start + span)) {
        bad = start + span;
        break;
      }
      good = start + span;
    }
    while (bad - good > 1) {
      const middle = Math.floor((good + bad) / 2);
      if (within(middle)) good = middle;
      else bad = middle;
    }
    return good;
  }

  /** More characters than a page usually holds: what lies behind is not looked at. */
  function window(): number {
    return 2 * Math.max(0, Math.ceil(limits.max)) + 64;
  }

  function holdsRest(text: string, ended: boolean): boolean {
    for (let span = window(); start + span < text.length; span *= 2) {
      if (limits.sizeOf(text.slice(start, start + span)) > limits.max) return false;
    }
    return isWithin(render(text, text.length, ended, ended ? 'fence' : 'all'));
  }

  /** Where the page being written, which the rest of the text overflows, ends. */
  function cutOf(text: string): number {
    const low = Math.max(start + 1, Math.min(shownEnd, text.length));
    const fitsAt = (end: number) => isWithin(render(text, end, true, 'all'));
    const high = Math.min(furthest(text, fitsAt), text.length);
    const fits = (own: string) => limits.sizeOf(own) <= limits.max;
    if (high >= low) {
      for (const end of boundaries({ text, start, low, high, carried, fits })) if (fitsAt(end)) return end;
    }
    const bare = furthest(text, (end) => fits(text.slice(start, end)));
    const hard = bare >= low ? hardBoundary(text, start, low, Math.min(bare, text.length)) : undefined;
    if (hard !== undefined) return hard;
    return shownEnd > start ? low : low + (isTrailingSurrogate(text, low) ? 1 : 0);
  }

  return {
    pages(text, ended) {
      for (let end = seals.shift(); end !== undefined; end = seals.shift()) {
        put(text, bestFit(text, Math.min(Math.max(end, start), text.length), true, 'all'));
      }
      while (start < text.length) {
        if (last?.page.end === text.length && last.ended === ended) return [...sealed, last.page];
        let page: PageCut | undefined;
        if (holdsRest(text, ended)) {
          page = render(text, text.length, ended, ended ? 'fence' : 'all');
        } else {
          const end = cutOf(text);
          if (end < text.length) put(text, bestFit(text, end, true, 'all'));
          else page = bestFit(text, end, ended, ended ? 'fence' : 'all');
        }
        if (page) {
          last = { page, ended };
          return [...sealed, page];
        }
      }
      return [...sealed];
    },
    shown(end) {
      shownEnd = Math.max(shownEnd, end);
    },
    seal(end) {
      seals.push(end);
      last = undefined;
    },
  };
}

/** The fence that is open behind a page. A page that ends in the middle of a closing line counts as closed: its body completes the line. */
function fenceAfter(text: string, page: PageCut, carried: Fence | null): Fence | null {
  const own = text.slice(page.start, page.end);
  const { open } = scanBlocks(own, carried);
  if (!open) return null;
  const missing = missingMarks(own, open);
  const rest = open.marks.slice(0, missing);
  return missing > 0 && text.startsWith(rest, page.end) ? null : open;
}
