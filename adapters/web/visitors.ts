// Owns who is in the playground: each browser is a visitor under a secret of its own, with a name that all may see.

import { randomBytes } from 'node:crypto';
import type { Person } from '../../src/platform.ts';

export const VISITOR_COOKIE = 'rill_visitor';
/** Longer names push the time off a phone's line. */
const NAME_MAX = 32;
/** No name needs more, however its letters are composed. */
const GIVEN_MAX = 1_000;
const VISITORS = 1_000;

export interface Visitors {
  /** Known by the cookie's value. */
  find(secret: string | undefined): Person | undefined;
  /** Known by the id that all may see. */
  get(id: string): Person | undefined;
  /** A new visitor, and the secret for the cookie. */
  admit(): { readonly secret: string; readonly visitor: Person };
  /** The visitor under the new name; undefined for a name that shows nothing. */
  rename(secret: string, name: string): Person | undefined;
}

/**
 * @param start keeps the ids of two starts of the process apart: quotas go by them
 * @param isHere whether a visitor, by its id, follows the page now: such a one is never forgotten
 */
export function createVisitors(start: string, isHere: (id: string) => boolean = () => false): Visitors {
  /** Whoever did something last stands at the end. */
  const known = new Map<string, Person>();
  let count = 0;
  return {
    find(secret) {
      const visitor = secret === undefined ? undefined : known.get(secret);
      if (secret === undefined || visitor === undefined) return undefined;
      known.delete(secret);
      known.set(secret, visitor);
      return visitor;
    },
    get: (id) => [...known.values()].find((visitor) => visitor.id === id),
    admit() {
      count += 1;
      const secret = randomBytes(18).toString('base64url');
      const visitor = { id: `${start}g${count}`, name: `Guest ${count}` };
      known.set(secret, visitor);
      for (const [oldest, { id }] of known) {
        if (known.size <= VISITORS) break;
        if (!isHere(id)) known.delete(oldest);
      }
      return { secret, visitor };
    },
    rename(secret, given) {
      const visitor = known.get(secret);
      const name = parseName(given);
      if (visitor === undefined || name === undefined) return undefined;
      const renamed = { ...visitor, name };
      known.set(secret, renamed);
      return renamed;
    },
  };
}

/** One line without invisible characters; undefined when nothing is left of it, or when it is the bot's own. */
function parseName(given: string): string | undefined {
  const flat = given
    .slice(0, GIVEN_MAX)
    .normalize('NFC')
    .replace(/[\s\p{C}]/gu, ' ')
    .split(' ')
    .filter((word) => word !== '')
    .join(' ');
  const name = [...flat].slice(0, NAME_MAX).join('').trim();
  return /[\p{L}\p{N}\p{S}]/u.test(name) && !/^rill$/i.test(name) ? name : undefined;
}
