// What a question is about: what it replies to, the answers that came while it waited, names of places, and how it stands now.

import { describe, expect, it } from 'vitest';
import type { Mention, Platform, ThreadMessage } from '../../../src/platform.ts';
import { createFakeClock } from '../../fakes/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScene, freeLanes, toPage } from './fixtures.ts';

const HOUR_MS = 3_600_000;

function read(platform: Platform, mention: Mention, limit = 50): Promise<readonly ThreadMessage[]> {
  return platform.history(mention, { limit, signal: AbortSignal.timeout(10_000) });
}

const said = (messages: readonly ThreadMessage[]) =>
  messages.map((message) => `${message.author.name}: ${message.text}`);

describe('what a question replies to', () => {
  it('is read in a direct message however old it is, with what that replied to', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock });
    const channel = scene.server.dm(scene.server.person('Ada'));
    const oldest = await scene.server.say({ channel, content: 'a question of last week' });
    const old = await scene.server.say({ channel, content: 'and more of it', replyTo: oldest.id });
    await scene.server.say({ channel, content: 'something else' });
    await clock.advance(7 * 24 * HOUR_MS);
    await scene.server.say({ channel, content: 'today' });
    const mention = await scene.ask('is this still so?', { channel, replyTo: old.id });

    expect(said(await read(scene.worker(), mention))).toEqual([
      'Ada: a question of last week',
      'Ada: and more of it',
      'Ada: today',
    ]);
  });

  it('is read with all pages, where it is an old answer of the bot', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock, server: { limits: 'off' } });
    const channel = scene.server.dm(scene.server.person('Ada'));
    const first = await scene.ask('long ago', { channel });
    const sink = toPlanned(scene.platform.openReply(first, { turn: 't' }), freeLanes);
    const page = await sink.post(toPage('First page. ', { state: 'more', final: true }));
    await sink.post(toPage('Second page.', { index: 1, state: 'complete', final: true }));
    await clock.advance(8 * HOUR_MS);
    const mention = await scene.ask('more?', { channel, replyTo: page.ref.id });

    expect(said(await read(scene.worker(), mention))).toEqual([
      'Ada: long ago',
      'rill: First page. ',
      'rill: Second page.',
    ]);
  });

  it('is read in a thread in which more was said since than is read', async () => {
    const scene = await createScene({ server: { limits: 'off' } });
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message);
    const about = await scene.server.say({ channel: thread, content: `<@${scene.server.botId}> the claim` });
    for (let index = 0; index < 10; index += 1)
      await scene.server.say({ channel: thread, content: `<@${scene.server.botId}> ${index}` });
    const last = await scene.ask('@Rill is that so?', { channel: thread, replyTo: about.id });

    expect((await read(scene.worker(), last, 5)).map(({ text }) => text)).toEqual([
      'the claim',
      ...['6', '7', '8', '9'],
    ]);
  });

  it('was deleted meanwhile: the rest is read', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock });
    const channel = scene.server.dm(scene.server.person('Ada'));
    const old = await scene.server.say({ channel, content: 'old' });
    await clock.advance(7 * HOUR_MS);
    await scene.server.say({ channel, content: 'today' });
    const mention = await scene.ask('and?', { channel, replyTo: old.id });
    await scene.server.remove(channel, old.id);

    expect(said(await read(scene.worker(), mention))).toEqual(['Ada: today']);
  });
});

describe('what a question replies to and Discord hides', () => {
  it('is named, so that nobody answers about something else', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const hidden = await scene.server.say({ channel: first.channel, content: 'said to others' });
    const mention = await scene.ask('@Rill is that so?', { channel: first.channel, replyTo: hidden.id });

    expect(said(await read(scene.worker(), mention))).toEqual([
      'Ada: [a message whose words Discord does not give to this bot]',
    ]);
  });
});

describe('a mention without a word in a channel', () => {
  const readsContent = { intentsAllowed: 0b11001100011111111111111111 };

  it('is about what stands above it, where Discord gives the words', async () => {
    const clock = createFakeClock();
    const scene = await createScene({ clock, server: readsContent });
    const channel = scene.server.createChannel({ name: 'talk' });
    await scene.server.say({ channel, content: 'said yesterday' });
    await clock.advance(2 * HOUR_MS);
    for (const content of ['1', '2', '3', '4', 'why is it slow?', 'on web-1'])
      await scene.server.say({ channel, content });
    const mention = await scene.ask('@Rill', { channel });

    expect(mention.text).toBe('');
    const above = ['2', '3', '4', 'why is it slow?', 'on web-1'].map((text) => `Ada: ${text}`);
    expect(said(await read(scene.worker(), mention))).toEqual(above);
    expect(said(await read(scene.worker(), mention, 2))).toEqual(above.slice(-2));
  });

  it('is about nothing where Discord hides what stands right above it, or nothing does', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel({ name: 'talk' });
    expect(await read(scene.worker(), await scene.ask('@Rill', { channel }))).toEqual([]);
    await scene.ask('@Rill and this?', { channel });
    await scene.server.say({ channel, content: 'said to others' });
    expect(await read(scene.worker(), await scene.ask('@Rill', { channel }))).toEqual([]);
  });

  it('is about an earlier question to the bot, whose words are given without the intent', async () => {
    const scene = await createScene();
    const channel = scene.server.createChannel({ name: 'talk' });
    await scene.ask('@Rill why is it slow?', { channel });
    expect(said(await read(scene.worker(), await scene.ask('@Rill', { channel })))).toEqual([
      'Ada: why is it slow?',
    ]);
  });

  it('is no matter of a mention with words: nothing above it is read', async () => {
    const scene = await createScene({ server: readsContent });
    const channel = scene.server.createChannel({ name: 'talk' });
    await scene.server.say({ channel, content: 'something else' });
    expect(await read(scene.worker(), await scene.ask('@Rill why?', { channel }))).toEqual([]);
  });
});

