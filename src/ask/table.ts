// Owns how a table of Markdown looks in a terminal: columns below each other where they fit. Must not know how its lines came.

import type { Paint } from '../terminal.ts';
import { toInline } from './inline.ts';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}/u;
const COLUMNS_MAX = 40;

/** How many columns of a terminal a text takes; emoji of several code points count a little too wide. */
function toWidth(text: string): number {
  let width = 0;
  for (const char of text) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Lines without newlines; as they were where they would not fit into `columns`. */
export function toTable(lines: readonly string[], columns: number, paint: Paint): readonly string[] {
  const rows = lines.map(toCells);
  const isTable = rows.length > 1 && (rows[1]?.every((cell) => /^:?-{1,200}:?$/.test(cell)) ?? false);
  const count = Math.max(...rows.map((row) => row.length));
  if (!isTable || count > COLUMNS_MAX) return lines;
  const body = rows.filter((_row, index) => index !== 1);
  const unpainted = (cell: string) => toInline(cell, true, (_style, text) => text).shown;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...body.map((row) => toWidth(unpainted(row[column] ?? '')))),
  );
  const total = widths.reduce((sum, width) => sum + width + 3, -1);
  if (total > columns) return lines;
  const isRight = (column: number) => /^-+:$/.test(rows[1]?.[column] ?? '');
  const shown = body.map((row, index) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        const pad = ' '.repeat(width - toWidth(unpainted(cell)));
        const words = toInline(cell, true, paint, index === 0 ? ['bold'] : []).shown;
        return isRight(column) ? pad + words : words + pad;
      })
      .join(paint('dim', ' │ '))
      .trimEnd(),
  );
  const rule = paint('dim', widths.map((width) => '─'.repeat(width)).join('─┼─'));
  return [shown[0] ?? '', rule, ...shown.slice(1)];
}

/** Cells of a row; a bar behind a backslash belongs to its cell. */
function toCells(line: string): readonly string[] {
  const cells: string[] = [];
  let cell = '';
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '\\' && line.charAt(at + 1) === '|') {
      cell += '|';
      at += 1;
    } else if (char === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += char;
  }
  cells.push(cell.trim());
  if (cells[0] === '') cells.shift();
  if (cells.at(-1) === '') cells.pop();
  return cells;
}
