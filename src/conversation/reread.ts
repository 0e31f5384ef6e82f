// Owns what becomes of a question that waited: it is asked as it reads when its turn begins, or not at all.
// Must not know how it is asked.

import type { Clock } from '../clock.ts';
import { BotError, toBotError } from '../errors.ts';
import type { Mention, Platform } from '../platform.ts';
import { isStopWord } from './stop-word.ts';

/** The answer does not wait longer for it: then the question is asked as it was. */
const REREAD_MS = 5_000;

/** Undefined where the question was deleted, or edited to nothing or to a stop. Never rejects: what can't be read again is asked as it was. */
export async function rereadQuestion(options: {
  readonly platform: Platform;
  readonly mention: Mention;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFault: (error: BotError) => void;
}): Promise<Mention | undefined> {
  const { platform, mention, clock } = options;
  if (options.signal.aborted) return mention;
  const late = new AbortController();
  const cancel = clock.after(REREAD_MS, () => {
    late.abort(
      new BotError('platform-unavailable', 'a question that waited could not be read again in time'),
    );
  });
  const signal = AbortSignal.any([options.signal, late.signal]);
  const given = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    const now = await Promise.race([platform.reread(mention, { signal }), given]);
    if (now === 'gone' || isTakenBack(mention, now)) return undefined;
    return isNothing(now) ? mention : now;
  } catch (thrown) {
    if (!options.signal.aborted) options.onFault(toBotError(thrown));
    return mention;
  } finally {
    cancel();
  }
}

/** A mention without a word was a question about what stands above it, and is one still. */
function isTakenBack(before: Mention, now: Mention): boolean {
  return isStopWord(now.text) || (isNothing(now) && before.text.trim() !== '');
}

function isNothing({ text, attachments }: Mention): boolean {
  return text.trim() === '' && attachments.length === 0;
}
