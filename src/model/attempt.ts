// Owns one attempt of an answer: what is asked so that it begins or goes on, and what came of it.
// Must not know what is done after it, nor sockets.

import type { Clock } from '../clock.ts';
import { toBotError } from '../errors.ts';
import type { AnswerSoFar } from './answer.ts';
import type { Attempt, Client } from './client.ts';
import type { Ledger } from './ledger.ts';
import type { Outcome } from './next-move.ts';
import type { Outbox } from './outbox.ts';
import type { ThoughtOptions } from './parts.ts';
import type { Provider, ResumeMode } from './provider.ts';
import { type Continuation, type Question, toBody, toOptionalFields, toUrl, type Wire } from './request.ts';
import { toFinishReason } from './translate.ts';
import type { Prompt } from './types.ts';

/** What all attempts of one answer share. */
export interface Writing {
  readonly clock: Clock;
  readonly client: Client;
  readonly prompt: Prompt;
  readonly wire: Wire;
  readonly maxTokens: number | undefined;
  readonly soFar: AnswerSoFar;
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  /** The attempt that runs, for whoever ends it from outside. */
  attempt: Attempt | undefined;
  /** The reader was told that the provider lets us wait. */
  hasSaidWaiting: boolean;
  readonly log: { warn(details: object, text: string): void } | undefined;
  /** Whose answer it is, for the log. */
  readonly about: Readonly<Record<string, unknown>> | undefined;
}

/** Asks once. Rejects only with the reason of `outbox.signal`. */
export async function attemptOnce(writing: Writing, provider: Provider, thinking: boolean): Promise<Outcome> {
  const { clock, soFar, ledger, outbox } = writing;
  outbox.signal.throwIfAborted();
  const text = soFar.text();
  const continuation = continuationOf(provider.resumeMode(), writing.wire);
  const isContinuation = text !== '' && continuation !== 'again';
  const maxTokens = toRest(writing.maxTokens, isContinuation ? soFar.length() : 0);
  if (maxTokens === 0) return { type: 'whole', reason: 'length', hasText: true, hasReasoning: false };
  soFar.begin(isContinuation ? (continuation === 'prompted' ? 'prompted' : 'exact') : undefined);
  const question: Question = {
    ...{ prompt: writing.prompt, wire: writing.wire, baseUrl: provider.baseUrl, model: provider.model },
    ...{ without: provider.without, maxTokens, thinking, text, continuation },
    reasoning: soFar.reasoning(),
  };
  const sent = toOptionalFields(question);
  const beganAt = clock.monotonic();
  const attempt = open(writing, provider, question, isContinuation);
  writing.attempt = attempt;
  ledger.begin(attempt, provider.model);
  const failure = await ending(attempt, writing);
  outbox.signal.throwIfAborted();
  const report = attempt.report();
  ledger.end(failure === undefined ? 'whole' : 'refused');
  if (report.garbage > 0)
    writing.log?.warn({ ...writing.about, lines: report.garbage }, 'the stream held lines that are no JSON');
  if (failure === undefined) {
    const reason = toFinishReason(report.finish);
    const hasText = soFar.text().trim() !== '';
    return { type: 'whole', reason, hasText, hasReasoning: soFar.reasoning() !== '' };
  }
  const error = toBotError(failure.error);
  const hasNewText = soFar.hasNewText();
  const isLearnt = !hasNewText && provider.learn(error, sent, isContinuation ? continuation : undefined);
  return { type: 'failed', error, hasNewText, tookMs: clock.monotonic() - beganAt, isLearnt };
}

/** Resolves when the attempt has ended: to what it failed with, or to undefined. */
async function ending(
  attempt: Attempt,
  { outbox, soFar }: Writing,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await attempt.whole;
    outbox.signal.throwIfAborted();
    soFar.rest();
    return undefined;
  } catch (error) {
    return { error };
  }
}

function open(writing: Writing, provider: Provider, question: Question, isContinuation: boolean): Attempt {
  const { soFar, outbox } = writing;
  const isAnew = question.continuation === 'prompted';
  const request = {
    url: toUrl(question),
    apiKey: provider.apiKey,
    body: toBody(question),
    isContinuation,
    thoughts: toThoughts(provider, isContinuation ? question.text : undefined, isAnew),
  };
  return writing.client.open(request, {
    onPiece: soFar.take,
    onReclassified: soFar.reclassify,
    onWaiting() {
      if (question.text !== '' || writing.hasSaidWaiting) return;
      writing.hasSaidWaiting = true;
      outbox.tell({ type: 'waiting', where: 'provider' });
    },
    isFull: outbox.isFull,
  });
}

/** What is left of the token limit: an answer and all that goes on with it have one. */
function toRest(limit: number | undefined, taken: number): number | undefined {
  return limit === undefined ? undefined : Math.max(0, limit - taken);
}

function toThoughts({ thoughts }: Provider, before: string | undefined, isAnew: boolean): ThoughtOptions {
  return {
    before,
    isAnew: before !== undefined && isAnew,
    waits: thoughts.isUnopened,
    learn(isUnopened) {
      thoughts.isUnopened = isUnopened;
    },
  };
}

/** A server that completes plain text goes on from the text itself. */
function continuationOf(mode: ResumeMode, wire: Wire): Continuation {
  if (mode === 'restart') return 'again';
  if (wire === 'completions') return 'prefix';
  // Continue was pressed where a broken answer is not continued by itself: asking in words works everywhere.
  return mode === 'none' ? 'prompted' : mode;
}
