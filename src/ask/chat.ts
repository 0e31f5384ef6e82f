// Owns a conversation in the terminal: a line is a question, and what was said before goes with it. Must not know the command line
// nor the model.

import { createInterface, type Interface, type Key } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ThreadMessage } from '../platform.ts';
import { type Answered, toSaidMessage } from './answer.ts';

export interface ChatOptions {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  /** Where a person sees what they type; undefined where nobody does. */
  readonly echo: Writable | undefined;
  readonly prompt: string;
  /** Asked before anything is read; may be empty. */
  readonly first: string;
  readonly answer: (question: string, history: readonly ThreadMessage[]) => Promise<Answered>;
  /** Aborted where the conversation is to end now. */
  readonly signal: AbortSignal;
}

/** More messages than fit into any prompt: older ones are not kept. */
const HISTORY_MAX = 200;

/** Resolves when the person ends it: true where every question got its answer. */
export async function chat(options: ChatOptions): Promise<boolean> {
  const { signal } = options;
  const history: ThreadMessage[] = [];
  let isWhole = true;
  const ask = async (question: string): Promise<void> => {
    const { text, state } = await options.answer(question, history);
    history.push(toSaidMessage(question, 'person'), toSaidMessage(text, 'bot', state));
    history.splice(0, history.length - HISTORY_MAX);
    if (state !== 'complete') isWhole = false;
  };
  if (options.first !== '') await ask(options.first);
  if (signal.aborted) return isWhole;
  const reader = createReader(options);
  try {
    for (;;) {
      const question = await reader.next();
      if (question === undefined || signal.aborted) return isWhole;
      if (question.trim() !== '') await ask(question);
      if (signal.aborted) return isWhole;
    }
  } finally {
    reader.close();
  }
}

/** A question at a time; a backslash at a line's end goes on in the next. Undefined at the end of what is typed, or at Ctrl-C. */
function createReader({ stdin, echo, prompt, signal }: ChatOptions): {
  next(): Promise<string | undefined>;
  close(): void;
} {
  const isTerminal = stdin.isTTY === true && echo !== undefined;
  const lines: string[] = [];
  let ended = false;
  let isInterrupted = false;
  let closed = false;
  let wake = (): void => undefined;
  const reader: Interface = createInterface({
    input: stdin,
    ...(isTerminal ? { output: echo, terminal: true, prompt } : { terminal: false }),
  });
  // Between questions the terminal is its own again, so that Ctrl-C is a signal and what is typed ahead waits.
  const rest = (isReading: boolean): void => {
    if (isReading) reader.resume();
    else reader.pause();
    if (isTerminal && 'setRawMode' in stdin) (stdin as NodeJS.ReadStream).setRawMode(isReading);
  };
  const end = (): void => {
    ended = true;
    wake();
  };
  // A Ctrl-D that was typed while an answer was written comes as a zero, before any other key (termios: what the end of a file was for
  // the line discipline is such a byte once that is off).
  let isFresh = false;
  stdin.on('keypress', (_letters: unknown, key: Key | undefined) => {
    if (isFresh && key?.sequence === '\u0000') end();
    isFresh = key?.name === 'enter' || key?.name === 'return';
  });
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    closed = true;
    end();
  });
  reader.on('SIGINT', () => {
    lines.length = 0;
    isInterrupted = true;
    echo?.write('\n');
    end();
  });
  signal.addEventListener('abort', end, { once: true });

  const nextLine = async (shown: string): Promise<string | undefined> => {
    while (lines.length === 0 && !ended) {
      rest(true);
      isFresh = true;
      if (isTerminal) {
        reader.setPrompt(shown);
        reader.prompt();
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (!closed) rest(false);
    return lines.shift();
  };

  return {
    async next() {
      const parts: string[] = [];
      for (;;) {
        const line = await nextLine(parts.length === 0 ? prompt : '… ');
        // What was begun is asked at the end of what is typed, and not at Ctrl-C.
        if (line === undefined) return parts.length === 0 || isInterrupted ? undefined : parts.join('\n');
        if (!line.endsWith('\\')) return [...parts, line].join('\n');
        parts.push(line.slice(0, -1));
      }
    },
    close() {
      if (!closed) rest(false);
      reader.close();
    },
  };
}
