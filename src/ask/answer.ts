// Owns one answer in the terminal: the prompt from what was said and attached, the model's stream onto the screen, and what is said of
// its end. Must not know the command line, nor where its streams come from.

import type { Clock } from '../clock.ts';
import { readAttachments } from '../conversation/attachments.ts';
import { FIRST_BUDGET, toSmaller } from '../conversation/budget.ts';
import { buildPrompt } from '../conversation/prompt.ts';
import { BotError, isBotError, toBotError } from '../errors.ts';
import type { AnswerEvent, FinishReason, Model, Usage } from '../model/types.ts';
import { sayInTerminal, terminalFailureText } from '../notices/terminal.ts';
import { type Language, say } from '../notices.ts';
import type { Mention, PageState, Person, ThreadMessage } from '../platform.ts';
import type { Input } from './input.ts';
import type { Screen } from './screen.ts';

/** How a complete answer came to be. */
export interface AnswerEnd {
  readonly models: readonly string[];
  readonly seconds: number;
  readonly usage: Usage | undefined;
  /** How often it broke off and went on. */
  readonly interruptions: number;
}

export interface AnswerPorts {
  readonly model: Model;
  readonly screen: Screen;
  readonly clock: Clock;
  readonly systemPrompt: string;
  readonly vision: boolean;
  readonly language: Language;
  /** What is read with every question. */
  readonly input: Input;
  /** The line below a complete answer; undefined where there should be none. */
  readonly footer?: ((end: AnswerEnd) => string) | undefined;
}

export interface Answered {
  readonly text: string;
  readonly state: Exclude<PageState, 'writing' | 'more'>;
}

const PERSON: Person = { id: 'terminal', name: 'You' };
const TICK_MS = 1_000;

/** A message of the conversation, as a thread of a chat would have it. */
export function toSaidMessage(text: string, from: 'person' | 'bot', state?: PageState): ThreadMessage {
  const author = from === 'person' ? PERSON : { id: 'rill', name: 'Rill' };
  return {
    ...{ id: 'terminal', from, author, text, attachments: [], sentAt: 0 },
    ...(from === 'bot' ? { page: 0, ...(state === undefined ? {} : { state }) } : {}),
  };
}

/** Asks, and writes the answer. Never rejects: how it ended stands on the screen, and is what is given back. */
export async function answerOnce(
  ports: AnswerPorts,
  question: string,
  history: readonly ThreadMessage[],
  signal: AbortSignal,
): Promise<Answered> {
  const { screen, clock, language } = ports;
  const words = sayInTerminal(language);
  const startedAt = clock.monotonic();
  const draft = { text: '', interruptions: 0 };
  const progress = showProgress(ports, () => draft.text.length, startedAt);
  const ended = (state: Answered['state']): Answered => {
    progress.stop();
    screen.end();
    return { text: draft.text, state };
  };
  try {
    const end = await stream(ports, question, history, signal, (event) => {
      if (event.type === 'text-delta') draft.text += event.text;
      if (event.type === 'reclassified' || event.type === 'restarted') draft.text = '';
      if (event.type === 'interrupted') draft.interruptions += 1;
      progress.tell(event);
      show(event, screen, words);
    });
    if (end.reason === 'length' && draft.text.trim() === '')
      throw new BotError('empty-answer', 'the token limit was reached before the first word');
    const state = ({ stop: 'complete', length: 'length', filter: 'filtered' } as const)[end.reason];
    const answered = ended(state);
    if (state === 'complete') {
      const seconds = (clock.monotonic() - startedAt) / 1000;
      const { interruptions } = draft;
      const line = ports.footer?.({ models: end.models, seconds, usage: end.usage, interruptions });
      if (line !== undefined) screen.remark(line, 'dim');
    } else screen.remark(state === 'length' ? words.cutAtLimit : words.cutByFilter);
    return answered;
  } catch (thrown) {
    if (signal.aborted) {
      const answered = ended('stopped');
      screen.remark(words.stopped);
      return answered;
    }
    const error = toBotError(thrown);
    const answered = ended('broken');
    screen.remark(terminalFailureText(error, language));
    screen.remark(`(${error.code}: ${error.message})`, 'dim');
    return answered;
  }
}

