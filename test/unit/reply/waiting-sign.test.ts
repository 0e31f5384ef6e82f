import { describe, expect, it } from 'vitest';
import { BotError } from '../../../src/errors.ts';
import type { ReplySink } from '../../../src/platform.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { createProgress } from '../../../src/reply/waiting-sign.ts';
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
  const progress = createProgress({
    ...{ sink, clock, draft, language: 'en', atOnce: options.atOnce ?? false },
    courtesy: courtesyAtOnce,
    onChange: () => {
      changes += 1;
    },
    onFault: (error) => faults.push(error),
  });
  return { clock, draft, statuses, faults, progress, changes: () => changes };
}

describe('while there is no text', () => {
  it('a placeholder says after three seconds what is going on, and its seconds move on', async () => {
    const { clock, progress, changes } = begin();
    await clock.advance(2_999);
    expect(progress.placeholder()).toBeUndefined();
    await clock.advance(1);
    expect(progress.placeholder()).toMatch(/thinking… 3 s/);
    await clock.advance(10_000);
    expect(progress.placeholder()).toMatch(/thinking… 10 s/);
    expect(changes()).toBe(3);
    progress.stop();
    expect(clock.timers()).toBe(0);
  });

  it('it says that it is tried again, and how often it was', async () => {
    const { clock, draft, progress, statuses } = begin({ status: 'text' });
    draft.apply({ type: 'retrying', attempt: 2, waitMs: 500 });
    progress.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/trying again \(attempt 2\)… 5 s/);
    draft.apply({ type: 'retrying', attempt: 3, waitMs: 1000 });
    progress.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/trying again \(attempt 3\)… 10 s/);
    draft.apply({ type: 'reasoning-delta', text: 'hm' });
    progress.changed();
    await clock.advance(5_000);
    expect(statuses.at(-1)).toMatch(/thinking/);
    const plain = begin({ atOnce: true });
    plain.draft.apply({ type: 'retrying', attempt: 2, waitMs: 500 });
    expect(plain.progress.placeholder()).toMatch(/trying again \(attempt 2\)/);
  });

  it('a wait that the provider asked for counts down, and then it is being tried', async () => {
    const { clock, draft, progress, statuses, changes } = begin({ status: 'text' });
    draft.apply({ type: 'retrying', attempt: 2, waitMs: 20_000 });
    progress.changed();
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
    progress.stop();
  });

  it('the status of the platform is words enough', async () => {
    const { clock, progress, statuses } = begin({ status: 'text' });
    await clock.advance(8_000);
    expect(progress.placeholder()).toBeUndefined();
    expect(statuses.at(-1)).toMatch(/thinking/);
    progress.stop();
    await clock.advance(0);
    progress.clear();
    expect(statuses.at(-1)).toBeNull();
  });

  it('the placeholder stands in at once for a status that is refused', async () => {
    const { clock, progress, faults } = begin({ status: 'refused' });
    await clock.advance(0);
    expect(progress.placeholder()).toMatch(/thinking/);
    expect(faults[0]?.code).toBe('platform-refused');
    progress.stop();
  });

  it('a mere sign is no word: the placeholder comes all the same', async () => {
    const { clock, progress } = begin({ status: 'sign' });
    await clock.advance(3_000);
    expect(progress.placeholder()).toMatch(/thinking/);
    progress.stop();
  });

  it('a reply that stands already says at once that it goes on', () => {
    const { progress } = begin({ atOnce: true });
    expect(progress.placeholder()).toMatch(/thinking/);
    progress.stop();
  });

  it('says where the question waits', async () => {
    const { clock, draft, progress } = begin();
    await clock.advance(3_000);
    draft.apply({ type: 'waiting', where: 'provider' });
    progress.changed();
    expect(progress.placeholder()).toMatch(/queued at the provider/);
    draft.apply({ type: 'waiting', where: 'here', place: 4 });
    progress.changed();
    expect(progress.placeholder()).toMatch(/4/);
    progress.stop();
  });
});

it('is over with the first readable word, not with white space', async () => {
  const { clock, draft, progress, statuses } = begin({ status: 'sign' });
  await clock.advance(3_000);
  draft.apply({ type: 'text-delta', text: '\n ' });
  progress.changed();
  expect(progress.placeholder()).toMatch(/thinking/);
  draft.apply({ type: 'text-delta', text: 'So' });
  progress.changed();
  expect(progress.placeholder()).toBeUndefined();
  progress.clear();
  expect(statuses.at(-1)).toBeNull();
  expect(clock.timers()).toBe(0);
});
