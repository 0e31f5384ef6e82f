// Owns the seam between an answer that broke off and its continuation: what a model says again is taken out.
// Must not know events, providers, or requests.

export interface Seam {
  /** Text of the continuation; returns what of it is new. Holds text back only while it could be a repetition. */
  push(text: string): string;
  /** The continuation is over: returns what was still held and is no repetition. */
  end(): string;
  /** The continuation turned out to be the answer from its beginning, in other words: what was said before is void. */
  isRestart(): boolean;
}

/** `exact`: the provider goes on from the prefix itself. `prompted`: a model was asked in words, and repeats more easily. */
export type SeamKind = 'exact' | 'prompted';

/** A repetition is looked for in so many characters before the seam. */
const window = 400;
/** So many characters of the answer's beginning again are no accident. */
const minEcho = { exact: 48, prompted: 16 };

/**
 * Finds repetitions at a seam: the whole answer again, its last words, its last word glued to itself, its code fence opened again.
 * An exact continuation may rightly repeat words (a refrain, a table's row), so there only what cannot be meant is taken out.
 */
export function createSeam(before: string, kind: SeamKind): Seam {
  const tail = before.slice(-window);
  let held = '';
  let isOpen = true;
  let restart = false;

  const settle = (isAll: boolean): string => {
    isOpen = false;
    const text = held;
    held = '';
    const same = commonLength(before, text);
    if (same > 0 && same === before.length && isEcho(before, text, kind)) return text.slice(same);
    if (same >= minEcho[kind] && same < before.length && !(kind === 'exact' && isRepetitive(before))) {
      // All of it stood there already: nothing new.
      if (same === text.length && isAll) return '';
      restart = true;
      return text;
    }
    if (kind === 'prompted') {
      const fence = reopenedFence(before, text);
      if (fence > 0) return text.slice(fence);
    }
    return text.slice(overlap(before, text, kind));
  };

  return {
    push(text) {
      if (!isOpen) return text;
      held += text;
      const couldEcho = held.length < before.length && before.startsWith(held);
      const couldOverlap = held.length < tail.length && couldRepeat(tail, held);
      const couldFence =
        kind === 'prompted' &&
        held.length < 40 &&
        /^\s*`{0,3}[\w+-]*$/.test(held) &&
        fenceOf(before) !== undefined;
      return couldEcho || couldOverlap || couldFence ? '' : settle(false);
    },
    end: () => (isOpen ? settle(true) : ''),
    isRestart: () => restart,
  };
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}

/** Whether more text could turn `held` into a repetition of the tail's last words. */
function couldRepeat(tail: string, held: string): boolean {
  for (let length = tail.length; length >= held.length; length -= 1) {
    if (tail.startsWith(held, tail.length - length)) return true;
  }
  // One character more shows whether a repeated word ends there.
  return tail.endsWith(held);
}

/** Whether the whole answer said again is a mistake, rather than a text that repeats itself. */
function isEcho(before: string, text: string, kind: SeamKind): boolean {
  if (kind === 'prompted') return before.length >= minEcho.prompted;
  if (isRepetitive(before)) return false;
  // "dog." + "The quick": no text goes on so; where a space stands between, a refrain does.
  const isGlued = /\S$/.test(before) && /^\S/.test(text);
  return before.length >= (isGlued ? 8 : 64);
}

/** Its beginning comes again within it: a refrain, a table, a list of like lines. */
function isRepetitive(text: string): boolean {
  return text.includes(text.slice(0, 24), 1);
}

function overlap(before: string, text: string, kind: SeamKind): number {
  for (let length = Math.min(window, before.length, text.length); length > 0; length -= 1) {
    if (before.endsWith(text.slice(0, length)) && isRepetition(before, text, length, kind)) return length;
  }
  return 0;
}

const isWordCharacter = (character: string | undefined) =>
  character !== undefined && /[\p{L}\p{N}_]/u.test(character);

function isRepetition(before: string, text: string, length: number, kind: SeamKind): boolean {
  const same = text.slice(0, length);
  const start = before.length - length;
  const startsInWord = isWordCharacter(same[0]) && isWordCharacter(before[start - 1]);
  const letters = same.match(/\p{L}/gu)?.length ?? 0;
  const wide = same.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu)?.length ?? 0;
  // A Chinese or Japanese character says as much as a short word does.
  const weight = letters + 3 * wide;
  if (wide === 0 && startsInWord) return kind === 'prompted' && weight >= 12;
  if (kind === 'prompted') return weight >= 3;
  if (start === 0 || before.indexOf(same) !== start || isRefrain(before, start)) return false;
  // "brown" + "brown fox", "bro" + "brown": no language glues such a word to itself. ("haha" it does.)
  const isWord = wide === 0 && /^[\p{L}\p{N}]+$/u.test(same);
  if (isWord) return letters >= 4 && new Set(same).size >= 4;
  // Words said twice with a space between may be meant ("very very"); three of them hardly.
  const words = wide + (same.match(/[\p{L}\p{N}]+/gu)?.length ?? 0);
  return words >= 3 && weight >= 12;
}

/** What stands before `start` stands at the end as well: the text repeats itself, and what comes next is its next round. */
function isRefrain(before: string, start: number): boolean {
  let same = 0;
  while (same < start && before[start - 1 - same] === before[before.length - 1 - same]) same += 1;
  return same >= 4 || (same > 0 && same === start);
}

/** The info string of the code fence that is open at the end, if one is. */
function fenceOf(text: string): string | undefined {
  let open: { readonly mark: string; readonly info: string } | undefined;
  for (const [, mark = '', info = ''] of text.matchAll(/^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)/gm)) {
    if (open === undefined) open = { mark, info: info.trim() };
    else if (mark[0] === open.mark[0] && mark.length >= open.mark.length && info.trim() === '')
      open = undefined;
  }
  return open?.info;
}

/** How long the line is that opens again the fence which is open already; 0 when there is none. */
function reopenedFence(before: string, text: string): number {
  const info = fenceOf(before);
  if (info === undefined || info === '') return 0;
  const found = /^\s*`{3,}[ \t]*([^\n`]+)\n/.exec(text);
  return found !== null && found[1]?.trim() === info ? found[0].length : 0;
}
