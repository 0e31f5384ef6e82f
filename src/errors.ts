// Owns the one error class, the table of its codes, and which of them are worth another try.
// Must not know any SDK: errors are classified at the edges (model/client, model/translate, adapters/*/errors).

/**
 * What went wrong, by code. `retryable` says whether the same call may succeed a little later;
 * whether it is repeated is for the caller to decide (a model call whose text is already shown is continued, never repeated).
 */
const codes = {
  // The model's provider, by HTTP status.
  'bad-request': { retryable: false },
  unauthorized: { retryable: false },
  'no-balance': { retryable: false },
  forbidden: { retryable: false },
  'unknown-model': { retryable: false },
  'context-too-long': { retryable: false },
  'too-large': { retryable: false },
  'invalid-parameters': { retryable: false },
  'rate-limited': { retryable: true },
  'server-error': { retryable: true },
  'bad-gateway': { retryable: true },
  overloaded: { retryable: true },
  'gateway-timeout': { retryable: true },
  // The way to the provider.
  'connect-failed': { retryable: true },
  'name-not-found': { retryable: false },
  'tls-failed': { retryable: false },
  // The stream.
  'first-token-timeout': { retryable: true },
  stalled: { retryable: true },
  'total-timeout': { retryable: false },
  'broken-off': { retryable: true },
  'malformed-stream': { retryable: true },
  'stream-too-large': { retryable: false },
  'empty-answer': { retryable: true },
  // The platform.
  'platform-rate-limited': { retryable: true },
  'platform-unavailable': { retryable: true },
  'platform-refused': { retryable: false },
  'page-sealed': { retryable: false },
  'message-deleted': { retryable: false },
  // The turn.
  stopped: { retryable: false },
  shutdown: { retryable: false },
  'lease-lost': { retryable: false },
  // A bug of ours.
  internal: { retryable: false },
} as const;

export type ErrorCode = keyof typeof codes;

export interface ErrorDetails {
  /** Where it happened: `model`, or a lane's key such as `slack:T1:chat.update`. Ids only, never text or secrets. */
  readonly where?: string | undefined;
  /** How long the other side asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** For `page-sealed`: how many characters of the page's text stand on the platform. */
  readonly shown?: number | undefined;
  /** For `page-sealed`: no edit of the message is allowed at all, whatever it says. */
  readonly forbidden?: boolean | undefined;
  /** For `stopped`: who stopped it. */
  readonly by?: { readonly id: string; readonly name: string } | undefined;
  /** For `message-deleted`: the platform's id of the message, where it is known which one. */
  readonly page?: string | undefined;
  /** No call was made: the refusal was learnt, and reported, before. */
  readonly known?: boolean | undefined;
  readonly cause?: unknown;
}

/**
 * The only error that crosses a port. `message` is for the operator's log: what happened, with the provider's own words
 * where it gave any. A person is shown the sentence of `notices.ts` for `code`, never `message`.
 */
export class BotError extends Error {
  override readonly name = 'BotError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly shown: number | undefined;
  readonly by: ErrorDetails['by'];
  readonly forbidden: boolean;
  readonly page: string | undefined;
  readonly known: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
    this.shown = details.shown;
    this.by = details.by;
    this.forbidden = details.forbidden === true;
    this.page = details.page;
    this.known = details.known === true;
  }
}

export function isBotError(error: unknown, code?: ErrorCode): error is BotError {
  return error instanceof BotError && (code === undefined || error.code === code);
}

export function isRetryable(error: unknown): boolean {
  return error instanceof BotError && codes[error.code].retryable;
}

/** Every code, for tests and tables. */
export const errorCodes = Object.keys(codes) as readonly ErrorCode[];

/** Wraps whatever was thrown; what is no BotError is a bug of ours and becomes `internal`. */
export function toBotError(error: unknown): BotError {
  if (error instanceof BotError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BotError('internal', message, { cause: error });
}
