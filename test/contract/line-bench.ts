// The line chat for the contract suite: a person at a client of their own, and what stands in the chat.

import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Control, Mention, Platform } from '../../src/platform.ts';
import { createLineChatPlatform } from '../fakes/line-chat/adapter/platform.ts';
import { createLineChat } from '../fakes/line-chat/server.ts';
import type { BenchFault, PlatformBench } from './platform-bench.ts';

const faults = { 'rate-limited': 'limited', unavailable: 'busy', lost: 'lost', sealed: 'old' } as const;

export async function openLineBench(): Promise<PlatformBench> {
  const chat = await createLineChat();
  const opened: Platform[] = [];
  const open = (): Platform => {
    const { port, token } = chat;
    const platform = createLineChatPlatform({ host: '127.0.0.1', port, token, clock: systemClock });
    opened.push(platform);
    return platform;
  };
  onTestFinished(async () => {
    for (const platform of opened) await platform.stop();
    await chat.close();
  });
  const ada = await chat.person('Ada');
  const mentions: Mention[] = [];
  const controls: Control[] = [];
  const until = async (look: () => boolean): Promise<void> => {
    while (!look()) await new Promise((resolve) => setImmediate(resolve));
  };
  const platform = open();
  const bench: PlatformBench = {
    ...{ platform, worker: open, mentions, controls, person: 'Ada', until },
    ...{ hold: undefined, answer: undefined },
    async ask(text, after) {
      const count = mentions.length;
      await ada.say(`@Rill ${text}`, { channel: 'help', ...(after ? { thread: after.thread } : {}) });
      await until(() => mentions.length > count);
      return mentions[count] as Mention;
    },
    async redeliver({ message }) {
      const count = mentions.length;
      chat.redeliver(message);
      await until(() => mentions.length > count);
    },
    isAcknowledged: chat.isTaken,
    async press({ channel, thread }, id, label) {
      const text = chat.messages.find((message) => message.id === id)?.text ?? '';
      const command = commandsIn(text).find((one) => one.label === label)?.command;
      if (command === undefined) throw new Error(`no command for ${label}`);
      const count = chat.whispers.length;
      await ada.say(command, { channel, thread });
      await until(() => chat.whispers.length > count);
      return chat.whispers[count]?.text;
    },
    remove: (_mention, id) => ada.remove(id),
    replies: ({ thread }) =>
      chat
        .thread(thread)
        .filter(({ by }) => by.bot)
        .map(({ id, text }) => ({ id, text, buttons: commandsIn(text).map(({ label }) => label) })),
    isWhispered: ({ asker }, text) => chat.whispers.some((one) => one.to === asker.id && one.text === text),
    isWaiting: ({ message }) => chat.messages.find(({ id }) => id === message)?.marks.has('waiting') === true,
    fail: (op, fault: BenchFault) =>
      chat.fail(op === 'post' ? 'say' : 'edit', faults[fault], fault === 'sealed' ? 100 : 1),
  };
  await platform.start({
    async onMention(mention) {
      mentions.push(mention);
      await bench.hold;
    },
    async onControl(control) {
      controls.push(control);
      return bench.answer;
    },
    onLimit: () => undefined,
  });
  return bench;
}

/** What is to be typed, as it stands below a page. */
function commandsIn(text: string): { readonly label: string; readonly command: string }[] {
  return [...text.matchAll(/^\[([^\]\n]{1,40}): (\/\w+ [\w-]{1,64})\]$/gm)].map(
    ([, label = '', command = '']) => ({ label, command }),
  );
}
