// Owns the block structure of markdown as far as a page needs it: lines and their kinds, by CommonMark's rules.
// Must not know pages, limits, platforms, or inline markup.

import { type Fence, hasCloser, isCloser, leavesQuote, toFence, toLooseFence } from './fence.ts';
import { blanksEnd, isDigit, isSpace, lineEnd, runEnd, spacesEnd } from './letters.ts';

export type LineKind = 'blank' | 'text' | 'item' | 'heading' | 'table' | 'opener' | 'code' | 'closer';

export interface Line {
  readonly start: number;
  /** Where the next line starts: behind the newline. */
  readonly end: number;
  readonly kind: LineKind;
}

/** What else a text's lines depend on. */
export interface Context {
  /** A table goes on where the text begins. */
  readonly inTable?: boolean;
  /** The platform opens and closes a fence wherever its marks stand on a line. */
  readonly loose?: boolean;
}

export interface Blocks {
  /** A long run of empty lines is three at the most: one is like the other, and an answer may be nothing else. */
  readonly lines: readonly Line[];
  /** The fence that is open where the text ends. */
  readonly open: Fence | null;
  /** A fence that is open for readers, though not by CommonMark's rules. */
  readonly looselyOpen: Fence | null;
}

/** Reads the text's lines; `carried` is the fence that was open before its first letter. A text's start counts as a line's start. */
export function scanBlocks(text: string, carried: Fence | null, context: Context = {}): Blocks {
  const lines: Line[] = [];
  let open = carried;
  let loosely: Fence | null = null;
  let listIndent = 0;
  let before: LineKind | undefined = context.inTable ? 'table' : undefined;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    if (!open && newline === start) {
      before = 'blank';
      start = pushEmpty(lines, start, runEnd(text, start, 10));
      continue;
    }
    const content = withoutLineEnd(text, start, end);
    if (open && leavesQuote(content, open)) open = null;
    if (open) {
      const closes: boolean = isCloser(content, open) || (context.loose === true && hasCloser(content, open));
      before = closes ? 'closer' : 'code';
      if (closes) open = null;
    } else {
      open = toFence(content, listIndent);
      if (open) loosely = null;
      else if (loosely) loosely = hasCloser(content, loosely) ? null : loosely;
      else if (newline >= 0) loosely = toLooseFence(content);
      if (context.loose && loosely) {
        open = loosely;
        loosely = null;
      }
      before = open ? 'opener' : kindOf(content, text, end, before);
      const item = itemEnd(content);
      if (item > 0) listIndent = item;
      else if (content !== '' && !isSpace(content.charCodeAt(0))) listIndent = 0;
    }
    lines.push({ start, end, kind: before });
    start = end;
  }
  return { lines, open, looselyOpen: open ? null : loosely };
}

/** Returns `to`, up to where there are newlines only. */
function pushEmpty(lines: Line[], from: number, to: number): number {
  for (let start = from, count = 1; start < to; count += 1) {
    const end = count === 3 ? to : start + 1;
    lines.push({ start, end, kind: 'blank' });
    start = end;
  }
  return to;
}

function withoutLineEnd(text: string, start: number, end: number): string {
  let stop = end;
  if (text.charAt(stop - 1) === '\n') stop -= 1;
  if (stop > start && text.charAt(stop - 1) === '\r') stop -= 1;
  return text.slice(start, stop);
}

function kindOf(content: string, text: string, end: number, before: LineKind | undefined): LineKind {
  if (spacesEnd(content, 0) === content.length) return 'blank';
  if (isHeading(content)) return 'heading';
  if (content.includes('|')) {
    if (before === 'table' || content.charAt(quotesEnd(content)) === '|') return 'table';
    if (isSeparator(text.slice(end, lineEnd(text, end)))) return 'table';
  }
  return itemEnd(content) > 0 ? 'item' : 'text';
}

function quotesEnd(content: string): number {
  let at = 0;
  while (content.charAt(at) === ' ' || content.charAt(at) === '>') at += 1;
  return at;
}

function isHeading(content: string): boolean {
  const from = runEnd(content, 0, 32);
  const end = runEnd(content, from, 35);
  const level = end - from;
  if (from > 3 || level < 1 || level > 6) return false;
  return end === content.length || isSpace(content.charCodeAt(end));
}

/** Behind the marker of a list's item and the space or tab that follows it, or 0. */
function itemEnd(content: string): number {
  const from = blanksEnd(content, 0);
  let end = from;
  const code = content.charCodeAt(from);
  if (code === 45 || code === 43 || code === 42) end += 1;
  else {
    while (end - from < 9 && isDigit(content.charCodeAt(end))) end += 1;
    const sign = content.charAt(end);
    if (end === from || (sign !== '.' && sign !== ')')) return 0;
    end += 1;
  }
  const behind = content.charAt(end);
  return behind === ' ' || behind === '\t' ? end + 1 : 0;
}

/** Whether the line is the second of a table: dashes, colons and pipes. */
export function isSeparator(content: string): boolean {
  if (!content.includes('|') || !content.includes('-')) return false;
  let at = spacesEnd(content, quotesEnd(content));
  if (content.charAt(at) === '|') at = spacesEnd(content, at + 1);
  for (let cells = 0; ; cells += 1) {
    if (at === content.length && cells > 0) return true;
    if (content.charAt(at) === ':') at += 1;
    const dashes = runEnd(content, at, 45);
    if (dashes === at) return false;
    at = dashes + (content.charAt(dashes) === ':' ? 1 : 0);
    at = spacesEnd(content, at);
    if (at === content.length) return true;
    if (content.charAt(at) !== '|') return false;
    at = spacesEnd(content, at + 1);
  }
}
