// Owns code fences: which line opens one and which closes it, by CommonMark's rules and as readers take it.
// Must not know the other kinds of lines, pages, limits, or platforms.

import { blanksEnd, columnBehind, isDigit, runEnd } from './letters.ts';

/** An open code fence, and what it takes to close it and to open it again. */
export interface Fence {
  /** What stands before the marks on a line of its own: indentation and `> `; a list marker counts as spaces. */
  readonly prefix: string;
  /** The marks of the opening line: three or more backticks or tildes. */
  readonly marks: string;
  /** What follows the marks, as written: the language. */
  readonly info: string;
  /** How many blockquotes the fence stands in; it ends with them. */
  readonly quotes: number;
  /** The opening line is one for readers, and for some platforms, but not for CommonMark: behind words, or behind a tab. */
  readonly loose?: boolean;
}

const BACKTICK = 96;
const TILDE = 126;
const QUOTE = 62;
/** Words behind marks that are longer are no language's name. */
const MAX_LANGUAGE = 31;

function hasMarks(content: string): boolean {
  return content.includes('```') || content.includes('~~~');
}

/** The fence that the line opens by CommonMark's rules. Inside a list item, indentation is counted from the item's own text. */
export function toFence(content: string, listIndent: number): Fence | null {
  if (!hasMarks(content)) return null;
  const prefix: string[] = [];
  let quotes = 0;
  let allowed = 3 + listIndent;
  let column = 0;
  for (let at = 0; ; allowed = 3) {
    const from = blanksEnd(content, at);
    if (columnBehind(content, at, from, column) - column > allowed) return null;
    const marker = markerEnd(content, from);
    if (marker === from) {
      const marks = marksEnd(content, from);
      return marks < 0
        ? null
        : fenceAt(content, from, marks, prefix.join('') + content.slice(at, from), quotes);
    }
    const isQuote = content.charCodeAt(from) === QUOTE;
    const next = isQuote ? marker + (content.charAt(marker) === ' ' ? 1 : 0) : marker + 1;
    if (isQuote) quotes += 1;
    const behind = columnBehind(content, at, next, column);
    prefix.push(isQuote ? content.slice(at, next) : ' '.repeat(behind - column));
    column = behind;
    at = next;
  }
}

/** Behind the sign of a quote, or of a list item with a space or a tab behind it; `from` where there is none. */
function markerEnd(content: string, from: number): number {
  const code = content.charCodeAt(from);
  if (code === QUOTE) return from + 1;
  let end = from;
  if (code === 45 || code === 43 || code === 42) end = from + 1;
  else if (isDigit(code)) {
    while (end - from < 9 && isDigit(content.charCodeAt(end))) end += 1;
    const sign = content.charAt(end);
    if (sign !== '.' && sign !== ')') return from;
    end += 1;
  }
  const behind = content.charAt(end);
  return end > from && (behind === ' ' || behind === '\t') ? end : from;
}

/** Behind the marks that begin here and open a fence, or -1. */
function marksEnd(content: string, from: number): number {
  const code = content.charCodeAt(from);
  if (code !== BACKTICK && code !== TILDE) return -1;
  const end = runEnd(content, from, code);
  return end - from < 3 || (code === BACKTICK && content.includes('`', end)) ? -1 : end;
}

function fenceAt(content: string, from: number, end: number, prefix: string, quotes: number): Fence {
  return { prefix, marks: content.slice(from, end), info: content.slice(end).trimEnd(), quotes };
}

/** The fence that a line opens for readers, though not for CommonMark: the marks and a language stand behind words, or behind a tab. */
export function toLooseFence(content: string): Fence | null {
  if (!hasMarks(content)) return null;
  const from = blanksEnd(content, 0);
  const tab = content.indexOf('\t');
  if (tab >= 0 && tab < from) {
    const end = marksEnd(content, from);
    if (end >= 0) return looseAt(content, from, end, content.slice(0, from));
  }
  const start = content.indexOf('```', from);
  if (start <= from) return null;
  const end = marksEnd(content, start);
  return end < 0 || !isLanguage(content, end) ? null : looseAt(content, start, end, '');
}

function looseAt(content: string, from: number, end: number, prefix: string): Fence {
  return { prefix, marks: content.slice(from, end), info: content.slice(end).trim(), quotes: 0, loose: true };
}

/** Whether nothing or a language's name follows, as people write it: anything else behind marks on a line is more likely text. */
function isLanguage(content: string, from: number): boolean {
  const start = blanksEnd(content, from);
  let end = start;
  while (end - start <= MAX_LANGUAGE && isNameSign(content.charCodeAt(end), end > start)) end += 1;
  return blanksEnd(content, end) >= content.length;
}

/** A letter; behind the first one also a digit or one of `+ # . - _`. */
function isNameSign(code: number, isBehindFirst: boolean): boolean {
  const letter = code | 32;
  if (letter >= 97 && letter <= 122) return true;
  if (!isBehindFirst) return false;
  return isDigit(code) || code === 43 || code === 35 || code === 46 || code === 45 || code === 95;
}

export function isCloser(content: string, fence: Fence): boolean {
  const line = withoutQuotes(content, fence.quotes);
  const from = blanksEnd(line, 0);
  const code = line.charCodeAt(from);
  if (code !== fence.marks.charCodeAt(0)) return false;
  const end = runEnd(line, from, code);
  if (end - from < fence.marks.length || blanksEnd(line, end) < line.length) return false;
  const width = columnBehind(fence.prefix, 0, fence.prefix.length, 0);
  return columnBehind(line, 0, from, 0) <= width + 3;
}

/** Whether as many marks as opened the fence stand anywhere on the line. */
export function hasCloser(content: string, fence: Fence): boolean {
  return content.includes(fence.marks);
}

/** How many marks are missing where the text ends in the middle of what looks like the fence's closing line; 0 where it does not. */
export function missingMarks(text: string, fence: Fence): number {
  const line = withoutQuotes(text.slice(text.lastIndexOf('\n') + 1), fence.quotes).trimStart();
  const end = runEnd(line, 0, fence.marks.charCodeAt(0));
  const partial = line !== '' && end === line.length && end < fence.marks.length;
  return partial ? fence.marks.length - line.length : 0;
}

function withoutQuotes(line: string, quotes: number): string {
  let at = 0;
  for (let left = quotes; left > 0; left -= 1) {
    const sign = runEnd(line, at, 32);
    if (line.charCodeAt(sign) !== QUOTE) break;
    at = sign + 1 + (line.charAt(sign + 1) === ' ' ? 1 : 0);
  }
  return line.slice(at);
}

export function leavesQuote(content: string, fence: Fence): boolean {
  return fence.quotes > 0 && content.charCodeAt(runEnd(content, 0, 32)) !== QUOTE;
}
