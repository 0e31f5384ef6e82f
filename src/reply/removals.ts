// Owns which messages the bot has ordered away itself, so that the platform's word of their deletion is not taken for a person's.
// Must not know why, nor how a deletion is told: it may be told before the call is answered, long after, twice, or never.

/** An echo comes within seconds; far more deletions than the bot orders in an hour are remembered. */
const REMEMBERED = 10_000;

export interface Removals {
  /** To be called before the call that deletes goes out. */
  order(platform: string, message: string): void;
  /** The message stands: the call was refused. */
  kept(platform: string, message: string): void;
  isOwn(platform: string, message: string): boolean;
}

export function createRemovals(): Removals {
  const ordered = new Set<string>();
  return {
    order(platform, message) {
      const key = `${platform} ${message}`;
      ordered.delete(key);
      ordered.add(key);
      const [oldest] = ordered;
      if (ordered.size > REMEMBERED && oldest !== undefined) ordered.delete(oldest);
    },
    kept: (platform, message) => void ordered.delete(`${platform} ${message}`),
    isOwn: (platform, message) => ordered.has(`${platform} ${message}`),
  };
}
