// Owns `<think>` tags: some servers send the reasoning within the text. Must not know chunks or events.

const openTag = '<think>';
const closeTag = '</think>';

export interface ThinkSplitter {
  /** Calls `emit` with the text's parts; may hold back a few characters that could be a tag. True: all text passes untouched from now on. */
  push(text: string): boolean;
  /** Lets go of what was held back. */
  end(): void;
}

/**
 * Splits text that **begins** with `<think>` (after blank space) into reasoning and answer; the tags may be cut anywhere.
 * Blank space between the closing tag and the answer is dropped. Any other text passes untouched.
 */
export function createThinkSplitter(emit: (kind: 'text' | 'reasoning', text: string) => void): ThinkSplitter {
  let state: 'start' | 'inside' | 'after' | 'text' = 'start';
  let held = '';
  const give = (kind: 'text' | 'reasoning', text: string) => {
    if (text !== '') emit(kind, text);
  };

  function push(text: string): boolean {
    if (state === 'text') {
      give('text', text);
      return true;
    }
    const all = held + text;
    held = '';
    if (state === 'start') {
      const start = all.trimStart();
      if (start.startsWith(openTag)) {
        state = 'inside';
        return push(start.slice(openTag.length));
      } else if (openTag.startsWith(start)) held = all;
      else {
        state = 'text';
        give('text', all);
      }
    } else if (state === 'inside') {
      const at = all.indexOf(closeTag);
      if (at >= 0) {
        give('reasoning', all.slice(0, at));
        state = 'after';
        return push(all.slice(at + closeTag.length));
      }
      const keep = heldLength(all);
      give('reasoning', all.slice(0, all.length - keep));
      held = keep === 0 ? '' : all.slice(-keep);
    } else {
      const start = all.trimStart();
      if (start === '') return false;
      state = 'text';
      give('text', start);
    }
    return state === 'text';
  }

  return {
    push,
    end() {
      const rest = held;
      held = '';
      give(state === 'inside' ? 'reasoning' : 'text', rest);
    },
  };
}

/** How many characters at the end could be the beginning of the closing tag. */
function heldLength(text: string): number {
  for (let length = Math.min(closeTag.length - 1, text.length); length > 0; length -= 1) {
    if (closeTag.startsWith(text.slice(-length))) return length;
  }
  return 0;
}
