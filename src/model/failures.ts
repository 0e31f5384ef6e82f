// Owns what a provider's failure is called: HTTP statuses, error objects in a stream and socket errors become BotErrors.
// Must not know whether a call is repeated.

import { BotError, type ErrorCode } from '../errors.ts';
import { type HeaderFields, headerOf, parseRetryAfter } from './retry-after.ts';
import { isRecord, toWireError, type WireError } from './wire.ts';

/** An operator reads one line; what is longer tells nothing more. */
const maxWords = 500;

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-request',
  401: 'unauthorized',
  402: 'no-balance',
  403: 'forbidden',
  404: 'unknown-model',
  408: 'gateway-timeout',
  413: 'too-large',
  422: 'invalid-parameters',
  425: 'overloaded',
  429: 'rate-limited',
  500: 'server-error',
  502: 'bad-gateway',
  503: 'overloaded',
  504: 'gateway-timeout',
  // Cloudflare's own: 520 to 527 speak of the server behind it, 524 of its slowness; 529 is used for "overloaded".
  520: 'bad-gateway',
  521: 'bad-gateway',
  522: 'bad-gateway',
  523: 'bad-gateway',
  524: 'gateway-timeout',
  525: 'bad-gateway',
  526: 'bad-gateway',
  527: 'bad-gateway',
  529: 'overloaded',
};

// Providers have no common code for these two, only their words (each phrase from a recorded body).
const contextWords =
  /context.{0,20}(length|window|size|limit)|(prompt|input|request).{0,40}too (long|many tokens)|too many (input )?tokens|maximum.{0,20}(prompt|input) length|reduce the length of|exceed_context|inputs? tokens? \+|exceeds? .{0,30}(token limit|max(imum)?.{0,10} tokens)/i;
