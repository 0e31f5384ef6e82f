// Owns the forms in which Discord shows what it has no markup for: headings below the third level, task lists, tables. Each can be undone
// letter for letter from the shown text alone. Must not know messages, seals, or where a page ends.

/** Mark what is ours (U+2061, U+2062, U+2064, invisible): a text that holds one of them stays as it is. */
const HEADING = '\u2061';
const TASK = '\u2062';
const TABLE = '\u2064';
const marks = /[\u2061\u2062\u2064]/;
/** What columns are filled up with; a table that holds one of them is not filled up. */
const FILL = '\u00a0';
const DASH = '\u2010';
const fills = /[\u00a0\u2010]/;

const heading = /^((?:> ?){0,3})(#{4,6}) (?=[^\s#])/;
const task = /^( {0,12}(?:> ?){0,3} {0,12}(?:[-+*]|\d{1,9}[.)]) )\[([ xX])\](?= )/;
const shownHeading = /### (\u2061{1,3})/g;
const shownTask = /([☐☑])(\u2062{1,2})/g;
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const mark = /[\p{M}\p{Cf}]/u;

type Tables = 'filled' | 'framed' | 'raw';

/** The fullest form of the text that has at most `max` characters, or the text itself. */
export function toForm(text: string, max: number): string {
  if (marks.test(text)) return text;
  for (const tables of ['filled', 'framed', 'raw'] as const) {
    const form = formed(text, tables);
    if (form.length <= max) return form;
  }
  return text;
}

/** The text that {@link toForm} was given. */
export function fromForm(form: string): string {
  return form
    .split(TABLE)
    .map((part, index) => (index % 2 === 1 ? fromFrame(part) : fromLines(part)))
    .join('');
}

function fromFrame(part: string): string {
  const isFilled = part.startsWith(HEADING);
  const rows = part.slice((isFilled ? HEADING : '').length + '```\n'.length, -'\n```'.length);
  return isFilled ? rows.replaceAll(FILL, '').replaceAll(DASH, '') : rows;
}

function fromLines(part: string): string {
  return part
    .replaceAll(shownHeading, (_all, level: string) => `${'#'.repeat(3 + level.length)} `)
    .replaceAll(shownTask, (_all, box: string, sign: string) =>
      box === '☐' ? '[ ]' : sign.length === 1 ? '[x]' : '[X]',
    );
}

function formed(text: string, tables: Tables): string {
  const lines = text.split('\n');
  const out: string[] = [];
  let inCode = false;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fences = line.split('```').length - 1;
    if (inCode || fences > 0) {
      inCode = inCode !== (fences % 2 === 1);
      out.push(line);
      continue;
    }
    const end = tables === 'raw' ? index : tableEnd(lines, index);
    if (end > index) {
      out.push(toFrame(lines.slice(index, end), tables));
      index = end - 1;
    } else out.push(toLine(line));
  }
  return out.join('\n');
}

function toLine(line: string): string {
  return line
    .replace(
      heading,
      (_all, quotes: string, level: string) => `${quotes}### ${HEADING.repeat(level.length - 3)}`,
    )
    .replace(task, (_all, item: string, sign: string) =>
      sign === ' ' ? `${item}☐${TASK}` : `${item}☑${TASK.repeat(sign === 'x' ? 1 : 2)}`,
    );
}

/** Behind the last row of the table whose header is this line; the line itself where it is none. Without a row yet it is none. */
function tableEnd(lines: readonly string[], index: number): number {
  const [top = '', second = ''] = [lines[index], lines[index + 1]];
  const isPiped = top.trimStart().startsWith('|');
  if (!isRow(top, isPiped) || !isRow(second, isPiped) || !isSeparator(second)) return index;
  let end = index + 2;
  while (end < lines.length && isRow(lines[end] ?? '', isPiped)) end += 1;
  return end > index + 2 ? end : index;
}

function isRow(line: string, isPiped: boolean): boolean {
  const start = line.trimStart();
  return (
    start.includes('|') && start.startsWith('|') === isPiped && !line.includes('```') && !line.includes('\r')
  );
}

function isSeparator(line: string): boolean {
  const cells = line.split('|').map((cell) => cell.trim());
  const inner = cells.filter((cell, index) => cell !== '' || (index > 0 && index < cells.length - 1));
  return inner.length > 0 && inner.every((cell) => isDashes(cell.replace(/^:/, '').replace(/:$/, '')));
}

function isDashes(cell: string): boolean {
  return cell !== '' && cell === '-'.repeat(cell.length);
}

/** In a code block, where columns stand below one another. One that is filled up begins with a mark more. */
function toFrame(rows: readonly string[], tables: Tables): string {
  const isFilled = tables === 'filled' && !rows.some((row) => fills.test(row));
  const shown = isFilled ? toFilled(rows) : rows;
  return `${TABLE}${isFilled ? HEADING : ''}\`\`\`\n${shown.join('\n')}\n\`\`\`${TABLE}`;
}

function toFilled(rows: readonly string[]): string[] {
  const cells = rows.map(toCells);
  const widths: number[] = [];
  for (const row of cells)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  return cells.map((row, index) =>
    row
      .map((cell, column) => {
        // Behind the last pipe there is nothing to stand in line with.
        if (column === row.length - 1) return cell;
        const missing = (widths[column] ?? 0) - widthOf(cell);
        if (index !== 1) return cell + FILL.repeat(missing);
        const dash = cell.lastIndexOf('-') + 1;
        return cell.slice(0, dash) + (dash > 0 ? DASH : FILL).repeat(missing) + cell.slice(dash);
      })
      .join('|'),
  );
}

/** What stands between a row's pipes, as written; a pipe behind a backslash is none. */
function toCells(row: string): string[] {
  const cells: string[] = [];
  let from = 0;
  for (let at = 0; at < row.length; at += 1) {
    const sign = row.charAt(at);
    if (sign === '\\') at += 1;
    else if (sign === '|') {
      cells.push(row.slice(from, at));
      from = at + 1;
    }
  }
  cells.push(row.slice(from));
  return cells;
}

/** In columns of a code block, near enough. */
function widthOf(cell: string): number {
  let width = 0;
  for (const sign of cell) width += mark.test(sign) ? 0 : wide.test(sign) ? 2 : 1;
  return width;
}
