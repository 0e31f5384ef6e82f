// Owns whether an address can be reached at all, and what its answer says of the time. Sends no credentials.
// Must not know what is behind the address.

import { type BotError, type ErrorCode, toBotError } from '../errors.ts';
import type { Finding } from '../finding.ts';
import { toSocketError } from '../model/failures.ts';

/** No single request of a check takes longer, so that it fails with a reason before its step is given up. */
export const REQUEST_MS = 8_000;

export interface Reading {
  /** What the other side's clock says, in milliseconds since the epoch. */
  readonly theirs: number;
  /** What ours said in the middle of the request. */
  readonly ours: number;
}

export interface Probe {
  readonly finding: Finding;
  readonly reading?: Reading;
}

/** Fetches with a time limit, and follows no redirect. Throws BotError: `connect-failed`, `name-not-found`, `tls-failed`. */
export async function request(
  url: string,
  { signal, headers = {} }: { signal: AbortSignal; headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  try {
    return await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
  } catch (error) {
    throw toReachError(error, new URL(url).host);
  }
}

export interface Address {
  /** What the finding is about. */
  readonly subject: string;
  readonly url: string;
  /** The setting that holds it; left out where it is not set, so that nobody looks for a fault there. */
  readonly variable?: string | undefined;
}

/** Never rejects. */
export async function probe(
  { subject, url, variable }: Address,
  { signal, now }: { signal: AbortSignal; now: () => number },
): Promise<Probe> {
  const from = now();
  try {
    const response = await request(url, { signal });
    await response.body?.cancel();
    const theirs = Date.parse(response.headers.get('date') ?? '');
    // An answer that a cache kept tells the time at which it was made.
    const isFresh = !(Number(response.headers.get('age') ?? 0) > 0);
    const finding: Finding = { state: 'ok', subject, text: `${new URL(url).host} can be reached` };
    if (Number.isNaN(theirs) || !isFresh) return { finding };
    return { finding, reading: { theirs, ours: (from + now()) / 2 } };
  } catch (error) {
    return { finding: { state: 'fail', subject, ...toReachWords(toBotError(error), variable) } };
  }
}

/** What it means that an address cannot be reached, and what to do. */
function toReachWords(error: BotError, variable: string | undefined): { text: string; remedy: string } {
  const setting = variable === undefined ? '' : `Check ${variable} for a typing error. `;
  const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
    'name-not-found': 'This machine must be able to resolve names (DNS).',
    'tls-failed':
      "Check this machine's clock, and whether a proxy stands in between; for a certificate of your own authority set NODE_EXTRA_CA_CERTS; where no TLS is spoken the address begins with http://.",
    'tls-expected': 'Let the address begin with https://.',
    'connect-failed': 'That server must run, and a firewall must let this machine reach it.',
  };
  return {
    text: error.message,
    remedy: `${setting}${remedies[error.code] ?? 'Check the network of this machine.'}`,
  };
}

function toReachError(error: unknown, host: string): BotError {
  if (error instanceof Error && error.name === 'TimeoutError') {
    const late = Object.assign(new Error(`no answer within ${REQUEST_MS / 1000} s`), { code: 'ETIMEDOUT' });
    return toSocketError(late, host, false);
  }
  // fetch says only that it failed; the reason is its cause.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return toSocketError(cause, host, false);
}
