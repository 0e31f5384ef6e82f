// Owns which characters of a model's text go no further: control characters, halves of surrogate pairs, other line endings.
// Must not know what the text is.

export interface Cleaner {
  /** The text as it may be shown and kept; holds back the first half of a pair that is cut. */
  push(text: string): string;
  /** What became of a half that was held: its other half never came. */
  end(): string;
}

/** Below space and above `~`, but for tab and newline. A return is one as well: it becomes a newline. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const suspicious = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** With the flag `u` a whole pair is no surrogate. */
const halves = /\p{Surrogate}/gu;

/**
 * Platforms cut a text at NUL, refuse it, drop control characters or change returns to newlines, each in its own way; what they would
 * change never gets into the answer, so that what is read back is what was said. Half a pair is no character: it becomes U+FFFD.
 */
export function createCleaner(): Cleaner {
  let half = '';
  /** The last character was a return, which is given as a newline already. */
  let isReturn = false;
  return {
    push(text) {
      if (half === '' && !isReturn && !suspicious.test(text)) return text;
      if (text === '') return '';
      let all = half + (isReturn && text.startsWith('\n') ? text.slice(1) : text);
      isReturn = text.endsWith('\r');
      half = '';
      all = all.replace(/\r\n?/g, '\n').replace(controls, '');
      if (/[\ud800-\udbff]$/.test(all)) {
        half = all.slice(-1);
        all = all.slice(0, -1);
      }
      return all.replace(halves, '\ufffd');
    },
    end() {
      const rest = half === '' ? '' : '\ufffd';
      half = '';
      return rest;
    },
  };
}
