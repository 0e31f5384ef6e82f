// Owns the way from the text of chunks to the parts of an answer: joined, cleaned, and thoughts told apart from text.
// Must not know what a chunk is, nor when a stream ends.

import { BotError } from '../errors.ts';
import { createCleaner } from './clean.ts';
import { createThinkSplitter } from './think.ts';

export interface Parts {
  add(kind: 'text' | 'reasoning', text: string): void;
  /** Gives what was added, as far as it is known what it is. */
  flush(): void;
  /** Text has waited for a mark long enough. */
  release(): void;
  /** No more comes: gives what was held back. `isWhole`: this was all of the answer. */
  end(isWhole: boolean): void;
}

/** What is known of how the provider sends its thoughts. */
export interface ThoughtOptions {
  /** The text so far of an answer that goes on. */
  readonly before?: string | undefined;
  /** It goes on in a message of its own. */
  readonly isAnew?: boolean | undefined;
  /** Thoughts may come without an opening mark: text waits for the closing one. */
  readonly waits: boolean;
  /** The thoughts of this answer came without an opening mark; or (false) they were expected to, and did not. */
  learn(isUnopened: boolean): void;
}

export interface PartsOptions {
  emit(kind: 'text' | 'reasoning', text: string): void;
  reclassify(): void;
  onWait(): void;
  readonly isContinuation: boolean;
  readonly thoughts: ThoughtOptions | undefined;
  /** Characters of text and reasoning together. */
  readonly maxAnswer: number;
}

/** `add` throws `stream-too-large`. */
export function createParts({ thoughts, maxAnswer, ...options }: PartsOptions): Parts {
  const cleanText = createCleaner();
  const cleanReasoning = createCleaner();
  const splitter = createThinkSplitter({
    ...options,
    before: thoughts?.before,
    isAnew: thoughts?.isAnew,
    waits: thoughts?.waits ?? false,
    learn: (isUnopened) => thoughts?.learn(isUnopened),
  });
  let length = 0;
  let run = '';
  let runKind: 'text' | 'reasoning' = 'text';

  const flush = () => {
    if (run === '') return;
    const text = run;
    run = '';
    if (runKind === 'text') {
      splitter.push(cleanText.push(text));
      return;
    }
    splitter.reasonsApart();
    const shown = cleanReasoning.push(text);
    if (shown !== '') options.emit('reasoning', shown);
  };
  return {
    // Neighbours of one kind are cleaned and split as one: most of what that costs is the same for one token and for twenty.
    add(kind, text) {
      length += text.length;
      if (length > maxAnswer) {
        const words = `The answer is longer than ${maxAnswer} characters`;
        throw new BotError('stream-too-large', words, { where: 'model' });
      }
      if (kind !== runKind) flush();
      runKind = kind;
      run += text;
    },
    flush,
    release: splitter.release,
    end(isWhole) {
      flush();
      splitter.push(cleanText.end());
      splitter.end(isWhole);
    },
  };
}
