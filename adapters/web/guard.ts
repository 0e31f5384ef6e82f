// Owns who may speak to the playground: host names, origins, the token and its cookie. Must not know what they then do.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../src/clock.ts';
import { type Caller, createAddresses, isForwarded, isLoopbackHost } from './address.ts';
import { createAttempts } from './attempts.ts';

export const SESSION_COOKIE = 'rill_session';
/** What the page says of itself with each call: the host that its reader's browser shows. */
export const PAGE_HEADER = 'x-rill-page';

export interface GuardOptions {
  readonly clock: Clock;
  readonly token?: string;
  readonly hosts: readonly string[] | 'any';
  /** Proxies whose `X-Forwarded-For` is believed; nobody's where it is left out. */
  readonly trustedProxies?: readonly string[];
}

/** `wait`: wrong once more, after too many wrong ones from the same address. The right token is always `in`. */
export type Verdict = 'in' | 'out' | 'wait';

export interface Guard {
  /** The Host header is a name of ours: a page elsewhere whose name was made to point here is kept out. */
  isKnownHost(host: string | undefined): boolean;
  /**
   * There is no token, and the request shows that others than this machine reach the page: it was forwarded, or the page's own
   * address (`page`), which it sends with each call, is not this machine's.
   */
  isPublished(caller: Caller, page: string | undefined): boolean;
  /** The request comes from our own page. */
  isOwnOrigin(origin: string | undefined, host: string | undefined): boolean;
  /** Where a request comes from, as limits count it. */
  addressOf(caller: Caller): string;
  readonly needsToken: boolean;
  /** Whether the request's cookie is the one that stands for the token. A wrong one counts, none does not. */
  judgeCookie(caller: Caller): Verdict;
  /** The cookie's value for the right token, else what to answer. */
  login(token: string, caller: Caller): { readonly session: string } | Exclude<Verdict, 'in'>;
  /** Whether a plain request may read what is not for everybody: by the cookie, or by `Authorization: Bearer`. */
  isAllowed(caller: Caller): boolean | 'wait';
}

export function createGuard({ clock, token, hosts, trustedProxies }: GuardOptions): Guard {
  if (hosts === 'any' && token === undefined)
    throw new Error('The playground needs a token where any host name is accepted: set WEB_TOKEN.');
  const names = hosts === 'any' ? undefined : new Set(hosts.map(toName));
  const session = token === undefined ? '' : createHmac('sha256', token).update('rill web').digest('hex');
  const addressOf = createAddresses(trustedProxies);
  const attempts = createAttempts(clock);

  const isKnownHost = (host: string | undefined): boolean =>
    host !== undefined && (names === undefined || isLoopbackHost(host) || names.has(toName(host)));

  const isPublished = (caller: Caller, page: string | undefined): boolean =>
    token === undefined && (isForwarded(caller) || (page !== undefined && !isKnownHost(page)));

  const toVerdict = (isRight: boolean, caller: Caller): Verdict => {
    if (isRight) return 'in';
    return attempts.countWrong(addressOf(caller)) ? 'wait' : 'out';
  };

  const judgeCookie = (caller: Caller): Verdict => {
    if (token === undefined) return 'in';
    const values = parseCookies(caller.headers.cookie, SESSION_COOKIE);
    return values.length === 0
      ? 'out'
      : toVerdict(
          values.some((value) => isSame(value, session)),
          caller,
        );
  };

  return {
    addressOf,
    needsToken: token !== undefined,
    isKnownHost,
    isPublished,
    isOwnOrigin(origin, host) {
      if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
      return new URL(origin).host === host.toLowerCase();
    },
    judgeCookie,
    login(given, caller) {
      const verdict = toVerdict(token !== undefined && isSame(given, token), caller);
      return verdict === 'in' ? { session } : verdict;
    },
    isAllowed(caller) {
      if (!isKnownHost(caller.headers.host) || isPublished(caller, undefined)) return false;
      if (token === undefined) return true;
      const bearer = /^Bearer +(\S.*)$/i.exec(caller.headers.authorization ?? '')?.[1];
      const cookies = parseCookies(caller.headers.cookie, SESSION_COOKIE);
      if (bearer === undefined && cookies.length === 0) return false;
      const isRight =
        (bearer !== undefined && (isSame(bearer, token) || isSame(toUtf8(bearer), token))) ||
        cookies.some((value) => isSame(value, session));
      const verdict = toVerdict(isRight, caller);
      return verdict === 'wait' ? verdict : verdict === 'in';
    },
  };
}

/** Every value under this name: a browser sends those of other paths, domains and programs on this host beside ours, in an order of its own. */
export function parseCookies(header: string | undefined, name: string): readonly string[] {
  return (header ?? '').split(';').flatMap((part) => {
    const [key, value] = part.split('=', 2);
    return key?.trim() === name ? [value?.trim() ?? ''] : [];
  });
}

/** Node reads headers as Latin-1; who types a token of other letters sends UTF-8. */
function toUtf8(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8');
}

/** A host header without its port and without the dot at its end. */
function toName(host: string): string {
  const bare = host.toLowerCase().replace(/:\d{0,5}$/, '');
  // An IPv6 address that was given without its brackets.
  const isBare = host.includes(':', host.indexOf(':') + 1) && !host.startsWith('[');
  return isBare ? `[${host.toLowerCase()}]` : bare.replace(/\.$/, '');
}

/** Takes the same time wherever the two differ, whatever their lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
