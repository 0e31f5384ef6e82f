// Owns how large a prompt may be, and what gives way where the model finds it too long: files before history.
// Must not know what is in it.

import { isBotError } from '../errors.ts';
import type { FilesRoom } from './attachments.ts';

export interface Budget {
  /** Tokens of history and question, files included. */
  readonly tokens: number;
  /** What of them the question's files may take. */
  readonly files: FilesRoom;
}

export const FIRST_BUDGET: Budget = { tokens: 24_000, files: { tokens: 16_000, images: 4 } };
/** Files shrink first: they can be sent again in part, and what was said cannot. */
const SMALLER: readonly Budget[] = [
  { tokens: 24_000, files: { tokens: 4_000, images: 1 } },
  { tokens: 6_000, files: { tokens: 3_000, images: 1 } },
];

/**
 * The next smaller budget in which the prompt would be shorter; undefined where there is none, or the failure is another.
 * `taken`: what the files of the last prompt took.
 */
export function toSmaller(last: Budget, taken: FilesRoom, error: unknown): Budget | undefined {
  // HTTP 413 counts bytes: of these only files have many.
  const isByBytes = isBotError(error, 'too-large');
  if (!isByBytes && !isBotError(error, 'context-too-long')) return undefined;
  return SMALLER.find(({ tokens, files }) => {
    const hasLess = files.tokens < taken.tokens || files.images < taken.images;
    return tokens <= last.tokens && (hasLess || (!isByBytes && tokens < last.tokens));
  });
}
