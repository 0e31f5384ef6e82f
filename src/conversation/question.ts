// Owns how a mention becomes a prompt: reads the thread and the attachments, and says what found no room.

import { type Clock, sleep } from '../clock.ts';
import { type BotError, isRetryable, toBotError } from '../errors.ts';
import type { Prompt } from '../model/types.ts';
import { type Language, say } from '../notices.ts';
import type { Mention, PageRef, Platform, ThreadMessage } from '../platform.ts';
import { type FilesRoom, readAttachments } from './attachments.ts';
import { buildPrompt } from './prompt.ts';

/** How many of a thread's messages are read at the most. */
const MAX_MESSAGES = 200;
/** Tries to read a thread, and the longest single wait for the platform's limit, before the answer goes without it. */
const HISTORY_TRIES = 3;
const LONGEST_WAIT_MS = 5_000;

export interface QuestionOptions {
  readonly platform: Platform;
  readonly mention: Mention;
  readonly systemPrompt: string;
  readonly vision: boolean;
  /** Tokens that history and question may take, files included. */
  readonly budget: number;
  /** What the files of the question may take of it. */
  readonly files: FilesRoom;
  readonly language: Language;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The pages that the reply to this mention has already: neither they nor what was answered later is part of the question. */
  readonly own: readonly PageRef[];
  readonly onFault: (error: BotError) => void;
}

/** `remarks`: sentences for the reader about what the model was not given; `files`: what those of the question take. Rejects only when `signal` is aborted. */
export async function readQuestion(options: QuestionOptions): Promise<{
  readonly prompt: Prompt;
  readonly remarks: readonly string[];
  readonly files: FilesRoom;
}> {
  const { platform, mention, signal } = options;
  const words = say(options.language);
  const [history, attached] = await Promise.all([
    readHistory(options),
    readAttachments(mention.attachments, {
      vision: options.vision,
      room: options.files,
      clock: options.clock,
      signal,
      fetch: (attachment, maxBytes, given) =>
        platform.fetchAttachment(attachment, { maxBytes, signal: given }),
      onFault: options.onFault,
    }),
  ]);
  signal.throwIfAborted();
  const { prompt, dropped } = buildPrompt({
    systemPrompt: options.systemPrompt,
    mention,
    history: beforeOwn(history ?? [], options.own),
    parts: attached.parts,
    budget: options.budget,
  });
  const remarks = [
    ...(dropped > 0 || history === undefined ? [words.historyCut()] : []),
    ...(attached.voices > 0 ? [words.voiceNotHeard()] : []),
    ...(attached.tooLarge.length > 0 ? [words.attachmentTooLarge(attached.tooLarge)] : []),
    ...(attached.cut.length > 0 ? [words.attachmentCut(attached.cut)] : []),
    ...(attached.guessed.length > 0 ? [words.attachmentGuessed(attached.guessed)] : []),
    ...(attached.skipped.length > 0 ? [words.attachmentSkipped(attached.skipped)] : []),
  ];
  return { prompt, remarks, files: attached.taken };
}

function beforeOwn(history: readonly ThreadMessage[], own: readonly PageRef[]): readonly ThreadMessage[] {
  const at = history.findIndex((message) => own.some((ref) => ref.id === message.id));
  return at < 0 ? history : history.slice(0, at);
}

/** Undefined when the platform would not give it: an answer without the thread beats none. */
async function readHistory(options: QuestionOptions): Promise<readonly ThreadMessage[] | undefined> {
  const { platform, mention, clock, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await platform.history(mention, { limit: MAX_MESSAGES, signal });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toBotError(thrown);
      const waitMs = error.retryAfterMs ?? 500 * attempt;
      options.onFault(error);
      if (!isRetryable(error) || attempt >= HISTORY_TRIES || waitMs > LONGEST_WAIT_MS) return undefined;
      await sleep(clock, waitMs, signal);
    }
  }
}
