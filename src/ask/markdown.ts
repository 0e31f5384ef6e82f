// Owns how an answer's Markdown looks in a terminal while it is still being written: nothing is ever taken back, so a line's letters
// are held until it is certain what they are, and no longer. Must not know where it is written.

import type { Paint, Style } from '../terminal.ts';
import { toInline } from './inline.ts';
import { toTable } from './table.ts';

export interface MarkdownView {
  /** What of the text so far can be shown and was not yet. */
  push(text: string): string;
  /** The rest. */
  end(): string;
}

/** A table is held until it ends, up to so many letters; longer ones stand as they were written. */
const TABLE_MAX = 20_000;
/** A line that begins like a fence, or a row, is held so far. */
const LINE_MAX = 2_000;
const FENCE = /^ {0,12}(`{3,50}|~{3,50})([^`\n]{0,200})$/;
const ROW = /^ {0,12}\|/;
/** What is held until its line ends: a row, a fence, and what may become one. */
const MAY_BE_HELD = [ROW, FENCE, /^ {0,12}(?:`{1,2}|~{1,2})$/];
/** What may still become the mark of a block. */
const UNDECIDED =
  /^ {0,40}(?:#{1,6} {0,8}|>|[-+*] {0,4}|\d{1,9}[.)]?|[-*_]{1,3}(?: {0,2}[-*_]){0,40} {0,8})?$/;
const RULE = /^ {0,3}([-*_])(?: {0,2}\1){2,40} {0,8}$/;
const HEADING = /^ {0,3}#{1,6} {1,8}/;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^( {0,40})[-*+] {1,4}/;

interface Line {
  /** What was not shown yet. */
  text: string;
  /** It is known what kind of line it is. */
  begun: boolean;
  /** The mark of a quotation was shown: no fence and no row begins behind it. */
  quoted: boolean;
  styles: readonly Style[];
  /** The last letter that was shown of it. */
  before: string;
}

export function createMarkdownView(paint: Paint, columns = 80): MarkdownView {
  let line: Line = { text: '', begun: false, quoted: false, styles: [], before: '' };
  /** The marks that opened a block of code. */
  let fence: string | undefined;
  let table: string[] = [];
  let tableSize = 0;

  const flushTable = (): string => {
    if (table.length === 0) return '';
    const lines = tableSize > TABLE_MAX ? table : toTable(table, columns, paint);
    table = [];
    tableSize = 0;
    return lines.map((one) => `${one}\n`).join('');
  };

  const inCode = (isEnd: boolean): string => {
    const { text } = line;
    const isClosing = !line.begun && /^ {0,12}([`~])\1{0,50} {0,8}$/.test(text);
    if (isClosing && !isEnd) return '';
    const marks = isClosing ? text.trim() : '';
    if (fence !== undefined && marks.startsWith(fence)) {
      fence = undefined;
      line.text = '';
      return paint('dim', '──');
    }
    if (!line.begun && /^ {0,12}$/.test(text) && !isEnd) return '';
    line = { text: '', begun: true, quoted: false, styles: [], before: '' };
    return paint('cyan', text);
  };

  /** The mark of the block, and how its line looks. Undefined as long as that is not certain. */
  const begin = (isEnd: boolean): string | undefined => {
    let shown = '';
    for (let depth = 0; depth < 8; depth += 1) {
      if (!isEnd && UNDECIDED.test(line.text)) return shown === '' ? undefined : shown;
      const quote = QUOTE.exec(line.text);
      if (quote === null) break;
      shown += paint('dim', '│ ');
      line.quoted = true;
      line.text = line.text.slice(quote[0].length);
    }
    line.begun = true;
    if (RULE.test(line.text)) {
      line.text = '';
      return shown + paint('dim', '─'.repeat(Math.min(columns, 40)));
    }
    const heading = HEADING.exec(line.text);
    if (heading !== null) {
      line.text = line.text.slice(heading[0].length);
      line.styles = ['bold', 'underline'];
      return shown;
    }
    const bullet = BULLET.exec(line.text);
    if (bullet !== null) {
      line.text = line.text.slice(bullet[0].length);
      return `${shown}${bullet[1] ?? ''}• `;
    }
    return shown;
  };

  /** What of the line can be shown; `isEnd`: its newline has come, or the text's end. */
  const take = (isEnd: boolean): string => {
    if (fence !== undefined) return inCode(isEnd);
    let shown = '';
    if (!line.begun) {
      if (!line.quoted) {
        if (!isEnd && line.text.length < LINE_MAX && MAY_BE_HELD.some((form) => form.test(line.text)))
          return '';
        const opening = isEnd ? FENCE.exec(line.text) : null;
        if (opening !== null) {
          fence = opening[1] ?? '```';
          line.text = '';
          return paint('dim', `── ${(opening[2] ?? '').trim()}`.trimEnd());
        }
      }
      const mark = begin(isEnd);
      if (mark === undefined) return '';
      shown = mark;
      if (!line.begun) return shown;
    }
    const inline = toInline(line.text, isEnd, paint, line.styles, 0, line.before);
    const taken = line.text.length - inline.rest.length;
    if (taken > 0) line.before = line.text.charAt(taken - 1);
    line.text = inline.rest;
    return shown + inline.shown;
  };

  /** A whole line, its newline among it where it had one. */
  const close = (newline: string): string => {
    const isRow = fence === undefined && !line.begun && !line.quoted && ROW.test(line.text);
    if (isRow && tableSize <= TABLE_MAX) {
      table.push(line.text);
      tableSize += line.text.length;
      line = { text: '', begun: false, quoted: false, styles: [], before: '' };
      return tableSize > TABLE_MAX ? flushTable() : '';
    }
    const before = flushTable();
    const shown = take(true);
    line = { text: '', begun: false, quoted: false, styles: [], before: '' };
    return before + shown + newline;
  };

  return {
    push(text) {
      let shown = '';
      const pieces = text.split('\n');
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) shown += close('\n');
        line.text += piece;
      }
      if (line.text === '') return shown;
      if (table.length > 0) {
        if (/^ {0,12}(?:\||$)/.test(line.text)) return shown;
        shown += flushTable();
      }
      return shown + take(false);
    },
    end() {
      if (line.text === '' && !line.begun) return flushTable().replace(/\n$/, '');
      const shown = close('');
      return shown + flushTable().replace(/\n$/, '');
    },
  };
}
