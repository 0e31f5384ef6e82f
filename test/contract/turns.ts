// What every Turns must do; run once for each implementation.

import { describe, expect, it } from 'vitest';
import type { Checkpoint, Turn, TurnOutcome, Turns } from '../../src/turns/types.ts';
import { toTestMention } from '../fakes/mention.ts';

export interface TurnsBench {
  readonly turns: Turns;
  pass(ms: number): Promise<void>;
}

const ann = { id: 'U1', name: 'Ann' };
const bob = { id: 'U2', name: 'Bob' };

function toCheckpoint(text: string, pages: string[] = []): Checkpoint {
  return {
    pages: pages.map((id, index) => ({
      ref: { id },
      start: index,
      end: index + 1,
      postedAt: 0,
      sealed: false,
    })),
    text,
    reasoning: '',
    interruptions: 0,
    usage: undefined,
    models: [],
    elapsedMs: 0,
    state: 'broken',
  };
}

/** Work that ends when the test says so. */
function createWork() {
  const started: Turn[] = [];
  const ends = new Map<string, (outcome: TurnOutcome) => void>();
  const waiting: { text: string; resolve: (turn: Turn) => void }[] = [];
  return {
    started,
    run(turn: Turn): Promise<TurnOutcome> {
      started.push(turn);
      for (const one of waiting.filter(({ text }) => text === turn.mention.text)) one.resolve(turn);
      return new Promise((resolve) => ends.set(turn.id, resolve));
    },
    begun(text: string): Promise<Turn> {
      const known = started.find((turn) => turn.mention.text === text);
      if (known) return Promise.resolve(known);
      return new Promise((resolve) => waiting.push({ text, resolve }));
    },
    end(turn: Turn, keep = false): void {
      ends.get(turn.id)?.({ keep });
    },
  };
}

