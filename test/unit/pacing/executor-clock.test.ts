// Bottleneck reckons by the wall clock, and so is played here with the real one, set back and forth while calls run and wait.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { createExecutor, createSpacedExecutor } from '../../../src/pacing/executor.ts';
import type { Lane } from '../../../src/platform.ts';

const HOUR_MS = 60 * 60_000;
const lane: Lane = {
  key: 'slack:T1:reactions.add',
  platform: 'slack',
  scope: 'T1',
  perMinute: 1_200,
  burst: 5,
};
const real = Date.now.bind(Date);

afterEach(() => void vi.restoreAllMocks());

/** The wall clock, for us and for every library, set by `offset`. */
function createWall() {
  const wall = { offset: 0, standsAt: undefined as number | undefined };
  const now = () => wall.standsAt ?? real() + wall.offset;
  vi.spyOn(Date, 'now').mockImplementation(now);
  const clock: Clock = { ...systemClock, now };
  return { wall, clock };
}

const ways = [
  ['goes back by an hour', -HOUR_MS],
  ['goes forth by an hour', HOUR_MS],
  ['stands still', 0],
] as const;

describe.each(ways)('when the wall clock %s', (_way, stepMs) => {
  const set = (wall: ReturnType<typeof createWall>['wall']): void => {
    if (stepMs === 0) wall.standsAt = real();
    wall.offset += stepMs;
  };

  it('calls that write end, and those that come run at once', async () => {
    const { wall, clock } = createWall();
    const execute = createExecutor(clock);
    const done: number[] = [];
    const open: (() => void)[] = [];
    const held = Array.from({ length: 6 }, (_, n) =>
      execute('slack:T1:chat.update', 5, async () => {
        await new Promise<void>((resolve) => open.push(resolve));
        done.push(n);
      }),
    );
    await vi.waitFor(() => expect(open).toHaveLength(6));
    set(wall);
    // As the pacer has it: no more than six of a lane at once.
    for (const release of open.splice(0, 3)) release();
    await vi.waitFor(() => expect(done).toHaveLength(3));
    const later = [6, 7, 8].map((n) => execute('slack:T1:chat.update', 5, async () => void done.push(n)));
    await Promise.all(later);
    for (const release of open) release();
    await Promise.all(held);
    expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  }, 5_000);

  it('courtesies go on, those that waited and those that come', async () => {
    const { wall, clock } = createWall();
    const execute = createSpacedExecutor(clock);
    const at: number[] = [];
    const make = () => execute(lane, async () => void at.push(performance.now()));
    const before = [make(), make(), make(), make()];
    await vi.waitFor(() => expect(at).toHaveLength(1));
    set(wall);
    const after = [make(), make()];
    await Promise.all([...before, ...after]);
    set(wall);
    await make();
    expect(at).toHaveLength(7);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeLessThan(3_000);
  }, 5_000);
});
