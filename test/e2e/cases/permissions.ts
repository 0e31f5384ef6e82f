// Owns the cases of Discord's permissions: one is missing from the beginning, or taken in mid-answer. Whoever asked is told which, where
// anything may be said to them at all, and so is the log.

import assert from 'node:assert/strict';
import type { DiscordPerson, DiscordServer, PermissionName } from '../../fakes/discord-server/index.ts';
import {
  assertClosedByBot,
  assertEnd,
  type Case,
  type Look,
  paced,
  type Scene,
  textOf,
  untilAsked,
  untilOver,
  untilText,
  words,
} from '../scene.ts';
import type { Asked } from '../stage.ts';
import { endless } from './controls.ts';

/** What the bot has where nothing is taken from it. */
const all: readonly PermissionName[] = [
  'ADD_REACTIONS',
  'VIEW_CHANNEL',
  'SEND_MESSAGES',
  'EMBED_LINKS',
  'ATTACH_FILES',
  'READ_MESSAGE_HISTORY',
  'CREATE_PUBLIC_THREADS',
  'SEND_MESSAGES_IN_THREADS',
];
const without = (...taken: readonly PermissionName[]) => all.filter((one) => !taken.includes(one));

const answer = words(60, 21);

interface Play {
  readonly scene: Scene;
  readonly discord: DiscordServer;
  readonly channel: string;
  readonly asker: DiscordPerson;
  /** `thread`: of somebody else's. */
  ask(key: string, thread?: string): Promise<Asked>;
  /** What the asker reads in direct messages. */
  told(): Promise<string>;
  /** A line of the log about this channel that names it. */
  logged(name: string): Promise<unknown>;
}

function permission(
  fault: string,
  taken: readonly PermissionName[],
  play: (play: Play) => Promise<Look>,
): Case {
  return {
    fault,
    only: ['discord'],
    play(scene) {
      const { discord } = scene.stage;
      assert(discord);
      const channel = scene.stage.newChannel();
      discord.setPermissions(channel, without(...taken));
      const asker = discord.person('Cara');
      return play({
        ...{ scene, discord, channel, asker },
        async ask(key, thread) {
          const content = `<@${discord.botId}> Tell me about ${key}`;
          const { id } = await discord.say({ channel: thread ?? channel, author: asker, content });
          return { channel, thread: thread ?? id, id };
        },
        told: () =>
          scene.stage.until(() => discord.channel(discord.dm(asker))[0]?.content, 'a word to the asker'),
        logged: (name) =>
          scene.program.logged((line) => {
            const text = JSON.stringify(line);
            return line.level === 'warn' && text.includes(channel) && text.includes(name);
          }),
      });
    },
  };
}

/** The answer stands whole all the same; `named`: what the log says is missing. */
const whole = (fault: string, taken: readonly PermissionName[], named?: string): Case =>
  permission(fault, taken, async ({ scene, discord, channel, ask, logged }) => {
    let hasStop = false;
    let asking: Asked | undefined;
    const isSeen = () => {
      const [first] = asking === undefined ? [] : scene.stage.replies(asking);
      hasStop ||= first !== undefined && first.text !== '' && first.buttons.includes('Stop');
      return hasStop;
    };
    const gates = [{ after: 40, open: () => scene.stage.until(isSeen, 'text with a button') }];
    const said = await ask(scene.book.answer(answer, { ...paced(100), gates }));
    // Without it no answer can be a reply: it is found by where it stands.
    const asked = taken.includes('READ_MESSAGE_HISTORY') ? { ...said, thread: channel } : said;
    asking = asked;
    await untilOver(scene, asked);
    if (named !== undefined) await logged(named);
    return () => {
      const seen = assertEnd(scene.stage.replies(asked), { text: answer, pages: 1 });
      const threads = discord.threadsOf(channel);
      for (const { id } of threads)
        assert(
          discord.channel(id).some(({ author }) => author.id === discord.botId),
          'an empty thread',
        );
      return `${seen} | ${threads.length === 0 ? 'in the channel' : 'in a thread'}${named === undefined ? '' : `; the log names ${named}`}`;
    };
  });

