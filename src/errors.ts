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
  'tls-expected': { retryable: false },
  redirected: { retryable: false },
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

/** What about TLS failed: the certificate, or that there is none to speak with. */
export type TlsFault = 'expired' | 'self-signed' | 'wrong-host' | 'unknown-authority' | 'no-tls' | 'too-old';

export interface ErrorDetails {
  /** Where it happened: `model`, or a lane's key such as `slack:T1:chat.update`. Ids only, never text or secrets. */
  readonly where?: string | undefined;
  /** How long the other side asks us to wait, in milliseconds, as it said it: the error keeps what makes sense of it. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status, where there was one. */
  readonly status?: number | undefined;
  /** For `page-sealed`: how many characters of the page's text stand on the platform. */
  readonly shown?: number | undefined;
  /** For `page-sealed`: no edit of the message is allowed at all, whatever it says. */
  readonly forbidden?: boolean | undefined;
  /** For `stopped`: who stopped it. */
  readonly by?: { readonly id: string; readonly name: string } | undefined;
  /** For `tls-failed`: which of its reasons, where that is known. */
  readonly tls?: TlsFault | undefined;
  /** What may stand in a log in place of `message`: to be given where that holds words that are not ours. */
  readonly plain?: string | undefined;
  /** For `message-deleted`: the platform's id of the message, where it is known which one. */
  readonly page?: string | undefined;
  /** For `platform-refused`: the permissions that the bot lacks there, as the platform's own settings call them. */
  readonly missing?: readonly string[] | undefined;
  /** No call was made: the refusal was learnt, and reported, before. */
  readonly known?: boolean | undefined;
  readonly cause?: unknown;
}

/** The wait after a platform's limit that names no time, or none that makes sense. */
const NO_TIME_MS = 1_000;
/** What a timer of Node's can hold: with more it fires at once (Node's docs, `setTimeout`). */
const WAIT_MAX_MS = 2 ** 31 - 1;

/** The one rule for waits that others ask for: a second where a platform's limit says nothing sensible, and never more than a timer holds. */
function toWait(code: ErrorCode, ms: number | undefined): number | undefined {
  if (ms !== undefined && ms > 0) return Math.min(ms, WAIT_MAX_MS);
  return code === 'platform-rate-limited' ? NO_TIME_MS : undefined;
}

/**
 * The only error that crosses a port. `message` is for who runs a command by hand: what happened, with the provider's own words
 * where it gave any. Those may repeat somebody's question, so a log gets `plain`. A person is shown the sentence of `notices.ts`
 * for `code`, never either of them.
 */
export class BotError extends Error {
  override readonly name = 'BotError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  /** Above 0 and no more than a timer holds; a platform's limit always has one. */
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly shown: number | undefined;
  readonly by: ErrorDetails['by'];
  readonly tls: TlsFault | undefined;
  /** What happened, in our own words: lengths and codes where the other side's words would stand. */
  readonly plain: string;
  readonly forbidden: boolean;
  readonly page: string | undefined;
  readonly missing: readonly string[];
  readonly known: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where;
    this.retryAfterMs = toWait(code, details.retryAfterMs);
    this.status = details.status;
    this.shown = details.shown;
    this.by = details.by;
    this.tls = details.tls;
    const { cause } = details;
    // An error that is thrown anew under another code says the same.
    const isSame = cause instanceof BotError && cause.message === message;
    this.plain = details.plain ?? (isSame ? cause.plain : message);
    this.forbidden = details.forbidden === true;
    this.page = details.page;
    this.missing = details.missing ?? [];
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
  return new BotError('internal', message, { cause: error, plain: toPlainWords(error) });
}

/** A sentence of an SDK or of Node fits; what is longer holds data. */
const WORDS_MAX = 200;
/** Errors about data carry it: Zod's `issues`, what an SDK sent or was sent. Their messages repeat parts of it. */
const dataFields = ['issues', 'rawError', 'requestBody', 'body', 'input', 'value'];

/**
 * What of a foreign error's message may stand in a log. What it quotes is left out, since that is data, and a parser's whole
 * message is: it begins with the text that could not be read.
 */
export function toPlainWords(error: unknown): string {
  if (error instanceof BotError) return error.plain;
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { message } = error;
  const holdsData = error instanceof SyntaxError || dataFields.some((field) => field in error);
  if (holdsData || message.length > WORDS_MAX) return `a message of ${message.length} characters`;
  return ['"', '`', "'"].reduce(withoutQuoted, message);
}

/** From the first of these marks to the last: what stands between two of them may hold others. */
function withoutQuoted(text: string, mark: string): string {
  const from = text.indexOf(mark);
  const to = text.lastIndexOf(mark);
  return from === to ? text : `${text.slice(0, from)}[${to - from - 1} characters]${text.slice(to + 1)}`;
}
