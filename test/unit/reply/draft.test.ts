import { describe, expect, it } from 'vitest';
import type { AnswerEvent, Usage } from '../../../src/model/types.ts';
import { createDraft } from '../../../src/reply/draft.ts';
import type { Checkpoint } from '../../../src/turns/types.ts';
import { createFakeClock } from '../../fakes/clock.ts';

function toUsage(completion: number): Usage {
  return { prompt: 10, cached: 1, completion, reasoning: 2 };
}

function finish(completion: number | undefined, ...models: string[]): AnswerEvent {
  const usage = completion === undefined ? undefined : toUsage(completion);
  return { type: 'finish', reason: 'stop', usage, models };
}

const before: Checkpoint = {
  pages: [],
  text: 'One ',
  reasoning: 'hm',
  interruptions: 1,
  usage: toUsage(5),
  models: ['a'],
  elapsedMs: 0,
  state: 'broken',
};

describe('a draft', () => {
  it('is byte for byte what the model sent', () => {
    const draft = createDraft(createFakeClock());
    for (const text of ['a', '', ' \n', '\ud83d', '\ude00']) draft.apply({ type: 'text-delta', text });
    expect(draft.text).toBe('a \n\ud83d\ude00');
  });

  it('counts the time of reasoning up to the first text', async () => {
    const clock = createFakeClock();
    const draft = createDraft(clock);
    draft.apply({ type: 'reasoning-delta', text: 'hm' });
    await clock.advance(1_500);
    expect(draft).toMatchObject({ reasoningMs: 1_500, phase: { kind: 'thinking' } });
    draft.apply({ type: 'text-delta', text: 'So' });
    await clock.advance(1_000);
    expect(draft).toMatchObject({ reasoningMs: 1_500, reasoning: 'hm', phase: { kind: 'writing' } });
  });

  it('knows when the first text of this run came', async () => {
    const clock = createFakeClock(1_000);
    const draft = createDraft(clock, before);
    expect(draft.firstTextAt).toBeUndefined();
    await clock.advance(50);
    draft.apply({ type: 'text-delta', text: 'two' });
    await clock.advance(50);
    draft.apply({ type: 'text-delta', text: '.' });
    expect(draft.firstTextAt).toBe(1_050);
  });

  it('says what is going on before the first text', () => {
    const draft = createDraft(createFakeClock());
    expect(draft.phase).toEqual({ kind: 'connecting' });
    draft.apply({ type: 'waiting', where: 'here', place: 3 });
    expect(draft.phase).toEqual({ kind: 'queued-here', place: 3 });
    draft.apply({ type: 'waiting', where: 'provider' });
    expect(draft.phase).toEqual({ kind: 'queued-at-provider' });
  });

  it('keeps its text over an interruption, and drops it when the answer starts again', () => {
    const draft = createDraft(createFakeClock());
    draft.apply({ type: 'text-delta', text: 'Half' });
    draft.apply({ type: 'interrupted', code: 'stalled' });
    expect(draft).toMatchObject({ text: 'Half', interruptions: 1, phase: { kind: 'interrupted' } });
    draft.apply({ type: 'resumed' });
    expect(draft.phase).toEqual({ kind: 'writing' });
    draft.apply({ type: 'restarted' });
    expect(draft).toMatchObject({ text: '', reasoning: '', restarts: 1 });
  });

  it('moves its text to the reasoning when that is what it was, and counts its time there', async () => {
    const clock = createFakeClock();
    const draft = createDraft(clock, before);
    draft.apply({ type: 'text-delta', text: 'two' });
    await clock.advance(700);
    draft.apply({ type: 'reclassified' });
    expect(draft).toMatchObject({
      text: '',
      reasoning: 'hmOne two',
      reasoningMs: 700,
      restarts: 1,
      phase: { kind: 'thinking' },
      firstTextAt: undefined,
    });
    draft.apply({ type: 'reclassified' });
    expect(draft).toMatchObject({ text: '', restarts: 1 });
    await clock.advance(50);
    draft.apply({ type: 'text-delta', text: 'Hi' });
    expect(draft).toMatchObject({ text: 'Hi', phase: { kind: 'writing' }, firstTextAt: clock.monotonic() });
  });

  it('goes on from what an earlier run has left, and adds up what both cost', () => {
    const draft = createDraft(createFakeClock(), before);
    draft.apply({ type: 'text-delta', text: 'two.' });
    draft.apply(finish(7, 'a', 'b'));
    expect(draft).toMatchObject({ text: 'One two.', reasoning: 'hm', interruptions: 1 });
    expect(draft.models).toEqual(['a', 'b']);
    expect(draft.usage).toEqual({ prompt: 20, cached: 2, completion: 12, reasoning: 4 });
  });

  it('keeps the earlier cost where the provider tells none', () => {
    const draft = createDraft(createFakeClock(), before);
    draft.apply(finish(undefined, 'a'));
    expect(draft.usage).toEqual(toUsage(5));
  });
});