/** Nothing can be written: the model is not asked, and the asker is told in direct messages. */
const nothing = (fault: string, taken: readonly PermissionName[], named: string, inThread: boolean): Case =>
  permission(fault, taken, async ({ scene, discord, channel, asker, ask, told, logged }) => {
    const { id } = await discord.say({ channel, author: asker, content: 'Hello.' });
    const thread = inThread ? discord.openThread(channel, id) : undefined;
    const key = scene.book.answer(answer);
    const asked = await ask(key, thread);
    const words = await told();
    await logged(named);
    return () => {
      assert(words.includes(named), `it does not name ${named}: ${words}`);
      assert.equal(scene.book.asked(key).length, 0, 'the model was asked');
      assert.deepEqual(
        scene.stage.replies(asked).filter(({ text }) => text !== ''),
        [],
      );
      return `“${words}” in direct messages; the log names it; the model is not asked`;
    };
  });

/** Taken while the answer grows on its second page or before it; `left`: what the reader still sees of it ends. */
const taken = (fault: string, lost: readonly PermissionName[], named: string): Case =>
  permission(fault, [], async ({ scene, discord, channel, ask, told, logged }) => {
    const { stage, book } = scene;
    const gates = [{ after: 1_200, open: () => new Promise(() => undefined) }];
    const key = book.answer(endless, { ...paced(400), gates });
    const asked = await ask(key);
    await untilText(scene, asked, 20);
    const request = await untilAsked(scene, key);
    discord.setPermissions(channel, without(...lost));
    await assertClosedByBot(scene, request);
    const words = await told();
    await logged(named);
    // What can't be seen can't be ended, until it is seen again.
    discord.setPermissions(channel, all);
    await stage.until(() => stage.replies(asked).every(({ cursor }) => !cursor), 'the end of what stands');
    return () => {
      assert(words.includes(named), `it does not name ${named}: ${words}`);
      const said = textOf(stage.replies(asked));
      assert(said.length > 0 && endless.startsWith(said), 'this is not the beginning');
      return `“${words}” in direct messages; the log names it | the model is left`;
    };
  });

export const permissions: readonly Case[] = [
  whole('without Embed Links', ['EMBED_LINKS', 'ATTACH_FILES']),
  whole('without Send Messages, in a thread', ['SEND_MESSAGES']),
  whole('without Send Messages in Threads', ['SEND_MESSAGES_IN_THREADS'], 'Send Messages in Threads'),
  whole('without Create Public Threads', ['CREATE_PUBLIC_THREADS'], 'Create Public Threads'),
  whole('without Read Message History', ['READ_MESSAGE_HISTORY'], 'Create Public Threads'),
  nothing(
    'without Send Messages, in the channel and in threads',
    ['SEND_MESSAGES', 'SEND_MESSAGES_IN_THREADS'],
    'Send Messages',
    false,
  ),
  nothing(
    'without Send Messages and Create Public Threads',
    ['SEND_MESSAGES', 'CREATE_PUBLIC_THREADS'],
    'Send Messages',
    false,
  ),
  nothing(
    "without Send Messages in Threads, in somebody's thread",
    ['SEND_MESSAGES_IN_THREADS'],
    'Send Messages in Threads',
    true,
  ),
  permission(
    "without Read Message History, in somebody's thread",
    ['READ_MESSAGE_HISTORY'],
    async ({ scene, discord, channel, asker, ask, logged }) => {
      const { id } = await discord.say({ channel, author: asker, content: 'Hello.' });
      const thread = discord.openThread(channel, id);
      await discord.say({ channel: thread, author: asker, content: 'The herb is basil.' });
      const asked = await ask(scene.book.answer(answer), thread);
      await untilOver(scene, asked);
      await logged('Read Message History');
      return () => {
        const replies = scene.stage.replies(asked);
        const { notice } = replies[0] ?? {};
        assert.match(notice ?? '', /not read .*Read Message History/);
        return assertEnd(replies, { text: answer, pages: 1, ...(notice === undefined ? {} : { notice }) });
      };
    },
  ),
  taken('View Channels is taken in mid-answer', ['VIEW_CHANNEL'], 'View Channels'),
  taken(
    'both kinds of Send Messages are taken in mid-answer',
    ['SEND_MESSAGES', 'SEND_MESSAGES_IN_THREADS'],
    'Send Messages',
  ),
];
