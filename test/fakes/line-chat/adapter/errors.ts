// Owns what the chat's refusals mean: every one as a BotError. Must not know what is done about it.

import { BotError, type ErrorCode, type ErrorDetails } from '../../../../src/errors.ts';
import { ChatError } from '../client.ts';

/** By the chat's manual, and the client's own three. */
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['limited', 'platform-rate-limited'],
  ['busy', 'platform-unavailable'],
  ['lost', 'platform-unavailable'],
  ['late', 'platform-unavailable'],
  ['unreachable', 'platform-unavailable'],
  ['old', 'page-sealed'],
  ['never', 'page-sealed'],
  ['gone', 'message-deleted'],
]);

/** Makes a call of the chat; what it throws says what `details` say of the call. */
export async function asBotErrors<T>(details: ErrorDetails, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toChatError(error, details);
  }
}

/** What is no error of the chat stays what it is: a bug. */
export function toChatError(error: unknown, details: ErrorDetails): unknown {
  if (!(error instanceof ChatError)) return error;
  const code = codes.get(error.reason) ?? 'platform-refused';
  return new BotError(code, error.message, {
    ...{ where: details.where, retryAfterMs: error.waitMs, cause: error },
    ...(code === 'page-sealed' ? { shown: details.shown, forbidden: true } : {}),
    ...(code === 'message-deleted' ? { page: details.page } : {}),
  });
}
