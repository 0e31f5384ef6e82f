// Owns the repair of cut markdown: what to put before and behind a stretch of text so that it stands alone as a document.
// Must not know pages' limits or platforms.

import { type Blocks, type Context, type Line, scanBlocks } from './blocks.ts';
import { type Fence, missingMarks } from './fence.ts';
import { joiner, scanInline } from './inline.ts';
import { columnBehind, lineStart, runEnd, spacesEnd } from './letters.ts';

/** The line that opens a fence again, with its newline; `bare` leaves the language out. */
export function reopener(fence: Fence, bare = false): string {
  return `${fence.loose ? fence.prefix : opening(fence.prefix)}${fence.marks}${bare ? '' : fence.info}\n`;
}

/**
 * Where no list is open, four columns of indentation make code of everything: an empty item of a list stands in for the item that the
 * fence stood in.
 */
function opening(prefix: string): string {
  const from = prefix.lastIndexOf('>') + 1;
  const width = columnBehind(prefix, from, prefix.length, 0);
  if (width < 4) return prefix;
  let items = '';
  let left = width;
  for (; left > 5; left -= 4) items += '-   ';
  return `${prefix.slice(0, from)}${items}-${' '.repeat(left - 1)}`;
}

/** What closes the fence behind this text. Half a closing line is completed. */
export function fenceCloser(text: string, fence: Fence): string {
  const missing = missingMarks(text, fence);
  if (missing > 0) return fence.marks.slice(0, missing);
  const newline = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${newline}${fence.prefix}${fence.marks}`;
}

/** What closes a loose fence so that it opens none where only CommonMark's rules hold. */
function looseCloser(text: string, fence: Fence): string {
  if (fence.prefix !== '') return `${text.endsWith('\n') ? '' : '\n'}${fence.prefix}${fence.marks}`;
  const line = text.slice(lineStart(text, text.length)).trim();
  // Half a closing line, which will be completed.
  if (line !== '' && runEnd(line, 0, 96) === line.length) return '';
  return (line === '' || /^[`~>\-+*\d]/.test(line) || line.endsWith('`') ? joiner : '') + fence.marks;
}

/**
 * What closes the code, links, emphasis and strikethrough that are open where the text ends, in the right order; empty inside a fence.
 * `blocks` is the scan of this very text.
 */
function inlineCloser(text: string, blocks: Blocks): string {
  if (blocks.open) return '';
  const segment = text.slice(lastSegment(text, blocks.lines));
  const { closers } = scanInline(segment);
  if (closers !== '') {
    // Marks that would complete a line to a fence's opening line do more harm than open code.
    const lastLine = `${text.slice(text.lastIndexOf('\n') + 1)}${closers}`;
    return scanBlocks(lastLine.trimStart(), null).open ? '' : closers;
  }
  // One dash below a paragraph is a heading's underline until the rest of the list item comes.
  return endsInUnderline(segment) ? joiner : '';
}

/** Whether the last line is the underline of a heading, one or two dashes or any number of `=`, with words on the line above. */
function endsInUnderline(segment: string): boolean {
  const from = lineStart(segment, segment.length);
  const marks = runEnd(segment, from, 32);
  if (from === 0 || marks - from > 3 || marks === segment.length) return false;
  const length = segment.length - marks;
  const isLine =
    runEnd(segment, marks, 61) === segment.length ||
    (length <= 2 && runEnd(segment, marks, 45) === segment.length);
  return isLine && spacesEnd(segment, lineStart(segment, from - 1), from) < from;
}

/** What closes everything at the end of the text: a fence, or what is open in the last paragraph. */
export function closersOf(text: string, carried: Fence | null, context: Context = {}): string {
  const blocks = scanBlocks(text, carried, context);
  if (blocks.open) return fenceCloser(text, blocks.open);
  if (blocks.looselyOpen) return looseCloser(text, blocks.looselyOpen);
  return inlineCloser(text, blocks);
}

/** Where the block begins in which the text ends: markup before it cannot be open any more. */
function lastSegment(text: string, lines: readonly Line[]): number {
  const last = lines.at(-1);
  if (!last) return text.length;
  const ended = last.end === text.length && text.endsWith('\n');
  if (last.kind === 'heading') return ended ? text.length : last.start;
  if (last.kind === 'table') return ended ? text.length : Math.max(last.start, text.lastIndexOf('|') + 1);
  return segmentStart(lines, lines.length - 1) ?? text.length;
}

/** Where the paragraph or list item that holds this line begins; undefined for lines without inline markup. */
function segmentStart(lines: readonly Line[], index: number): number | undefined {
  let start: number | undefined;
  for (let at = index; at >= 0; at -= 1) {
    const line = lines[at];
    if (!line || (line.kind !== 'text' && line.kind !== 'item')) break;
    start = line.start;
    if (line.kind === 'item') break;
  }
  return start;
}
