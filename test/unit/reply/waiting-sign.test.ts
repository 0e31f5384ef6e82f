import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import type { ReplySink } from '../../../src/platform.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { createWaitingSign } from '../../../src/reply/waiting-sign.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { courtesyAtOnce } from '../../fakes/courtesies.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';

function begin(options: { status?: 'text' | 'sign' | 'refused'; atOnce?: boolean } = {}) {
  const clock = createFakeClock();
  const draft = createDraft(clock);
  const statuses: (string | null)[] = [];
  const faults: BotError[] = [];
  let changes = 0;
  const reply = { turn: 'turn-1' };
  const sink: ReplySink = {
    ...createMemoryPlatform().openReply(toTestMention('why?', 'q1'), reply),
    ...(options.status === undefined
      ? {}
      : {
          statusIsText: options.status !== 'sign',
          statusLane: { key: 'memory:T:status', platform: 'memory', scope: 'T', perMinute: 60, burst: 1 },
          async status(text: string | null) {
            statuses.push(text);
            if (options.status === 'refused') throw new BotError('platform-refused', 'missing_scope');
          },
        }),
  };
  const waitingSign = createWaitingSign({
    ...{ sink, clock, draft, language: 'en', atOnce: options.atOnce ?? false },
    courtesy: courtesyAtOnce,
    onChange: () => {
      changes += 1;
    },
    onFault: (error) => faults.push(error),
  });
  return { clock, draft, statuses, faults, waitingSign, changes: () => changes };
}

describe('while there is no text', () => {
  it('a placeholder says after three seconds what is going on, and its seconds move on', async () => {
    const { clock, waitingSign, changes } = begin();
    await clock.advance(2_999);
    expect(waitingSign.placeholder()).toBeUndefined();
    await clock.advance(1);
    expect(waitingSign.placeholder()).toMatch(/thinking… 3 s/);
    await clock.advance(10_000);
    expect(waitingSign.placeholder()).toMatch(/thinking… 10 s/);
    expect(changes()).toBe(3);
    waitingSign.stop();
    expect(clock.timers()).toBe(0);
  });

  it('it says that it is tried again, and how often it was', async () => {
    const { clock, draft, waitingSign, statuses } = begin({ status: 'text' });
    draft.apply({ type: 'retrying', attempt: 2, waitMs: 500 });
    waitingSign.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/trying again \(attempt 2\)… 5 s/);
    draft.apply({ type: 'retrying', attempt: 3, waitMs: 1000 });
    waitingSign.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/trying again \(attempt 3\)… 10 s/);
    draft.apply({ type: 'reasoning-delta', text: 'hm' });
    waitingSign.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/thinking/);
    const plain = begin({ atOnce: true });
    plain.draft.apply({ type: 'retrying', attempt: 2, waitMs: 500 });
    expect(plain.waitingSign.placeholder()).toMatch(/trying again \(attempt 2\)/);
  });

  it('a wait that the provider asked for counts down, and then it is being tried', async () => {
    const { clock, draft, waitingSign, statuses, changes } = begin({ status: 'text' });
    draft.apply({ type: 'retrying', attempt: 2, waitMs: 20_000 });
    waitingSign.changed();
    await clock.advance(0);
    const told: string[] = [];
    for (let at = 0; at < 25_000; at += 5_000) {
      await clock.advance(5_000);
      told.push(statuses.at(-1) ?? '');
    }
    expect(told).toEqual([
      expect.stringMatching(/trying again \(attempt 2\) in 15 s$/),
      expect.stringMatching(/in 10 s$/),
      expect.stringMatching(/in 5 s$/),
      expect.stringMatching(/trying again \(attempt 2\)… 20 s$/),
      expect.stringMatching(/trying again \(attempt 2\)… 25 s$/),
    ]);
    // No more often than anything else that is said there.
    expect(changes()).toBeLessThanOrEqual(6);
    expect(statuses.length).toBeLessThanOrEqual(7);
    waitingSign.stop();
  });

  it('the status of the platform is words enough', async () => {
    const { clock, waitingSign, statuses } = begin({ status: 'text' });
    await clock.advance(8_000);
    expect(waitingSign.placeholder()).toBeUndefined();
    expect(statuses.at(-1)).toMatch(/thinking/);
    waitingSign.stop();
    await clock.advance(0);
    waitingSign.clear();
    expect(statuses.at(-1)).toBeNull();
  });

  it('the placeholder stands in at once for a status that is refused', async () => {
    const { clock, waitingSign, faults } = begin({ status: 'refused' });
    await clock.advance(0);
    expect(waitingSign.placeholder()).toMatch(/thinking/);
    expect(faults[0]?.code).toBe('platform-refused');
    waitingSign.stop();
  });

  it('a mere sign is no word: the placeholder comes all the same', async () => {
    const { clock, waitingSign } = begin({ status: 'sign' });
    await clock.advance(3_000);
    expect(waitingSign.placeholder()).toMatch(/thinking/);
    waitingSign.stop();
  });

  it('a reply that stands already says at once that it goes on', () => {
    const { waitingSign } = begin({ atOnce: true });
    expect(waitingSign.placeholder()).toMatch(/thinking/);
    waitingSign.stop();
  });

  it('says where the question waits', async () => {
    const { clock, draft, waitingSign } = begin();
    await clock.advance(3_000);
    draft.apply({ type: 'waiting', where: 'provider' });
    waitingSign.changed();
    expect(waitingSign.placeholder()).toMatch(/queued at the provider/);
    draft.apply({ type: 'waiting', where: 'here', place: 4 });
    waitingSign.changed();
    expect(waitingSign.placeholder()).toMatch(/4/);
    waitingSign.stop();
  });
});

it('is over with the first readable word, not with white space', async () => {
  const { clock, draft, waitingSign, statuses } = begin({ status: 'sign' });
  await clock.advance(3_000);
  draft.apply({ type: 'text-delta', text: '\n ' });
  waitingSign.changed();
  expect(waitingSign.placeholder()).toMatch(/thinking/);
  draft.apply({ type: 'text-delta', text: 'So' });
  waitingSign.changed();
  expect(waitingSign.placeholder()).toBeUndefined();
  waitingSign.clear();
  expect(statuses.at(-1)).toBeNull();
  expect(clock.timers()).toBe(0);
});
