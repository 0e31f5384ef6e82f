// Owns how the Markdown inside a line looks in a terminal: marks become styles, as soon as it is certain that they are marks. Must
// not know lines or blocks. What is read ahead is bounded, so that each letter is looked at a bounded number of times.

import type { Paint, Style } from '../terminal.ts';

/** How far the end of a mark may be from its beginning: so much is held back at the most while it is written. */
const SPAN_MAX = 400;
const DEPTH_MAX = 4;
const SPECIAL = /[\\`*_~[]/;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;

export interface Inline {
  readonly shown: string;
  /** What is not certain yet; empty where the line has ended. */
  readonly rest: string;
}

type Found =
  | { readonly kind: 'span'; readonly end: number; readonly shown: string }
  /** Only more of the line can tell. */
  | { readonly kind: 'open' }
  /** These letters mean themselves. */
  | { readonly kind: 'letters'; readonly end: number };

interface Place {
  readonly text: string;
  readonly at: number;
  readonly isEnd: boolean;
  readonly styles: readonly Style[];
  readonly depth: number;
  /** The letter in front of the text. */
  readonly before: string;
}

/** `isEnd`: no more of the line comes. `styles`: what holds for all of it. `before`: the letter of the line in front of the text. */
export function toInline(
  text: string,
  isEnd: boolean,
  paint: Paint,
  styles: readonly Style[] = [],
  depth = 0,
  before = '',
): Inline {
  const show = (piece: string, more: readonly Style[] = []): string =>
    [...styles, ...more].reduceRight((shown, style) => paint(style, shown), piece);
  let shown = '';
  let plainFrom = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (!SPECIAL.test(char)) {
      at += 1;
      continue;
    }
    const found = look({ text, at, isEnd, styles, depth, before }, char, paint);
    const isLate = text.length - at > SPAN_MAX;
    if (found.kind === 'open' && !isEnd && !isLate)
      return { shown: shown + show(text.slice(plainFrom, at)), rest: text.slice(at) };
    if (found.kind === 'span') {
      shown += show(text.slice(plainFrom, at)) + found.shown;
      plainFrom = found.end;
    }
    at = found.kind === 'open' ? runEnd(text, at) : found.end;
  }
  return { shown: shown + show(text.slice(plainFrom)), rest: '' };
}

function look(place: Place, char: string, paint: Paint): Found {
  const { text, at, isEnd } = place;
  if (char === '\\') {
    const next = text.charAt(at + 1);
    if (next === '') return isEnd ? { kind: 'letters', end: at + 1 } : { kind: 'open' };
    if (!PUNCTUATION.test(next)) return { kind: 'letters', end: at + 1 };
    return { kind: 'span', end: at + 2, shown: styled(place, paint, [], next) };
  }
  if (char === '[') return lookLink(place, paint);
  const end = runEnd(text, at);
  if (end === text.length && !isEnd) return { kind: 'open' };
  return char === '`' ? lookCode(place, end, paint) : lookEmphasis(place, char, end, paint);
}

const styled = ({ styles }: Place, paint: Paint, more: readonly Style[], text: string): string =>
  [...styles, ...more].reduceRight((shown, style) => paint(style, shown), text);

function runEnd(text: string, at: number): number {
  const char = text.charAt(at);
  let end = at + 1;
  while (end < text.length && text.charAt(end) === char) end += 1;
  return end;
}

function lookCode(place: Place, from: number, paint: Paint): Found {
  const { text, at } = place;
  const length = from - at;
  const limit = Math.min(text.length, at + SPAN_MAX);
  for (let close = text.indexOf('`', from); close >= 0 && close < limit; ) {
    const end = runEnd(text, close);
    if (end === text.length && !place.isEnd) return { kind: 'open' };
    if (end - close === length) {
      const code = text.slice(from, close).replace(/^ (.*[^ ].*) $/, '$1');
      return { kind: 'span', end, shown: styled(place, paint, ['cyan'], code) };
    }
    close = text.indexOf('`', end);
  }
  return limit < text.length ? { kind: 'letters', end: from } : { kind: 'open' };
}

function lookEmphasis(place: Place, char: string, from: number, paint: Paint): Found {
  const { text, at, isEnd, depth } = place;
  const length = from - at;
  const letters: Found = { kind: 'letters', end: from };
  const more = toStyles(char, length);
  const next = text.charAt(from);
  const before = at === 0 ? place.before : text.charAt(at - 1);
  if (more === undefined || depth >= DEPTH_MAX || next === '' || /\s/.test(next)) return letters;
  if (char === '_' && WORD.test(before)) return letters;
  const limit = Math.min(text.length, at + SPAN_MAX);
  for (let close = text.indexOf(char, from); close >= 0 && close < limit; ) {
    const end = runEnd(text, close);
    if (end === text.length && !isEnd) return { kind: 'open' };
    const fits = end - close === length && !/\s/.test(text.charAt(close - 1));
    if (fits && !(char === '_' && WORD.test(text.charAt(end)))) {
      const inner = toInline(text.slice(from, close), true, paint, [...place.styles, ...more], depth + 1);
      return { kind: 'span', end, shown: inner.shown };
    }
    close = text.indexOf(char, end);
  }
  return limit < text.length ? letters : { kind: 'open' };
}

function toStyles(char: string, length: number): readonly Style[] | undefined {
  if (char === '~') return length === 2 ? ['strike'] : undefined;
  return ([['italic'], ['bold'], ['bold', 'italic']] as const)[length - 1];
}

/** `[words](address)`: both are shown, since a terminal has nothing to click behind the words. */
function lookLink(place: Place, paint: Paint): Found {
  const { text, at, isEnd, depth } = place;
  const ahead = text.slice(at, at + SPAN_MAX);
  const whole = /^\[([^\][\n]{1,200})\]\(([^()\s]{1,300})\)/.exec(ahead);
  if (whole !== null && depth < DEPTH_MAX) {
    const [all, label = '', address = ''] = whole;
    const words = toInline(label, true, paint, [...place.styles, 'underline'], depth + 1).shown;
    const shown = label === address ? words : `${words}${styled(place, paint, ['dim'], ` (${address})`)}`;
    return { kind: 'span', end: at + all.length, shown };
  }
  const mayBe = /^\[[^\][\n]{0,200}(?:\](?:\([^()\s]{0,300})?)?$/.test(ahead);
  return mayBe && !isEnd ? { kind: 'open' } : { kind: 'letters', end: at + 1 };
}
