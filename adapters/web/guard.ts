// Owns who may speak to the playground: host names, origins, the token and its cookie. Must not know what they then do.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../src/clock.ts';

export const SESSION_COOKIE = 'rill_session';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
/** Wrong tokens a minute, over all who try. */
const WRONG_MAX = 10;
const WINDOW_MS = 60_000;

export interface GuardOptions {
  readonly clock: Clock;
  readonly token?: string;
  readonly hosts: readonly string[] | 'any';
}

export interface Guard {
  /** The Host header is a name of ours: a page elsewhere whose name was made to point here is kept out. */
  isKnownHost(host: string | undefined): boolean;
  /** The request comes from our own page. */
  isOwnOrigin(origin: string | undefined, host: string | undefined): boolean;
  readonly needsToken: boolean;
  /** Whether a cookie's value is the one that stands for the token. */
  isSession(value: string | undefined): boolean;
  /** The cookie's value for the right token; undefined for a wrong one, `wait` after too many of them. */
  login(token: string): string | 'wait' | undefined;
  /** Whether a plain request may read what is not for everybody: by the cookie, or by `Authorization: Bearer`. */
  isAllowed(request: IncomingMessage): boolean;
}

export function createGuard({ clock, token, hosts }: GuardOptions): Guard {
  if (hosts === 'any' && token === undefined)
    throw new Error('The playground needs a token where any host name is accepted: set WEB_TOKEN.');
  const names = hosts === 'any' ? undefined : new Set([...LOOPBACK, ...hosts.map(toName)]);
  const session = token === undefined ? '' : createHmac('sha256', token).update('rill web').digest('hex');
  let wrong: number[] = [];

  const isSession = (value: string | undefined): boolean =>
    token === undefined || (value !== undefined && isSame(value, session));

  return {
    needsToken: token !== undefined,
    isKnownHost: (host) => host !== undefined && (names === undefined || names.has(toName(host))),
    isOwnOrigin(origin, host) {
      if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
      return new URL(origin).host === host.toLowerCase();
    },
    isSession,
    login(given) {
      wrong = wrong.filter((at) => at > clock.monotonic() - WINDOW_MS);
      if (wrong.length >= WRONG_MAX) return 'wait';
      if (token !== undefined && isSame(given, token)) return session;
      wrong.push(clock.monotonic());
      return undefined;
    },
    isAllowed({ headers }) {
      if (names !== undefined && !names.has(toName(headers.host ?? ''))) return false;
      const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
      if (token !== undefined && bearer !== undefined) return isSame(bearer, token);
      return isSession(parseCookie(headers.cookie, SESSION_COOKIE));
    },
  };
}

export function parseCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

/** A host header without its port. */
function toName(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^([^[]*:[^[]*:.*)$/, '[$1]');
}

/** Takes the same time wherever the two differ, whatever their lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
