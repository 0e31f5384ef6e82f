// Owns how a growing answer is cut into pages: which text stands on which page, and what a page's body is.
// Must not know when pages are written, or any platform.

import { type Context, scanBlocks } from './blocks.ts';
import { boundaries } from './boundary.ts';
import { type Carry, carryOf, nothing } from './carry.ts';
import type { Fence } from './fence.ts';
import { hardBoundary, isTrailingSurrogate } from './graphemes.ts';
import { closersOf, fenceCloser, reopener } from './repair.ts';

export interface PageLimits {
  /** The largest `sizeOf(body)`, in the platform's own unit. */
  readonly max: number;
  /** The platform's measure of a body: never negative, and longer text is never smaller. */
  sizeOf(body: string): number;
  /** The platform opens and closes a code fence wherever its marks stand on a line. */
  readonly looseFences?: boolean;
}

export interface PageCut {
  /** `text.slice(start, end)` is the model's text on this page. */
  readonly start: number;
  readonly end: number;
  /** The reopened fence or the repeated header of a table, the text, and what closes open markdown: `body.slice(opened, body.length - closed) === text.slice(start, end)`. */
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
   * `most`: no page behind that many is looked for; the draft may go on behind the last, which is sealed then.
   */
  pages(text: string, ended: boolean, most?: number): readonly PageCut[];
  /** Text up to this offset of the draft stands on the platform: the page being written will not end before it. */
  shown(end: number): void;
  /** The page being written takes no more: it ends exactly at `end` (an offset ≥ its start), and the next begins there. */
  seal(end: number): void;
}

type Repair = 'all' | 'fence' | 'none';

/** So many ends are tried with all repair before one is taken that needs none. */
const MAX_TRIES = 24;

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
  let carried: Carry = nothing;
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
    if (repair === 'none' || (carried.fence && opening === '')) return '';
    if (repair === 'all') return closersOf(own, carried.fence, context());
    const { open } = scanBlocks(own, carried.fence, context());
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
    carried = carryOf(text, page, carried, context());
    start = page.end;
    opening = carried.fence ? openingOf(carried.fence) : headerOf(carried);
    last = undefined;
  }

  function context(): Context {
    return { inTable: carried.table !== '', loose: limits.looseFences === true };
  }

  /** A header that is repeated leaves most of the page to the rows. */
  function headerOf({ table, atRow }: Carry): string {
    return atRow && limits.sizeOf(table) <= limits.max / 4 ? table : '';
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

  /**
   * The largest end up to which the text has room, `room` being a size: found by measuring where it should be by the sizes so far, and by
   * halving where that leads nowhere.
   */
  function furthest(text: string, before: string, room: number): number {
    let good = start;
    let bad = text.length + 1;
    let next = start + Math.max(1, Math.ceil(room) - before.length);
    for (let step = 0; bad - good > 1; step += 1) {
      const end = Math.min(Math.max(next, good + 1), bad - 1);
      const size = limits.sizeOf(before + text.slice(start, end));
      if (size <= room) good = end;
      else bad = end;
      const left = size <= room ? room - size : size - room;
      if (step > 5 && step % 2 === 0)
        next = Math.floor((good + Math.min(bad, good + 2 * (good - start) + 64)) / 2);
      else if (size <= room) next = end + Math.max(1, Math.floor((left * (end - start)) / Math.max(1, size)));
      else next = end - Math.max(1, Math.ceil((left * (end - start)) / size));
    }
    return good;
  }

  /** More characters than a page usually holds: what lies behind is not looked at. */
  function window(): number {
    return 2 * Math.max(0, Math.ceil(limits.max)) + 64;
  }

  function holdsRest(text: string, ended: boolean): boolean {
    if (limits.sizeOf(text.slice(start, start + window())) > limits.max) return false;
    for (let span = window(); start + span < text.length; span *= 2) {
      if (limits.sizeOf(text.slice(start, start + span)) > limits.max) return false;
    }
    return isWithin(render(text, text.length, ended, ended ? 'fence' : 'all'));
  }

  /** The furthest end at which a page with all its repair fits, near enough: what the repair takes is given way to, then halved. */
  function furthestRepaired(text: string): number {
    let end = furthest(text, opening, limits.max);
    for (let step = 0; step < MAX_TRIES && end > start; step += 1) {
      const over = limits.sizeOf(render(text, end, true, 'all').body) - limits.max;
      if (over <= 0) return end;
      end =
        step < 8
          ? end - Math.min(Math.ceil(over), Math.max(1, (end - start) >> 1))
          : start + ((end - start) >> 1);
    }
    return start;
  }

  /** Where the page being written, which the rest of the text overflows, ends; as a page, where it fits with all its repair. */
  function cutOf(text: string): number | PageCut {
    const low = Math.max(start + 1, Math.min(shownEnd, text.length));
    const fits = (own: string) => limits.sizeOf(own) <= limits.max;
    const high = furthestRepaired(text);
    if (high >= low) {
      let tries = 0;
      const stretch = { text, start, low, high, carried: carried.fence, context: context(), fits };
      for (const end of boundaries(stretch)) {
        const page = render(text, end, true, 'all');
        if (isWithin(page)) return page;
        tries += 1;
        if (tries >= MAX_TRIES) break;
      }
      if (isWithin(render(text, high, true, 'all'))) {
        const end = hardBoundary(text, start, low, high);
        if (end !== undefined) return end;
      }
    }
    const bare = furthest(text, '', limits.max);
    const hard = bare >= low ? hardBoundary(text, start, low, Math.min(bare, text.length)) : undefined;
    if (hard !== undefined) return hard;
    return shownEnd > start ? low : low + (isTrailingSurrogate(text, low) ? 1 : 0);
  }

  return {
    pages(text, ended, most = Number.POSITIVE_INFINITY) {
      for (let end = seals.shift(); end !== undefined; end = seals.shift()) {
        put(text, bestFit(text, Math.min(Math.max(end, start), text.length), true, 'all'));
      }
      while (start < text.length && sealed.length < most) {
        if (last?.page.end === text.length && last.ended === ended) return [...sealed, last.page];
        let page: PageCut | undefined;
        if (holdsRest(text, ended)) {
          page = render(text, text.length, ended, ended ? 'fence' : 'all');
        } else {
          const cut = cutOf(text);
          const end = typeof cut === 'number' ? cut : cut.end;
          if (end < text.length) put(text, typeof cut === 'number' ? bestFit(text, end, true, 'all') : cut);
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
