// Owns what a provider's failure is called: HTTP statuses, error objects in a stream and socket errors become BotErrors.
// Must not know whether a call is repeated.

import { BotError, type ErrorCode, type ErrorDetails, type TlsFault } from '../errors.ts';
import { type HeaderFields, headerOf, parseRetryAfter } from './retry-after.ts';
import { isRecord, toWireError, type WireError } from './wire-error.ts';
import { describePage, hideKey, toLine } from './words.ts';

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

// nginx, Go, Apache and others say so in a 400, since they cannot answer what they were spoken to in.
const tlsWords =
  /plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server|speaking plain HTTP to an SSL|use (the )?HTTPS (scheme|protocol)|requires? (TLS|SSL|HTTPS)\b/i;

/** Any answer whose status is not 2xx. Its message holds the provider's own words, and the id under which the provider logged it. */
export function toStatusError({ status, headers, body, apiKey, now }: StatusAnswer): BotError {
  const details = { where: 'model', status };
  if (status >= 300 && status < 400) {
    const target = hideKey(headerOf(headers, 'location') ?? 'nowhere', apiKey);
    const said = (to: string) =>
      `The provider answered ${status}, a redirect to ${to}. Redirects are not followed: the key would go with them. Set the base URL to the final address.`;
    return new BotError('redirected', said(toLine(target)), { ...details, plain: said(toOrigin(target)) });
  }
  const words = describeBody(body, apiKey);
  const traceId = headerOf(headers, 'x-ds-trace-id') ?? headerOf(headers, 'x-request-id');
  // An id that is none could be anything.
  const trace =
    traceId === undefined || !/^[\w.:-]{1,100}$/.test(traceId)
      ? ''
      : ` (request ${hideKey(traceId, apiKey)})`;
  const said = (what: string) => `The provider answered ${status}${what === '' ? '' : `: ${what}`}${trace}`;
  return new BotError(
    tlsWords.test(words) && status < 500 ? 'tls-expected' : toStatusCode(status, words),
    said(words),
    {
      ...details,
      retryAfterMs: parseRetryAfter(headers, now),
      plain: said(toLength(words)),
    },
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
  const said = (what: string) => `The provider broke off with an error: ${what}`;
  return new BotError(toStatusCode(status, `${words} ${error.label}`), said(words), {
    where: 'model',
    status,
    plain: said(`HTTP ${status}${words === '' ? '' : `, ${toLength(words)}`}`),
  });
}

/** What is logged in place of a provider's words, which may repeat the question. */
function toLength(words: string): string {
  return words === '' ? '' : `${words.length} characters of its own words`;
}

function toOrigin(location: string): string {
  return URL.canParse(location) ? `another address at ${new URL(location).origin}` : 'another address';
}

/** The provider's own words in one line: from any of the shapes of JSON, from an HTML page, or the text itself. Never the key. */
export function describeBody(body: string, apiKey?: string): string {
  const text = body.trim();
  let words = text;
  if (/^<(!doctype|html|head|body|\?xml)/i.test(text)) words = describePage(text);
  else if (/^[[{]/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      const fields: unknown = Array.isArray(value) ? value[0] : value;
      if (isRecord(fields)) words = toWireError(fields.error ?? fields, fields).message;
    } catch {
      // No JSON after all, or cut at the cap: its first words are shown as they are.
    }
  }
  return hideKey(toLine(words), apiKey);
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
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|EPROTO|HOSTNAME_MISMATCH|ERR_OSSL)/;

/** What OpenSSL's and Node's codes and words mean (nodejs.org/api/tls.html, X509 certificate error codes), and how it is said. */
const tlsFaults: readonly (readonly [RegExp, TlsFault, string])[] = [
  [
    /WRONG_VERSION_NUMBER|wrong version number|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG|packet length too long|record layer failure/i,
    'no-tls',
    'no TLS is spoken there',
  ],
  [
    /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|protocol.version|NO_PROTOCOLS|HANDSHAKE_FAILURE|handshake failure|NO_SHARED_CIPHER|DH_KEY_TOO_SMALL|UNSAFE_LEGACY|unsafe legacy|KEY_TOO_SMALL/i,
    'too-old',
    'its TLS is too old, and has nothing in common with ours',
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate has expired|not yet valid/i,
    'expired',
    'its certificate has expired, or is not valid yet',
  ],
  [/ALTNAME_INVALID|HOSTNAME_MISMATCH/i, 'wrong-host', 'its certificate is for another host'],
  [
    /SELF_SIGNED|self.signed/i,
    'self-signed',
    'its certificate is signed by itself, or by an authority of its own',
  ],
  [
    /UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED|INVALID_CA|unable to (get|verify)/i,
    'unknown-authority',
    'the authority that signed its certificate is not known here',
  ],
];

/** A TLS record begins with its type, an alert or a handshake, and its version (RFC 8446, 5.1). */
const TLS_RECORDS = ['\u0015\u0003', '\u0016\u0003'];
/** A frame of HTTP/2 settings begins with its length in three bytes, of which two are zero, and its type (RFC 9113, 4.1 and 6.5). */
const HTTP2_SETTINGS = '\u0004';

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
  if (tlsCodes.test(code)) {
    const [, tls, why] = tlsFaults.find(([pattern]) => pattern.test(code) || pattern.test(words)) ?? [];
    return new BotError(
      'tls-failed',
      `TLS failed with ${why === undefined ? '' : `${host}, ${why}: `}${why === undefined ? said : `${words} (${code})`}`,
      { ...details, tls },
    );
  }
  if (unreachable.has(code)) return new BotError('connect-failed', `Cannot connect to ${said}`, details);
  // undici's own error for its parser often has no code.
  const isNoHttp = error instanceof Error && error.name === 'HTTPParserError';
  if (isNoHttp || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW')
    return toStrangerError(error, said, details);
  return answered
    ? new BotError('broken-off', `The connection broke in the middle of the answer from ${said}`, details)
    : new BotError('connect-failed', `The connection was closed before an answer came from ${said}`, details);
}

function toStrangerError(error: unknown, said: string, details: ErrorDetails): BotError {
  const first = isRecord(error) && typeof error.data === 'string' ? error.data.slice(0, 16) : '';
  if (TLS_RECORDS.some((record) => first.startsWith(record))) {
    const words = `TLS is spoken at ${said}: the base URL should begin with https://`;
    return new BotError('tls-expected', words, details);
  }
  const isHttp2 =
    first.startsWith('PRI * HTTP/2') || (first.startsWith('\0\0') && first[3] === HTTP2_SETTINGS);
  const who = first.startsWith('SSH-')
    ? ': SSH is spoken there'
    : isHttp2
      ? ': only HTTP/2 is spoken there'
      : '';
  return new BotError('malformed-stream', `No valid HTTP from ${said}${who}`, details);
}
