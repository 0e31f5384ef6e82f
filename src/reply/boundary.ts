// Owns where a page may end: the places of a text in order of preference.
// Must not know how pages are rendered or measured, or any platform.

import { type Fence, type Line, scanBlocks } from './blocks.ts';
import { scanInline } from './inline.ts';
import { segmentStart } from './markdown.ts';

export interface Stretch {
  readonly text: string;
  /** Where the page starts. */
  readonly start: number;
  /** The page must not end before this. */
  readonly low: number;
  /** The page cannot end behind this. */
  readonly high: number;
  /** The fence that is open where the page starts. */
  readonly carried: Fence | null;
  /** Whether this much text fits on a page of its own. */
  fits(text: string): boolean;
}

type Tier = 'paragraph' | 'line' | 'sentence' | 'word';

interface Place {
  readonly at: number;
  readonly tier: Tier;
  /** The next page would begin badly here, or something that belongs together would be torn. */
  readonly poor: boolean;
}

const tiers: readonly Tier[] = ['paragraph', 'line', 'sentence', 'word'];
const sentenceEnd = /(?:[.!?…]["'’”)\]*_]*\s+|[。！？][”’」』）】*_]*\s*)(?=\S)/gu;
const wordEnd =
  /\s+(?=\S)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}，、；：])(?=[^\s。，、！？；：”’」』）】》…])/gu;
