import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';

/** Whether a timer of `ms` has fired after some real milliseconds. */
async function firesAtOnce(ms: number): Promise<boolean> {
  let fired = false;
  const cancel = systemClock.after(ms, () => {
    fired = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 15));
  cancel();
  return fired;
}

describe('waits of the system clock', () => {
  it.each([2 ** 31, 2 ** 31 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    'does not turn a wait of %d ms, which no timer holds, into none',
    async (ms) => {
      expect(await firesAtOnce(ms)).toBe(false);
    },
  );

  it.each([0, -1, Number.NEGATIVE_INFINITY, Number.NaN])('takes %d ms for no wait', async (ms) => {
    expect(await firesAtOnce(ms)).toBe(true);
  });
});

describe('durations', () => {
  it('do not come from the wall clock', () => {
    expect(Math.abs(systemClock.monotonic() - performance.now())).toBeLessThan(1_000);
  });
});
