import { afterEach, describe, expect, it } from 'vitest';
import { BotError, type ErrorCode } from '../../src/errors.ts';
import { failureText } from '../../src/notices.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

describe('when somebody asks', () => {
  it('answers in the thread with the text as it grows, and ends with one small line', async () => {
    const { clock, platform, model, last, reports } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    expect(call.prompt.messages.at(-1)?.content).toBe('Ann: why?');
    call.text('Because ');
    await clock.advance(500);
    expect(last()).toMatchObject({ text: 'Because ', state: 'writing', view: { cursor: true } });
    expect(last().controls.map((button) => button.action)).toEqual(['stop']);
    call.text('it is so.');
    await clock.advance(2_000);
    expect(last()).toMatchObject({ text: 'Because it is so.', state: 'writing' });
    call.finish();
    await clock.advance(2_000);
    expect(last()).toMatchObject({ text: 'Because it is so.', state: 'complete', controls: [] });
    expect(last().view.footer).toMatch(/^AI · test-model · \d+ s · 5 tokens$/);
    expect(platform.messages).toHaveLength(1);
    expect(reports).toMatchObject([{ outcome: 'complete', characters: 17, firstTextMs: 0 }]);
  });

  it('leaves a complete answer without its small line where the footer is off', async () => {
    const { clock, platform, model, last } = await startBot({ footer: false });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('So.');
    call.finish();
    await clock.advance(2_000);
    expect(last()).toMatchObject({ text: 'So.', state: 'complete' });
    expect(last().view.footer).toBeUndefined();
  });

  it('goes on in further messages, and loses and repeats nothing', async () => {
    const { clock, platform, model, last } = await startBot({ max: 200 });
    await platform.ask('long?');
    const call = await model.call(0);
    const answer = Array.from({ length: 60 }, (_, n) => `Sentence number ${n} ends here. `).join('');
    for (let at = 0; at < answer.length; at += 37) {
      call.text(answer.slice(at, at + 37));
      await clock.advance(100);
    }
    call.finish();
    await clock.advance(10_000);
    expect(platform.textOf('q1')).toBe(answer);
    expect(platform.messages.length).toBeGreaterThan(8);
    expect(
      platform.messages.slice(0, -1).every(({ page }) => page.state === 'more' && !page.view.cursor),
    ).toBe(true);
    expect(last().state).toBe('complete');
  });

  it('says after three seconds without a word that the model is thinking, and writes the answer over that', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    await clock.advance(2_900);
    expect(platform.messages).toHaveLength(0);
    await clock.advance(300);
    expect(last().view.notice).toMatch(/thinking… \d s/);
    call.say({ type: 'waiting', where: 'provider' });
    await clock.advance(6_000);
    expect(last().view.notice).toMatch(/queued at the provider/i);
    call.text('Now.');
    call.finish();
    await clock.advance(3_000);
    expect(last()).toMatchObject({ text: 'Now.', state: 'complete' });
    expect(last().view.notice).toBeUndefined();
    expect(platform.messages).toHaveLength(1);
  });

  it('answers a mention that is delivered twice once', async () => {
    const { clock, platform, model } = await startBot();
    await platform.ask('why?', { id: 'same', thread: 't' });
    await platform.ask('why?', { id: 'same', thread: 't' });
    const call = await model.call(0);
    call.text('So.');
    call.finish();
    await clock.advance(2_000);
    expect(model.calls).toHaveLength(1);
    expect(platform.messages).toHaveLength(1);
  });

  it('answers one question at a time in a thread, in order, and marks those that wait', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('first', { thread: 't' });
    await platform.ask('second', { thread: 't' });
    const first = await model.call(0);
    expect([...platform.waiting]).toEqual(['memory:q2']);
    first.text('One.');
    first.finish();
    await clock.advance(2_000);
    const second = await model.call(1);
    expect(platform.waiting.size).toBe(0);
    expect(second.prompt.messages.map((message) => message.content)).toContain('One.');
    second.text('Two.');
    second.finish();
    await clock.advance(2_000);
    expect(last('t').text).toBe('Two.');
  });
});

describe('when a mention is no question', () => {
  it('hints at how to ask when there is no text', async () => {
    const { platform, model } = await startBot();
    await platform.ask('  ');
    await Promise.resolve();
    expect(platform.said).toHaveLength(1);
    expect(model.calls).toHaveLength(0);
  });

  it('tells a person over the rate how long to wait, privately, once in ten minutes', async () => {
    const { clock, platform } = await startBot({ userRate: 2 });
    for (const thread of ['a', 'b', 'c', 'd']) await platform.ask('why?', { thread });
    await clock.advance(0);
    expect(platform.whispers).toHaveLength(1);
    expect(platform.whispers[0]).toMatch(/\d+ s/);
  });

  it('tells a blocked person so, and asks no model', async () => {
    const { clock, platform, model } = await startBot();
    await platform.ask('why?', { asker: { id: 'U666', name: 'Mal' } });
    await clock.advance(0);
    expect(platform.whispers).toHaveLength(1);
    expect(model.calls).toHaveLength(0);
  });
});