/** Text that would become a block of another kind if a page began with it. */
const blockStart = /^(?: {0,3}(?:`{3,}|~{3,})|#{1,6}\s|[-+*]\s|>|\d{1,9}[.)]\s|\|)/;
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Every place between `low` and `high`, best first: paragraph, line, sentence, word in the second half of the page, then in its second
 * quarter, then inside markup, then between any two graphemes. A table that fits on a page of its own is never cut where it can be helped.
 */
export function* boundaries(stretch: Stretch): Generator<number> {
  const { start, low, high } = stretch;
  // Looks one page ahead, to see whether a table that reaches over the end would fit on the next page.
  const ahead = stretch.text.slice(start, high + (high - start) + 64);
  const isWhole = graphemeTest(ahead.slice(0, high - start + 64));
  const { lines } = scanBlocks(ahead, stretch.carried);
  const tables = tablesOf(lines, ahead, stretch);
  const places = [...linePlaces(lines, ahead), ...innerPlaces(lines, ahead, low - start, high - start)]
    .filter(({ at }) => at >= low - start && at <= high - start)
    .filter(({ at }) => !tables.some((table) => at > table.start && at < table.end));
  for (const table of tables) {
    if (table.end > high - start && isWhole(table.start)) yield start + table.start;
  }
  const half = Math.floor((high - start) / 2);
  const unsafe = unsafeTest(lines, ahead);
  const taken = new Set<number>();
  const zones: ((place: Place) => boolean)[] = [
    ({ at, poor }) => at >= half && !poor && !unsafe(at),
    ({ at, poor }) =>
      at < half && at >= half / 2 && !poor && !unsafe(at) && endsSoon(ahead, at, high - start),
    ({ at }) => at >= half,
  ];
  for (const isIn of zones) {
    const inZone = places.filter(isIn);
    for (const tier of tiers) {
      for (const { at } of inZone.filter((place) => place.tier === tier).sort((a, b) => b.at - a.at)) {
        if (taken.has(at) || !isWhole(at)) continue;
        taken.add(at);
        yield start + at;
      }
    }
  }
  for (const blunt of [false, true]) {
    for (let at = high - start; at >= low - start; at -= 1) {
      if (!isWhole(at) || taken.has(at)) continue;
      if (!blunt && (!isIn(lines, at) || blockStart.test(ahead.slice(at, at + 16)))) continue;
      taken.add(at);
      yield start + at;
    }
  }
}

/** The last place between `low` and `high` that tears no grapheme, or no surrogate pair, or undefined. */
export function hardBoundary(text: string, start: number, low: number, high: number): number | undefined {
  const isWhole = graphemeTest(text.slice(start, high + 64));
  for (let at = high; at >= low; at -= 1) if (isWhole(at - start)) return at;
  for (let at = high; at >= low; at -= 1) if (!isTrailingSurrogate(text, at)) return at;
  return undefined;
}

export function isTrailingSurrogate(text: string, at: number): boolean {
  return at > 0 && /^[\uDC00-\uDFFF]/.test(text.charAt(at)) && /^[\uD800-\uDBFF]/.test(text.charAt(at - 1));
}

function graphemeTest(text: string): (at: number) => boolean {
  const segments = graphemes.segment(text);
  return (at) => {
    if (at <= 0 || at >= text.length) return true;
    // Between two plain letters there is always a boundary: no need to ask.
    if (/^[ -~\n][ -~]/.test(text.slice(at - 1, at + 1))) return true;
    return segments.containing(at)?.index === at;
  };
}

/** Whether the unbroken run of letters at `at` has an end on the next page: one that has none is cut anyway. */
function endsSoon(ahead: string, at: number, length: number): boolean {
  const run = /^\S*/.exec(ahead.slice(at, at + length))?.[0].length ?? 0;
  return run < length;
}

function tablesOf(lines: readonly Line[], ahead: string, stretch: Stretch): { start: number; end: number }[] {
  const { start, low, high } = stretch;
  const tables: { start: number; end: number }[] = [];
  for (const line of lines) {
    if (line.kind !== 'table') continue;
    const table = tables.at(-1);
    if (table?.end === line.start) table.end = line.end;
    else tables.push({ start: line.start, end: line.end });
  }
  return tables.filter((table) => {
    if (table.end <= high - start) return true;
    const movable = table.start > 0 && table.start >= low - start && table.start <= high - start;
    return movable && stretch.fits(ahead.slice(table.start, table.end));
  });
}

/** Places between lines. Outside code the indentation of a line belongs to the page before, so that no page begins with white space. */
function linePlaces(lines: readonly Line[], ahead: string): Place[] {
  const places: Place[] = [];
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (!before || line.kind === 'blank') continue;
    const inCode = line.kind === 'code' || line.kind === 'closer';
    const keepsIndent = inCode || line.kind === 'opener';
    const indent = keepsIndent ? 0 : (/^[^\S\n]*/.exec(ahead.slice(line.start, line.end))?.[0].length ?? 0);
    const newBlock = before.kind === 'blank' || before.kind === 'closer' || line.kind === 'heading';
    const underHeader =
      line.kind === 'table' && before.kind === 'table' && lines[index - 3]?.kind !== 'table';
    const poor =
      before.kind === 'opener' || line.kind === 'closer' || headsWhatFollows(lines, index) || underHeader;
    places.push({ at: line.start + indent, tier: newBlock && !inCode ? 'paragraph' : 'line', poor });
  }
  return places;
}

/** Whether the last line that is not blank before this one is a heading. */
function headsWhatFollows(lines: readonly Line[], index: number): boolean {
  let at = index - 1;
  while (lines[at]?.kind === 'blank') at -= 1;
  return lines[at]?.kind === 'heading';
}

/** Places inside lines. The marks of a fence are never torn. */
function innerPlaces(lines: readonly Line[], ahead: string, low: number, high: number): Place[] {
  const places: Place[] = [];
  for (const line of lines) {
    if (line.end < low || line.start > high) continue;
    if (line.kind === 'opener' || line.kind === 'closer' || line.kind === 'blank') continue;
    const text = ahead.slice(line.start, Math.min(line.end, high + 64));
    const patterns: [Tier, RegExp][] =
      line.kind === 'code'
        ? [['word', wordEnd]]
        : [
            ['sentence', sentenceEnd],
            ['word', wordEnd],
          ];
    for (const [tier, pattern] of patterns) {
      for (const match of text.matchAll(pattern)) {
        const offset = match.index + match[0].length;
        if (offset === 0 || (tier === 'sentence' && /^[a-z]/.test(text.slice(offset)))) continue;
        if (/^\s*(?:[-+*>|]|#{1,6}|\d{1,9}[.)])?\s*$/.test(text.slice(0, offset))) continue;
        const poor = blockStart.test(text.slice(offset)) || line.kind === 'table';
        places.push({ at: line.start + offset, tier, poor });
      }
    }
  }
  return places;
}

/** Whether a place lies inside a link, code or emphasis. */
function unsafeTest(lines: readonly Line[], ahead: string): (at: number) => boolean {
  const spans = new Map<number, readonly (readonly [number, number])[]>();
  return (at) => {
    const index = lines.findLastIndex((line) => line.start < at);
    const from = segmentStart(lines, index);
    if (from === undefined) return false;
    let known = spans.get(from);
    if (!known) {
      let last = index;
      while (lines[last + 1]?.kind === 'text') last += 1;
      known = scanInline(ahead.slice(from, lines[last]?.end)).spans;
      spans.set(from, known);
    }
    return known.some(([start, end]) => from + start < at && at < from + end);
  };
}

/** Whether the place lies outside the lines that open and close fences. */
function isIn(lines: readonly Line[], at: number): boolean {
  const line = lines.findLast((candidate) => candidate.start < at);
  return !line || at >= line.end || (line.kind !== 'opener' && line.kind !== 'closer');
}
