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

it('a turn that waits runs with an aborted signal when it is stopped by its id, and only then', async () => {
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
  const by = { id: 'U2', name: 'Bob' };
  expect(await turns.cancel({ turn: second.turn }, { code: 'stopped', by })).toBe(second.turn);
  expect(begun).toHaveLength(1);
  expect(begun[0]?.signal.aborted).toBe(false);
  ends[0]?.();
  await clock.advance(0);
  expect(begun[1]?.signal.reason).toMatchObject({ code: 'stopped', by });
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
