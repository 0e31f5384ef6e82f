// Owns a Store that lives as long as the process. Expired values go when they are read, and in a sweep when the map has grown.

import type { Clock } from '../clock.ts';
import type { Json, Store } from './types.ts';

interface Entry {
  readonly value: Json;
  readonly expiresAt: number;
}

/** Above this many entries, each write that finds a doubled map sweeps the expired ones. */
const SWEEP_FROM = 1_000;

export function createMemoryStore(clock: Clock): Store {
  const entries = new Map<string, Entry>();
  let sweepAt = SWEEP_FROM;

  const read = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.expiresAt > clock.monotonic()) return entry;
    entries.delete(key);
    return undefined;
  };

  const write = (key: string, entry: Entry): void => {
    entries.set(key, entry);
    if (entries.size < sweepAt) return;
    for (const known of [...entries.keys()]) read(known);
    sweepAt = Math.max(SWEEP_FROM, entries.size * 2);
  };

  const toExpiry = (ttlMs: number | undefined): number =>
    ttlMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + ttlMs;

  return {
    async get(key) {
      return read(key)?.value;
    },
    async set(key, value, ttlMs) {
      write(key, { value, expiresAt: toExpiry(ttlMs) });
    },
    async increment(key, by, ttlMs) {
      const entry = read(key);
      const sum = (typeof entry?.value === 'number' ? entry.value : 0) + by;
      write(key, { value: sum, expiresAt: entry?.expiresAt ?? toExpiry(ttlMs) });
      return sum;
    },
    async delete(key) {
      entries.delete(key);
    },
    async close() {
      entries.clear();
    },
  };
}
