// Owns the set of lane accounts: makes them when first asked for, forgets idle ones, and keeps what they learnt in the store.
// Must not know replies or queues.

import type { Clock } from '../clock.ts';
import type { Lane } from '../platform.ts';
import type { Store } from '../store/types.ts';
import { createLaneAccount, type LaneAccount, parseLearnt } from './lane-account.ts';

/** An account that nothing has used for this long is dropped, so that memory is bounded over months. */
const idleMs = 10 * 60_000;
const sweepEveryMs = 60_000;
const rememberMs = 30 * 24 * 60 * 60_000;

export interface Lanes {
  of(lane: Lane): LaneAccount;
  find(key: string | undefined): LaneAccount | undefined;
  /** Stores what the account has learnt. */
  remember(account: LaneAccount): void;
  /** Drops idle accounts; does nothing when it did so within the last minute. */
  sweep(): void;
  /** Stores all that was learnt; resolves when it is stored. */
  close(): Promise<void>;
}

/** `store`: without one nothing outlives the process. */
export function createLanes(clock: Clock, store?: Pick<Store, 'get' | 'set' | 'delete'>): Lanes {
  const accounts = new Map<string, LaneAccount>();
  /** What the store holds, as far as this process knows. */
  const stored = new Set<string>();
  const writes = new Set<Promise<unknown>>();
  let sweptAt = clock.monotonic();

  const recall = async (account: LaneAccount): Promise<void> => {
    try {
      const learnt = parseLearnt(await store?.get(`lane:${account.key}`));
      if (learnt === undefined) return;
      stored.add(account.key);
      account.restore(clock.monotonic(), learnt);
    } catch {
      // The store tells of its own faults. Without it a lane begins as documented and learns anew.
    }
  };

  const remember = (account: LaneAccount): void => {
    const learnt = account.learnt();
    if (store === undefined || (learnt === undefined && !stored.has(account.key))) return;
    const key = `lane:${account.key}`;
    if (learnt === undefined) stored.delete(account.key);
    else stored.add(account.key);
    const write = (
      learnt === undefined ? store.delete(key) : store.set(key, { ...learnt }, rememberMs)
    ).catch(() => {
      // As above: what could not be stored is learnt again by the next run.
    });
    writes.add(write);
    void write.finally(() => writes.delete(write));
  };

  return {
    of(lane) {
      let account = accounts.get(lane.key);
      if (account === undefined) {
        account = createLaneAccount(lane, clock.monotonic());
        accounts.set(lane.key, account);
        void recall(account);
      }
      account.usedAt = clock.monotonic();
      return account;
    },
    find: (key) => (key === undefined ? undefined : accounts.get(key)),
    remember,
    sweep() {
      const now = clock.monotonic();
      if (now - sweptAt < sweepEveryMs) return;
      sweptAt = now;
      for (const [key, account] of accounts) {
        const isUsed = account.replies + account.claims + account.inFlight > 0;
        if (isUsed || now - account.usedAt < idleMs) continue;
        remember(account);
        stored.delete(key);
        accounts.delete(key);
      }
    },
    async close() {
      for (const account of accounts.values()) remember(account);
      await Promise.all(writes);
    },
  };
}
