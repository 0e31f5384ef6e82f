// Retry and Continue go on in the reply that stands, and thoughts can be read while they come: as a reader sees it, moment by moment.

import { afterEach, describe, expect, it } from 'vitest';
import type { ControlAction } from '../../src/platform.ts';
import type { MemoryPlatform } from '../fakes/memory-platform.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

const ann = { id: 'U1', name: 'Ann' };
const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
const statusLane = { key: 'memory:T:status', platform: 'memory', scope: 'T', perMinute: 6_000, burst: 100 };

/** What is said beside the messages, as it stands. */
const beside = (statuses: (string | null)[], more: object) => (platform: MemoryPlatform) => {
  const { openReply } = platform;
  platform.openReply = (mention, reply) => ({
    ...openReply(mention, reply),
    ...{ statusLane, statusIsText: true, ...more },
    status: async (text) => void statuses.push(text),
  });
};

async function failed(text: string, statuses: (string | null)[] = [], more: object = {}) {
  const started = await startBot({ prepare: beside(statuses, more) });
  const { platform, clock, model, last } = started;
  await platform.ask('why?');
  const call = await model.call(0);
  if (text !== '') call.text(text);
  await clock.advance(2_000);
  call.fail('broken-off');
  await clock.advance(5_000);
  statuses.splice(0);
  const press = async (action: ControlAction, thread = 'q1') => {
    const turn = last(thread).controls.find((button) => button.action === action)?.turn ?? '';
    return platform.press({ action, turn, by: ann, at });
  };
  return { ...started, press };
}

describe('from the press of a button on', () => {
  it.each([
    ['retry', ''],
    ['retry', 'Half an answer.'],
    ['continue', 'Half an answer.'],
  ] as const)(
    '%s of “%s” looks like a reply that is being written, in the same place',
    async (action, text) => {
      const statuses: (string | null)[] = [];
      const { platform, clock, model, last, press } = await failed(text, statuses);
      const before = platform.messages.length;
      const { id } = platform.messages[0] ?? {};
      expect(await press(action)).toBeUndefined();
      await clock.advance(300);
      expect(platform.messages).toHaveLength(before);
      expect(platform.messages[0]?.id).toBe(id);
      const page = last();
      expect(page).toMatchObject({ state: 'writing', final: false });
      expect(page.view.footer).toBeUndefined();
      expect(page.controls.map((button) => button.action)).toEqual(['stop']);
      if (action === 'retry') expect(page.view.notice).toMatch(/^thinking…/);
      else expect([page.text, page.view.cursor, page.view.notice]).toEqual([text, true, undefined]);
      // Nothing is said beside it: that would be a second reply.
      await clock.advance(20_000);
      expect(statuses.filter((status) => status !== null)).toEqual([]);
      const call = await model.call(1);
      call.text(' And more.');
      call.finish('stop');
      await clock.advance(5_000);
      expect(platform.textOf('q1')).toBe(action === 'retry' ? ' And more.' : `${text} And more.`);
      expect(platform.messages.filter(({ deleted }) => !deleted)).toHaveLength(1);
    },
  );

  it('a mere sign, such as typing, is shown all the same', async () => {
    const statuses: (string | null)[] = [];
    const { press, clock } = await failed('Half.', statuses, { statusIsText: false });
    await press('continue');
    await clock.advance(300);
    expect(statuses.length).toBeGreaterThan(0);
  });
});

