// Owns how a body's text is cut into payloads: server-sent events, JSON where a stream was asked for, JSON lines, or plain text.
// Must not know what a payload means, nor where the text comes from.

import { createParser } from 'eventsource-parser';
import { BotError } from '../errors.ts';
import { readMark } from './marks.ts';
import { type Beginning, isProxyWords, lookAt, toNoAnswerError } from './no-answer.ts';
import { createPageWatch } from './page-watch.ts';

export interface PayloadSink {
  /** The data of one event. `isLast`: the body ended within it, so that it may be cut. */
  onPayload(data: string, event: string | undefined, isLast: boolean): void;
  /** A sign of life that says nothing: a comment, or a blank line before a JSON body. */
  onComment(): void;
  /** Text of a body that is neither events nor JSON, as it comes. */
  onPlain(text: string): void;
}

export interface PayloadReader {
  push(text: string): void;
  /** The body is over. */
  end(): void;
}

export interface PayloadLimits {
  /** Characters of one line or event. */
  readonly maxEvent: number;
  /** Characters of a body that is one JSON document. */
  readonly maxDocument: number;
}

/** An event of a model holds a token; the longest recorded (logprobs, annotations) is some 100 KB. */
const defaultLimits: PayloadLimits = { maxEvent: 1024 * 1024, maxDocument: 8 * 1024 * 1024 };

const fieldStarts = ['data:', 'event:', 'id:', 'retry:', ':'];
/** Media types whose body may be the answer's own text. */
const plainTypes = ['text/plain', 'text/markdown'];

/**
 * Reads a body of any of these kinds, told apart by its first characters: content types are often wrong. Only plain text has no sign of its
 * own: it counts where `contentType` says so (left out: always; empty: there was none), and never when it is a web page.
 * Throws `stream-too-large` where a limit is passed and `malformed-stream` for a body of no such kind; what the sink throws passes through.
 */
export function createPayloadReader(
  sink: PayloadSink,
  limits: PayloadLimits = defaultLimits,
  contentType?: string,
): PayloadReader {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  let read: PayloadReader | undefined;
  let head = '';

  return {
    push(text) {
      if (read !== undefined) {
        read.push(text);
        return;
      }
      const before = head.length;
      // trimStart takes a byte order mark as well.
      head = (head + text).trimStart();
      if (head === '') {
        if (before === 0 && text.includes('\n')) sink.onComment();
        return;
      }
      read = choose(head, false);
      read?.push(head);
    },
    end() {
      if (read === undefined && head !== '') {
        read = choose(head, true);
        read?.push(head);
      }
      read?.end();
    },
  };

  function choose(start: string, isAll: boolean): PayloadReader | undefined {
    const mark = start.startsWith('[') ? readMark(start, 0) : undefined;
    if (mark === 'cut' && !isAll) return undefined;
    const isMarked = mark !== undefined && mark !== 'cut';
    if (!isMarked && (start.startsWith('{') || start.startsWith('['))) return readJson(sink, limits);
    if (fieldStarts.some((field) => start.startsWith(field))) return readEvents(sink, limits);
    // A body cut within its first word is a broken stream, not a text of a letter or two.
    if (fieldStarts.some((field) => field.startsWith(start)))
      return isAll ? readEvents(sink, limits) : undefined;
    const beginning = lookAt(start, isAll);
    if (beginning === 'cut') return undefined;
    if (beginning !== 'words') return refuse(beginning, type ?? '');
    // Lines that no event has may stand before the first one.
    if (type === 'text/event-stream') return readEvents(sink, limits);
    if (type !== undefined && !plainTypes.includes(type)) return refuse(beginning, type);
    return readPlain(sink, type ?? '');
  }
}

function tooLarge(what: string, limit: number): BotError {
  return new BotError('stream-too-large', `${what} is longer than ${limit} characters`, { where: 'model' });
}

function readEvents(sink: PayloadSink, { maxEvent }: PayloadLimits): PayloadReader {
  let isOver = false;
  let isTooLarge = false;
  const parser = createParser({
    onEvent: ({ data, event }) => sink.onPayload(data, event, isOver),
    onComment: () => sink.onComment(),
    onError: (error) => {
      // Lines with unknown field names are ignored, as the standard wants.
      if (error.type === 'max-buffer-size-exceeded') isTooLarge = true;
    },
    maxBufferSize: maxEvent,
  });
  const feed = (text: string) => {
    parser.feed(text);
    if (isTooLarge) throw tooLarge('An event of the stream', maxEvent);
  };
  return {
    push: feed,
    end() {
      isOver = true;
      // The last event often lacks its blank line; `reset({consume})` would drop it.
      feed('\n\n');
    },
  };
}

function readJson(sink: PayloadSink, { maxDocument }: PayloadLimits): PayloadReader {
  let pieces: string[] = [];
  let length = 0;
  let kind: 'unknown' | 'document' | 'lines' = 'unknown';
  const line = (text: string, isLast: boolean) => {
    const data = text.replace(/^data:/, '').trim();
    if (data !== '') sink.onPayload(data, undefined, isLast);
  };
  return {
    push(text) {
      pieces.push(text);
      length += text.length;
      if (length > maxDocument) throw tooLarge('The body', maxDocument);
      if (kind === 'document' || !text.includes('\n')) return;
      const lines = pieces.join('').split('\n');
      if (kind === 'unknown') kind = isJson(lines[0] ?? '') ? 'lines' : 'document';
      if (kind === 'document') return;
      const rest = lines.pop() ?? '';
      pieces = [rest];
      length = rest.length;
      for (const each of lines) line(each, false);
    },
    end() {
      const text = pieces.join('');
      if (kind === 'lines') line(text, true);
      else sink.onPayload(text.replace(/\s*data:\s*\[DONE\]\s*$/, '').trim(), undefined, true);
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The first line of an indented document, most likely.
    return false;
  }
}

/** Words, up to where a page begins among them. */
function readPlain(sink: PayloadSink, type: string): PayloadReader {
  const watch = createPageWatch();
  let page: PayloadReader | undefined;
  let hasPassed = false;
  const take = (text: string, isAll: boolean) => {
    const passed = watch.pass(text, isAll);
    const isShort = isAll && !hasPassed && passed !== undefined;
    hasPassed ||= passed !== undefined && passed !== '';
    if (passed === undefined) page = refuse('page', type);
    else if (isShort && isProxyWords(passed)) {
      page = refuse('sentence', type);
      page.push(passed);
    }
    // Also of text that is held back a token came.
    else if (passed !== '' || !isAll) sink.onPlain(passed);
  };
  return {
    push(text) {
      if (page === undefined) take(text, false);
      page?.push(text);
    },
    end() {
      if (page === undefined) take('', true);
      page?.end();
    },
  };
}

/** What an operator may be told of stands at the top; a body without end is not waited for. */
const maxRefused = 65_536;

function refuse(beginning: Beginning, type: string): PayloadReader {
  let body = '';
  const end = () => {
    throw toNoAnswerError(body, beginning, type);
  };
  return {
    push(text) {
      body += text.slice(0, maxRefused);
      if (body.length >= maxRefused) end();
    },
    end,
  };
}
