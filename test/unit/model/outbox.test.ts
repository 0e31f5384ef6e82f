import { describe, expect, it } from 'vitest';
import { createOutbox, type Outbox } from '../../../src/model/outbox.ts';
import type { AnswerEvent } from '../../../src/model/types.ts';

const text = (piece: string): AnswerEvent => ({ type: 'text-delta', text: piece });
const finish: AnswerEvent = { type: 'finish', reason: 'stop', usage: undefined, models: [] };

/** A writer that a test holds in its hand. */
function begin(signal = new AbortController().signal) {
  let end: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  let starts = 0;
  let outbox: Outbox | undefined;
  const events = createOutbox(signal, (given) => {
    starts += 1;
    outbox = given;
    return new Promise((resolve, reject) => {
      end = resolve;
      fail = reject;
    });
  });
  return {
    events,
    starts: () => starts,
    end: () => end(),
    fail: (error: unknown) => fail(error),
    outbox(): Outbox {
      if (outbox === undefined) throw new Error('not started');
      return outbox;
    },
  };
}

const given = (value: AnswerEvent) => ({ done: false, value });
const over = { done: true, value: undefined };

describe('a reader', () => {
  it('starts the writing by asking, gets what waits joined by kind, and then what comes', async () => {
    const { events, starts, outbox, end } = begin();
    expect(starts()).toBe(0);
    const first = events.next();
    expect(starts()).toBe(1);
    outbox().tell({ type: 'waiting', where: 'provider' });
    expect(await first).toEqual(given({ type: 'waiting', where: 'provider' }));
    outbox().tell({ type: 'reasoning-delta', text: 'h' });
    outbox().tell({ type: 'reasoning-delta', text: 'm' });
    outbox().tell(text('a'));
    outbox().tell(text('b'));
    expect(await events.next()).toEqual(given({ type: 'reasoning-delta', text: 'hm' }));
    expect(await events.next()).toEqual(given(text('ab')));
    const [one, two] = [events.next(), events.next()];
    outbox().tell(text('c'));
    outbox().tell(finish);
    end();
    expect(await Promise.all([one, two, events.next()])).toEqual([given(text('c')), given(finish), over]);
  });

  it('gets an error after all that was told, once', async () => {
    const { events, outbox, fail } = begin();
    const first = events.next();
    outbox().tell(text('a'));
    outbox().tell(text('b'));
    fail(new Error('broken'));
    expect(await first).toEqual(given(text('a')));
    expect(await events.next()).toEqual(given(text('b')));
    await expect(events.next()).rejects.toThrow('broken');
    expect(await events.next()).toEqual(over);
  });

  it('that leaves aborts the writing and waits for its end', async () => {
    const { events, outbox, fail } = begin();
    void events.next();
    outbox().tell(text('a'));
    const left = events.return?.();
    expect(outbox().signal.aborted).toBe(true);
    fail(outbox().signal.reason);
    expect(await left).toEqual(over);
    expect(await events.next()).toEqual(over);
  });

  it('that leaves before it began starts nothing', async () => {
    const { events, starts } = begin();
    await events.return?.();
    expect(await events.next()).toEqual(over);
    expect(starts()).toBe(0);
  });
});

describe('an abort', () => {
  it('drops what waits, and is thrown when the writing has ended', async () => {
    const aborter = new AbortController();
    const { events, outbox, fail } = begin(aborter.signal);
    const first = events.next();
    outbox().tell(text('a'));
    outbox().tell(text('b'));
    await first;
    aborter.abort('stop');
    outbox().tell(text('c'));
    fail(outbox().signal.reason);
    await expect(events.next()).rejects.toBe('stop');
    expect(await events.next()).toEqual(over);
  });

  it.each(['before the writing has ended', 'after it'])(
    '%s is thrown although the end waits already',
    async (when) => {
      const aborter = new AbortController();
      const { events, outbox, end } = begin(aborter.signal);
      const first = events.next();
      outbox().tell(text('a'));
      outbox().tell(finish);
      await first;
      if (when === 'after it') {
        end();
        await new Promise((resolve) => setImmediate(resolve));
      }
      aborter.abort('stop');
      end();
      await expect(events.next()).rejects.toBe('stop');
    },
  );

  it('does nothing to a reader who has the end', async () => {
    const aborter = new AbortController();
    const { events, outbox, end } = begin(aborter.signal);
    const first = events.next();
    outbox().tell(finish);
    aborter.abort('stop');
    end();
    expect(await first).toEqual(given(finish));
    expect(await events.next()).toEqual(over);
  });

  it('before the start is thrown, and nothing starts', async () => {
    const { events, starts } = begin(AbortSignal.abort('stop'));
    await expect(events.next()).rejects.toBe('stop');
    expect(starts()).toBe(0);
  });
});

it('is full at 256 K characters, and tells when there is room again', async () => {
  const { events, outbox } = begin();
  const first = events.next();
  let rooms = 0;
  outbox().onRoom(() => {
    rooms += 1;
  });
  outbox().tell(text('a'));
  await first;
  outbox().tell(text('x'.repeat(256 * 1024)));
  expect(outbox().isFull()).toBe(false);
  outbox().tell(text('y'));
  expect(outbox().isFull()).toBe(true);
  await events.next();
  expect([outbox().isFull(), rooms]).toEqual([false, 1]);
});
