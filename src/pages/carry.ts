// Owns what goes on behind a page's end: the fence that is open there, or the table, whose header the next page repeats.
// Must not know pages' limits or platforms.

import { type Blocks, type Context, isSeparator, scanBlocks } from './blocks.ts';
import { type Fence, isCloser, missingMarks } from './fence.ts';
import { lineEnd } from './letters.ts';

export interface Carry {
  readonly fence: Fence | null;
  /** The two lines of the header of the table that goes on; empty for none. */
  readonly table: string;
  /** The next page begins with a row of it, not with the rest of one. */
  readonly atRow: boolean;
}

export const nothing: Carry = { fence: null, table: '', atRow: false };

/** So far a bare closing line is looked for behind a page that ends in what may be a fence. */
const AHEAD = 20_000;

/** `before` is what the page itself began with. */
export function carryOf(
  text: string,
  page: { readonly start: number; readonly end: number },
  before: Carry,
  context: Context,
): Carry {
  const own = text.slice(page.start, page.end);
  const blocks = scanBlocks(own, before.fence, context);
  if (blocks.open) return { ...nothing, fence: fenceBehind(text, own, page.end, blocks.open) };
  const loosely = blocks.looselyOpen;
  if (loosely && isSurelyFence(text, page.end, loosely)) return { ...nothing, fence: loosely };
  const atRow = own.endsWith('\n');
  if (atRow && !text.slice(page.end, lineEnd(text, page.end)).includes('|')) return nothing;
  return { fence: null, table: headerOf(own, blocks, before.table), atRow };
}

/** A page that ends in the middle of a closing line counts as closed: its body completes the line. */
function fenceBehind(text: string, own: string, end: number, open: Fence): Fence | null {
  const missing = missingMarks(own, open);
  const rest = open.marks.slice(0, missing);
  return missing > 0 && text.startsWith(rest, end) ? null : open;
}

/** Marks behind words are a fence where a language stands behind them, or where a line closes them. */
function isSurelyFence(text: string, end: number, fence: Fence): boolean {
  if (fence.info.trim() !== '') return true;
  const ahead = text.slice(end, end + AHEAD);
  return ahead.split('\n').some((line) => isCloser(line.trimEnd(), fence));
}

/** The header of the table that the text ends in; `before` is that of the one it began in. */
function headerOf(own: string, { lines }: Blocks, before: string): string {
  if (lines.at(-1)?.kind !== 'table') return '';
  let first = lines.length - 1;
  while (lines[first - 1]?.kind === 'table') first -= 1;
  // A row that a page's end has cut before its newline leaves that newline to the next page.
  const goesOn = first === 0 || (first === 1 && lines[0]?.end === 1);
  if (goesOn && before !== '') return before;
  const [top, second] = [lines[first], lines[first + 1]];
  if (!top || !second || !isSeparator(own.slice(second.start, second.end).trimEnd())) return '';
  return own.endsWith('\n') || first + 2 < lines.length ? own.slice(top.start, second.end) : '';
}