export function describeTurns(name: string, open: () => Promise<TurnsBench>): void {
  describe(`turns (${name})`, () => {
    it('accepts a mention once, however often it is delivered', async () => {
      const { turns } = await open();
      const work = createWork();
      turns.run(work.run);
      const mention = toTestMention('a', '1');
      expect(await turns.submit(mention)).toMatchObject({ ahead: 0 });
      expect(await turns.submit(mention)).toBe(false);
      work.end(await work.begun('a'));
      expect(await turns.submit(mention)).toBe(false);
      expect(work.started).toHaveLength(1);
    });

    it('runs the turns of one thread one after another, in order, and those of other threads at once', async () => {
      const { turns } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1', { thread: 'T' }));
      expect(await turns.submit(toTestMention('b', '2', { thread: 'T' }))).toMatchObject({ ahead: 1 });
      expect(await turns.submit(toTestMention('c', '3', { thread: 'T' }))).toMatchObject({ ahead: 2 });
      await turns.submit(toTestMention('other', '4', { thread: 'U' }));
      await work.begun('other');
      expect(work.started.map((turn) => turn.mention.text).sort()).toEqual(['a', 'other']);
      work.end(await work.begun('a'));
      work.end(await work.begun('b'));
      work.end(await work.begun('c'));
      expect(work.started.map((turn) => turn.mention.text).filter((text) => text !== 'other')).toEqual([
        'a',
        'b',
        'c',
      ]);
    });

    it('runs what was submitted before it was told to run', async () => {
      const { turns } = await open();
      const work = createWork();
      await turns.submit(toTestMention('early', '1'));
      turns.run(work.run);
      expect((await work.begun('early')).kind).toBe('ask');
    });

    it.each([
      ['its thread', { thread: 'memory:T:C:1' }],
      ['a page of its reply', { page: 'p1' }],
      ['its channel', { channel: 'memory:T:C' }],
      ['its channel and asker', { channel: 'memory:T:C', asker: 'U1' }],
    ])('aborts the running turn that is named by %s, with the reason given', async (_name, target) => {
      const { turns } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1'));
      const turn = await work.begun('a');
      turn.save(toCheckpoint('x', ['p1']));
      const reason = { code: 'stopped', by: bob } as const;
      expect(await turns.cancel(target, reason)).toBe(turn.id);
      expect(turn.signal.reason).toMatchObject({ code: 'stopped', by: bob });
    });

    it('finds nothing to abort when nothing runs there', async () => {
      const { turns } = await open();
      turns.run(createWork().run);
      const reason = { code: 'stopped', by: bob } as const;
      expect(await turns.cancel({ turn: 'none' }, reason)).toBeUndefined();
      expect(await turns.cancel({ channel: 'memory:T:C', asker: 'U9' }, reason)).toBeUndefined();
    });

    it('goes on from a kept checkpoint, for the presser, once', async () => {
      const { turns, pass } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1'));
      const first = await work.begun('a');
      const tooEarly = turns.again(first.id, 'continue', bob);
      await pass(5_000);
      expect(await tooEarly).toBe('busy');
      first.save(toCheckpoint('half', ['p1']));
      // The button stands a moment before the turn is over.
      const pressed = turns.again(first.id, 'continue', bob);
      work.end(first, true);
      const again = await pressed;
      expect(again).toMatchObject({ ahead: 0 });
      const second = await until(
        async () => work.started[1],
        (turn) => turn !== undefined,
      );
      expect(second).toMatchObject({ kind: 'continue', by: bob, mention: { text: 'a', asker: ann } });
      expect(second?.before).toMatchObject({ text: 'half' });
      expect(second?.checkpoint).toBeUndefined();
      expect(await turns.again(first.id, 'continue', bob)).toBe('busy');
      if (second) work.end(second);
      await until(
        async () => turns.count().running,
        (running) => running === 0,
      );
      expect(await turns.again(first.id, 'continue', bob)).toBe('expired');
    });

    it.each([
      ['its own', true, 'new'],
      ['that of the turn before, where it kept none', false, 'half'],
    ] as const)(
      'keeps the state of a Retry apart from the one before, and hands on %s',
      async (_what, saves, text) => {
        const { turns } = await open();
        const work = createWork();
        turns.run(work.run);
        await turns.submit(toTestMention('a', '1'));
        const begun = (count: number) =>
          until(
            async () => work.started[count - 1],
            (turn) => turn !== undefined,
          );
        const first = await begun(1);
        first?.save(toCheckpoint('half', ['p1']));
        const pressed = turns.again(first?.id ?? '', 'retry', bob);
        if (first) work.end(first, true);
        await pressed;
        const second = await begun(2);
        expect(second).toMatchObject({ checkpoint: undefined, before: { text: 'half' } });
        if (saves) second?.save(toCheckpoint('new', ['p2']));
        const again = turns.again(second?.id ?? '', 'continue', bob);
        if (second) work.end(second, true);
        await again;
        const third = await begun(3);
        expect(third).toMatchObject({ checkpoint: undefined, before: { text } });
        const page = saves ? 'p2' : 'p1';
        const reason = { code: 'message-deleted', page } as const;
        // Its reply stands there already, though it has kept nothing itself.
        expect(await turns.cancel({ page }, reason)).toBe(third?.id);
        expect(third?.signal.reason).toMatchObject(reason);
      },
    );

    it('forgets a kept checkpoint after a day', async () => {
      const { turns, pass } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1'));
      const turn = await work.begun('a');
      turn.save(toCheckpoint('half'));
      work.end(turn, true);
      await pass(25 * 60 * 60_000);
      expect(await turns.again(turn.id, 'retry', bob)).toBe('expired');
    });

    it('ends what runs after the grace, and accepts no more', async () => {
      const { turns, pass } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1', { thread: 'T' }));
      await turns.submit(toTestMention('b', '2', { thread: 'T' }));
      const turn = await work.begun('a');
      const stopped = turns.stop(1_000);
      await expect(turns.submit(toTestMention('c', '3'))).rejects.toMatchObject({ code: 'shutdown' });
      expect(turn.signal.aborted).toBe(false);
      await pass(1_001);
      expect(turn.signal.reason).toMatchObject({ code: 'shutdown' });
      work.end(turn);
      const waiting = await work.begun('b');
      expect(waiting.signal.reason).toMatchObject({ code: 'shutdown' });
      work.end(waiting);
      await stopped;
      expect(turns.count()).toEqual({ running: 0, waiting: 0 });
    });

    it('goes on with nothing that was pressed in the last moments of a turn that the end of the process ends', async () => {
      const { turns, pass } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1'));
      const turn = await work.begun('a');
      const stopped = turns.stop(1_000);
      await pass(1_001);
      turn.save(toCheckpoint('half', ['p1']));
      const stopping = turns.again(turn.id, 'continue', bob);
      work.end(turn, true);
      await expect(stopping).rejects.toMatchObject({ code: 'shutdown' });
      await stopped;
      expect(work.started).toHaveLength(1);
    });

    it('goes on with nothing that was pressed before the process was told to end, either', async () => {
      const { turns, pass } = await open();
      const work = createWork();
      turns.run(work.run);
      await turns.submit(toTestMention('a', '1'));
      const turn = await work.begun('a');
      turn.save(toCheckpoint('half', ['p1']));
      const pressed = turns.again(turn.id, 'continue', bob).catch((error: unknown) => error);
      const stopped = turns.stop(1_000);
      await pass(1_001);
      work.end(turn, true);
      expect(await pressed).toMatchObject({ code: 'shutdown' });
      await stopped;
      expect(work.started).toHaveLength(1);
    });
  });
}

async function until<T>(read: () => Promise<T>, isReady: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (isReady(value)) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
