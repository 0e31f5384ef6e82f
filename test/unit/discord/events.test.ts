// Who asks the bot, who pressed, what was deleted: through the real discord.js and the fake Discord's gateway.

import { describe, expect, it, vi } from 'vitest';
import { createDiscordPlatform, invite } from '../../../adapters/discord/platform.ts';
import { systemClock } from '../../../src/clock.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';
import { createScene, freeLanes, toPage } from './fixtures.ts';

describe('a message that mentions the bot', () => {
  it('becomes a mention in plain words, in the thread that will be opened on it', async () => {
    const { server, ask } = await createScene();
    const channel = server.createChannel({ name: 'ideas' });
    await server.say({ channel, content: 'only so that the channel is known' });
    const grace = server.person('Grace');

    const mention = await ask(`@Rill what does <@${grace.id}> say in <#${channel}>?`);

    expect(mention).toMatchObject({
      platform: 'discord',
      scope: server.guildId,
      thread: mention.message,
      direct: false,
      asker: { name: 'Ada' },
      text: 'what does @Grace say in #ideas?',
      attachments: [],
    });
    expect(mention.id).toBe(`discord:${mention.scope}:${mention.channel}:${mention.message}`);
    expect(Math.abs(mention.sentAt - Date.now())).toBeLessThan(60_000);
    expect(JSON.parse(JSON.stringify(mention))).toEqual(mention);
  });

  it('has the same id when Discord delivers it twice', async () => {
    const { server, ask, mentions, arrived } = await createScene();
    const mention = await ask('@Rill hello');

    server.redeliver(mention.message);
    await arrived(() => mentions.length === 2);

    expect(mentions[1]?.id).toBe(mention.id);
  });

  it('stands in the queue of its thread when it is asked there, under the rules of the channel', async () => {
    const { server, ask } = await createScene();
    const first = await ask('@Rill one');
    const thread = server.openThread(first.channel, first.message);

    const second = await ask('@Rill two', { channel: thread });

    expect(second).toMatchObject({ channel: first.channel, thread: first.thread });
    expect(second.native).toEqual({ in: thread, place: 'thread' });
  });

  it('may hold nothing but the mention', async () => {
    const { ask } = await createScene();

    expect(await ask('@Rill')).toMatchObject({ text: '', attachments: [] });
  });

  it('brings its attachments, a voice message as one', async () => {
    const { server, mentions, arrived } = await createScene();
    const ada = server.person('Ada');
    const bytes = new Uint8Array([1, 2, 3]);
    await server.say({
      channel: server.dm(ada),
      content: 'look',
      attachments: [{ name: 'a.png', mediaType: 'image/png', bytes }],
    });
    await server.say({ channel: server.dm(ada), content: '', voice: true });
    await arrived(() => mentions.length === 2);

    expect(mentions[0]?.attachments).toMatchObject([{ name: 'a.png', mediaType: 'image/png', size: 3 }]);
    expect(mentions[0]?.attachments[0]?.voice).toBeUndefined();
    expect(mentions[1]).toMatchObject({ text: '', attachments: [{ mediaType: 'audio/ogg', voice: true }] });
  });
});

describe('a direct message', () => {
  it('is a mention without mentioning anybody', async () => {
    const { server, mentions, arrived } = await createScene();
    const ada = server.person('Ada');
    const channel = server.dm(ada);
    await server.say({ channel, content: 'hello' });
    await arrived(() => mentions.length === 1);

    expect(mentions[0]).toMatchObject({
      scope: `dm${ada.id}`,
      channel,
      thread: channel,
      direct: true,
      text: 'hello',
      native: { in: channel, place: 'reply' },
    });
  });
});

describe('what is no mention', () => {
  it('is what others say, what bots say, and what was edited', async () => {
    const { server, ask, mentions } = await createScene();
    const channel = server.createChannel();
    const bot = server.person('Other bot', { bot: true });
    const said = await server.say({ channel, content: 'good morning' });
    await server.say({ channel, author: bot, content: `<@${server.botId}> hello` });
    await server.edit(channel, said.id, `<@${server.botId}> good morning`);

    const last = await ask('@Rill the last one');

    expect(mentions).toEqual([last]);
  });
});

describe('replies in a channel', () => {
  it('are one conversation with the answer they reply to', async () => {
    const { platform, server, ask } = await createScene({ replyIn: 'channel' });
    const first = await ask('@Rill one');
    const sink = toPlanned(platform.openReply(first, { turn: 't1' }), freeLanes);
    const { ref } = await sink.post(toPage('An answer', { state: 'complete', final: true }));

    const second = await ask('and two?', { replyTo: ref.id });
    const third = await ask('@Rill three', { replyTo: second.message });
    const other = await ask('@Rill elsewhere');

    expect(first.thread).toBe(first.message);
    expect(second).toMatchObject({ thread: first.thread, repliesTo: ref.id, text: 'and two?' });
    expect(third.thread).toBe(first.thread);
    expect(other.thread).toBe(other.message);
    expect(server.channel(first.channel)[1]?.replyTo).toBe(first.message);
  });
});

