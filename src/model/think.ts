// Owns the thoughts that servers send within the text: which stretch of it is thought, and which is the answer.
// Must not know chunks, events, or who remembers what was learnt.

import { type CodeTracker, createCodeTracker } from './code-tracker.ts';
import { createHarmonyReader, type HarmonyReader } from './harmony.ts';
import { closingQuote, drawn, maxMark, mayHaveMark, nextPlace, readMark } from './marks.ts';

export interface ThinkSplitter {
  /** Calls `emit` with the text's parts; may hold back a few characters that could be a mark. */
  push(text: string): void;
  /** The server sends thoughts apart from the text: the text waits for no mark. */
  reasonsApart(): void;
  /** Shows what waits for a mark: it has been long enough. */
  release(): void;
  /** No more text comes: lets go of what was held back. `isWhole`: this was all of it. */
  end(isWhole: boolean): void;
}

export interface ThinkSplitterOptions {
  emit(kind: 'text' | 'reasoning', text: string): void;
  /** All text so far is reasoning. */
  reclassify(): void;
  /** The answer so far, where this text goes on with one: what looks like an opening mark at its beginning is none. */
  readonly before?: string | undefined;
  readonly isContinuation: boolean;
  /** It goes on in a message of its own, which may begin with thoughts as any other. */
  readonly isAnew?: boolean | undefined;
  /** Text is held back until a closing mark came, or `release`. */
  readonly waits: boolean;
  /** Text is held back now. Called once. */
  onWait(): void;
  /** Thoughts came without an opening mark; or (false) a whole text was waited with, and had no mark. */
  learn(isUnopened: boolean): void;
}

/** In so much text code within a line has its end, or it is none. */
const maxSpan = 2000;

/**
 * Text that **begins** with an opening mark (after blank space) is reasoning up to a closing one. A closing mark without an opening one
 * makes all text before it reasoning, unless it stands within code or quotes. Blank space behind a closing mark is dropped. Marks may be cut
 * anywhere. Nothing else is changed.
 */
