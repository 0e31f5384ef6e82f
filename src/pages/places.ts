// Owns the places inside a line where a page may end: behind a sentence, behind a word. Each is told by the few letters around it.
// Must not know pages or which place is better.

import type { LineKind } from './blocks.ts';
import { isDigit, isSpace, runEnd, spacesEnd, spacesStart } from './letters.ts';

/** Signs between a sentence's end and the next: more than these are no end of a sentence. */
const MAX_CLOSERS = 16;
const sentenceSigns = '.!?…';
const sentenceClosers = '"\'’”)]*_';
const wideSigns = '。！？';
const wideClosers = '”’」』）】*_';
const wideLetter = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}，、；：]$/u;
const wideEnd = '。，、！？；：”’」』）】》…';

/** Text that would become a block of another kind if a page began with it. */
const blockStart = /^(?: {0,3}(?:`{3}|~{3})|#{1,6}\s|[-+*]\s|>|\d{1,9}[.)]\s|\|)/;

export function startsBlock(text: string, at: number): boolean {
  return blockStart.test(text.slice(at, at + 16));
}

/** Whether a sentence ends before `at`; the line begins at `from`. */
export function isSentenceEnd(text: string, at: number, from: number): boolean {
  const code = text.charCodeAt(at);
  if (isSpace(code) || (code >= 97 && code <= 122)) return false;
  const end = spacesStart(text, at, from);
  if (end < at && isBehind(text, end, from, sentenceSigns, sentenceClosers)) return true;
  return isBehind(text, end, from, wideSigns, wideClosers);
}

function isBehind(text: string, end: number, from: number, signs: string, closers: string): boolean {
  let at = end;
  while (at > from && end - at < MAX_CLOSERS && closers.includes(text.charAt(at - 1))) at -= 1;
  return at > from && signs.includes(text.charAt(at - 1));
}

/** Whether a word ends before `at`; in Chinese and Japanese, each letter is one. */
export function isWordEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  if (isSpace(code)) return false;
  if (isSpace(before)) return true;
  if (before < 0x2e80 || wideEnd.includes(text.charAt(at))) return false;
  const isPair = (before & 0xfc00) === 0xdc00;
  return wideLetter.test(text.slice(at - (isPair ? 2 : 1), at));
}

/** Behind the marker that a line begins with, and the white space around it: no page ends within. */
export function markerEnd(text: string, start: number, end: number): number {
  const from = spacesEnd(text, start, end);
  const sign = text.charAt(from);
  let behind = from;
  if (sign !== '' && '-+*>|'.includes(sign)) behind = from + 1;
  else if (sign === '#') behind = Math.min(runEnd(text, from, 35), from + 6);
  else {
    while (behind - from < 9 && isDigit(text.charCodeAt(behind))) behind += 1;
    const dot = text.charAt(behind);
    behind = behind > from && (dot === '.' || dot === ')') ? behind + 1 : from;
  }
  return spacesEnd(text, Math.min(behind, end), end);
}

/** Code has words only. */
export function hasSentences(kind: LineKind): boolean {
  return hasWords(kind) && kind !== 'code';
}

/** The marks of a fence are never torn. */
export function hasWords(kind: LineKind): boolean {
  return kind !== 'opener' && kind !== 'closer' && kind !== 'blank';
}