describe('a stopped answer', () => {
  it('goes on by itself never, and by Continue from where it stood', async () => {
    const { platform, clock, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half of ');
    await clock.advance(2_000);
    await platform.press({ action: 'stop', turn: last().controls[0]?.turn ?? '', by: ann, at });
    await clock.advance(600_000);
    expect(model.calls).toHaveLength(1);
    expect(last()).toMatchObject({ state: 'stopped', text: 'Half of ' });
    expect(last().controls.map(({ action }) => action)).toEqual(['continue', 'retry']);
    await platform.press({ action: 'continue', turn: last().controls[0]?.turn ?? '', by: ann, at });
    const again = await model.call(1);
    expect(again.prompt.answer?.text).toBe('Half of ');
    again.text('it all.');
    again.finish('stop');
    await clock.advance(5_000);
    expect(platform.textOf('q1')).toBe('Half of it all.');
    expect(last()).toMatchObject({ state: 'complete', controls: [] });
  });

  it('that was stopped before its first word is only asked anew', async () => {
    const { platform, clock, model, last } = await startBot();
    await platform.ask('why?');
    await model.call(0);
    await clock.advance(4_000);
    await platform.press({ action: 'stop', turn: last().controls[0]?.turn ?? '', by: ann, at });
    await clock.advance(2_000);
    expect(last().controls.map(({ action }) => action)).toEqual(['retry']);
  });
});

describe('thoughts, where pages show them', () => {
  const showsReasoning = { showsReasoning: true };

  it('can be read while they come, on the first run', async () => {
    const statuses: (string | null)[] = [];
    const { platform, clock, model, last } = await startBot({ prepare: beside(statuses, showsReasoning) });
    await platform.ask('why?');
    const call = await model.call(0);
    call.say({ type: 'reasoning-delta', text: 'One thought.' });
    await clock.advance(1_000);
    expect(last()).toMatchObject({ text: '', state: 'writing', final: false });
    expect(last().view.reasoning).toMatchObject({ text: 'One thought.', done: false });
    // They say themselves that it is thinking.
    expect(last().view.notice).toBeUndefined();
    expect(last().controls.map(({ action }) => action)).toEqual(['stop']);
    const said = statuses.length;
    call.say({ type: 'reasoning-delta', text: ' Another.' });
    await clock.advance(20_000);
    expect(last().view.reasoning).toMatchObject({ text: 'One thought. Another.', done: false });
    expect(statuses.slice(said)).toEqual([]);
    call.text('So.');
    await clock.advance(1_000);
    expect(last()).toMatchObject({ text: 'So.', view: { reasoning: { done: true } } });
    call.finish('stop');
    await clock.advance(5_000);
    expect(platform.messages).toHaveLength(1);
  });

  it('say in words when it is tried again after them', async () => {
    const { platform, clock, model, last } = await startBot({ prepare: beside([], showsReasoning) });
    await platform.ask('why?');
    const call = await model.call(0);
    call.say({ type: 'reasoning-delta', text: 'One thought.' });
    await clock.advance(1_000);
    call.say({ type: 'retrying', attempt: 2, waitMs: 500 });
    await clock.advance(5_000);
    expect(last().view.notice).toMatch(/trying again \(attempt 2\)/);
  });

  it('that end without an answer leave a reply that was not answered', async () => {
    const { platform, clock, model, last } = await startBot({ prepare: beside([], showsReasoning) });
    await platform.ask('why?');
    const call = await model.call(0);
    call.say({ type: 'reasoning-delta', text: 'One thought.' });
    await clock.advance(1_000);
    call.fail('stalled');
    await clock.advance(5_000);
    expect(last()).toMatchObject({
      state: 'broken',
      view: { reasoning: { text: 'One thought.', done: true } },
    });
    expect(last().view.footer).toMatch(/^AI · not answered · /);
    expect(last().controls.map(({ action }) => action)).toEqual(['retry']);
  });

  it('cost no more calls a second than text does', async () => {
    let calls = 0;
    const { platform, clock, model } = await startBot({ prepare: beside([], showsReasoning) });
    platform.fault = () => {
      calls += 1;
      return undefined;
    };
    await platform.ask('why?');
    const call = await model.call(0);
    for (let n = 0; n < 400; n += 1) {
      call.say({ type: 'reasoning-delta', text: ' word' });
      await clock.advance(25);
    }
    expect(calls).toBeGreaterThan(20);
    expect(calls).toBeLessThanOrEqual(45);
  });
});

describe('where the provider says how long', () => {
  it('the reply says when Retry makes sense, in words and as a time', async () => {
    const { platform, clock, model, last } = await startBot();
    await platform.ask('why?');
    (await model.call(0)).fail('overloaded', { retryAfterMs: 30_000 });
    const now = clock.now();
    await clock.advance(2_000);
    expect(last().view.notice).toContain('Press Retry in 30 s');
    expect(last().retryAt).toBe(now + 30_000);
  });
});

describe('a press while another answer of the thread is being written', () => {
  it.each([
    ['retry', ''],
    ['retry', 'Half an answer.'],
    ['continue', 'Half an answer.'],
  ] as const)(
    '%s of “%s” shows at once that it waits, and goes on in the same place',
    async (action, text) => {
      const statuses: (string | null)[] = [];
      const { platform, clock, model } = await failed(text, statuses);
      await platform.ask('and this?', { thread: 'q1' });
      const other = await model.call(1);
      other.text('Another answer');
      await clock.advance(2_000);
      statuses.splice(0);
      const first = platform.messages[0];
      const turn = first?.page.controls.find((button) => button.action === action)?.turn ?? '';
      expect(await platform.press({ action, turn, by: ann, at })).toContain('yours is next');
      await clock.advance(500);
      expect(first?.page).toMatchObject({
        state: 'writing',
        view: { notice: expect.stringMatching(/^waiting/) },
      });
      expect(first?.page.view.footer).toBeUndefined();
      expect(first?.page.controls.map((button) => button.action)).toEqual(['stop']);
      expect(first?.page.text).toBe(action === 'retry' ? '' : text);
      // A minute of waiting is no call, and no second sign.
      let calls = 0;
      platform.fault = () => {
        calls += 1;
        return undefined;
      };
      await clock.advance(60_000);
      expect([calls, statuses]).toEqual([0, []]);
      other.finish('stop');
      await clock.advance(2_000);
      const again = await model.call(2);
      again.text(' And more.');
      await clock.advance(2_000);
      expect(first?.page.view.notice).toBeUndefined();
      again.finish('stop');
      await clock.advance(2_000);
      expect(first?.page).toMatchObject({
        state: 'complete',
        text: action === 'retry' ? ' And more.' : `${text} And more.`,
      });
      // The wait is not counted as time spent on it.
      expect(Number(/ (\d+) s/.exec(first?.page.view.footer ?? '')?.[1])).toBeLessThan(15);
      expect(platform.messages.filter(({ deleted }) => !deleted)).toHaveLength(2);
    },
  );

  it('a stop of what waits ends it as stopped at once, and a press goes on with it again', async () => {
    const { platform, clock, model } = await failed('Half.');
    await platform.ask('and this?', { thread: 'q1' });
    const other = await model.call(1);
    const first = platform.messages[0];
    const by = ann;
    await platform.press({ action: 'continue', turn: first?.page.controls[0]?.turn ?? '', by, at });
    await clock.advance(500);
    await platform.press({ action: 'stop', turn: first?.page.controls[0]?.turn ?? '', by, at });
    await clock.advance(5_000);
    expect(model.calls).toHaveLength(2);
    expect(first?.page).toMatchObject({ state: 'stopped', text: 'Half.' });
    expect(first?.page.controls.map(({ action }) => action)).toEqual(['continue', 'retry']);
    expect(other.signal.aborted).toBe(false);
    await platform.press({ action: 'continue', turn: first?.page.controls[0]?.turn ?? '', by, at });
    other.text('So.');
    other.finish('stop');
    const again = await model.call(2);
    again.text(' And more.');
    again.finish('stop');
    await clock.advance(5_000);
    expect(first?.page).toMatchObject({ state: 'complete', text: 'Half. And more.' });
  });

  it('also where it waits for a free place among the answers that are written at once', async () => {
    const { platform, clock, model, last } = await startBot({ slots: 1 });
    await platform.ask('why?');
    (await model.call(0)).text('Half.');
    await clock.advance(1_000);
    (await model.call(0)).fail('broken-off');
    await clock.advance(2_000);
    await platform.ask('elsewhere');
    await model.call(1);
    await platform.press({ action: 'continue', turn: last().controls[0]?.turn ?? '', by: ann, at });
    await clock.advance(1_000);
    expect(last()).toMatchObject({ state: 'writing', text: 'Half.' });
    expect(last().view.notice).toMatch(/number 1 in the queue/);
    expect(last().controls.map(({ action }) => action)).toEqual(['stop']);
  });
});