describe('a button', () => {
  it('is acknowledged, and answers for the eyes of the presser only', async () => {
    const scene = await createScene();
    const { platform, server, ask, controls } = scene;
    scene.answer = 'You may not stop this.';
    const mention = await ask('@Rill hello');
    const sink = toPlanned(platform.openReply(mention, { turn: 'turn_1' }), freeLanes);
    await sink.post(toPage('x'));
    const stop = { action: 'stop', turn: 'turn_1', label: 'Stop' } as const;
    const { ref } = await sink.post(toPage('Half', { controls: [stop] }));
    const grace = server.person('Grace', { locale: 'zh-CN' });

    const reply = await server.press({
      channel: mention.thread,
      message: ref.id,
      label: 'Stop',
      user: grace,
    });
    await server.until(() => server.interactionReplies.some((one) => one.content !== undefined));

    expect(reply).toMatchObject({ type: 6, failed: false });
    expect(controls).toMatchObject([
      {
        action: 'stop',
        turn: 'turn_1',
        by: { id: grace.id, name: 'Grace' },
        at: { scope: server.guildId, channel: mention.channel, direct: false, locale: 'zh-CN' },
      },
    ]);
    expect(server.interactionReplies.at(-1)).toMatchObject({
      content: 'You may not stop this.',
      ephemeral: true,
    });
  });
});

describe('a deletion', () => {
  it('is told with the id of the message', async () => {
    const { platform, server, ask, controls, arrived } = await createScene();
    const mention = await ask('@Rill hello');
    const sink = toPlanned(platform.openReply(mention, { turn: 't' }), freeLanes);
    await sink.post(toPage('x'));
    const { ref } = await sink.post(toPage('Half'));

    await server.remove(mention.thread, ref.id);
    await arrived(() => controls.length === 1);

    expect(controls[0]).toMatchObject({
      action: 'deleted',
      message: ref.id,
      at: { scope: server.guildId, channel: mention.channel },
    });
  });

  it('of a thread is told for each page that stood in it', async () => {
    const { platform, server, ask, controls, arrived } = await createScene();
    const mention = await ask('@Rill hello');
    const sink = toPlanned(platform.openReply(mention, { turn: 't' }), freeLanes);
    await sink.post(toPage('x'));
    const one = await sink.post(toPage('One'));
    const two = await sink.post(toPage('Two', { index: 1 }));

    await server.remove(mention.thread);
    await arrived(() => controls.length === 2);

    expect(controls.map((control) => control.action === 'deleted' && control.message)).toEqual([
      one.ref.id,
      two.ref.id,
    ]);
  });
});

describe('the connection', () => {
  it('rejects a wrong token in a sentence that names the variable', async () => {
    const { server } = await createScene({ start: false });
    const platform = createDiscordPlatform({
      token: 'wrong',
      apiUrl: server.apiUrl,
      replyIn: 'thread',
      clock: systemClock,
    });
    const events = { onMention: async () => {}, onControl: async () => undefined, onLimit: () => {} };

    await expect(platform.start(events)).rejects.toThrow(/DISCORD_TOKEN/u);
    await platform.stop();
  });

  it('rejects refused intents in a sentence that names them', async () => {
    const { platform } = await createScene({ start: false, server: { intentsAllowed: 0 } });
    const events = { onMention: async () => {}, onControl: async () => undefined, onLimit: () => {} };

    await expect(platform.start(events)).rejects.toThrow(/intents/u);
    expect(platform.isConnected()).toBe(false);
  });

  it('is told as it is, and comes back with what was said meanwhile', async () => {
    const { platform, server, ask } = await createScene();
    expect(platform.isConnected()).toBe(true);

    server.dropGateway();
    const mention = await ask('@Rill are you there?');

    expect(mention.text).toBe('are you there?');
    expect(server.resumes).toBe(1);
    await vi.waitFor(() => expect(platform.isConnected()).toBe(true));
    await platform.stop();
    expect(platform.isConnected()).toBe(false);
  });

  it('asks for no more permissions than are used', () => {
    const address = new URL(invite('123456789012345678'));

    expect(address.searchParams.get('client_id')).toBe('123456789012345678');
    expect(BigInt(address.searchParams.get('permissions') ?? 0)).toBe(
      (1n << 10n) | (1n << 11n) | (1n << 38n) | (1n << 35n) | (1n << 16n) | (1n << 6n),
    );
  });
});
