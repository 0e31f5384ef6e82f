// Owns what one answer has come to over its attempts, and the events that tell a reader of it.
// Must not know providers, sockets, or what is tried next.

import { addUsage, estimateTokens } from '../tokens.ts';
import { createSeam, type Seam, type SeamKind } from './overlap.ts';
import type { Report } from './translate.ts';
import type { AnswerEvent, FinishReason, Prompt, Usage } from './types.ts';
import { estimatePrompt, toUsage } from './usage.ts';

export interface AnswerSoFar {
  /** The answer so far, byte for byte. */
  text(): string;
  reasoning(): string;
  /** Whether the attempt that runs has brought visible text. */
  hasNewText(): boolean;
  /** An attempt begins: one that goes on after the text so far, or (undefined) one that starts the answer. */
  begin(continues: SeamKind | undefined): void;
  take(kind: 'text' | 'reasoning', piece: string): void;
  /** All text so far was reasoning. */
  reclassify(): void;
  /** The attempt came to an end of its own: tells what was held back at the seam. */
  rest(): void;
  /** The attempt is over: its tokens count, unless the provider has taken nothing. `model`: the name asked for, where it gives none. */
  account(report: Report, model: string, end: 'whole' | 'broken' | 'refused'): void;
  /** Of all attempts. */
  usage(): Usage | undefined;
  /** Tokens of the answer as it stands, without what was there before. */
  length(): number;
  interrupt(code: string): void;
  finish(reason: FinishReason): void;
}

/** The answer so far, where this stream goes on with one, is not told again. */
export function createAnswer(prompt: Prompt, tell: (event: AnswerEvent) => void): AnswerSoFar {
  const before = prompt.answer;
  let text = before === undefined || isBlank(before.text) ? '' : before.text;
  /** Blank space before the first word: without one, there is no text to go on from, and nothing to show. */
  let blank = '';
  let reasoning = before?.reasoning ?? '';
  /** As the attempt that runs sent them, whatever was made of it at the seam. */
  const received = { text: '', reasoning: '' };
  let askedAgain = '';
  let length = 0;
  let usage: Usage | undefined;
  const models: string[] = [];
  let seam: Seam = createSeam('', 'exact');
  let hasNewText = false;
  /** A break was told, and no new word has come since. */
  let isInterrupted = false;
  /** All that was told is void as soon as something of this attempt is told. */
  let isRestart = false;

  const give = (kind: 'text' | 'reasoning', piece: string) => {
    if (piece === '') return;
    if (kind === 'text' && (text === '' || isRestart) && isBlank(piece)) {
      blank += piece;
      return;
    }
    if (isRestart || (seam.isRestart() && !hasNewText)) {
      isRestart = false;
      isInterrupted = false;
      text = '';
      reasoning = '';
      length = 0;
      tell({ type: 'restarted' });
    }
    if (kind === 'reasoning') {
      reasoning += piece;
      tell({ type: 'reasoning-delta', text: piece });
      return;
    }
    if (isInterrupted) tell({ type: 'resumed' });
    isInterrupted = false;
    hasNewText = true;
    const words = blank === '' ? piece : blank + piece;
    blank = '';
    text += words;
    tell({ type: 'text-delta', text: words });
  };

  return {
    text: () => text,
    reasoning: () => reasoning,
    hasNewText: () => hasNewText,
    begin(continues) {
      seam = createSeam(continues === undefined ? '' : text, continues ?? 'exact');
      isRestart = continues === undefined && (text !== '' || reasoning !== '');
      hasNewText = false;
      blank = '';
      askedAgain = continues === undefined ? '' : text;
      received.text = '';
      received.reasoning = '';
    },
    take(kind, piece) {
      received[kind] += piece;
      give(kind, kind === 'text' ? seam.push(piece) : piece);
    },
    rest: () => give('text', seam.end()),
    reclassify() {
      give('text', seam.end());
      blank = '';
      if (text === '') return;
      reasoning += text;
      text = '';
      hasNewText = false;
      tell({ type: 'reclassified' });
    },
    account(report, model, end) {
      const isWhole = end === 'whole';
      const hasTokens = received.text !== '' || received.reasoning !== '' || report.usage !== undefined;
      if (end !== 'refused' || hasTokens) {
        const taken = toUsage({
          told: report.usage,
          asked: () => estimatePrompt(prompt) + estimateTokens(askedAgain),
          text: () => estimateTokens(received.text),
          reasoning: () => estimateTokens(received.reasoning),
        });
        usage = addUsage(usage, taken);
        length += taken.completion;
      }
      const name = report.model ?? model;
      if ((hasNewText || isWhole) && models.at(-1) !== name) models.push(name);
    },
    usage: () => usage,
    length: () => length,
    interrupt(code) {
      isInterrupted = true;
      tell({ type: 'interrupted', code });
    },
    finish(reason) {
      if (isInterrupted) tell({ type: 'resumed' });
      tell({ type: 'finish', reason, usage, models });
    },
  };
}

/** No reader sees anything of it: blank space, control and format characters, and the letters that are drawn as nothing. */
function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}\u115f\u1160\u2800\u3164\uffa0]/u.test(text);
}
