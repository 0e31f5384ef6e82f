// Owns the classification of everything that Slack's SDK throws into a BotError. The only place that knows Slack's error names.
// Must not know what is done about an error.

import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { BotError, type ErrorDetails, toPlainWords } from '../../src/errors.ts';

/** What was attempted: a new message in a thread, a change of a message that we hold, or anything else. */
export type Attempt = 'post' | 'edit' | 'other';

export interface AttemptDetails {
  /** A lane's key or a method's name. */
  readonly where: string;
  readonly attempt: Attempt;
  /** For edits: how many characters of the page's text stand there, when that is known. */
  readonly shown?: number | undefined;
}

const rateLimited = ['ratelimited', 'rate_limited'];
const unavailable = ['fatal_error', 'internal_error', 'service_unavailable', 'request_timeout'];
/** The message, or the thread it would stand in, is gone. */
const gone = ['message_not_found', 'channel_not_found', 'thread_not_found'];
/**
 * The message takes no more; a new one may. `restricted_action` and its variants count as well: a preference of the workspace keeps the app from
 * posting (docs.slack.dev/reference/methods/chat.postMessage), so that a message which stands must stay.
 */
const sealed = [
  'is_archived',
  'is_inactive',
  'edit_window_closed',
  'cant_update_message',
  'msg_too_long',
  'msg_blocks_too_long',
  'streaming_state_conflict',
  'block_mismatch',
];

/** Of these no message is edited, whatever is to stand there. */
const forbidden = ['edit_window_closed', 'cant_update_message'];
/** What Slack's error names look like. The SDK puts a body that is no JSON, such as a proxy's page, in the place of the name. */
const NAME = /^[a-zA-Z0-9][\w.:-]{0,99}$/;

/** The name of Slack's own error, where it answered with one. */
export function slackErrorName(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  const name: unknown = error.data.error;
  return typeof name === 'string' && NAME.test(name) ? name : undefined;
}

/** Slack's tokens begin with `xox?-`, `xoxe.xox?-` or `xapp-`; none may stand in a log. */
export function withoutTokens(text: string): string {
  return text.replace(/\b(?:xox[a-z]?(?:\.xox[a-z])?|xapp)-[\w-]+/g, '[token]');
}

/** Turns whatever a call of the SDK threw into a BotError. */
export function toBotError(error: unknown, details: AttemptDetails): BotError {
  if (error instanceof BotError) return error;
  const { where } = details;
  const cause = error;
  if (error instanceof WebAPIRateLimitedError) {
    return limited(where, error.retryAfter * 1000, cause);
  }
  if (error instanceof WebAPIPlatformError) {
    return fromPlatform(error, details);
  }
  if (error instanceof WebAPIHTTPError) {
    const text = `Slack answered ${where} with HTTP ${error.statusCode}`;
    const known = { where, status: error.statusCode, cause };
    return error.statusCode >= 500 || error.statusCode === 408
      ? new BotError('platform-unavailable', text, known)
      : new BotError('platform-refused', text, known);
  }
  const message = withoutTokens(error instanceof Error ? error.message : String(error));
  // The SDK throws a plain Error for a 429 whose Retry-After it cannot read.
  if (message.startsWith('Retry header did not contain')) return limited(where, undefined, cause);
  const said = (words: string) =>
    error instanceof WebAPIRequestError
      ? `Slack could not be reached for ${where}: ${words}`
      : `Slack's answer to ${where} could not be read: ${words}`;
  const plain = said(withoutTokens(toPlainWords(error)));
  return new BotError('platform-unavailable', said(message), { where, cause, plain });
}

/** `retryAfterMs`: undefined where Slack names no time, as in a 200 with `ratelimited` or a 429 without a readable Retry-After. */
function limited(where: string, retryAfterMs: number | undefined, cause: unknown): BotError {
  return new BotError('platform-rate-limited', `Slack limits ${where}`, {
    where,
    retryAfterMs,
    status: 429,
    cause,
  });
}

function fromPlatform(error: WebAPIPlatformError, details: AttemptDetails): BotError {
  const name = slackErrorName(error)?.slice(0, 200);
  const { where, attempt, shown } = details;
  if (name === undefined) {
    // The call may have been applied or not.
    const text = `Slack's answer to ${where} is not Slack's: no JSON, or none of its errors`;
    return new BotError('platform-unavailable', text, { where, cause: error });
  }
  if (rateLimited.includes(name)) return limited(where, undefined, error);
  const { needed } = error.data as { needed?: unknown };
  const scope =
    typeof needed === 'string' && /^[\w.:, -]{1,200}$/.test(needed)
      ? ` (the app needs the scope ${needed})`
      : '';
  const said = (words: string) => `Slack refused ${where}: ${withoutTokens(words)}${scope}`;
  const text = said(name);
  // A name of Slack's is one word; what is none could be anything.
  const plain = /^[\w.:-]{1,80}$/.test(name) ? text : said(`${name.length} characters that are no name`);
  const known: ErrorDetails = { where, cause: error, plain };
  if (unavailable.includes(name)) return new BotError('platform-unavailable', text, known);
  if (attempt !== 'other' && gone.includes(name)) return new BotError('message-deleted', text, known);
  if (attempt === 'edit' && (sealed.includes(name) || name.startsWith('restricted_action')))
    return new BotError('page-sealed', text, { ...known, shown, forbidden: forbidden.includes(name) });
  return new BotError('platform-refused', text, known);
}
