// Owns whether a web page begins within plain text, as it comes: a proxy's page behind the words that had come before. Must not know where
// the text comes from, nor what is done about it.

import { createCodeTracker } from './code-tracker.ts';

export interface PageWatch {
  /** The text that is surely no page, as far as it can be told by now; undefined where a page begins. `isAll`: no more comes. */
  pass(text: string, isAll: boolean): string | undefined;
}

/** How a page begins on a line of its own. An answer that shows one does so within code. */
const onLine = /<(?:!doctype[ \t]{1,8}html|\?xml|\/?(?:html|head|body|title))(?=[\s>])/iy;
/** How it begins behind words: not by a tag that the words may be about. */
const behindWords =
  /<!doctype[ \t]{1,8}html(?=[\s>])|<html(?:\s[^<>]{0,200})?>\s{0,100}<(?:head|body|title|meta|h1|center)(?=[\s>])/iy;
const mayBecome =
  /^<(?:[!?/]?[a-z]{0,8}|!doctype[ \t]{0,8}[html]{0,4}|html[^<>]{0,200}>?\s{0,100}(?:<[a-z]{0,8})?)$/i;
/** The longest that is waited for behind a bracket. */
const longest = 340;
/** A proxy's words are short: so many characters wait for what comes behind them. */
const firstHeld = 200;

/** Every character is looked at once, but those that wait. */
export function createPageWatch(): PageWatch {
  const code = createCodeTracker();
  let held = '';
  let isLineStart = true;
  let hasPassed = false;

  const isPageAt = (all: string, at: number): boolean => {
    const pattern = isBlankBefore(all, at, isLineStart) ? onLine : behindWords;
    pattern.lastIndex = at;
    return pattern.test(all);
  };

  return {
    pass(text, isAll) {
      const all = held + text;
      if (!hasPassed && !isAll && all.length < firstHeld) {
        held = all;
        return '';
      }
      let end = all.length;
      let from = 0;
      for (let at = all.indexOf('<'); at >= 0; at = all.indexOf('<', at + 1)) {
        const isPage = isPageAt(all, at);
        const isCut = !isPage && !isAll && all.length - at <= longest && mayBecome.test(all.slice(at));
        if (!isPage && !isCut) continue;
        code.push(all.slice(from, at));
        from = at;
        if (code.where() !== 0) continue;
        if (isPage) return undefined;
        end = at;
        break;
      }
      if (end > from) code.push(all.slice(from, end));
      held = all.slice(end);
      hasPassed = true;
      isLineStart = isBlankBefore(all, end, isLineStart);
      return all.slice(0, end);
    },
  };
}

/** Whether a page begins anywhere in a whole text. */
export function hasPage(text: string): boolean {
  return createPageWatch().pass(text, true) === undefined;
}

/** Whether nothing but a little blank space stands before this place on its line. */
function isBlankBefore(text: string, at: number, isLineStart: boolean): boolean {
  for (let before = at - 1; before >= 0; before -= 1) {
    const character = text.charAt(before);
    if (character === '\n') return true;
    if ((character !== ' ' && character !== '\t' && character !== '\r') || at - before > 80) return false;
  }
  return isLineStart;
}
