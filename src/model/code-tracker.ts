// Owns whether a place in a growing markdown text stands within code. Must not know what is looked for there.

export interface CodeTracker {
  /** More of the text, cut anywhere. Looked at only when that is needed: nearly no answer has a place that is asked about. */
  push(text: string): void;
  /** Where the text so far ends: in a block of code, behind so many backticks that may begin code within a line, or in neither (0). */
  where(): 'block' | number;
  /** The last character so far. */
  last(): string;
}

/** Whatever may stand before a fence on its line: quotes, list marks, blank space. */
const beforeFence = /^(?:[\s>]|[-*+][ \t]|\d{1,9}[.)][ \t])*$/;

/** So much text may wait to be looked at; more where it is one line. */
const enough = 4096;

/** Every character is looked at once. What a fence or a run of backticks means is that of CommonMark, as far as a stream can tell. */
export function createCodeTracker(): CodeTracker {
  let fence: { readonly mark: string; readonly length: number } | undefined;
  /** Backticks of the run that may have opened code within a line. */
  let span = 0;
  let isBlankBefore = true;
  let isIndentedBefore = false;
  /** The line so far, as much of it as tells what it is. */
  let line = '';
  let pending = '';
  let last = '';
  let room = enough;

  const isIndented = () => (isBlankBefore || isIndentedBefore) && /^(?: {4}|\t)/.test(line);
  const add = (text: string) => {
    if (line.length < 80) line += text.slice(0, 80);
  };
  const endLine = () => {
    const isBlank = line.trim() === '';
    isIndentedBefore = isIndented() || (isIndentedBefore && isBlank);
    isBlankBefore = isBlank;
    // Code within a line ends with its paragraph at the latest; without a second run it was none.
    if (isBlank) span = 0;
    line = '';
  };
  const onRun = (run: string, text: string, end: number, isEscaped: boolean) => {
    const isFirst = beforeFence.test(line);
    if (fence !== undefined) {
      const closes = isFirst && run[0] === fence.mark && run.length >= fence.length;
      if (closes && /\s/.test(text[end] ?? 'x')) fence = undefined;
      return;
    }
    if (isFirst && run.length >= 3 && span === 0) {
      const eol = text.indexOf('\n', end);
      const info = text.slice(end, eol < 0 ? text.length : eol);
      if (run[0] === '~' || !info.includes('`')) {
        fence = { mark: run[0] ?? '', length: run.length };
        return;
      }
    }
    if (run[0] === '~' || (span === 0 && isEscaped)) return;
    if (span === 0) span = run.length;
    else if (span === run.length) span = 0;
  };

  const scan = (text: string) => {
    let from = 0;
    for (const found of text.matchAll(/\n|`+|~{3,}/g)) {
      add(text.slice(from, found.index));
      from = found.index + found[0].length;
      if (found[0] === '\n') endLine();
      else {
        onRun(found[0], text, from, text[found.index - 1] === '\\');
        add(found[0]);
      }
    }
    add(text.slice(from));
  };

  return {
    push(text) {
      pending += text;
      if (pending.length < room) return;
      // A run of backticks must not be cut in two.
      const end = pending.lastIndexOf('\n') + 1;
      scan(pending.slice(0, end));
      pending = pending.slice(end);
      room = enough + 2 * pending.length;
    },
    where() {
      scan(pending);
      last = pending.slice(-1) || last;
      pending = '';
      room = enough;
      return fence !== undefined || isIndented() ? 'block' : span;
    },
    last: () => pending.slice(-1) || last,
  };
}
