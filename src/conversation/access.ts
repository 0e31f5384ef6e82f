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
  /** Whether this person may ask here now. Does not count. `isFree`: it would count for no rate. */
  check(person: Person, place: Place, isFree?: boolean): Promise<Verdict>;
  /** Counts one question, then says whether it is allowed: of those that come together no more are than of those that come apart. */
  take(person: Person, place: Place, isFree?: boolean): Promise<Verdict>;
  /** A question that was counted came to nothing, by no fault of the asker's. */
  giveBack(person: Person, place: Place, isFree?: boolean): Promise<void>;
  /** True once in ten minutes a person: a notice may be shown. */
  mayNotify(person: Person, place: Place): Promise<boolean>;
  /** The notice was not shown after all. */
  notNotified(person: Person, place: Place): Promise<void>;
}

const WINDOW_MS = 60_000;
const NOTICE_EVERY_MS = 10 * 60_000;

export function createAccess(rules: AccessRules, quota: Quota, store: Store, clock: Clock): Access {
  const toKey = (kind: string, person: Person, place: Place): string =>
    `${kind}:${place.platform}:${place.scope}:${person.id}`;
  const toWindow = (): number => Math.floor(clock.now() / WINDOW_MS);
  const toRateKey = (person: Person, place: Place): string => `${toKey('rate', person, place)}:${toWindow()}`;
  const count = (person: Person, place: Place, by: number): Promise<number> =>
    store.increment(toRateKey(person, place), by, WINDOW_MS);

  const isListed = (person: Person, place: Place): boolean => {
    if (rules.blockedUsers.includes(person.id)) return false;
    if (rules.allowedUsers && !rules.allowedUsers.includes(person.id)) return false;
    const isOpen = place.direct || rules.allowedChannels === undefined;
    return isOpen || rules.allowedChannels?.includes(place.channel) === true;
  };

  /** `asked`: questions of this minute, this one included. */
  const judge = async (person: Person, place: Place, asked: number): Promise<Verdict> => {
    if (asked > rules.userRate) {
      return { kind: 'over-rate', waitMs: (toWindow() + 1) * WINDOW_MS - clock.now() };
    }
    const resetAt = await quota.spentUntil(person, place);
    return resetAt === undefined ? { kind: 'allowed' } : { kind: 'over-quota', resetAt };
  };

  return {
    async check(person, place, isFree = false) {
      if (!isListed(person, place)) return { kind: 'not-allowed' };
      if (isFree) return judge(person, place, 0);
      const asked = await store.get(toRateKey(person, place));
      return judge(person, place, (typeof asked === 'number' ? asked : 0) + 1);
    },
    async take(person, place, isFree = false) {
      if (!isListed(person, place)) return { kind: 'not-allowed' };
      return judge(person, place, isFree ? 0 : await count(person, place, 1));
    },
    async giveBack(person, place, isFree = false) {
      if (!isFree) await count(person, place, -1);
    },
    async mayNotify(person, place) {
      return (await store.increment(toKey('noticed', person, place), 1, NOTICE_EVERY_MS)) === 1;
    },
    async notNotified(person, place) {
      await store.delete(toKey('noticed', person, place));
    },
  };
}
