// Owns the repair of cut markdown: what to put before and behind a stretch of text so that it stands alone as a document.
// Must not know pages' limits or platforms.

import { type Blocks, type Fence, type Line, missingMarks, scanBlocks } from './blocks.ts';
import { joiner, scanInline } from './inline.ts';

/** The line that opens a fence again, with its newline; `bare` leaves the language out. */
export function reopener(fence: Fence, bare = false): string {
  return `${fence.prefix}${fence.marks}${bare ? '' : fence.info}\n`;
}

/** What closes the fence behind this text. Half a closing line is completed. */
export function fenceCloser(text: string, fence: Fence): string {
  const missing = missingMarks(text, fence);
  if (missing > 0) return fence.marks.slice(0, missing);
  const newline = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${newline}${fence.prefix}${fence.marks}`;
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
  const underline = /\S[^\n]*\n {0,3}(?:-{1,2}|=+)$/.test(segment);
  return underline ? joiner : '';
}

/** What closes everything at the end of the text: a fence, or what is open in the last paragraph. */
export function closersOf(text: string, carried: Fence | null): string {
  const blocks = scanBlocks(text, carried);
  return blocks.open ? fenceCloser(text, blocks.open) : inlineCloser(text, blocks);
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
export function segmentStart(lines: readonly Line[], index: number): number | undefined {
  let start: number | undefined;
  for (let at = index; at >= 0; at -= 1) {
    const line = lines[at];
    if (!line || (line.kind !== 'text' && line.kind !== 'item')) break;
    start = line.start;
    if (line.kind === 'item') break;
  }
  return start;
}
