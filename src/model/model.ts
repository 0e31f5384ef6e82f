// Owns one answer over several attempts: replay before the first word, continuation after it, the second provider, and the law
// that a stream ends with exactly one `finish` or a thrown error. Must not know HTTP, encodings or wire shapes.

import { type Clock, sleep } from '../clock.ts';
import { BotError } from '../errors.ts';
import { createAnswer } from './answer.ts';
import { attemptOnce, type Writing } from './attempt.ts';
import { type Client, createClient } from './client.ts';
import type { Timeouts } from './clocks.ts';
import { createLedger } from './ledger.ts';
import { type Move, NO_WORD, nextMove, type Outcome, toFirstHistory } from './next-move.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import {
  createProvider,
  type Provider,
  type ProviderOptions,
  parseConcurrencyLimit,
  type ResumeMode,
} from './provider.ts';
import type { Wire } from './request.ts';
import { createSlots, type Slots, untilFirst } from './slots.ts';
import type { FinishReason, Model, ModelSlot, Prompt, Usage } from './types.ts';

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
  const { options, slots, about } = parts;
  const { clock, log } = options;
  const soFar = createAnswer(prompt, outbox.tell);
  const ledger = createLedger(soFar, onUsage);
  const writing: Writing = {
    ...{ clock, client: parts.client, prompt, wire: options.wire, maxTokens: options.maxTokens },
    ...{ soFar, ledger, outbox, attempt: undefined, hasSaidWaiting: false, log, about },
  };
  // Whatever ends the answer from outside closes the socket in the same tick, and is what every wait here then throws.
  const { signal } = outbox;
  const onAbort = () => {
    writing.attempt?.close(signal.reason);
    ledger.end('broken');
    ledger.tell();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  outbox.onRoom(() => writing.attempt?.resume());
  const { totalMs } = options.timeouts;
  let cancelTotal = () => {};
  const ticket = parts.slot === undefined ? slots.enter() : undefined;
  try {
    if (ticket !== undefined)
      await untilFirst(ticket, signal, (place) => outbox.tell({ type: 'waiting', where: 'here', place }));
    cancelTotal = clock.after(totalMs, () =>
      outbox.abort(new BotError('total-timeout', `No whole answer within ${totalMs} ms`, { where: 'model' })),
    );
    soFar.finish(await tryUntilEnded(parts, writing));
  } catch (error) {
    ledger.tell();
    throw error;
  } finally {
    cancelTotal();
    ticket?.leave();
  }
}

/** Attempt after attempt, until one is the last. Rejects with the error that nothing more is tried after. */
async function tryUntilEnded(parts: Parts, writing: Writing): Promise<FinishReason> {
  const { options, first, second } = parts;
  let history = toFirstHistory(options.thinking);
  for (;;) {
    const provider = history.provider === 'second' && second !== undefined ? second : first;
    const outcome = await attemptOnce(writing, provider, history.thinking);
    if (outcome.type === 'failed') heed(parts, outcome.error);
    const move = nextMove(history, outcome, {
      budgetMs: options.retryBudgetMs,
      hasOther: second !== undefined && provider !== second,
      goesOn: provider.resumeMode() !== 'none',
      chance: options.random(),
    });
    if (move.type === 'finish') return move.reason;
    if (move.type === 'give-up') throw move.error;
    history = move.history;
    await prepare(writing, move, outcome, provider);
  }
}

/** Too many at once for the provider: it may say how many it takes. */
function heed({ slots }: Parts, error: BotError): void {
  const limit = error.code === 'rate-limited' ? parseConcurrencyLimit(error.message) : undefined;
  if (limit !== undefined) slots.lower(limit);
}

/** Tells of what comes next, and waits as long as it says. */
async function prepare(
  writing: Writing,
  move: Exclude<Move, { type: 'finish' | 'give-up' }>,
  outcome: Outcome,
  { without }: Provider,
): Promise<void> {
  const { log, soFar, outbox, clock, about } = writing;
  const failure = outcome.type === 'failed' ? outcome.error : undefined;
  const facts = failure && { ...about, code: failure.code, status: failure.status, failure: failure.plain };
  if (move.type === 'ask-differently') {
    const { thinking } = move.history;
    if (move.why === 'another-way') log?.warn({ ...facts, without: [...without] }, 'asking in another way');
    if (move.why === 'empty') log?.warn({ ...about, thinking }, `${NO_WORD}; asking once more`);
    return;
  }
  const isBroken = move.type === 'other-provider' ? move.hasNewText : move.type === 'go-on';
  if (isBroken && failure !== undefined) soFar.interrupt(failure.code);
  const waitMs = move.type === 'other-provider' ? 0 : move.waitMs;
  const next = move.type === 'other-provider' ? { type: 'fallback' } : { type: 'again', waitMs };
  log?.warn({ ...facts, ...next }, 'an attempt to get an answer has failed');
  writing.hasSaidWaiting = false;
  if (soFar.text() === '') outbox.tell({ type: 'retrying', attempt: move.history.retries + 1, waitMs });
  if (move.type !== 'other-provider') await sleep(clock, waitMs, outbox.signal);
}
