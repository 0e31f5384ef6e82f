// What a turn begins with: its own last state, or that of the turn that it goes on from.

import { describe, expect, it } from 'vitest';
import { createPacer } from '../../../src/pacing/pacer.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import { openReply } from '../../../src/reply/reply.ts';
import { type Checkpoint, goesOnFrom, type Turn } from '../../../src/turns/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { createMemoryPlatform } from '../../fakes/memory-platform.ts';
import { toTestMention } from '../../fakes/mention.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';

const postedAt = createFakeClock().now();
const toState = (text: string, id: string, elapsedMs: number): Checkpoint => ({
  pages: [{ ref: { id }, start: 0, end: text.length, postedAt, sealed: false }],
  ...{ text, reasoning: '', interruptions: 0, usage: undefined, models: [], elapsedMs, state: 'writing' },
});

describe('a turn begins with', () => {
  const own = toState('New', 'm1', 2_000);
  const before = toState('Old', 'm1', 9_000);
  it.each([
    [
      'nothing, when it is asked',
      { kind: 'ask', checkpoint: undefined, before: undefined },
      undefined,
      false,
    ],
    ['its own state after a crash', { kind: 'ask', checkpoint: own, before: undefined }, own, false],
    [
      'the state before, when it is continued',
      { kind: 'continue', checkpoint: undefined, before },
      before,
      false,
    ],
    ['its own state after a crash of Continue', { kind: 'continue', checkpoint: own, before }, own, false],
    ['void text where it is tried again', { kind: 'retry', checkpoint: undefined, before }, before, true],
    [
      'its own state after a crash of Retry, not the old one',
      { kind: 'retry', checkpoint: own, before },
      own,
      false,
    ],
  ] as const)('%s', (_what, turn, checkpoint, fresh) => {
    expect(goesOnFrom(turn)).toEqual({ checkpoint, fresh });
  });
});

async function goOn(states: Pick<Turn, 'kind' | 'checkpoint' | 'before'>, more: string) {
  const clock = createFakeClock();
  const platform = createMemoryPlatform();
  const mention = toTestMention('why?', 'q1');
  const standing = toPlanned(platform.openReply(mention, { turn: 't0' }));
  const look = { body: 'Old answer', opened: 0, closed: 0, cursor: false };
  await standing.post({
    ...{ index: 0, text: 'Old answer', view: look, state: 'writing', final: false, controls: [] },
  });
  const { checkpoint, fresh } = goesOnFrom(states);
  const draft = createDraft(clock, fresh ? undefined : checkpoint);
  const saved: Checkpoint[] = [];
  const turn: Turn = {
    ...{ ...states, id: 't1', mention, by: mention.asker, waited: false },
    save: (state) => void saved.push(state),
    ...{ reword: () => undefined, park: () => undefined },
    ...{ signal: new AbortController().signal, closing: new AbortController().signal },
  };
  const pacer = createPacer({ clock, execute: (_lane, _priority, job) => job() });
  const reply = openReply({
    ...{ turn, platform, draft, pacer, clock, language: 'en' },
    ...{ onWritten: () => undefined, onFault: () => undefined },
    toLostEnding: () => ({ state: 'broken', footer: 'AI', controls: [] }),
  });
  draft.apply({ type: 'text-delta', text: more });
  reply.changed();
  await clock.advance(1_000);
  const ended = reply.end({ state: 'complete', footer: 'AI', controls: [] }, undefined);
  await clock.advance(60_000);
  await ended;
  return { text: platform.textOf('q1'), count: platform.messages.length, last: saved.at(-1) };
}

describe('a Retry that a crash broke off', () => {
  const before = toState('Old answer', 'm1', 60_000);

  it('goes on with what it had written itself, on the same message', async () => {
    const checkpoint = toState('New ', 'm1', 2_000);
    const { text, count, last } = await goOn({ kind: 'retry', checkpoint, before }, 'answer');
    expect({ text, count }).toEqual({ text: 'New answer', count: 1 });
    expect(last?.elapsedMs).toBeGreaterThanOrEqual(2_000);
    expect(last?.elapsedMs).toBeLessThan(60_000);
  });

  it('begins anew over the old answer where it had kept nothing yet', async () => {
    const { text, count } = await goOn({ kind: 'retry', checkpoint: undefined, before }, 'New answer');
    expect({ text, count }).toEqual({ text: 'New answer', count: 1 });
  });
});