describe('a question that waited for its turn', () => {
  it.each(['direct', 'channel', 'thread'] as const)(
    'is given the answer to the question before it, which came after it (%s)',
    async (where) => {
      const scene = await createScene({ replyIn: where === 'channel' ? 'channel' : 'thread' });
      const dm = scene.server.dm(scene.server.person('Ada'));
      const first = await scene.ask('@Rill one?', where === 'direct' ? { channel: dm } : {});
      const place =
        where === 'direct'
          ? dm
          : where === 'channel'
            ? first.channel
            : scene.server.openThread(first.channel, first.message);
      const reply = where === 'channel' ? { replyTo: first.message } : {};
      const second = await scene.ask('@Rill two?', { channel: place, ...reply });
      await scene.ask('@Rill three?', { channel: place });
      const sink = toPlanned(scene.platform.openReply(first, { turn: 't' }), freeLanes);
      let written = await sink.post(toPage('One.', { state: 'complete', final: true }));
      if (written.again) written = await sink.post(toPage('One.', { state: 'complete', final: true }));

      expect(said(await read(scene.worker(), second))).toEqual(['Ada: one?', 'rill: One.']);
    },
  );
});

describe('names of channels and roles', () => {
  it('are looked up all at once, a few of them, and for no longer than two seconds', async () => {
    const scene = await createScene();
    const unknown = Array.from(
      { length: 600 },
      (_, index) => `<#${100_000_000_000_000_000n + BigInt(index)}>`,
    );
    scene.server.fail({ method: 'GET', route: '/channels/:channel', times: 1_000, with: { kind: 'hang' } });
    scene.server.fail({ method: 'GET', route: /guilds/u, times: 1_000, with: { kind: 'hang' } });
    const startedAt = performance.now();

    const mention = await scene.ask(`@Rill ${unknown.join('')}`);

    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(mention.text).toContain('#channel#channel');
    expect(scene.server.calls.filter(({ status }) => status === 0).length).toBeLessThanOrEqual(12);
  });

  it('of an archived thread, which stands in no list, are asked for one by one, once', async () => {
    const scene = await createScene();
    const first = await scene.ask('@Rill 0');
    const thread = scene.server.openThread(first.channel, first.message, 'old plans');
    scene.server.archive(thread);
    const worker = scene.worker();
    const asking = await scene.ask(`@Rill see <#${thread}>`, { channel: first.channel });
    const within = scene.server.openThread(asking.channel, asking.message);
    const last = await scene.ask('@Rill and?', { channel: within });

    expect((await read(worker, last))[0]?.text).toBe('see #old plans');
    const before = scene.server.calls.length;
    await read(worker, last);
    expect(scene.server.calls.slice(before).filter(({ path }) => path === `/channels/${thread}`)).toEqual([]);
  });
});

describe('the question as it stands now', () => {
  const signal = AbortSignal.timeout(10_000);

  it('has its new words and files, and is the same question', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill waht?');
    await scene.server.edit(mention.channel, mention.message, `<@${scene.server.botId}> what?`);

    expect(await scene.worker().reread(mention, { signal })).toEqual({ ...mention, text: 'what?' });
  });

  it('is gone where it was deleted, also with its channel', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill one');
    const other = await scene.ask('@Rill two', { channel: scene.server.createChannel() });
    await scene.server.remove(mention.channel, mention.message);
    await scene.server.remove(other.channel);

    expect(await scene.worker().reread(mention, { signal })).toBe('gone');
    expect(await scene.worker().reread(other, { signal })).toBe('gone');
  });

  it('is as it was where it calls the bot no more, since Discord hides its words then', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill what?');
    await scene.server.edit(mention.channel, mention.message, 'what?');

    expect(await scene.worker().reread(mention, { signal })).toEqual(mention);
  });

  it('rejects where Discord cannot be reached', async () => {
    const scene = await createScene();
    const mention = await scene.ask('@Rill what?');
    scene.server.fail({ method: 'GET', with: { kind: 'lost-before' }, times: 5 });

    await expect(scene.worker().reread(mention, { signal })).rejects.toMatchObject({
      code: 'platform-unavailable',
    });
  });
});
