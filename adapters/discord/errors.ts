// Owns the translation of everything that Discord's clients throw into BotError, and the sentences for a gateway that was closed.
// Knows nothing of what was being sent.

import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { BotError, type ErrorCode, toPlainWords } from '../../src/errors.ts';

const TOKEN =
  'Discord refused DISCORD_TOKEN: copy it again from the Bot page of the Developer Portal (Reset Token)';

/** Discord's JSON error codes that mean more than their HTTP status (discord-api-docs, opcodes and status codes). */
const codes: Readonly<Record<number, ErrorCode>> = {
  // Unknown channel, unknown message.
  10003: 'message-deleted',
  10008: 'message-deleted',
  // Too many edits of a message older than an hour; the thread is archived; the thread is locked.
  30046: 'page-sealed',
  50083: 'page-sealed',
  160005: 'page-sealed',
  // Resource rate limited, overloaded.
  40062: 'platform-rate-limited',
  130000: 'platform-unavailable',
};

/** What `code` says about a thread that could not be opened: it stands already. */
export const THREAD_EXISTS = 160_004;
/** What `code` says of a reply where the bot may not read what stands there. */
export const NO_HISTORY = 160_002;
/** No access; no permission; the thread is archived; the thread is locked. */
export const NO_ACCESS: readonly number[] = [50_001, 50_013, 50_083, 160_005];

/** Discord's own code of a refusal, where it gave one. */
export function toDiscordCode(error: unknown): number | undefined {
  const cause = error instanceof BotError ? error.cause : error;
  return cause instanceof DiscordAPIError && typeof cause.code === 'number' ? cause.code : undefined;
}

/** Classifies what a REST call threw. `where`: the lane's key. */
export function toPlatformError(error: unknown, where: string): BotError {
  if (error instanceof BotError) return error;
  if (error instanceof RateLimitError) {
    return new BotError('platform-rate-limited', `Discord's rate limit (${error.scope}) on ${error.route}`, {
      // The limit on all calls of a bot is no lane's own: the pacer slows every call for it.
      where: error.global ? 'discord:global' : where,
      retryAfterMs: toWaitMs(error),
      status: 429,
      cause: error,
    });
  }
  if (error instanceof DiscordAPIError) return toRefusal(error, where);
  if (error instanceof HTTPError) {
    return new BotError('platform-unavailable', `Discord answered HTTP ${error.status}`, {
      where,
      status: error.status,
      cause: error,
    });
  }
  // Sockets that broke, timeouts, and bodies that are no JSON: the call may have been applied or not.
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new BotError('platform-unavailable', `Discord could not be reached: ${message}`, {
    where,
    cause: error,
    plain: `Discord could not be reached: ${toPlainWords(error)}`,
  });
}

/** `Retry-After` is in whole seconds; where it is the bucket's own end that is waited for, that is known to the millisecond. */
function toWaitMs({ retryAfter, timeToReset, sublimitTimeout }: RateLimitError): number | undefined {
  const exact = sublimitTimeout === 0 && timeToReset > 0 ? timeToReset : retryAfter;
  // Without a readable header the client says 0 or NaN; then the end of the bucket, if that is told, is all that is known.
  const waitMs = retryAfter > 0 ? Math.min(exact, retryAfter) : exact;
  return waitMs > 0 ? Math.ceil(waitMs) : undefined;
}

/** A plain sentence for a gateway that will not have us (discord-api-docs, gateway close event codes). */
export function toCloseSentence(code: number): string {
  switch (code) {
    case 4004:
      return `${TOKEN}.`;
    case 4011:
      return 'Discord wants this bot to run in shards: it is in too many servers for one connection (close code 4011).';
    case 4013:
    case 4014:
      return `Discord refused the gateway intents (close code ${code}). Rill asks for Guilds, Guild Messages and Direct Messages only; check that the application is not restricted in the Developer Portal.`;
    default:
      return `Discord closed the gateway for good (close code ${code}).`;
  }
}

/** Whether a gateway that was closed with this code opens again if the same is asked once more. */
export function isFatalClose(code: number): boolean {
  return code === 4004 || (code >= 4010 && code <= 4014);
}

function toRefusal(error: DiscordAPIError, where: string): BotError {
  const details = { where, status: error.status, cause: error };
  if (error.status === 401) return new BotError('platform-refused', `${TOKEN}.`, details);
  // Discord's refusals are JSON with a code; anything else is of something between it and us.
  if (typeof error.code !== 'number' && typeof error.code !== 'string') {
    return new BotError(
      'platform-unavailable',
      `Something answered HTTP ${error.status} for Discord`,
      details,
    );
  }
  const code = typeof error.code === 'number' ? codes[error.code] : undefined;
  const said = `Discord refused: ${error.message} (${error.code})`;
  // What it says of a form it does not like may quote that.
  const plain = `Discord refused with code ${error.code}`;
  if (code !== undefined) return new BotError(code, said, { ...details, plain });
  const missing = error.code === 50_001 || error.code === 50_013 ? toPermission(error) : '';
  return new BotError('platform-refused', `${said}${missing}`, { ...details, plain: `${plain}${missing}` });
}

function toPermission(error: DiscordAPIError): string {
  const path = error.url;
  const name = path.includes('/reactions/')
    ? 'Add Reactions'
    : path.endsWith('/threads')
      ? 'Create Public Threads'
      : error.method === 'GET'
        ? 'Read Message History'
        : 'Send Messages (in a thread: Send Messages in Threads)';
  return `; the bot lacks ${error.code === 50_001 ? 'View Channels or ' : ''}${name} in that channel`;
}
