// Owns what a stream's payloads mean: text, reasoning, usage, the end, and whether the end is one.
// Must not know sockets, encodings, or what happens after a failure.

import { BotError } from '../errors.ts';
import { toStreamError } from './failures.ts';
import { lookAt, toNoAnswerError } from './no-answer.ts';
import { hasPage } from './page-watch.ts';
import { createParts, type ThoughtOptions } from './parts.ts';
import type { PayloadSink } from './sse.ts';
import type { FinishReason } from './types.ts';
import type { ToldUsage } from './usage.ts';
import { parseChunk, toModelName } from './wire.ts';

/** What is known about a response so far. */
export interface Report {
  /** As the provider names it; undefined while none came, and where text came after the last one. */
  readonly finish: string | undefined;
  /** `[DONE]` was seen, or the body is whole in another way. */
  readonly done: boolean;
  /** The last one that came. */
  readonly usage: ToldUsage | undefined;
  readonly model: string | undefined;
  readonly hasText: boolean;
  readonly hasReasoning: boolean;
  /** Payloads that were no JSON and no heartbeat. */
  readonly garbage: number;
}

export interface Translator extends PayloadSink {
  /** The body is over: gives what was held back, and throws `broken-off` unless the answer is whole. */
  end(): void;
  /** A read of the network is over: gives what it brought. */
  flush(): void;
  /** Text has waited for a mark long enough. */
  release(): void;
  /** The stream broke: what was held back is given all the same, since it came. */
  broke(): void;
  /** Whether `[DONE]` was seen, or at least a finish reason that counts: asked after each read, so cheaper than the whole report. */
  ending(): 'done' | 'finish' | undefined;
  /** How many chunks came so far. */
  chunks(): number;
  report(): Report;
}

export interface TranslatorOptions {
  /** Text has its final form here, reasoning too; never empty. */
  emit(kind: 'text' | 'reasoning', text: string): void;
  /** A token of any kind came: the only thing that feeds the idle clock. */
  onToken(): void;
  /** A sign of life without a token. */
  onComment(): void;
  /** All text so far was reasoning. */
  reclassify?(): void;
  /** Text waits for the mark that ends the thoughts, until it comes or `release` is called. Called at most once. */
  onWait?(): void;
  /** This response goes on with an answer: what looks like a tag at its beginning is none. */
  readonly isContinuation: boolean;
  readonly thoughts?: ThoughtOptions | undefined;
  readonly apiKey?: string | undefined;
  /** Characters of text and reasoning together. The longest answer on offer (384K tokens) has some 2 million. */
  readonly maxAnswer?: number;
}

/** More than this many stray lines are no accident. */
const maxGarbage = 1000;

