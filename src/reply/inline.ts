// Owns inline markdown: which stretches must not be torn apart, and what closes those that are still open.
// Must not know lines, fences, pages, limits, or platforms.

export interface Inline {
  /** Code, links and emphasis, from the first letter of the mark to behind the last; what is open reaches to the end. */
  readonly spans: readonly (readonly [start: number, end: number])[];
  /** What closes everything that is open, inner first. */
  readonly closers: string;
}

/** Emphasis, strikethrough, or a square bracket that waits for its other end. */
interface Opener {
  readonly mark: string;
  readonly at: number;
  /** Marks not yet closed; a bracket has 1. */
  left: number;
}

/** Word joiner: no width and no white space, so that a mark behind it can close (CommonMark's right-flanking rule) and starts no block. */
export const joiner = '\u2060';

const punctuation = /[\p{P}\p{S}]/u;
const autolink = /<https?:\/\/[^\s<>]*/y;
const destination =
  /\((?:\s*(?:<[^<>\n]*>?|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*(?:\([^\s()]*)?))(?:\s+(?:"[^"]*"?|'[^']*'?)?)?\s*/y;

/** Reads one block's text: a paragraph, a list item, a heading, a table's cell. */
export function scanInline(text: string): Inline {
  const spans: [number, number][] = [];
  const openers: Opener[] = [];
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
      openers.push({ mark: '[', at, left: 1 });
      at += 1;
    } else if (letter === ']') {
      at += 1;
      const bracket = openers.findLastIndex((opener) => opener.mark === '[');
      const from = openers[bracket];
      if (!from) continue;
      const link = text.charAt(at) === '(' ? matchAt(destination, text, at) : '';
      const linkEnd = at + link.length;
      const closed = link !== '' && text.charAt(linkEnd) === ')';
      if (closed || (link !== '' && linkEnd === text.length)) {
        openers.length = bracket;
        at = closed ? linkEnd + 1 : linkEnd;
        spans.push([from.at, at]);
        if (!closed) tail = linkCloser(link);
      } else {
        openers.splice(bracket, 1);
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
  for (const opener of openers) spans.push([opener.at, text.length]);
  const marks = openers.findLast((opener) => opener.mark !== '[') ? emphasisClosers(openers) : '';
  return { spans, closers: joinClosers(text, tail, marks, escaping) };
}

function joinClosers(text: string, tail: string, marks: string, escaping: boolean): string {
  if (tail + marks === '') return '';
  if (escaping) return `\\${tail}${marks}`;
  const apart = tail === '' ? /\s$/.test(text) : /\n$/.test(text);
  return (apart ? joiner : '') + tail + marks;
}

function emphasisClosers(openers: readonly Opener[]): string {
  return openers
    .map((opener) => (opener.mark === '[' ? '' : opener.mark.repeat(opener.left)))
    .reverse()
    .join('');
}

/** A run with nothing behind it is left alone: closing it would show twice as many marks. */
function codeCloser(text: string, at: number, run: number): string {
  const content = text.slice(at + run);
  if (content.trim() === '') return '';
  const trailing = /`*$/.exec(content)?.[0].length ?? 0;
  return trailing < run ? '`'.repeat(run - trailing) : '';
}

function linkCloser(link: string): string {
  const address = /^\(\s*(<[^>]*>?)?/.exec(link)?.[1];
  if (address !== undefined && !address.endsWith('>')) return '>)';
  const title = /\s(["'])[^"']*$/.exec(link)?.[1] ?? '';
  const depth = address === undefined && title === '' ? count(link, '(') - count(link, ')') : 1;
  return title + ')'.repeat(depth);
}

function closeAndOpen(
  text: string,
  at: number,
  run: number,
  openers: Opener[],
  spans: [number, number][],
): void {
  const mark = text.charAt(at);
  const before = text.slice(Math.max(0, at - 2), at);
  const previous = Array.from(before).at(-1) ?? ' ';
  const following = String.fromCodePoint(text.codePointAt(at + run) ?? 32);
  const afterPunctuation = punctuation.test(previous);
  const beforePunctuation = punctuation.test(following);
  const afterSpace = /\s/.test(previous);
  const beforeSpace = /\s/.test(following);
  const leftFlanking = !beforeSpace && (!beforePunctuation || afterSpace || afterPunctuation);
  const rightFlanking = !afterSpace && (!afterPunctuation || beforeSpace || beforePunctuation);
  const ends = at + run === text.length;
  const canClose = rightFlanking && (mark !== '_' || !leftFlanking || beforePunctuation);
  let left = run;
  if (canClose && (mark !== '~' || run === 2 || ends)) {
    for (let index = lastOf(openers, mark); left > 0 && index >= 0; index = lastOf(openers, mark)) {
      const opener = openers[index];
      if (!opener) break;
      const closed = Math.min(left, opener.left);
      opener.left -= closed;
      left -= closed;
      openers.length = index + (opener.left > 0 ? 1 : 0);
      if (opener.left === 0) spans.push([opener.at, at + run]);
    }
  }
  // `2*3` is a product far more often than the start of emphasis.
  const product = mark === '*' && run === 1 && leftFlanking && rightFlanking && !afterPunctuation;
  const canOpen = leftFlanking && (mark !== '_' || !rightFlanking || afterPunctuation) && !product;
  if (left > 0 && canOpen && (mark !== '~' || left === 2)) openers.push({ mark, at, left });
}

function lastOf(openers: readonly Opener[], mark: string): number {
  return openers.findLastIndex((opener) => opener.mark === mark);
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
