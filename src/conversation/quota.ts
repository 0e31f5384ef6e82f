// Owns how many tokens a day may be used, by one person and by all. Days are UTC days. Must not know what is said to who is over.

import type { Clock } from '../clock.ts';
import type { Person, Place } from '../platform.ts';
import type { Store } from '../store/types.ts';

export interface QuotaRules {
  /** Tokens a day a person; undefined for no limit. */
  readonly dailyTokens?: number;
  /** Tokens a day for all together; undefined for no limit. */
  readonly dailyTokensTotal?: number;
}

/** A limit that has just been used to more than four fifths, or up. */
export interface QuotaAlarm {
  readonly whose: 'person' | 'all';
  readonly used: number;
  readonly limit: number;
}

export interface Quota {
  /** Undefined while there is something left; else when it is given anew, in milliseconds since the epoch. */
  spentUntil(person: Person, place: Place): Promise<number | undefined>;
  /** Counts what an answer took; tells each limit that it has just brought past 80 % or 100 %. */
  add(
    person: Person,
    place: Pick<Place, 'platform' | 'scope'>,
    tokens: number,
  ): Promise<readonly QuotaAlarm[]>;
}

const DAY_MS = 24 * 60 * 60_000;
const ALARM_AT = [0.8, 1];

export function createQuota(rules: QuotaRules, store: Store, clock: Clock): Quota {
  const toDay = (): number => Math.floor(clock.now() / DAY_MS);
  const toLimits = (person: Person, place: Pick<Place, 'platform' | 'scope'>) =>
    [
      {
        whose: 'person' as const,
        key: `tokens:${toDay()}:${place.platform}:${place.scope}:${person.id}`,
        limit: rules.dailyTokens,
      },
      { whose: 'all' as const, key: `tokens:${toDay()}`, limit: rules.dailyTokensTotal },
    ].flatMap(({ limit, ...rest }) => (limit === undefined ? [] : [{ ...rest, limit }]));

  return {
    async spentUntil(person, place) {
      for (const { key, limit } of toLimits(person, place)) {
        const used = await store.get(key);
        if (typeof used === 'number' && used >= limit) return (toDay() + 1) * DAY_MS;
      }
      return undefined;
    },
    async add(person, place, tokens) {
      const alarms: QuotaAlarm[] = [];
      for (const { whose, key, limit } of toLimits(person, place)) {
        const used = await store.increment(key, tokens, DAY_MS);
        const passed = ALARM_AT.some((share) => used >= share * limit && used - tokens < share * limit);
        if (passed) alarms.push({ whose, used, limit });
      }
      return alarms;
    },
  };
}
