// What every Store must do; run once for each implementation.

import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/types.ts';

export interface StoreBench {
  readonly store: Store;
  /** Lets this many milliseconds pass for the store. */
  pass(ms: number): Promise<void>;
}

export function describeStore(name: string, open: () => Promise<StoreBench>): void {
  describe(`a store (${name})`, () => {
    it('gives back what was set, and nothing for a key that was not', async () => {
      const { store } = await open();
      await store.set('a', { list: [1, 'two', null], deep: { yes: true } });
      expect(await store.get('a')).toEqual({ list: [1, 'two', null], deep: { yes: true } });
      expect(await store.get('b')).toBeUndefined();
      await store.close();
    });

    it('forgets a value when its time to live is over, and not before', async () => {
      const { store, pass } = await open();
      await store.set('a', 1, 1_000);
      await pass(900);
      expect(await store.get('a')).toBe(1);
      await pass(200);
      expect(await store.get('a')).toBeUndefined();
      await store.close();
    });

    it('counts up from nothing, and lets the time to live run from the first increment', async () => {
      const { store, pass } = await open();
      expect(await store.increment('n', 2, 1_000)).toBe(2);
      await pass(600);
      expect(await store.increment('n', 3, 1_000)).toBe(5);
      await pass(600);
      expect(await store.increment('n', 1, 1_000)).toBe(1);
      await store.close();
    });

    it('loses no increment when many come at once', async () => {
      const { store } = await open();
      await Promise.all(Array.from({ length: 100 }, () => store.increment('n', 1, 10_000)));
      expect(await store.get('n')).toBe(100);
      await store.close();
    });

    it('deletes', async () => {
      const { store } = await open();
      await store.set('a', 1);
      await store.delete('a');
      expect(await store.get('a')).toBeUndefined();
      await store.close();
    });
  });
}
