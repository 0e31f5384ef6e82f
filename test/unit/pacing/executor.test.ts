// Bottleneck as the executor of granted calls, on real timers.

import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { createPacer } from '../../../src/pacing/pacer.ts';
import type { Pacer } from '../../../src/pacing/types.ts';
import type { Lane } from '../../../src/platform.ts';

const update: Lane = {
  key: 'slack:T1:chat.update',
  platform: 'slack',
  scope: 'T1',
  perMinute: 50,
  burst: 50,
};
const final = (lane: Lane) => ({ lane, priority: 'final' as const });

describe('with Bottleneck as executor', () => {
  let pacer: Pacer | undefined;
  afterEach(() => pacer?.stop());

  it('makes calls, at most six of a lane at once', async () => {
    pacer = createPacer({ clock: systemClock });
    let now = 0;
    let most = 0;
    let allMade = (): void => undefined;
    let calls = 0;
    const all = new Promise<void>((resolve) => {
      allMade = resolve;
    });
    for (let n = 0; n < 20; n += 1) {
      let made = false;
      const reply = pacer?.join(
        {
          next: () => (made ? undefined : final(update)),
          async write() {
            now += 1;
            most = Math.max(most, now);
            await new Promise((resolve) => setImmediate(resolve));
            made = true;
            now -= 1;
            calls += 1;
            if (calls === 20) allMade();
          },
        },
        { edit: update },
      );
      reply?.touch();
    }
    await all;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(6);
  });
});
