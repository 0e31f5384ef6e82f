// Owns one answer over several attempts: replay before the first word, continuation after it, the second provider, and the law
// that a stream ends with exactly one `finish` or a thrown error. Must not know HTTP, encodings or wire shapes.

import { type Clock, sleep } from '../clock.ts';
import { BotError, toBotError } from '../errors.ts';
import { type Attempt, type Client, createClient } from './client.ts';
import type { Timeouts } from './clocks.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { ThoughtOptions } from './parts.ts';
import { decide, maxContinuations } from './policy.ts';
import { createProgress } from './progress.ts';
import {
  createProvider,
  type Provider,
  type ProviderOptions,
  parseConcurrencyLimit,
  type ResumeMode,
} from './provider.ts';
import { type Continuation, type Question, toBody, toOptionalFields, toUrl, type Wire } from './request.ts';
import { createSlots, type Slots, untilFirst } from './slots.ts';
import { createLedger, createSpending } from './spending.ts';
import { toFinishReason } from './translate.ts';
import type { Model, ModelSlot, Prompt, Usage } from './types.ts';

export interface ModelOptions extends ProviderOptions {
  /** Sent explicitly always; DeepSeek thinks unless told otherwise. */
  readonly thinking: boolean;
  /** For an answer with all that goes on with it; pressing Continue gives as much anew. */
  readonly maxTokens?: number | undefined;
  readonly wire: Wire;
  /** How the first provider continues a broken answer; left out: known by its address, or by the model's name. */
  readonly resume?: ResumeMode | undefined;
  /** `totalMs`: the whole answer over all attempts, without the wait for a slot. */
  readonly timeouts: Timeouts & { readonly totalMs: number };
  /** What waits and repeated attempts of one answer may take, at each provider anew. */
  readonly retryBudgetMs: number;
  /** Streams at once. */
  readonly concurrency: number;
  /** Goes on where the first provider is down, out of balance, or over its limit. */
  readonly fallback?: ProviderOptions | undefined;
  readonly clock: Clock;
  /** Below 1, at least 0. */
  readonly random: () => number;
  readonly log?: { warn(details: object, text: string): void } | undefined;
}

export function createModel(options: ModelOptions): Model {
  const { clock, timeouts, fallback } = options;
  const client = createClient({ clock, timeouts });
  const first = createProvider(options, options.resume);
  const second = fallback === undefined ? undefined : createProvider(fallback);
  const slots = createSlots(options.concurrency, clock);
  return {
    async enter({ signal, onPlace }) {
      const ticket = slots.enter();
      try {
        await untilFirst(ticket, signal, onPlace);
      } catch (error) {
        ticket.leave();
        throw error;
      }
      return ticket;
    },
    stream: (prompt, { signal, slot, about, onUsage = () => undefined }) =>
      createOutbox(signal, (outbox) =>
        answer({ options, client, slots, slot, about, first, second }, prompt, outbox, onUsage),
      ),
    close: () => client.close(),
  };
}

type OnUsage = (usage: Usage) => void;

interface Parts {
  readonly options: ModelOptions;
  readonly client: Client;
  readonly slots: Slots;
  readonly slot: ModelSlot | undefined;
  readonly about: Readonly<Record<string, string>> | undefined;
  readonly first: Provider;
  readonly second: Provider | undefined;
}

