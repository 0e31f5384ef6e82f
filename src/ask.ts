// Owns `npm run ask`: one question, its answer streamed to the terminal. Must not know where its arguments and streams come from.

import { BotError, toBotError } from './errors.ts';
import type { Model } from './model/types.ts';
import { failureText, type Language } from './notices.ts';

export interface AskOptions {
  readonly question: string;
  readonly model: Model;
  readonly systemPrompt: string;
  readonly language: Language;
  /** The answer, as it comes. */
  readonly out: (text: string) => void;
  /** What else there is to say, in plain words. */
  readonly err: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves to the exit code: 0 only for a complete answer, 130 when it was interrupted, 1 otherwise. Never rejects. */
export async function ask(options: AskOptions): Promise<number> {
  const { out, err, signal } = options;
  const prompt = {
    messages: [
      { role: 'system', content: options.systemPrompt },
      { role: 'user', content: options.question },
    ],
    user: 'terminal',
  } as const;
  let endsInNewline = true;
  let hasText = false;
  const breakLine = (): void => {
    if (!endsInNewline) out('\n');
    endsInNewline = true;
  };
  try {
    for await (const event of options.model.stream(prompt, { signal })) {
      if (event.type === 'text-delta') {
        out(event.text);
        hasText ||= event.text.trim() !== '';
        endsInNewline = event.text.endsWith('\n');
      } else if (event.type === 'reclassified') {
        breakLine();
        hasText = false;
        err('These were the thoughts. The answer:');
      } else if (event.type === 'restarted') {
        breakLine();
        err('The answer starts again:');
      } else if (event.type === 'finish') {
        breakLine();
        if (event.reason === 'stop') return 0;
        if (event.reason === 'length' && !hasText)
          throw new BotError('empty-answer', 'the token limit was reached before the first word');
        err(event.reason === 'length' ? 'Cut at the token limit.' : 'Cut by the content filter.');
        return 1;
      }
    }
    return 1;
  } catch (thrown) {
    breakLine();
    if (signal.aborted) {
      err('Stopped.');
      return 130;
    }
    const error = toBotError(thrown);
    err(failureText(error, options.language, {}));
    err(`(${error.code}: ${error.message})`);
    return 1;
  }
}