const modelWords =
  /supported API model names|model.{0,80}(not (found|exist|available|supported|a valid)|does(n't| not) exist|unknown|is invalid)|(unknown|invalid|no such|non-?existent|unsupported) model\b|not a valid model|no endpoints found/i;

/** The code of an HTTP status; `words` tell apart what providers put under 400, 413 and 422. */
function toStatusCode(status: number, words: string): ErrorCode {
  const code = byStatus[status] ?? (status >= 500 ? 'server-error' : 'bad-request');
  if (code !== 'bad-request' && code !== 'too-large' && code !== 'invalid-parameters') return code;
  if (contextWords.test(words)) return 'context-too-long';
  return code === 'bad-request' && modelWords.test(words) ? 'unknown-model' : code;
}

export interface StatusAnswer {
  readonly status: number;
  readonly headers: HeaderFields;
  /** The body, decompressed, at most 64 KB of it. */
  readonly body: string;
  /** Never shown. */
  readonly apiKey: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Any answer whose status is not 2xx. Its message holds the provider's own words, and the id under which the provider logged it. */
export function toStatusError({ status, headers, body, apiKey, now }: StatusAnswer): BotError {
  const details = { where: 'model', status };
  if (status >= 300 && status < 400) {
    const target = hideKey(headerOf(headers, 'location') ?? 'nowhere', apiKey);
    const words = `The provider answered ${status}, a redirect to ${toLine(target)}. Redirects are not followed: the key would go with them. Set the base URL to the final address.`;
    return new BotError('bad-request', words, details);
  }
  const words = describeBody(body, apiKey);
  const traceId = headerOf(headers, 'x-ds-trace-id') ?? headerOf(headers, 'x-request-id');
  const trace = traceId === undefined ? '' : ` (request ${hideKey(toLine(traceId), apiKey)})`;
  return new BotError(
    toStatusCode(status, words),
    `The provider answered ${status}${words === '' ? '' : `: ${words}`}${trace}`,
    { ...details, retryAfterMs: parseRetryAfter(headers, now) },
  );
}

const byLabel: readonly (readonly [RegExp, number])[] = [
  [/rate.?limit|too.?many/i, 429],
  [/overload|unavailable|capacity/i, 503],
  [/insufficient.?(quota|balance|funds)|billing|payment/i, 402],
  [/authentication|unauthori|api.?key/i, 401],
  [/permission|forbidden/i, 403],
  [/not.?found/i, 404],
  [/timeout|timed.?out/i, 504],
  [/invalid.?request|bad.?request|context.?length|validation/i, 400],
];

/** An error object inside a 200 stream. Where it has no status, its `code` or `type` is all there is to go by. */
export function toStreamError(error: WireError, apiKey?: string): BotError {
  const words = hideKey(toLine(error.message), apiKey);
  const status = error.status ?? byLabel.find(([label]) => label.test(error.label))?.[1] ?? 500;
  return new BotError(
    toStatusCode(status, `${words} ${error.label}`),
    `The provider broke off with an error: ${words}`,
    {
      where: 'model',
      status,
    },
  );
}

/** The provider's own words in one line: from any of the shapes of JSON, from an HTML page, or the text itself. Never the key. */
export function describeBody(body: string, apiKey?: string): string {
  const text = body.trim();
  let words = text;
  if (/^<(!doctype|html|head|body|\?xml)/i.test(text)) words = describePage(text);
  else if (/^[[{]/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      const fields = Array.isArray(value) ? value[0] : value;
      if (isRecord(fields)) words = toWireError(fields.error ?? fields, fields).message;
    } catch {
      // No JSON after all, or cut at the cap: its first words are shown as they are.
    }
  }
  return hideKey(toLine(words), apiKey);
}

/** One readable line of a proxy's page: its title and first heading. */
export function describePage(page: string): string {
  const inside = (tag: string) => new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'i').exec(page)?.[1] ?? '';
  const parts = [inside('title'), inside('h1')].map((part) => toLine(part.replace(/<[^>]*>/g, ' ')));
  const unique = [...new Set(parts.filter((part) => part !== ''))];
  if (unique.length > 0) return `a web page: ${unique.join(', ')}`;
  const rest = page.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
  return `a web page: ${toLine(rest).slice(0, 200)}`;
}

function toLine(text: string): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a provider's words must not steer the operator's terminal.
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > maxWords ? `${line.slice(0, maxWords)}…` : line;
}

function hideKey(text: string, apiKey: string | undefined): string {
  const hidden = apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '***');
  return hidden.replace(/\b(sk|pk|gsk|xai|key)-[A-Za-z0-9_-]{16,}/g, '$1-***');
}

const unreachable = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'ETIMEDOUT',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EACCES',
  'EPERM',
]);
const tlsCodes =
  /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH|ERR_OSSL)/;

/** What a socket or undici threw. `answered`: the response's headers had come. */
export function toSocketError(error: unknown, host: string, answered: boolean): BotError {
  const causes = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const codeOf = (cause: unknown) => (isRecord(cause) && typeof cause.code === 'string' ? cause.code : '');
  const code = causes.map(codeOf).find((found) => found !== '') ?? '';
  const words = toLine(
    causes.map((cause) => (cause instanceof Error ? cause.message : String(cause))).join('; '),
  );
  const details = { where: 'model', cause: error };
  const said = `${host}: ${words}${code === '' || words.includes(code) ? '' : ` (${code})`}`;
  if (code === 'ENOTFOUND') return new BotError('name-not-found', `No address for ${said}`, details);
  if (tlsCodes.test(code)) return new BotError('tls-failed', `TLS failed with ${said}`, details);
  if (unreachable.has(code)) return new BotError('connect-failed', `Cannot connect to ${said}`, details);
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new BotError('malformed-stream', `No valid HTTP from ${said}`, details);
  }
  return answered
    ? new BotError('broken-off', `The connection broke in the middle of the answer from ${said}`, details)
    : new BotError('connect-failed', `The connection was closed before an answer came from ${said}`, details);
}
