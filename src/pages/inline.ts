// Owns inline markdown: which stretches must not be torn apart, and what closes those that are still open.
// Must not know lines, fences, pages, limits, or platforms.

import { isSpace, spacesEnd } from './letters.ts';

export interface Inline {
  /** Code, links and emphasis, from the first letter of the mark to behind the last; what is open reaches to the end. */
  readonly spans: readonly (readonly [start: number, end: number])[];
  /** What closes everything that is open, inner first. */
  readonly closers: string;
}

/**
 * Emphasis, strikethrough and square brackets that wait for their other end, in three lists of the same length; and where in them those of
 * each kind stand: to look for one costs nothing, however many others are open.
 */
interface Openers {
  readonly marks: string[];
  readonly at: number[];
  /** Marks not yet closed; a bracket has 1, and 0 once its other end has come and made no link. */
  readonly left: number[];
  readonly places: Readonly<Record<string, number[]>>;
}

/** Marks that are open deeper than this are taken for text. */
const MAX_OPEN = 1_000;

/** Word joiner: no width and no white space, so that a mark behind it can close (CommonMark's right-flanking rule) and starts no block. */
export const joiner = '\u2060';

const punctuation = /[\p{P}\p{S}]/u;
/** Sticky, and read once for each sign that it begins with: neither looks behind the next sign of its kind. */
const autolink = /<https?:\/\/[^\s<>]*/y;
const destination =
  /\((?:\s*(?:<[^<>\n]*>?|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\([^\s()]*)?))(?:\s+(?:"[^"]*"?|'[^']*'?)?)?\s*/y;

/** Reads one block's text: a paragraph, a list item, a heading, a table's cell. */
export function scanInline(text: string): Inline {
  const spans: [number, number][] = [];
  const openers: Openers = { marks: [], at: [], left: [], places: { '*': [], _: [], '~': [], '[': [] } };
  let tail = '';
  let escaping = false;
  let at = 0;
  while (at < text.length) {
    const letter = text.charAt(at);
    if (letter === '\\') {
      escaping = at + 1 === text.length;
      at += 2;
    } else if (letter === '`') {
      const run = runLength(text, at);
      const close = findRun(text, at + run, run);
      if (close < 0) {
        spans.push([at, text.length]);
        tail = codeCloser(text, at, run);
        break;
      }
      spans.push([at, close + run]);
      at = close + run;
    } else if (letter === '*' || letter === '_' || letter === '~') {
      const run = runLength(text, at);
      closeAndOpen(text, at, run, openers, spans);
      at += run;
    } else if (letter === '[') {
      push(openers, '[', at, 1);
      at += 1;
    } else if (letter === ']') {
      at += 1;
      const bracket = openers.places['[']?.at(-1) ?? -1;
      const from = openers.at[bracket];
      if (from === undefined) continue;
      const link = text.charAt(at) === '(' ? matchAt(destination, text, at) : '';
      const linkEnd = at + link.length;
      const closed = link !== '' && text.charAt(linkEnd) === ')';
      if (closed || (link !== '' && linkEnd === text.length)) {
        truncate(openers, bracket);
        at = closed ? linkEnd + 1 : linkEnd;
        spans.push([from, at]);
        if (!closed) tail = linkCloser(link);
      } else {
        openers.left[bracket] = 0;
        openers.places['[']?.pop();
      }
    } else if (letter === '<') {
      const address = matchAt(autolink, text, at);
      if (address !== '') {
        spans.push([at, at + address.length + 1]);
        if (at + address.length === text.length) tail = '>';
      }
      at += Math.max(1, address.length);
    } else {
      at += 1;
    }
  }
  // What is open first reaches over all that is open behind it.
  const open = openers.left.findIndex((left) => left > 0);
  if (open >= 0) spans.push([openers.at[open] ?? 0, text.length]);
  return { spans, closers: joinClosers(text, tail, emphasisClosers(openers), escaping) };
}

function push(openers: Openers, mark: string, at: number, left: number): void {
  if (openers.at.length >= MAX_OPEN) return;
  openers.places[mark]?.push(openers.at.length);
  openers.marks.push(mark);
  openers.at.push(at);
  openers.left.push(left);
}

/** Takes away all openers from this one on. */
function truncate(openers: Openers, length: number): void {
  while (openers.at.length > length) {
    openers.at.pop();
    openers.left.pop();
    const places = openers.places[openers.marks.pop() ?? ''];
    if (places?.at(-1) === openers.at.length) places.pop();
  }
}

function joinClosers(text: string, tail: string, marks: string, escaping: boolean): string {
  if (tail + marks === '') return '';
  if (escaping) return `\\${tail}${marks}`;
  const apart = tail === '' ? /\s$/.test(text) : /\n$/.test(text);
  return (apart ? joiner : '') + tail + marks;
}

function emphasisClosers({ marks, left }: Openers): string {
  let closers = '';
  for (let index = marks.length - 1; index >= 0; index -= 1) {
    const mark = marks[index] ?? '[';
    if (mark !== '[') closers += mark.repeat(left[index] ?? 0);
  }
  return closers;
}

/** A run with nothing behind it is left alone: closing it would show twice as many marks. */
function codeCloser(text: string, at: number, run: number): string {
  if (spacesEnd(text, at + run) === text.length) return '';
  let start = text.length;
  while (text.charAt(start - 1) === '`') start -= 1;
  const trailing = text.length - Math.max(start, at + run);
  return trailing < run ? '`'.repeat(run - trailing) : '';
}

/** What closes a link's address or title that the text's end has cut; `link` begins with its bracket. */
function linkCloser(link: string): string {
  const from = spacesEnd(link, 1);
  const inAngles = link.charAt(from) === '<';
  const angle = inAngles ? link.indexOf('>', from) : from;
  if (angle < 0) return '>)';
  let quote = '';
  for (let at = angle; at < link.length; at += 1) {
    const letter = link.charAt(at);
    if (letter === quote) quote = '';
    else if (quote === '' && (letter === '"' || letter === "'") && isSpace(link.charCodeAt(at - 1)))
      quote = letter;
  }
  const depth = !inAngles && quote === '' ? count(link, '(') - count(link, ')') : 1;
  return quote + ')'.repeat(depth);
}

function closeAndOpen(
  text: string,
  at: number,
  run: number,
  openers: Openers,
  spans: [number, number][],
): void {
  const mark = text.charAt(at);
  const previous = kindBefore(text, at);
  const following = kindAt(text, at + run);
  const afterPunctuation = previous === 'sign';
  const beforePunctuation = following === 'sign';
  const afterSpace = previous === 'space';
  const beforeSpace = following === 'space';
  const leftFlanking = !beforeSpace && (!beforePunctuation || afterSpace || afterPunctuation);
  const rightFlanking = !afterSpace && (!afterPunctuation || beforeSpace || beforePunctuation);
  const ends = at + run === text.length;
  const canClose = rightFlanking && (mark !== '_' || !leftFlanking || beforePunctuation);
  let left = run;
  if (canClose && (mark !== '~' || run === 2 || ends)) {
    for (let index = lastOf(openers, mark); left > 0 && index >= 0; index = lastOf(openers, mark)) {
      const open = openers.left[index] ?? 0;
      const from = openers.at[index] ?? 0;
      const closed = Math.min(left, open);
      openers.left[index] = open - closed;
      left -= closed;
      truncate(openers, index + (open > closed ? 1 : 0));
      if (open === closed) spans.push([from, at + run]);
    }
  }
  // `2*3` is a product far more often than the start of emphasis.
  const product = mark === '*' && run === 1 && leftFlanking && rightFlanking && !afterPunctuation;
  const canOpen = leftFlanking && (mark !== '_' || !rightFlanking || afterPunctuation) && !product;
  if (left > 0 && canOpen && (mark !== '~' || left === 2)) push(openers, mark, at, left);
}

type Kind = 'space' | 'sign' | 'letter';

/** The kind of the character that ends before `at`; a text's start counts as space. */
function kindBefore(text: string, at: number): Kind {
  if (at === 0) return 'space';
  return kindAt(text, at - (at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1));
}

/** The kind of the character that begins at `at`; a text's end counts as space. */
function kindAt(text: string, at: number): Kind {
  const code = text.codePointAt(at) ?? 32;
  if (isSpace(code)) return 'space';
  if (code >= 0x80) return punctuation.test(String.fromCodePoint(code)) ? 'sign' : 'letter';
  const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
  return isLetter || (code >= 48 && code <= 57) || code < 0x20 || code === 0x7f ? 'letter' : 'sign';
}

function lastOf(openers: Openers, mark: string): number {
  return openers.places[mark]?.at(-1) ?? -1;
}

function runLength(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text.charAt(end) === text.charAt(at)) end += 1;
  return end - at;
}

/** Where a run of exactly `run` backticks starts, or -1. */
function findRun(text: string, from: number, run: number): number {
  for (let at = text.indexOf('`', from); at >= 0; at = text.indexOf('`', at)) {
    const found = runLength(text, at);
    if (found === run) return at;
    at += found;
  }
  return -1;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}
