import { expect, it } from 'vitest';
import { createLocalTurns } from '../../../src/turns/local.ts';
import type { Turn } from '../../../src/turns/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toTestMention } from '../../fakes/mention.ts';

function open() {
  const clock = createFakeClock();
  const bugs: unknown[] = [];
  const turns = createLocalTurns({ clock, onBug: (error) => bugs.push(error) });
  return { clock, bugs, turns };
}

it('a turn that ends in a bug does not hold up its thread', async () => {
  const { turns, bugs, clock } = open();
  const begun: string[] = [];
  turns.run(async ({ mention }) => {
    begun.push(mention.text);
    if (mention.text === 'a') throw new Error('a bug');
    return { keep: false };
  });
  await turns.submit(toTestMention('a', '1', { thread: 'T' }));
  await turns.submit(toTestMention('b', '2', { thread: 'T' }));
  await clock.advance(0);
  expect(begun).toEqual(['a', 'b']);
  expect(bugs).toMatchObject([{ message: 'a bug' }]);
  expect(turns.count()).toEqual({ running: 0, waiting: 0 });
});

it('a turn that waits ends at once when it is stopped by its id, and holds up nothing', async () => {
  const { turns, clock } = open();
  const begun: Turn[] = [];
  const ends: (() => void)[] = [];
  turns.run((turn) => {
    begun.push(turn);
    return new Promise((resolve) => ends.push(() => resolve({ keep: false })));
  });
  await turns.submit(toTestMention('a', '1', { thread: 'T' }));
  const second = await turns.submit(toTestMention('b', '2', { thread: 'T' }));
  if (second === false) throw new Error('not accepted');
  const reason = { code: 'stopped' as const, by: { id: 'U2', name: 'Bob' } };
  expect(await turns.cancel({ turn: second.turn }, reason)).toBe(second.turn);
  expect(begun[0]?.signal.aborted).toBe(false);
  expect(begun[1]?.signal.reason).toMatchObject(reason);
  expect(await turns.cancel({ turn: second.turn }, reason)).toBeUndefined();
  ends[1]?.();
  await turns.submit(toTestMention('c', '3', { thread: 'T' }));
  await clock.advance(0);
  expect(begun).toHaveLength(2);
  expect(turns.count()).toEqual({ running: 1, waiting: 1 });
  ends[0]?.();
  await clock.advance(0);
  expect(begun[2]?.mention.text).toBe('c');
  ends[2]?.();
  await clock.advance(0);
  expect(turns.count()).toEqual({ running: 0, waiting: 0 });
});

it('a mention that was accepted a day ago counts as a new one', async () => {
  const { turns, clock } = open();
  turns.run(async () => ({ keep: false }));
  await turns.submit(toTestMention('a', '1'));
  await clock.advance(23 * 60 * 60_000);
  expect(await turns.submit(toTestMention('a', '1'))).toBe(false);
  await clock.advance(2 * 60 * 60_000);
  expect(await turns.submit(toTestMention('a', '1'))).not.toBe(false);
});