describe('when a person stops the answer', () => {
  it.each(['button', 'word'] as const)('closes the model call and says who stopped it (%s)', async (way) => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?', { thread: 't' });
    const call = await model.call(0);
    call.text('Because of a long ');
    await clock.advance(1_000);
    const by = { id: 'U2', name: 'Bob' };
    const turn = last('t').controls[0]?.turn ?? '';
    const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
    if (way === 'button') await platform.press({ action: 'stop', turn, by, at });
    else await platform.ask('Stop', { thread: 't', asker: by });
    await clock.advance(1_000);
    expect(call.signal.aborted).toBe(true);
    expect(last('t')).toMatchObject({
      text: 'Because of a long ',
      state: 'stopped',
      view: { cursor: false },
    });
    expect(last('t').view.footer).toMatch(/stopped by .*Bob/);
  });

  it('says so when there is nothing to stop', async () => {
    const { clock, platform } = await startBot();
    await platform.ask('stop');
    await clock.advance(0);
    expect(platform.whispers).toHaveLength(1);
  });

  it('takes deleting the reply for a stop, and posts nothing more', async () => {
    const { clock, platform, model, reports } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Because ');
    await clock.advance(1_000);
    const shown = platform.messages[0];
    if (shown) shown.deleted = true;
    call.text('of that');
    await clock.advance(3_000);
    expect(call.signal.aborted).toBe(true);
    expect(platform.messages).toHaveLength(1);
    expect(reports).toMatchObject([{ outcome: 'deleted' }]);
  });
});

describe('when a person deletes an earlier page of the reply', () => {
  it('stops, posts nothing more, and leaves no page that looks as if it went on', async () => {
    const { clock, platform, model, last, reports } = await startBot({ max: 100 });
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('A sentence of some length. '.repeat(6));
    await clock.advance(3_000);
    expect(platform.messages).toHaveLength(2);
    expect(last()).toMatchObject({ state: 'writing', view: { cursor: true } });
    const first = platform.messages[0];
    if (first) first.deleted = true;
    const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
    await platform.press({ action: 'deleted', message: first?.id ?? '', at });
    await clock.advance(3_000);
    expect(call.signal.aborted).toBe(true);
    expect(platform.messages).toHaveLength(2);
    expect(last()).toMatchObject({ state: 'broken', controls: [], view: { cursor: false } });
    expect(reports).toMatchObject([{ outcome: 'deleted' }]);
  });
});

describe('when the model fails', () => {
  const codes: ErrorCode[] = [
    'no-balance',
    'rate-limited',
    'broken-off',
    'stalled',
    'unknown-model',
    'empty-answer',
  ];
  it.each(codes)('keeps the text that had arrived and says in plain words what %s means', async (code) => {
    const { clock, platform, model, last, reports } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half an ans');
    await clock.advance(500);
    call.fail(code);
    await clock.advance(3_000);
    expect(last()).toMatchObject({
      text: 'Half an ans',
      state: 'broken',
      view: { tone: 'error', cursor: false },
    });
    expect(last().view.notice).toBe(failureText(new BotError(code, ''), 'en', {}));
    expect(last().controls.map((button) => button.action)).toEqual(['continue', 'retry']);
    expect(reports).toMatchObject([{ outcome: 'broken', failure: { code } }]);
  });

  it('shows a bug as a short id that stands in the report', async () => {
    const { clock, platform, model, last, reports } = await startBot();
    await platform.ask('why?');
    (await model.call(0)).say(null as never);
    await clock.advance(3_000);
    expect(last().view.notice).toContain('b1');
    expect(last().view.notice).not.toMatch(/null|TypeError|undefined/);
    expect(reports).toMatchObject([{ failure: { code: 'internal', bugId: 'b1' } }]);
  });

  it('starts again in the same message when Retry is pressed', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const first = await model.call(0);
    first.text('Half');
    first.fail('broken-off');
    await clock.advance(3_000);
    const turn = last().controls[0]?.turn ?? '';
    const press = {
      turn,
      by: { id: 'U2', name: 'Bob' },
      at: { platform: 'memory', scope: 'T', channel: 'C', direct: false },
    };
    expect(await platform.press({ action: 'retry', ...press })).toBeUndefined();
    const second = await model.call(1);
    expect(second.prompt.answer).toBeUndefined();
    second.text('Whole.');
    second.finish();
    await clock.advance(3_000);
    expect(last()).toMatchObject({ text: 'Whole.', state: 'complete' });
    expect(platform.messages).toHaveLength(1);
    expect(await platform.press({ action: 'retry', ...press })).toMatch(/./);
  });

  it('goes on in the same message when Continue is pressed at the token limit', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const first = await model.call(0);
    first.text('One two ');
    first.finish('length');
    await clock.advance(3_000);
    expect(last().state).toBe('length');
    const button = last().controls[0];
    expect(button?.action).toBe('continue');
    const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
    await platform.press({ action: 'continue', turn: button?.turn ?? '', by: { id: 'U1', name: 'Ann' }, at });
    const second = await model.call(1);
    expect(second.prompt.answer?.text).toBe('One two ');
    second.text('three.');
    second.finish();
    await clock.advance(3_000);
    expect(last()).toMatchObject({ text: 'One two three.', state: 'complete' });
    expect(last().view.footer).toContain('10 tokens');
    expect(platform.messages).toHaveLength(1);
  });

  it('tries once more with less of the thread when the model finds it too long', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    (await model.call(0)).fail('context-too-long');
    const second = await model.call(1);
    second.text('So.');
    second.finish();
    await clock.advance(3_000);
    expect(last()).toMatchObject({ text: 'So.', state: 'complete' });
  });

  it.each(['context-too-long', 'too-large'] as const)(
    'lets the files of a question shrink before its thread, and names them to the reader (%s)',
    async (code) => {
      const { clock, platform, model, last } = await startBot();
      await platform.ask('Before.');
      (await model.call(0)).text('An answer that stays.');
      (await model.call(0)).finish();
      await clock.advance(3_000);
      platform.fetchAttachment = async () => new TextEncoder().encode('line of a log\n'.repeat(5_000));
      const log = { id: 'f', name: 'a.log', mediaType: 'text/plain', size: 70_000, url: 'x' };
      await platform.ask('why?', { thread: 'q1', attachments: [log] });
      const sent = async (index: number) => JSON.stringify((await model.call(index)).prompt.messages);
      const first = await sent(1);
      (await model.call(1)).fail(code);
      const second = await sent(2);
      (await model.call(2)).text('So.');
      (await model.call(2)).finish();
      await clock.advance(3_000);

      expect(first).toContain('An answer that stays.');
      expect(second).toContain('An answer that stays.');
      expect(second.length).toBeLessThan(first.length / 2);
      expect(second).toMatch(/attached, only the first \d+ of 70000 characters: a\.log/);
      expect(last().view.notice).toContain('Only the beginning was read: a.log.');
    },
  );
});

