// Owns the cases in which what a person sees has to reach the model: files in any encoding, forwards, embeds, the bot's own role.

import assert from 'node:assert/strict';
import type { DiscordServer } from '../../fakes/discord-server/index.ts';
import { ask, assertEnd, type Case, named, type Scene, untilAsked, untilOver } from '../scene.ts';
import type { Asked } from '../stage.ts';

/** `请把日志发给我看` in GB 18030. */
const chinese = new Uint8Array([
  0xc7, 0xeb, 0xb0, 0xd1, 0xc8, 0xd5, 0xd6, 0xbe, 0xb7, 0xa2, 0xb8, 0xf8, 0xce, 0xd2, 0xbf, 0xb4,
]);

function fileCase(
  fault: string,
  file: { name: string; bytes: Uint8Array },
  given: RegExp,
  notice?: string,
): Case {
  return {
    fault,
    async play(scene) {
      const key = scene.book.answer('So.');
      const asked = await ask(scene, key, { file: { name: file.name, text: '', bytes: file.bytes } });
      await untilOver(scene, asked);
      const { body } = await untilAsked(scene, key);
      return () => {
        const sent = JSON.stringify(body.messages);
        assert.match(sent, given);
        assert.doesNotMatch(sent, /\ufffd|\\u0000/);
        const end = { text: 'So.', pages: 1, ...(notice === undefined ? {} : { notice }) };
        return assertEnd(scene.stage.replies(asked), end);
      };
    },
  };
}

/** What only Discord can send: `say` gets what stands beside the words. */
function discordCase(
  fault: string,
  say: (server: DiscordServer, key: string) => Parameters<DiscordServer['say']>[0],
  given: (key: string) => string,
): Case {
  return {
    fault,
    only: ['discord'],
    async play(scene) {
      const key = scene.book.answer('So.');
      const { asked, body } = await hear(scene, key, say);
      return () => {
        const last = body.messages?.at(-1)?.content;
        // Lines that could be taken for another speaker's stand further to the right.
        assert.equal(named(last).replace(/\n {2}/g, '\n'), given(key));
        return assertEnd(scene.stage.replies(asked), { text: 'So.', pages: 1 });
      };
    },
  };
}

async function hear(
  scene: Scene,
  key: string,
  say: (server: DiscordServer, key: string) => Parameters<DiscordServer['say']>[0],
) {
  const { discord } = scene.stage;
  assert(discord);
  const said = say(discord, key);
  const { id } = await discord.say(said);
  const asked: Asked = { channel: said.channel, thread: id, id };
  await untilOver(scene, asked);
  return { asked, body: (await untilAsked(scene, key)).body };
}

export const read: readonly Case[] = [
  fileCase('a text file in GB 18030', { name: '日志.txt', bytes: chinese }, /请把日志发给我看/),
  fileCase(
    'a text file in UTF-16',
    { name: 'notes.txt', bytes: Buffer.from('\ufeffThe herb is basil.', 'utf16le') },
    /The herb is basil\./,
  ),
  fileCase(
    'a binary file that is called text',
    { name: 'data.txt', bytes: new Uint8Array([0, 1, 2, 0xff, 0xfe, 0, 3]) },
    /\[attached, not read: data\.txt\]/,
    'Not read: data.txt.',
  ),
  fileCase(
    'a file larger than all files may be together',
    { name: 'long.log', bytes: Buffer.from('a line of a log\n'.repeat(6_000)) },
    /only the first \d+ of 96000 characters: long\.log/,
    'Only the beginning was read: long.log.',
  ),
  discordCase(
    'a forwarded message beside the question',
    (server, key) => ({
      channel: server.createChannel(),
      content: `<@${server.botId}> Tell me about ${key}`,
      forwards: [{ content: 'It broke.', embeds: [{ title: 'Alert', description: 'Disk full' }] }],
    }),
    (key) => `Ada: Tell me about ${key}\n[forwarded]\n> It broke.\n> [embed]\n> > Alert\n> > Disk full`,
  ),
  discordCase(
    "the bot's own role is mentioned instead of the bot",
    (server, key) => ({
      channel: server.createChannel(),
      content: `<@&${server.botRoleId}> Tell me about ${key}`,
    }),
    (key) => `Ada: Tell me about ${key}`,
  ),
  discordCase(
    'a moment, a command and a sticker in the question',
    (server, key) => ({
      channel: server.createChannel(),
      content: `<@${server.botId}> Tell me about ${key} </ask:816437322781949972> <t:1618953600:R>`,
      stickers: ['Wave'],
    }),
    (key) => `Ada: Tell me about ${key} /ask 2021-04-20 21:20 UTC\n[sticker: Wave]`,
  ),
];