/** Reads payloads and calls back. Throws BotError: `broken-off`, `malformed-stream`, `stream-too-large`, or what an error object in the stream says. */
export function createTranslator(options: TranslatorOptions): Translator {
  const { onToken, onComment, apiKey, maxAnswer = 8_000_000 } = options;
  let finish: string | undefined;
  /** Text came after a finish reason: in this stream they say nothing of the end. */
  let isFinishVain = false;
  /** The last finish reason stood on a chunk with a token. */
  let isFinishCarried = false;
  /** A reason that chunks with tokens carry, and after which more came: it says as little where it stands last. */
  let vainReason: string | undefined;
  /** A chunk came without one: not every chunk carries it. */
  let hasOpenChunk = false;
  let done = false;
  let usage: ToldUsage | undefined;
  let model: string | undefined;
  let hasText = false;
  let hasReasoning = false;
  let chunks = 0;
  let hasToken = false;
  /** A token came that was no thought. */
  let hasWord = false;
  let isPlain = false;
  let isWhole = false;
  let isCut = false;
  let garbage = 0;
  let garbageText = '';

  const emit = (kind: 'text' | 'reasoning', text: string) => {
    if (kind === 'text') hasText = true;
    else hasReasoning = true;
    options.emit(kind, text);
  };
  const parts = createParts({
    emit,
    reclassify: () => options.reclassify?.(),
    onWait: () => options.onWait?.(),
    isContinuation: options.isContinuation,
    thoughts: options.thoughts,
    maxAnswer,
  });
  const take = (reasoning: string, text: string) => {
    if (reasoning !== '') parts.add('reasoning', reasoning);
    if (text !== '') parts.add('text', text);
  };
  const token = () => {
    if (finish !== undefined) {
      if (isFinishCarried) vainReason = finish;
      finish = undefined;
      isFinishVain = true;
    }
    hasToken = true;
    onToken();
  };

  function onPayload(data: string, event: string | undefined, isLast: boolean): void {
    try {
      read(data, event, isLast);
    } catch (error) {
      // What came before the failure has come.
      parts.flush();
      throw error;
    }
  }

  function read(data: string, event: string | undefined, isLast: boolean): void {
    if (done) return;
    const value = parsePayload(data);
    if (value === doneMark) {
      done = true;
      return;
    }
    if (value === undefined) {
      onStray(data, event, isLast);
      return;
    }
    chunks += 1;
    const chunk = parseChunk(value, event);
    const hasTokens = chunk.text !== '' || chunk.reasoning !== '' || chunk.isToolCall;
    usage = chunk.usage ?? usage;
    model = chunk.model ?? model;
    if (hasTokens) {
      token();
      if (chunk.text !== '' || chunk.isToolCall) hasWord = true;
      take(chunk.reasoning, chunk.text);
    } else if (!hasToken && (chunk.wholeText !== '' || chunk.wholeReasoning !== '')) {
      // A whole message where nothing came in pieces: a JSON body. One without a finish reason is whole if it could be parsed.
      token();
      hasWord = true;
      take(chunk.wholeReasoning, chunk.wholeText);
      isWhole = true;
    }
    if (chunk.finish === undefined) hasOpenChunk = true;
    else isFinishCarried = hasTokens;
    finish = chunk.finish ?? finish;
    if (chunk.error !== undefined) throw toStreamError(chunk.error, apiKey);
    const dropped = chunk.finish === undefined ? undefined : droppedBy(chunk.finish);
    if (dropped !== undefined) throw dropped;
  }

  function onStray(data: string, event: string | undefined, isLast: boolean): void {
    const text = data.trim();
    if (event === 'error') throw toStreamError({ message: text, status: undefined, label: '' }, apiKey);
    const isDamaged = /^[[{]/.test(text);
    const heldText = isDamaged && hasWords.test(text);
    // Cut by the end of the body: that it is cut shows in the missing end.
    if (isLast && (chunks > 0 || isDamaged)) {
      isCut = text.startsWith('{');
      if (heldText) finish = undefined;
      return;
    }
    if (text === '' || text.startsWith(':') || /^(ping|heartbeat|keep-?alive)$/i.test(text)) {
      onComment();
      return;
    }
    if (isDamaged && (finish === undefined || heldText)) {
      // A damaged chunk held a token: with it skipped, the answer would have a hole.
      const words = `A chunk of the stream is no JSON (${text.length} characters, after ${chunks} others)`;
      throw new BotError('malformed-stream', words, { where: 'model' });
    }
    garbage += 1;
    if (garbage > maxGarbage) {
      throw new BotError('malformed-stream', `More than ${maxGarbage} lines of the stream are no JSON`, {
        where: 'model',
      });
    }
    if (chunks > 0) return;
    if (garbageText.length < maxAnswer) garbageText += data;
  }

  return {
    onPayload,
    onComment,
    onPlain(text) {
      isPlain = true;
      onToken();
      take('', text);
    },
    end() {
      if (chunks === 0 && garbageText !== '') {
        const beginning = hasPage(garbageText) ? 'page' : lookAt(garbageText.trimStart(), true);
        if (beginning !== 'words') {
          throw toNoAnswerError(garbageText.trimStart(), beginning, 'text/event-stream');
        }
        take('', garbageText);
      }
      parts.flush();
      const isEnded = finish !== undefined || done || isWhole || isPlain || (isFinishVain && !isCut);
      parts.end(isEnded);
      if (isEnded && (!isPlain || hasText)) {
        done = true;
        return;
      }
      throw new BotError('broken-off', 'The stream ended without a finish reason and without [DONE]', {
        where: 'model',
      });
    },
    flush: parts.flush,
    release: parts.release,
    broke: () => parts.end(false),
    ending() {
      if (done) return 'done';
      // Before the first word, a finish reason may be what each chunk of this server carries.
      const isEnd = finish !== undefined && !isFinishVain && (hasWord || hasOpenChunk);
      return isEnd ? 'finish' : undefined;
    },
    chunks: () => chunks,
    report: () => ({
      finish: finish === vainReason ? undefined : finish,
      done,
      usage,
      model: toModelName(model),
      hasText,
      hasReasoning,
      garbage,
    }),
  };
}

/** Some text stands in a chunk that is no JSON. */
const hasWords = /"(content|text|reasoning|reasoning_content)" {0,4}: {0,4}"[^"]/;

const doneMark = Symbol('done');

function parsePayload(data: string): unknown {
  if (data.charCodeAt(0) !== 123 && data.trim() === '[DONE]') return doneMark;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Not JSON: the caller decides what it is.
    return undefined;
  }
}

// DeepSeek: insufficient_system_resource, aborted. vLLM and SGLang: abort. OpenRouter: error. GLM: network_error.
const drops: Readonly<Record<string, 'broken-off' | 'server-error'>> = {
  insufficient_system_resource: 'broken-off',
  aborted: 'broken-off',
  abort: 'broken-off',
  network_error: 'broken-off',
  error: 'server-error',
};

function droppedBy(finish: string): BotError | undefined {
  const code = drops[finish.toLowerCase()];
  if (code === undefined) return undefined;
  return new BotError(code, `The provider ended the answer with "${finish}"`, { where: 'model' });
}

const lengths = new Set([
  'length',
  'max_tokens',
  'max_output_tokens',
  'model_length',
  'model_context_window_exceeded',
]);
const filters = new Set([
  'content_filter',
  'content-filter',
  'sensitive',
  'safety',
  'recitation',
  'blocklist',
  'prohibited_content',
  'spii',
  'refusal',
]);

/** What a provider's finish reason means to a reader. Reasons that nobody knows yet are an end by itself. */
export function toFinishReason(finish: string | undefined): FinishReason {
  const reason = finish?.toLowerCase() ?? 'stop';
  if (lengths.has(reason)) return 'length';
  return filters.has(reason) ? 'filter' : 'stop';
}
