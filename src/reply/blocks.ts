// Owns the block structure of markdown as far as a page needs it: lines, their kinds, and code fences by CommonMark's rules.
// Must not know pages, limits, platforms, or inline markup.

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
}

export type LineKind = 'blank' | 'text' | 'item' | 'heading' | 'table' | 'opener' | 'code' | 'closer';

export interface Line {
  readonly start: number;
  /** Where the next line starts: behind the newline. */
  readonly end: number;
  readonly kind: LineKind;
}

export interface Blocks {
  readonly lines: readonly Line[];
  /** The fence that is open where the text ends. */
  readonly open: Fence | null;
}

const listMarker = /^ *(?:[-+*]|\d{1,9}[.)]) /;
const container = /^( *)(>|(?:[-+*]|\d{1,9}[.)])(?= ))( ?)/;
const heading = /^ {0,3}#{1,6}(?:\s|$)/;
const separator = /^[ >]*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** Reads the text's lines; `carried` is the fence that was open before its first letter. A text's start counts as a line's start. */
export function scanBlocks(text: string, carried: Fence | null): Blocks {
  const lines: Line[] = [];
  let open = carried;
  let listIndent = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    const content = withoutLineEnd(text, start, end);
    if (open && leavesQuote(content, open)) open = null;
    if (open) {
      const closes = isCloser(content, open);
      lines.push({ start, end, kind: closes ? 'closer' : 'code' });
      if (closes) open = null;
    } else {
      const fence = toFence(content, listIndent);
      lines.push({ start, end, kind: fence ? 'opener' : kindOf(content, text, end, lines.at(-1)) });
      open = fence;
      const item = listMarker.exec(content);
      if (item) listIndent = item[0].length;
      else if (/^\S/.test(content)) listIndent = 0;
    }
    start = end;
  }
  return { lines, open };
}

/** How many marks are missing where the text ends in the middle of what looks like the fence's closing line; 0 where it does not. */
export function missingMarks(text: string, fence: Fence): number {
  const line = withoutQuotes(text.slice(text.lastIndexOf('\n') + 1), fence.quotes).trimStart();
  const mark = fence.marks.charAt(0);
  const partial = line !== '' && line.length < fence.marks.length && line === mark.repeat(line.length);
  return partial ? fence.marks.length - line.length : 0;
}

function withoutLineEnd(text: string, start: number, end: number): string {
  let stop = end;
  if (text.charAt(stop - 1) === '\n') stop -= 1;
  if (stop > start && text.charAt(stop - 1) === '\r') stop -= 1;
  return text.slice(start, stop);
}

function kindOf(content: string, text: string, end: number, before: Line | undefined): LineKind {
  if (content.trim() === '') return 'blank';
  if (heading.test(content)) return 'heading';
  if (content.includes('|')) {
    if (before?.kind === 'table' || /^[ >]*\|/.test(content)) return 'table';
    const newline = text.indexOf('\n', end);
    const next = text.slice(end, newline < 0 ? text.length : newline);
    if (next.includes('-') && next.includes('|') && separator.test(next)) return 'table';
  }
  return listMarker.test(content) ? 'item' : 'text';
}

/** The fence that the line opens. Inside a list item, indentation is counted from the item's own text. */
function toFence(content: string, listIndent: number): Fence | null {
  if (!content.includes('```') && !content.includes('~~~')) return null;
  let rest = content;
  let prefix = '';
  let quotes = 0;
  let allowed = 3 + listIndent;
  for (let inner = container.exec(rest); inner; inner = container.exec(rest)) {
    const [whole, indent = '', mark = ''] = inner;
    if (indent.length > allowed) return null;
    if (mark === '>') quotes += 1;
    prefix += mark === '>' ? whole : ' '.repeat(whole.length);
    rest = rest.slice(whole.length);
    allowed = 3;
  }
  const fence = /^( *)(`{3,}|~{3,})(.*)$/.exec(rest);
  if (!fence) return null;
  const [, indent = '', marks = '', info = ''] = fence;
  if (indent.length > allowed || (marks.startsWith('`') && info.includes('`'))) return null;
  return { prefix: prefix + indent, marks, info: info.trimEnd(), quotes };
}

function isCloser(content: string, fence: Fence): boolean {
  const closing = /^( *)(`{3,}|~{3,})[ \t]*$/.exec(withoutQuotes(content, fence.quotes));
  if (!closing) return false;
  const [, indent = '', marks = ''] = closing;
  const sameKind = marks.charAt(0) === fence.marks.charAt(0);
  return sameKind && marks.length >= fence.marks.length && indent.length <= fence.prefix.length + 3;
}

function withoutQuotes(line: string, quotes: number): string {
  let rest = line;
  for (let left = quotes; left > 0; left -= 1) rest = rest.replace(/^ *> ?/, '');
  return rest;
}

function leavesQuote(content: string, fence: Fence): boolean {
  return fence.quotes > 0 && !/^ *>/.test(content);
}