async function answer(parts: Parts, prompt: Prompt, outbox: Outbox, onUsage: OnUsage): Promise<void> {
  const { options, client, slots, second, about } = parts;
  const { clock, log } = options;
  const progress = createProgress(prompt, outbox.tell);
  let provider = parts.first;
  let thinking = options.thinking;
  /** Attempts without a visible word since the last that brought one. */
  let fruitless = 0;
  let retries = 0;
  let spent = createSpending(clock);
  let breaks = 0;
  let hasRetriedEmpty = false;
  let hasSaidWaiting = false;
  let attempt: Attempt | undefined;
  const ledger = createLedger(progress, onUsage);

  // Whatever ends the answer from outside closes the socket in the same tick, and is what every wait here then throws.
  const { signal } = outbox;
  const onAbort = () => {
    attempt?.close(signal.reason);
    ledger.end('broken');
    ledger.tell();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  outbox.onRoom(() => attempt?.resume());
  const { totalMs } = options.timeouts;
  let cancelTotal = () => {};
  const ticket = parts.slot === undefined ? slots.enter() : undefined;

  try {
    if (ticket !== undefined)
      await untilFirst(ticket, signal, (place) => outbox.tell({ type: 'waiting', where: 'here', place }));
    cancelTotal = clock.after(totalMs, () =>
      outbox.abort(new BotError('total-timeout', `No whole answer within ${totalMs} ms`, { where: 'model' })),
    );
    for (;;) {
      signal.throwIfAborted();
      const text = progress.text();
      const continuation = continuationOf(provider.resumeMode(), options.wire);
      const isContinuation = text !== '' && continuation !== 'again';
      const maxTokens = toRest(options.maxTokens, isContinuation ? progress.length() : 0);
      if (maxTokens === 0) {
        progress.finish('length');
        return;
      }
      progress.begin(isContinuation ? (continuation === 'prompted' ? 'prompted' : 'exact') : undefined);
      const question: Question = {
        prompt,
        wire: options.wire,
        baseUrl: provider.baseUrl,
        model: provider.model,
        without: provider.without,
        maxTokens,
        thinking,
        text,
        reasoning: progress.reasoning(),
        continuation,
      };
      const { apiKey } = provider;
      const sent = toOptionalFields(question);
      spent.begin();
      attempt = client.open(
        {
          url: toUrl(question),
          apiKey,
          body: toBody(question),
          isContinuation,
          thoughts: toThoughts(provider, isContinuation ? text : undefined, continuation === 'prompted'),
        },
        {
          onPiece: progress.take,
          onReclassified: progress.reclassify,
          onWaiting() {
            if (text !== '' || hasSaidWaiting) return;
            hasSaidWaiting = true;
            outbox.tell({ type: 'waiting', where: 'provider' });
          },
          isFull: outbox.isFull,
        },
      );
      ledger.begin(attempt, provider.model);

      let failure: { readonly error: unknown } | undefined;
      try {
        await attempt.whole;
        signal.throwIfAborted();
        progress.rest();
      } catch (error) {
        failure = { error };
      }
      signal.throwIfAborted();
      const report = attempt.report();
      ledger.end(failure === undefined ? 'whole' : 'refused');
      if (report.garbage > 0)
        log?.warn({ ...about, lines: report.garbage }, 'the stream held lines that are no JSON');

      if (failure === undefined) {
        const reason = toFinishReason(report.finish);
        if (reason !== 'stop' || progress.text().trim() !== '') {
          progress.finish(reason);
          return;
        }
        const words = 'The model ended its answer without a word of text';
        if (hasRetriedEmpty) throw new BotError('empty-answer', words, { where: 'model' });
        hasRetriedEmpty = true;
        if (progress.reasoning() !== '') thinking = false;
        log?.warn({ ...about, thinking }, `${words}; asking once more`);
        continue;
      }

      const error = toBotError(failure.error);
      const facts = { ...about, code: error.code, status: error.status, failure: error.plain };
      const limit = error.code === 'rate-limited' ? parseConcurrencyLimit(error.message) : undefined;
      if (limit !== undefined) slots.lower(limit);
      const hasNewText = progress.hasNewText();
      if (hasNewText) {
        fruitless = 0;
        breaks += 1;
        if (breaks > maxContinuations || provider.resumeMode() === 'none') throw error;
      } else {
        if (provider.learn(error, sent, isContinuation ? continuation : undefined)) {
          log?.warn({ ...facts, without: [...provider.without] }, 'asking in another way');
          continue;
        }
        if (thinking && isThoughtMissing(error)) {
          thinking = false;
          continue;
        }
        fruitless += 1;
      }
      spent.failed(hasNewText);
      const move = decide({
        error,
        fruitless,
        spentMs: spent.ms(),
        budgetMs: options.retryBudgetMs,
        hasFallback: second !== undefined && provider !== second,
        random: options.random,
      });
      if (move.type === 'give-up') throw error;
      if (hasNewText) progress.interrupt(error.code);
      log?.warn({ ...facts, ...move }, 'an attempt to get an answer has failed');
      retries += 1;
      hasSaidWaiting = false;
      const waitMs = move.type === 'again' ? move.waitMs : 0;
      if (progress.text() === '') outbox.tell({ type: 'retrying', attempt: retries + 1, waitMs });
      if (move.type === 'again') {
        spent.wait(waitMs);
        await sleep(clock, waitMs, signal);
      } else if (second !== undefined) {
        provider = second;
        fruitless = 0;
        spent = createSpending(clock);
      }
    }
  } catch (error) {
    ledger.tell();
    throw error;
  } finally {
    cancelTotal();
    ticket?.leave();
  }
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

/** A conversation whose earlier answers were given without thinking cannot always go on with it. */
function isThoughtMissing(error: BotError): boolean {
  return error.code === 'bad-request' && error.message.includes('reasoning_content');
}

/** A server that completes plain text goes on from the text itself. */
function continuationOf(mode: ResumeMode, wire: Wire): Continuation {
  if (mode === 'restart') return 'again';
  if (wire === 'completions') return 'prefix';
  // Continue was pressed where a broken answer is not continued by itself: asking in words works everywhere.
  return mode === 'none' ? 'prompted' : mode;
}
