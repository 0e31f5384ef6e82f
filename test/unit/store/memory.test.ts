import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/store/memory.ts';
import { createFakeClock } from '../../fakes/clock.ts';

describe('the store in memory', () => {
  it('drops ten thousand expired values without being asked for them', async () => {
    const clock = createFakeClock();
    const store = createMemoryStore(clock);
    for (let index = 0; index < 10_000; index += 1) await store.set(`old:${index}`, 1, 1_000);
    await clock.advance(2_000);
    for (let index = 0; index < 20_000; index += 1) await store.set(`new:${index}`, 1);
    expect(await store.get('old:5')).toBeUndefined();
    expect(await store.get('new:5')).toBe(1);
  });
});
