// Owns where a page may end: the places of a text in order of preference.
// Must not know how pages are rendered or measured, or any platform.

import { type Context, type Line, scanBlocks } from './blocks.ts';
import type { Fence } from './fence.ts';
import { graphemeTest } from './graphemes.ts';
import { scanInline } from './inline.ts';
import { isSpace, spacesEnd } from './letters.ts';
import { hasSentences, hasWords, isSentenceEnd, isWordEnd, markerEnd, startsBlock } from './places.ts';

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
  readonly context: Context;
  /** Whether this much text fits on a page of its own. */
  fits(text: string): boolean;
}

type Tier = 'paragraph' | 'line' | 'sentence' | 'word';

interface Zone {
  readonly low: number;
  readonly high: number;
  /** Whether the page may end here, where the next would not begin `poor`ly, or something that belongs together be torn. */
  allows(at: number, poor: boolean): boolean;
}

/** The text around a page's end, counted from the page's start, and what is known of it. */
interface Ground {
  readonly ahead: string;
  readonly lines: readonly Line[];
  /** By line: where the table starts that the line belongs to and that is not to be cut; -1 elsewhere. */
  readonly tables: readonly number[];
  readonly inTable: boolean;
}

/** Links and emphasis are seldom longer. */
const LOOK_AHEAD = 1024;
const tiers: readonly Tier[] = ['paragraph', 'line', 'sentence', 'word'];

/**
 * Every place between `low` and `high`, best first: paragraph, line, sentence, word in the second half of the page, then in its second
 * quarter, then inside markup, then between any two graphemes. A table that fits on a page of its own is never cut where it can be helped.
 */
export function* boundaries(stretch: Stretch): Generator<number> {
  const { start } = stretch;
  const low = stretch.low - start;
  const high = stretch.high - start;
  const { ahead, lines } = lookAhead(stretch, high);
  const isWhole = graphemeTest(ahead.slice(0, high + 64));
  const whole = tablesOf(lines, ahead, stretch);
  const ground: Ground = {
    ahead,
    lines,
    tables: toGuards(lines, whole),
    inTable: stretch.context.inTable === true,
  };
  for (const table of whole) {
    if (table.end > high && isWhole(table.start)) yield start + table.start;
  }
  const half = Math.floor(high / 2);
  const isUnsafe = unsafeTest(lines, ahead);
  const endsSoon = runTest(stretch.text.slice(start, start + 2 * high + 64), high);
  const taken = new Set<number>();
  const zones: readonly Zone[] = [
    { low: Math.max(low, half), high, allows: (at, poor) => !poor && !isUnsafe(at) },
    {
      low: Math.max(low, Math.ceil(half / 2)),
      high: half - 1,
      allows: (at, poor) => !poor && endsSoon(at) && !isUnsafe(at),
    },
    { low: Math.max(low, half), high, allows: () => true },
  ];
  for (const zone of zones) {
    for (const tier of tiers) {
      for (const at of placesIn(ground, tier, zone)) {
        if (taken.has(at) || !isWhole(at)) continue;
        taken.add(at);
        yield start + at;
      }
    }
  }
  for (const blunt of [false, true]) {
    const isIn = outsideFenceLines(lines);
    for (let at = high; at >= low; at -= 1) {
      if (taken.has(at) || (!blunt && (!isIn(at) || startsBlock(ahead, at))) || !isWhole(at)) continue;
      taken.add(at);
      yield start + at;
    }
  }
}

/** Some way behind the end, to see what reaches over it; a whole page where it is a table, to see whether it would fit on the next. */
function lookAhead(stretch: Stretch, high: number): { ahead: string; lines: readonly Line[] } {
  const read = (length: number) => {
    const ahead = stretch.text.slice(stretch.start, stretch.start + length);
    return { ahead, lines: scanBlocks(ahead, stretch.carried, stretch.context).lines };
  };
  const near = read(high + Math.min(high, LOOK_AHEAD) + 64);
  const isCut = near.lines[lastLineBefore(near.lines, high)]?.kind === 'table';
  return isCut && high > LOOK_AHEAD ? read(2 * high + 64) : near;
}

/** The places of one tier in a zone, the last first. */
function* placesIn(ground: Ground, tier: Tier, zone: Zone): Generator<number> {
  const { ahead, lines, tables } = ground;
  const betweenLines = tier === 'paragraph' || tier === 'line';
  for (let index = lastLineBefore(lines, zone.high); index >= 0; index -= 1) {
    const line = lines[index];
    if (!line || line.end < zone.low) return;
    const table = tables[index] ?? -1;
    if (betweenLines) {
      const place = placeBefore(ground, index);
      if (place?.tier !== tier || place.at < zone.low || place.at > zone.high) continue;
      if (table >= 0 && place.at > table) continue;
      if (zone.allows(place.at, place.poor)) yield place.at;
      continue;
    }
    if (table >= 0 || !(tier === 'word' ? hasWords(line.kind) : hasSentences(line.kind))) continue;
    const first = Math.max(zone.low, markerEnd(ahead, line.start, line.end) + 1, line.start + 1);
    for (let at = Math.min(zone.high, line.end - 1); at >= first; at -= 1) {
      const isEnd = tier === 'word' ? isWordEnd(ahead, at) : isSentenceEnd(ahead, at, line.start);
      if (isEnd && zone.allows(at, line.kind === 'table' || startsBlock(ahead, at))) yield at;
    }
  }
}

