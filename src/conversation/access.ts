// Owns who may ask: allow and block lists, questions a minute, and the day's tokens. Must not know what is said to those who may not.

import type { Clock } from '../clock.ts';
import type { Person, Place } from '../platform.ts';
import type { Store } from '../store/types.ts';
import type { Quota } from './quota.ts';

export interface AccessRules {
  /** Channel ids; undefined allows all. Direct messages are not channels: they are always allowed. */
  readonly allowedChannels?: readonly string[];
  /** Person ids; undefined allows all. */
  readonly allowedUsers?: readonly string[];
  readonly blockedUsers: readonly string[];
  /** Questions a minute a person. */
  readonly userRate: number;
}

export type Verdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'not-allowed' }
  | { readonly kind: 'over-rate'; readonly waitMs: number }
  /** The tokens of the day are used up; `resetAt` in milliseconds since the epoch. */
  | { readonly kind: 'over-quota'; readonly resetAt: number };

export interface Access {
  /** Whether this person may ask here now. Does not count. */
  check(person: Person, place: Place): Promise<Verdict>;
  /** Counts one question. */
  count(person: Person, place: Place): Promise<void>;
  /** True once in ten minutes a person: a notice may be shown. */
  mayNotify(person: Person, place: Place): Promise<boolean>;
}

const WINDOW_MS = 60_000;
const NOTICE_EVERY_MS = 10 * 60_000;

export function createAccess(rules: AccessRules, quota: Quota, store: Store, clock: Clock): Access {
  const toKey = (kind: string, person: Person, place: Place): string =>
    `${kind}:${place.platform}:${place.scope}:${person.id}`;
  const toWindow = (): number => Math.floor(clock.now() / WINDOW_MS);

  return {
    async check(person, place) {
      if (rules.blockedUsers.includes(person.id)) return { kind: 'not-allowed' };
      if (rules.allowedUsers && !rules.allowedUsers.includes(person.id)) return { kind: 'not-allowed' };
      const isOpen = place.direct || rules.allowedChannels === undefined;
      if (!isOpen && !rules.allowedChannels?.includes(place.channel)) return { kind: 'not-allowed' };
      const asked = await store.get(`${toKey('rate', person, place)}:${toWindow()}`);
      if (typeof asked === 'number' && asked >= rules.userRate) {
        return { kind: 'over-rate', waitMs: (toWindow() + 1) * WINDOW_MS - clock.now() };
      }
      const resetAt = await quota.spentUntil(person, place);
      return resetAt === undefined ? { kind: 'allowed' } : { kind: 'over-quota', resetAt };
    },
    async count(person, place) {
      await store.increment(`${toKey('rate', person, place)}:${toWindow()}`, 1, WINDOW_MS);
    },
    async mayNotify(person, place) {
      return (await store.increment(toKey('noticed', person, place), 1, NOTICE_EVERY_MS)) === 1;
    },
  };
}
