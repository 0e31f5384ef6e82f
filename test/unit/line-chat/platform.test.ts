// The line chat's adapter where the chat is not there, or goes away.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { Mention } from '../../../src/platform.ts';
import { toPage } from '../../contract/platform-pages.ts';
import { createLineChatPlatform } from '../../fakes/line-chat/adapter/platform.ts';
import { createLineChat } from '../../fakes/line-chat/server.ts';
import { toTestMention } from '../../fakes/mention.ts';
import { toPlanned } from '../../fakes/planned-sink.ts';

const { signal } = new AbortController();
const clock = systemClock;

describe('a line chat that cannot be reached', () => {
  it('fails every call as unavailable, and the start with a sentence', async () => {
    const chat = await createLineChat();
    await chat.close();
    const { port, token } = chat;
    const platform = createLineChatPlatform({ host: '127.0.0.1', port, token, clock });
    const mention = toTestMention('why?', 'm1');
    const sink = toPlanned(platform.openReply(mention, { turn: 't' }));
    const calls = [
      () => platform.history(mention, { limit: 5, signal }),
      () => platform.reread(mention, { signal }),
      () => platform.botName?.(),
      () => platform.say(mention, 'a hint'),
      () => platform.whisper(mention, 'a word'),
      () => platform.mark(mention, 'waiting', true),
      () => sink.post(toPage('Half')),
      () => sink.edit({ id: 'm2' }, toPage('Half')),
      () => sink.discard?.({ id: 'm2' }),
      () => sink.read?.({ id: 'm2' }, toPage('Half')),
    ];
    for (const call of calls)
      await expect(call()).rejects.toMatchObject({ name: 'BotError', code: 'platform-unavailable' });
    const events = {
      onMention: async () => undefined,
      onControl: async () => undefined,
      onLimit: () => undefined,
    };
    await expect(platform.start(events)).rejects.toThrow('check LINE_CHAT_HOST and LINE_CHAT_PORT');
    expect(platform.isConnected()).toBe(false);
    await platform.stop();
  });
});

describe('a question that could not be stored', () => {
  it('is delivered again until it is', async () => {
    const chat = await createLineChat();
    const { port, token } = chat;
    const platform = createLineChatPlatform({ host: '127.0.0.1', port, token, clock });
    const heard: Mention[] = [];
    await platform.start({
      async onMention(mention) {
        heard.push(mention);
        if (heard.length < 3) throw new Error('the store is away');
      },
      onControl: async () => undefined,
      onLimit: () => undefined,
    });
    const ada = await chat.person('Ada');
    await ada.say('@Rill why?', { channel: 'help' });
    await chat.until(() => heard.length === 3 && chat.isTaken());
    expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
    await platform.stop();
    await chat.close();
  });
});