describe('when the platform fails', () => {
  it('writes the end again until it lands', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half');
    await clock.advance(1_000);
    let failures = 6;
    platform.fault = () => {
      failures -= 1;
      if (failures >= 0) throw new BotError('platform-unavailable', '503');
    };
    call.text(' and whole.');
    call.finish();
    await clock.advance(120_000);
    expect(last()).toMatchObject({ text: 'Half and whole.', state: 'complete' });
  });

  it('puts the rest on a new message when the first takes no more', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half');
    await clock.advance(1_000);
    platform.fault = (op, page) => {
      if (op === 'edit' && page.index === 0) throw new BotError('page-sealed', 'archived', { shown: 4 });
    };
    call.text(' and whole.');
    call.finish();
    await clock.advance(5_000);
    expect(platform.textOf('q1')).toBe('Half and whole.');
    expect(platform.messages).toHaveLength(2);
    expect(last().state).toBe('complete');
  });

  it('shows the ending on a page of its own when the whole text stands but its page takes no more', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Whole.');
    await clock.advance(2_000);
    platform.fault = (op) => {
      if (op === 'edit') throw new BotError('page-sealed', 'edit window closed');
    };
    call.fail('broken-off');
    await clock.advance(5_000);
    expect(platform.textOf('q1')).toBe('Whole.');
    expect(last()).toMatchObject({ text: '', state: 'broken' });
  });

  it('stops asking the model when nothing can be posted', async () => {
    const { clock, platform, model, reports } = await startBot();
    platform.fault = () => {
      throw new BotError('platform-refused', 'not_in_channel');
    };
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half');
    await clock.advance(3_000);
    expect(call.signal.aborted).toBe(true);
    expect(reports).toMatchObject([{ outcome: 'undelivered', failure: { code: 'platform-refused' } }]);
  });

  it('waits out a 429 and writes the newest text then', async () => {
    const { clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('a');
    await clock.advance(1_000);
    let limited = 1;
    platform.fault = () => {
      limited -= 1;
      if (limited >= 0)
        throw new BotError('platform-rate-limited', '429', { retryAfterMs: 5_000, where: 'memory:T:edit' });
    };
    call.text('b');
    await clock.advance(2_000);
    expect(last().text).toBe('a');
    call.text('c');
    await clock.advance(6_000);
    expect(last().text).toBe('abc');
    call.finish();
    await clock.advance(6_000);
    expect(last()).toMatchObject({ text: 'abc', state: 'complete' });
  });
});

describe('when the process is told to stop', () => {
  it('ends a running answer with an honest notice after the grace', async () => {
    const { bot, clock, platform, model, last } = await startBot();
    await platform.ask('why?');
    const call = await model.call(0);
    call.text('Half');
    await clock.advance(1_000);
    const stopped = bot.stop(5_000);
    await clock.advance(5_001);
    await clock.advance(3_000);
    await stopped;
    expect(last()).toMatchObject({ text: 'Half', state: 'broken', view: { cursor: false } });
    expect(last().view.notice).toBe(failureText(new BotError('shutdown', ''), 'en', {}));
  });
});
