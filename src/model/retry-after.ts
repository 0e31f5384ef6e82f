// Owns how long a server asks us to wait. Must not know what we then do.

/** Response headers with names in lower case. */
export type HeaderFields = Readonly<Record<string, string | string[] | undefined>>;

/** The first value of a header. */
export function headerOf(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Reads `retry-after-ms` (milliseconds), else `retry-after` (seconds, decimals allowed, or an HTTP date; RFC 9110, 10.2.3).
 * @param now milliseconds since the epoch
 * @returns milliseconds, never negative; undefined where there is none that can be read
 */
export function parseRetryAfter(headers: HeaderFields, now: number): number | undefined {
  const milliseconds = toNumber(headerOf(headers, 'retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const value = headerOf(headers, 'retry-after');
  const seconds = toNumber(value);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  // A date has a month's name; Date.parse alone would also read `-1` as a year.
  const at = value === undefined || !/[a-z]{3}/i.test(value) ? Number.NaN : Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function toNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
