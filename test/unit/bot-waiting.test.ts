// What becomes of a question that waits for its turn: it is asked as it reads when its turn begins, or not at all.

import { afterEach, describe, expect, it } from 'vitest';
import { BotError } from '../../src/errors.ts';
import type { Mention } from '../../src/platform.ts';
import { startBot, stopBots } from '../fakes/started-bot.ts';

afterEach(stopBots);

type Now = Mention | 'gone';

/** A first question is being answered, and a second one waits in its thread. */
async function waiting(over: Partial<Mention> = {}, text = 'second?') {
  const started = await startBot();
  const { platform, model, clock } = started;
  await platform.ask('first?', { thread: 't' });
  const first = await model.call(0);
  await platform.ask(text, { thread: 't', ...over });
  await clock.advance(10);
  expect(platform.waiting.size).toBe(1);
  const begin = async () => {
    first.text('One.');
    first.finish();
    await clock.advance(3_000);
  };
  /** How the second one reads from now on. */
  const edit = (now: (before: Mention) => Now) => {
    platform.reread = async (mention) => now(mention);
  };
  const lastAsked = (at: number) => String(started.model.calls[at]?.prompt.messages.at(-1)?.content);
  return { ...started, begin, edit, lastAsked };
}

describe('a question that waited', () => {
  it('is asked with the words that it has when its turn begins', async () => {
    const { begin, edit, lastAsked, model, clock, last } = await waiting();
    edit((mention) => ({ ...mention, text: 'second, in other words?' }));
    await begin();
    expect(lastAsked(1)).toBe('Ann: second, in other words?');
    model.calls[1]?.text('Two.');
    model.calls[1]?.finish();
    await clock.advance(3_000);
    expect(last('t')).toMatchObject({ text: 'Two.', state: 'complete' });
  });

  it.each([
    ['deleted', (): Now => 'gone'],
    ['edited to nothing', (mention: Mention): Now => ({ ...mention, text: ' ' })],
    ['edited to a stop', (mention: Mention): Now => ({ ...mention, text: 'Stop, please!' })],
    ['edited to a stop in Chinese', (mention: Mention): Now => ({ ...mention, text: '不用回答了' })],
  ])('and was %s is not asked: no reply, no mark, one line in the log', async (_how, now) => {
    const { begin, edit, model, platform, reports, clock, faults, bugs } = await waiting();
    edit(now);
    await begin();
    await clock.advance(60_000);
    expect(model.calls).toHaveLength(1);
    expect(platform.messages).toHaveLength(1);
    expect([platform.said, platform.whispers]).toEqual([[], []]);
    expect(platform.waiting.size).toBe(0);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['complete', 'unasked']);
    expect(reports[1]).toMatchObject({ by: 'U1', characters: 0, failure: undefined });
    expect([faults, bugs]).toEqual([[], []]);
  });

  it('and was taken back lets the next one of its thread go on', async () => {
    const { begin, edit, lastAsked, platform } = await waiting();
    await platform.ask('third?', { thread: 't' });
    edit((mention) => (mention.text === 'second?' ? 'gone' : mention));
    await begin();
    expect(lastAsked(1)).toBe('Ann: third?');
  });

  it('is not changed by an edit after its turn began, nor is its Retry', async () => {
    const { begin, edit, lastAsked, model, clock, platform, last } = await waiting();
    edit((mention) => ({ ...mention, text: 'as it stood' }));
    await begin();
    edit((mention) => ({ ...mention, text: 'too late' }));
    model.calls[1]?.text('Half');
    model.calls[1]?.fail('broken-off');
    await clock.advance(30_000);
    const { controls } = last('t');
    const retry = controls.find(({ action }) => action === 'retry');
    const at = { platform: 'memory', scope: 'T', channel: 'C', direct: false };
    await platform.press({ action: 'retry', turn: retry?.turn ?? '', by: { id: 'U1', name: 'Ann' }, at });
    await clock.advance(3_000);
    expect(lastAsked(model.calls.length - 1)).toBe('Ann: as it stood');
  });

  it('is asked as it was where it can’t be read again, and that is logged', async () => {
    const { begin, edit, lastAsked, faults } = await waiting();
    edit(() => {
      throw new BotError('platform-unavailable', '503');
    });
    await begin();
    expect(lastAsked(1)).toBe('Ann: second?');
    expect(faults).toMatchObject([{ code: 'platform-unavailable' }]);
  });

  it('is asked as it was where the platform does not say within five seconds', async () => {
    const { begin, platform, lastAsked, clock, model } = await waiting();
    platform.reread = () => new Promise(() => undefined);
    await begin();
    expect(model.calls).toHaveLength(1);
    await clock.advance(5_000);
    expect(lastAsked(1)).toBe('Ann: second?');
  });

  it('is not read again where it never waited', async () => {
    const { platform, model } = await startBot();
    platform.reread = async () => 'gone';
    await platform.ask('why?');
    expect((await model.call(0)).prompt.messages.at(-1)?.content).toBe('Ann: why?');
  });

  it('without a word is asked about what stands above it, as it was meant', async () => {
    const { begin, lastAsked } = await waiting({}, '');
    await begin();
    expect(lastAsked(1)).toMatch(/^Ann: \[calls on you/);
  });
});

describe('a mention without a word', () => {
  it('below a question asks the model about it', async () => {
    const { platform, model, clock } = await startBot();
    await platform.ask('What is a monad?', { thread: 't', asker: { id: 'U2', name: 'Bob' } });
    (await model.call(0)).finish();
    await clock.advance(3_000);
    await platform.ask('', { thread: 't' });
    const { prompt } = await model.call(1);
    expect(JSON.stringify(prompt.messages)).toContain('Bob: What is a monad?');
    expect(platform.said).toEqual([]);
  });

  it('below a message with a file has the file read', async () => {
    const { platform, model } = await startBot();
    const file = { id: 'f', name: 'notes.txt', mediaType: 'text/plain', size: 13, url: 'memory:f' };
    const said = { id: 'm', from: 'person', author: { id: 'U2', name: 'Bob' }, sentAt: 0 } as const;
    platform.history = async () => [{ ...said, text: '', attachments: [file] }];
    await platform.ask('', { thread: 't' });
    const question = String((await model.call(0)).prompt.messages.at(-1)?.content);
    expect(question).toContain('Bob: [attached: notes.txt]');
    expect(question).toContain('attached text');
  });

  it.each([
    ['in a channel', false, 'Mention me with a question, for example: “@Rilla what is a monad?”'],
    ['in a direct message', true, 'Write me a question, for example: “What is a monad?”'],
  ])('with nothing before it gets the hint %s, by the bot’s own name', async (_where, direct, beginning) => {
    const { platform, model, clock } = await startBot();
    platform.botName = async () => 'Rilla';
    await platform.ask(' ', { direct });
    await clock.advance(10);
    expect(platform.said).toHaveLength(1);
    expect(platform.said[0]?.startsWith(beginning)).toBe(true);
    expect(model.calls).toHaveLength(0);
    await platform.ask('', { direct, thread: 'q1' });
    await clock.advance(10);
    // The hint and the mention before it are nothing that could be asked about.
    expect(platform.said).toHaveLength(2);
  });

  it('where the thread may not be read gets the hint', async () => {
    const { platform, model, clock, faults } = await startBot();
    platform.history = async () => {
      throw new BotError('platform-refused', 'missing_scope');
    };
    await platform.ask('', { thread: 't' });
    await clock.advance(10);
    expect([platform.said.length, model.calls.length, faults.length]).toEqual([1, 0, 1]);
  });
});
