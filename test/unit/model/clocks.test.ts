import { describe, expect, it } from 'vitest';
import type { BotError } from '../../../src/errors.ts';
import { createAttemptClocks } from '../../../src/model/clocks.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function startClocks() {
  const clock = createFakeClock();
  const seen = { waiting: 0, late: undefined as BotError | undefined };
  const clocks = createAttemptClocks({
    clock,
    timeouts: { connectMs: 10, firstTokenMs: 600, idleMs: 45 },
    waitingAfterMs: 3,
    host: 'host',
    onWaiting: () => {
      seen.waiting += 1;
    },
    onLate: (error) => {
      seen.late = error;
    },
  });
  return { clock, clocks, seen };
}

describe('the clocks of an attempt', () => {
  it('end a connection that does not come', async () => {
    const { clock, seen } = startClocks();
    await clock.advance(9);
    expect(seen.late).toBeUndefined();
    await clock.advance(1);
    expect(seen.late).toMatchObject({
      code: 'connect-failed',
      message: 'No connection within 10 ms from host',
    });
  });

  it('let comments wait for the first token, tell of it once, and end the wait', async () => {
    const { clock, clocks, seen } = startClocks();
    clocks.connected();
    clocks.comment();
    expect(seen.waiting).toBe(0);
    for (let at = 0; at < 599; at += 1) {
      await clock.advance(1);
      clocks.comment();
    }
    expect(seen).toEqual({ waiting: 1, late: undefined });
    await clock.advance(1);
    expect(seen.late?.code).toBe('first-token-timeout');
  });

  it('say nothing of waiting where no comment came', async () => {
    const { clock, clocks, seen } = startClocks();
    clocks.connected();
    await clock.advance(500);
    expect(seen.waiting).toBe(0);
  });

  it('do not take comments for tokens', async () => {
    const { clock, clocks, seen } = startClocks();
    clocks.connected();
    clocks.token();
    await clock.advance(40);
    clocks.token();
    for (let at = 0; at < 44; at += 1) {
      await clock.advance(1);
      clocks.comment();
    }
    expect(seen.late).toBeUndefined();
    await clock.advance(1);
    expect(seen).toMatchObject({ waiting: 0, late: { code: 'stalled' } });
  });

  it('hold nothing against the provider while the reader does not read', async () => {
    const { clock, clocks, seen } = startClocks();
    clocks.connected();
    clocks.token();
    clocks.paused(true);
    await clock.advance(1000);
    clocks.paused(false);
    await clock.advance(44);
    expect(seen.late).toBeUndefined();
    await clock.advance(60);
    expect(seen.late?.code).toBe('stalled');
  });

  it('leave no timer behind', async () => {
    const { clock, clocks } = startClocks();
    clocks.connected();
    clocks.stop();
    expect(clock.timers()).toBe(0);
  });
});