function show(event: AnswerEvent, screen: Screen, words: ReturnType<typeof sayInTerminal>): void {
  if (event.type === 'text-delta') screen.text(event.text);
  else if (event.type === 'reasoning-delta') screen.thought(event.text);
  else if (event.type === 'reclassified') screen.void(words.wereThoughts);
  else if (event.type === 'restarted') screen.void(words.startsAgain);
}

/** Once more with less of the files, then of the conversation, where the model finds it too long. */
async function stream(
  ports: AnswerPorts,
  question: string,
  history: readonly ThreadMessage[],
  signal: AbortSignal,
  onEvent: (event: AnswerEvent) => void,
): Promise<{ reason: FinishReason; usage: Usage | undefined; models: readonly string[] }> {
  const { model, clock, screen, language, input } = ports;
  const said = say(language);
  const told = new Set<string>();
  for (let budget = FIRST_BUDGET; ; ) {
    const attached = await readAttachments(input.attachments, {
      ...{ vision: ports.vision, room: budget.files, clock, signal, fetch: input.fetch },
      onFault: () => undefined,
    });
    signal.throwIfAborted();
    const mention = toMention(question, input);
    const source = { systemPrompt: ports.systemPrompt, mention, history, parts: attached.parts };
    const { prompt, dropped } = buildPrompt({ ...source, budget: budget.tokens });
    const remarks = [
      ...(dropped > 0 ? [sayInTerminal(language).shortened] : []),
      ...(attached.tooLarge.length > 0 ? [said.attachmentTooLarge(attached.tooLarge)] : []),
      ...(attached.cut.length > 0 ? [said.attachmentCut(attached.cut)] : []),
      ...(attached.skipped.length > 0 ? [said.attachmentSkipped(attached.skipped)] : []),
    ];
    for (const remark of remarks) {
      if (!told.has(remark)) screen.remark(remark);
      told.add(remark);
    }
    let hasText = false;
    try {
      for await (const event of model.stream(prompt, { signal })) {
        hasText ||= event.type === 'text-delta';
        onEvent(event);
        if (event.type === 'finish') return event;
      }
      throw new BotError('internal', 'the model ended its stream without a finish');
    } catch (error) {
      signal.throwIfAborted();
      const smaller = hasText || !isBotError(error) ? undefined : toSmaller(budget, attached.taken, error);
      if (smaller === undefined) throw error;
      budget = smaller;
    }
  }
}

function toMention(text: string, { attachments }: Input): Mention {
  return {
    ...{ id: 'terminal', platform: 'terminal', scope: 'terminal', channel: 'terminal', thread: 'terminal' },
    ...{ message: 'terminal', direct: true, asker: PERSON, text, attachments, sentAt: 0 },
  };
}

/** What a reader sees while there is nothing to read: what is waited for, and for how long. */
function showProgress(
  { screen, clock, language }: AnswerPorts,
  characters: () => number,
  startedAt: number,
): { tell(event: AnswerEvent): void; stop(): void } {
  const said = say(language);
  let toLine = (seconds: number): string => said.thinking(seconds);
  let cancel = (): void => undefined;
  const tick = (): void => {
    const seconds = (clock.monotonic() - startedAt) / 1000;
    const count = characters();
    screen.status(count === 0 ? toLine(seconds) : sayInTerminal(language).writing(count));
    cancel = clock.after(TICK_MS, tick);
  };
  cancel = clock.after(TICK_MS, tick);
  return {
    tell(event) {
      if (event.type === 'waiting')
        toLine = event.where === 'here' ? () => said.queuedHere(event.place) : said.queuedAtProvider;
      else if (event.type === 'retrying') {
        const { attempt } = event;
        const dueAt = clock.monotonic() + event.waitMs;
        toLine = (seconds) => {
          const leftMs = dueAt - clock.monotonic();
          return leftMs > 0
            ? said.tryingAgainIn(attempt, Math.ceil(leftMs / 1000))
            : said.tryingAgain(attempt, seconds);
        };
      } else toLine = said.thinking;
    },
    stop: () => cancel(),
  };
}