/** The last line that starts at or before this place. */
function lastLineBefore(lines: readonly Line[], at: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/** The place before a line. Outside code the indentation of a line belongs to the page before, so that no page begins with white space. */
function placeBefore(ground: Ground, index: number): { at: number; tier: Tier; poor: boolean } | undefined {
  const { ahead, lines } = ground;
  const line = lines[index];
  const before = lines[index - 1];
  if (!line || !before || line.kind === 'blank') return undefined;
  const inCode = line.kind === 'code' || line.kind === 'closer';
  const keepsIndent = inCode || line.kind === 'opener';
  const at = keepsIndent ? line.start : spacesEnd(ahead, line.start, line.end);
  const newBlock = before.kind === 'blank' || before.kind === 'closer' || line.kind === 'heading';
  const poor =
    before.kind === 'opener' ||
    line.kind === 'closer' ||
    isUnderHeading(lines, index) ||
    isUnderHeader(ground, index);
  return { at, tier: newBlock && !inCode ? 'paragraph' : 'line', poor };
}

/** Between a table's header and its first row. */
function isUnderHeader({ lines, inTable }: Ground, index: number): boolean {
  if (lines[index]?.kind !== 'table' || lines[index - 1]?.kind !== 'table') return false;
  // The table that goes on at the page's start has its header on the page before.
  return lines[index - 3]?.kind !== 'table' && !(inTable && index < 3);
}

/** Whether the last line that is not blank before this one is a heading. */
function isUnderHeading(lines: readonly Line[], index: number): boolean {
  let at = index - 1;
  while (lines[at]?.kind === 'blank') at -= 1;
  return lines[at]?.kind === 'heading';
}

/** Tables that are not to be cut: those that end on this page, and one that may begin the next. */
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

function toGuards(lines: readonly Line[], tables: readonly { start: number; end: number }[]): number[] {
  let next = 0;
  return lines.map((line) => {
    while ((tables[next]?.end ?? Number.POSITIVE_INFINITY) <= line.start) next += 1;
    const table = tables[next];
    return table && line.start >= table.start ? table.start : -1;
  });
}

/** Whether the unbroken run of letters at a place has an end on the next page: one that has none is cut anyway. */
function runTest(ahead: string, length: number): (at: number) => boolean {
  let ends: Int32Array | undefined;
  return (at) => {
    if (ends === undefined) {
      ends = new Int32Array(length + 1);
      let end = ahead.length;
      for (let index = ahead.length - 1; index >= 0; index -= 1) {
        if (isSpace(ahead.charCodeAt(index))) end = index;
        if (index <= length) ends[index] = end;
      }
    }
    return (ends[at] ?? 0) - at < length;
  };
}

/** Whether a place lies inside a link, code or emphasis. */
function unsafeTest(lines: readonly Line[], ahead: string): (at: number) => boolean {
  const firsts: number[] = [];
  const spans = new Map<number, Int32Array>();
  for (const [index, line] of lines.entries()) {
    const goesOn = line.kind === 'text' ? firsts[index - 1] : undefined;
    firsts.push(
      line.kind !== 'text' && line.kind !== 'item' ? -1 : goesOn === undefined || goesOn < 0 ? index : goesOn,
    );
  }
  return (at) => {
    const index = lastLineBefore(lines, at - 1);
    const first = firsts[index] ?? -1;
    const from = lines[first]?.start;
    if (from === undefined) return false;
    let known = spans.get(first);
    if (known === undefined) {
      let last = index;
      while (lines[last + 1]?.kind === 'text') last += 1;
      known = toUnion(scanInline(ahead.slice(from, lines[last]?.end)).spans);
      spans.set(first, known);
    }
    return isInside(known, at - from);
  };
}

/** The spans as starts and ends in turn, in order, those that overlap made one: between two that only touch there is a place. */
function toUnion(spans: readonly (readonly [number, number])[]): Int32Array {
  const sorted = [...spans].sort((a, b) => a[0] - b[0]);
  const union: number[] = [];
  for (const [start, end] of sorted) {
    const last = union.length - 1;
    if (last > 0 && start < (union[last] ?? 0)) union[last] = Math.max(union[last] ?? 0, end);
    else union.push(start, end);
  }
  return Int32Array.from(union);
}

function isInside(union: Int32Array, at: number): boolean {
  let low = 0;
  let high = union.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((union[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  // As many bounds lie before it: an odd number, and it is behind a start whose end is not before it.
  return low % 2 === 1 && union[low] !== at;
}

/** Whether a place lies outside the lines that open and close fences; asked for ever smaller places. */
function outsideFenceLines(lines: readonly Line[]): (at: number) => boolean {
  let index = lines.length - 1;
  return (at) => {
    while (index >= 0 && (lines[index]?.start ?? 0) >= at) index -= 1;
    const line = lines[index];
    return !line || at >= line.end || (line.kind !== 'opener' && line.kind !== 'closer');
  };
}
