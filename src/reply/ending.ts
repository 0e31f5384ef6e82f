// Owns how a reply ends: which state, words and buttons the reader sees below the text. Law 3: always one of these, never a raw error.

import { BotError, isBotError, isRetryable } from '../errors.ts';
import type { FinishReason } from '../model/types.ts';
import { failureText, type Language, say } from '../notices.ts';
import type { ControlAction, PageState } from '../platform.ts';
import type { Draft } from './draft.ts';

export interface Ending {
  readonly state: Exclude<PageState, 'writing' | 'more'>;
  readonly notice?: string;
  readonly tone?: 'info' | 'error';
  /** The small line. */
  readonly footer: string;
  /** The small line is left out below text; on a page that would show nothing else it stands all the same. */
  readonly quiet?: boolean;
  readonly controls: readonly ControlAction[];
  /** When the provider takes the question again, in milliseconds since the epoch, where it said so. */
  readonly retryAt?: number;
}

/** What the reader is told beside it. */
export function withRemarks(ending: Ending, remarks: readonly string[]): Ending {
  if (remarks.length === 0) return ending;
  const notice = [ending.notice ?? '', ...remarks].filter((sentence) => sentence !== '').join(' ');
  return { ...ending, notice, tone: ending.tone ?? 'info' };
}

export interface EndingOptions {
  readonly draft: Draft;
  readonly language: Language;
  /** `REPLY_FOOTER`: with false a complete answer ends without its small line. */
  readonly footer: boolean;
  /** Milliseconds spent on the answer. */
  readonly elapsedMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The models' names where the stream told none. */
  readonly model: string;
  readonly cost?: string | undefined;
  /** Things the reader should know, such as messages left out of the prompt. */
  readonly remarks: readonly string[];
}

/** The model ended by itself, at the limit, or by its filter. */
export function toFinishedEnding(reason: FinishReason, options: EndingOptions): Ending {
  const words = say(options.language);
  const facts = toFacts(options);
  const notice =
    options.remarks.length > 0 ? { notice: options.remarks.join(' '), tone: 'info' as const } : {};
  switch (reason) {
    case 'stop': {
      if (isBlank(options.draft)) return toBlankEnding(options);
      const footer = words.footer.complete(facts);
      return { state: 'complete', ...notice, footer, quiet: !options.footer, controls: [] };
    }
    case 'length':
      // Nothing was cut: the limit went on thoughts, or on blank space.
      if (isBlank(options.draft)) return { ...toBlankEnding(options), state: 'length' };
      return { state: 'length', ...notice, footer: words.footer.length(facts), controls: ['continue'] };
    case 'filter':
      return { state: 'filtered', ...notice, footer: words.footer.filtered(facts), controls: [] };
  }
}

/** Something else ended it: a person, a failure, or a shutdown. `bugId` is shown for `internal` and stands in the log. */
export function toBrokenEnding(error: BotError, bugId: string, options: EndingOptions): Ending {
  const words = say(options.language);
  const facts = toFacts(options);
  const hasText = !isBlank(options.draft);
  const controls = toControls(error, hasText);
  if (isBotError(error, 'stopped')) {
    // By itself nothing goes on after a stop; a person may press.
    const footer = words.footer.stopped({ ...facts, by: error.by?.name ?? '' });
    return { state: 'stopped', footer, controls };
  }
  const { retryAfterMs } = error;
  return {
    state: 'broken',
    notice: failureText(error, options.language, { bugId, hasText }),
    tone: 'error',
    footer: hasText ? words.footer.broken(facts) : words.footer.unanswered(facts),
    controls,
    ...(retryAfterMs === undefined || !isRetryable(error) ? {} : { retryAt: options.now + retryAfterMs }),
  };
}

function toControls(error: BotError, hasText: boolean): readonly ControlAction[] {
  // Turns do not outlive the process, so a button would be dead before it is pressed.
  if (isBotError(error, 'shutdown') || isBotError(error, 'message-deleted')) return [];
  // What had arrived can be gone on with; without it there is only asking anew.
  return hasText ? ['continue', 'retry'] : ['retry'];
}

function isBlank(draft: Draft): boolean {
  return draft.text.trim() === '';
}

/** An answer of white space only is none, whatever the model says. */
function toBlankEnding(options: EndingOptions): Ending {
  return toBrokenEnding(new BotError('empty-answer', 'the answer is white space only'), '', options);
}

function toFacts(options: EndingOptions) {
  const { draft } = options;
  return {
    models: draft.models.length > 0 ? draft.models : [options.model],
    seconds: Math.round(options.elapsedMs / 1000),
    tokens: draft.usage?.completion,
    isEstimate: draft.usage?.isEstimate,
    interruptions: draft.interruptions,
    cost: options.cost,
  };
}