export function createThinkSplitter(options: ThinkSplitterOptions): ThinkSplitter {
  const { emit, isContinuation, before = '' } = options;
  const isExact = isContinuation && options.isAnew !== true;
  let state: 'start' | 'inside' | 'text' = isExact ? 'text' : 'start';
  /** Of the mark that has opened the thoughts. */
  let family = '';
  let harmony: HarmonyReader | undefined;
  let held = '';
  /** Opening marks within the answer that were not closed yet. */
  let depth = 0;
  let blanks = '';
  /** Thoughts have ended here: the blank space behind them is dropped, and more of them may follow. */
  let isBehind = false;
  let code: CodeTracker = createCodeTracker();
  /** The answer so far may have broken off within a mark. */
  const cut = isContinuation ? cutMarkAt(before) : '';
  if (isExact) held = cut;
  let repeated = held.length;
  code.push(before);
  let hasText = before.trim() !== '';
  let waiting: string[] | undefined = options.waits && !isContinuation ? [] : undefined;
  let lastThought = '';
  let isApart = false;
  let isOver = false;
  /** No closing mark was seen although one was waited for. */
  let isMissed = waiting !== undefined;

  const show = (shown: string): void => {
    // What the answer so far ends with stands there already.
    const text = repeated === 0 ? shown : shown.slice(repeated);
    repeated = Math.max(0, repeated - shown.length);
    if (text === '') return;
    hasText = true;
    code.push(text);
    if (waiting === undefined) {
      emit('text', text);
      return;
    }
    if (waiting.length === 0) options.onWait();
    waiting.push(text);
  };
  const think = (text: string): void => {
    if (text === '') return;
    lastThought = text.slice(-1);
    emit('reasoning', text);
  };
  const release = (): void => {
    const text = waiting?.join('') ?? '';
    waiting = undefined;
    if (text !== '') emit('text', text);
  };
  /** A closing mark ends the thoughts that all text so far was. */
  const turn = (): void => {
    if (hasText) {
      const thoughts = waiting?.join('');
      if (thoughts === undefined) options.reclassify();
      else think(thoughts);
      // Where most thoughts come apart, waiting would be for nothing.
      if (!isApart) options.learn(true);
    }
    waiting = undefined;
    isMissed = false;
    hasText = false;
    repeated = 0;
    depth = 0;
    code = createCodeTracker();
  };
  const enterHarmony = (text: string): void => {
    release();
    isMissed = false;
    state = 'text';
    harmony = createHarmonyReader(emit);
    harmony.push(text);
  };

  function readStart(text: string): void {
    const at = held === '' ? text.search(drawn) : 0;
    if (at !== 0 && !isBehind) blanks += at < 0 ? text : text.slice(0, at);
    if (at < 0) return;
    const all = held + text.slice(at);
    held = '';
    const mark = readMark(all, 0);
    if (mark === 'cut' && !isOver) held = all;
    else if (mark === 'cut' || mark === undefined || (mark.kind === 'close' && hasText)) {
      state = 'text';
      if (!isBehind) {
        held = cut;
        repeated = cut.length;
      }
      readText(blanks + all);
    } else if (mark.kind === 'open') {
      state = 'inside';
      family = mark.family;
      isMissed = false;
      waiting = undefined;
      readInside(all.slice(mark.length));
    } else if (mark.kind === 'close') {
      readAfter(all.slice(mark.length));
    } else enterHarmony(all);
  }

  function readInside(text: string): void {
    const all = held + text;
    held = '';
    for (let at = nextPlace(all, 0); at >= 0; at = nextPlace(all, at + 1)) {
      const mark = readMark(all, at);
      if (mark === undefined || (mark !== 'cut' && !(mark.kind === 'close' && mark.family === family)))
        continue;
      const last = at === 0 ? lastThought : all.charAt(at - 1);
      const quote = mark === 'cut' ? 'unknown' : quoted(all, at, mark.length, last);
      if (quote === 'yes') continue;
      if (quote === 'unknown' && !isOver) {
        held = all.slice(at);
        break;
      }
      if (mark === 'cut') continue;
      think(all.slice(0, at));
      readAfter(all.slice(at + mark.length));
      return;
    }
    think(all.slice(0, all.length - held.length));
  }

  function readAfter(text: string): void {
    blanks = '';
    isBehind = true;
    state = 'start';
    readStart(text);
  }

  function readText(text: string): void {
    const all = held + text;
    held = '';
    let from = 0;
    const hold = (at: number): void => {
      show(all.slice(from, at));
      held = all.slice(at);
    };
    for (let at = nextPlace(all, 0); at >= 0; ) {
      const mark = readMark(all, at);
      if (mark === 'cut' && !isOver) {
        hold(at);
        return;
      }
      if (mark === undefined || mark === 'cut') {
        at = nextPlace(all, at + 1);
        continue;
      }
      show(all.slice(from, at));
      from = at;
      const end = at + mark.length;
      const spokenOf = findSpokenEnd(all, at, end);
      if (spokenOf === 'unknown') {
        hold(at);
        return;
      }
      if (spokenOf === undefined && mark.kind !== 'open' && (mark.kind !== 'close' || depth === 0)) {
        act(mark.kind, all, at, end);
        return;
      }
      if (spokenOf === undefined) depth += mark.kind === 'open' ? 1 : -1;
      at = nextPlace(all, spokenOf ?? end);
    }
    show(all.slice(from));
  }

  /** A mark that is neither spoken of nor closed by another one. */
  function act(
    kind: 'close' | 'harmony-open' | 'harmony-close',
    text: string,
    at: number,
    end: number,
  ): void {
    if (kind !== 'harmony-open') turn();
    if (kind === 'close') {
      readAfter(text.slice(end));
    } else enterHarmony(text.slice(at));
  }

  /** Where what speaks of the mark ends: code, or a quotation; undefined for a mark that is used. */
  function findSpokenEnd(all: string, at: number, end: number): number | 'unknown' | undefined {
    const quote = quoted(all, at, end - at, code.last());
    if (quote === 'unknown' && !isOver) return 'unknown';
    if (quote === 'yes') return end;
    const where = code.where();
    if (where === 'block') return end;
    if (where === 0) return undefined;
    return findSpanEnd(all, end, where, isOver || all.length - end > maxSpan);
  }

  return {
    push(text) {
      if (state === 'text' && harmony === undefined && held === '' && !mayHaveMark(text)) show(text);
      else read(text);
    },
    reasonsApart() {
      if (isApart) return;
      isApart = true;
      isMissed = false;
      release();
    },
    release,
    end(isWhole) {
      isOver = true;
      if (state === 'start') show(held === '' ? blanks : '');
      if (held !== '' || harmony !== undefined) read('');
      harmony?.end();
      release();
      if (isMissed && isWhole) options.learn(false);
    },
  };

  function read(text: string): void {
    if (harmony !== undefined) harmony.push(text);
    else if (state === 'text') readText(text);
    else if (state === 'start') readStart(text);
    else readInside(text);
  }
}

/** What could be the beginning of a mark, at the end of a text. */
function cutMarkAt(text: string): string {
  const end = text.slice(-maxMark);
  for (let at = nextPlace(end, 0); at >= 0; at = nextPlace(end, at + 1)) {
    if (readMark(end, at) === 'cut') return end.slice(at);
  }
  return '';
}

/** Whether a mark stands between quotation marks, or single backticks: it is spoken of then. */
function quoted(text: string, at: number, length: number, before: string): 'yes' | 'no' | 'unknown' {
  const closing = closingQuote(before);
  if (closing === undefined) return 'no';
  const next = text.charAt(at + length);
  if (next === '') return 'unknown';
  return next === closing ? 'yes' : 'no';
}

/** Where code within a line ends that a run of backticks has begun; undefined where it was no such beginning after all. */
function findSpanEnd(
  text: string,
  from: number,
  length: number,
  isAll: boolean,
): number | 'unknown' | undefined {
  const marks = /\n[ \t]*\n|`+/g;
  marks.lastIndex = from;
  for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
    const end = found.index + found[0].length;
    // The run may still grow.
    if (end === text.length && !isAll && found[0].startsWith('`')) return 'unknown';
    if (found[0].startsWith('\n')) return undefined;
    if (found[0].length === length) return end;
  }
  return isAll ? undefined : 'unknown';
}
