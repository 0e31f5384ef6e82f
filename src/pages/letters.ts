// Owns reading letters one by one: runs of one kind, white space, columns. Each function costs what it reads, for any text.
// Must not know what the letters mean in markdown.

const TAB = 9;
const SPACE = 32;

/** What `\s` matches. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === SPACE || (code >= TAB && code <= 13);
  if (code < 0x1680) return code === 0xa0;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return (
    code === 0x1680 ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** Behind the run of this very letter that begins at `from`. */
export function runEnd(text: string, from: number, code: number): number {
  let end = from;
  while (text.charCodeAt(end) === code) end += 1;
  return end;
}

/** Behind the spaces and tabs that begin at `from`. */
export function blanksEnd(text: string, from: number): number {
  let end = from;
  for (let code = text.charCodeAt(end); code === SPACE || code === TAB; code = text.charCodeAt(end)) end += 1;
  return end;
}

/** Behind the white space of any kind that begins at `from`; not beyond `limit`. */
export function spacesEnd(text: string, from: number, limit = text.length): number {
  let end = from;
  while (end < limit && isSpace(text.charCodeAt(end))) end += 1;
  return end;
}

/** Where the white space that ends at `to` begins; not before `limit`. */
export function spacesStart(text: string, to: number, limit = 0): number {
  let start = to;
  while (start > limit && isSpace(text.charCodeAt(start - 1))) start -= 1;
  return start;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The column behind these letters, which begin at `column`: a tab reaches to the next multiple of four. */
export function columnBehind(text: string, from: number, end: number, column: number): number {
  let at = column;
  for (let index = from; index < end; index += 1) at += text.charCodeAt(index) === TAB ? 4 - (at % 4) : 1;
  return at;
}

/** Where the line that holds this place ends: at its newline, or at the text's end. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline;
}

/** Where the line that holds the letter before `at` begins. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}
