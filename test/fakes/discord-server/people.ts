// Owns what people do on the fake: speak, edit, delete, open and archive threads. No rule for bots applies to them.

import { toChannel } from './guild-payloads.ts';
import { dmWith } from './identity-routes.ts';
import { announceMessage, removeMessage } from './message-routes.ts';
import { messageIntent } from './payloads.ts';
import type { Desk } from './route.ts';
import { announceThread, startThread } from './thread-routes.ts';
import type { DiscordPerson, DiscordServer, PermissionName, SaidMessage } from './types.ts';
import { type Channel, channelTypes, flags, intents, type Message } from './world.ts';

export function createPeople(desk: Desk) {
  const { world } = desk;

  function channelNamed(id: string): Channel {
    const channel = world.channels.get(id);
    if (channel === undefined) throw new Error(`no channel ${id}`);
    return channel;
  }

  function messageNamed(channel: string, id: string): Message {
    const message = channelNamed(channel).messages.get(id);
    if (message === undefined) throw new Error(`no message ${id} in channel ${channel}`);
    return message;
  }

  const person: DiscordServer['person'] = (name, options = {}) => {
    const made: DiscordPerson = {
      id: world.snowflake(),
      name,
      ...(options.bot === undefined ? {} : { bot: options.bot }),
      ...(options.locale === undefined ? {} : { locale: options.locale }),
    };
    world.people.set(made.id, made);
    return made;
  };

  const ada = person('Ada');

  function know(author: DiscordPerson): DiscordPerson {
    world.people.set(author.id, author);
    return author;
  }

  async function say(said: SaidMessage): Promise<{ readonly id: string }> {
    const channel = channelNamed(said.channel);
    const author = know(said.author ?? channel.recipient ?? ada);
    const store = (attached: SaidMessage['attachments']) =>
      (attached ?? []).map((file) => ({ id: world.snowflake(), ...file }));
    const files = store(said.attachments);
    const message = world.addMessage({
      channel: channel.id,
      author,
      content: said.voice === true ? '' : said.content.trim(),
      flags: said.voice === true ? flags.voice : 0,
      attachments:
        said.voice === true && files.length === 0
          ? [
              {
                id: world.snowflake(),
                name: 'voice-message.ogg',
                mediaType: 'audio/ogg',
                bytes: new Uint8Array(8),
              },
            ]
          : files,
      embeds: said.embeds ?? [],
      components: said.components ?? [],
      stickers: said.stickers ?? [],
      poll: said.poll,
      forwards: (said.forwards ?? []).map(({ content = '', attachments, embeds = [], stickers = [] }) => ({
        content,
        embeds,
        stickers,
        attachments: store(attachments),
      })),
      reference: said.replyTo === undefined ? undefined : { channel: channel.id, message: said.replyTo },
      pingsReply: said.replyTo !== undefined && said.pingsReply !== false,
    });
    announceMessage(desk, channel, message, 'MESSAGE_CREATE');
    return { id: message.id };
  }

  return {
    ada,
    person,
    say,
    channelNamed,
    messageNamed,
    know,
    createChannel(
      options: { readonly name?: string; readonly permissions?: readonly PermissionName[] } = {},
    ): string {
      const channel = world.addChannel({
        type: channelTypes.text,
        name: options.name ?? `channel-${world.channels.size + 1}`,
        permissions: options.permissions === undefined ? undefined : new Set(options.permissions),
      });
      world.announce(channel, {
        name: 'CHANNEL_CREATE',
        intent: intents.guilds,
        make: () => toChannel(world, channel),
      });
      return channel.id;
    },
    setPermissions(id: string, permissions: readonly PermissionName[]): void {
      const channel = channelNamed(id);
      channel.permissions = new Set(permissions);
      world.announce(channel, {
        name: 'CHANNEL_UPDATE',
        intent: intents.guilds,
        make: () => toChannel(world, channel),
      });
    },
    dm: (user: DiscordPerson): string => dmWith(desk, know(user).id).id,
    openThread(channel: string, message: string, name = 'A thread'): string {
      return startThread(desk, channelNamed(channel), messageNamed(channel, message), ada, {
        name,
        minutes: 1440,
      }).id;
    },
    archive(id: string, options: { readonly locked?: boolean } = {}): void {
      const thread = channelNamed(id);
      thread.archived = true;
      thread.locked = options.locked ?? thread.locked;
      announceThread(desk, thread, 'THREAD_UPDATE');
    },
    async remove(id: string, message?: string): Promise<void> {
      const channel = channelNamed(id);
      if (message !== undefined) return removeMessage(desk, channel, messageNamed(id, message));
      world.channels.delete(id);
      // A channel's threads go with it; of them no event tells.
      for (const thread of [...world.channels.values()])
        if (thread.parent === id) world.channels.delete(thread.id);
      const starter = world.findMessage(id);
      if (starter !== undefined) starter.thread = undefined;
      if (channel.type === channelTypes.thread) return announceThread(desk, channel, 'THREAD_DELETE');
      world.announce(channel, {
        name: 'CHANNEL_DELETE',
        intent: intents.guilds,
        make: () => toChannel(world, channel),
      });
    },
    /** One event for all of them (docs: topics/gateway-events, "Message Delete Bulk"; resources/message, "Bulk Delete Messages": 2 to 100). */
    removeMany(id: string, messages: readonly string[]): void {
      if (messages.length < 2 || messages.length > 100) throw new Error(`${messages.length} at once`);
      const channel = channelNamed(id);
      for (const message of messages) channel.messages.delete(messageNamed(id, message).id);
      world.announce(channel, {
        name: 'MESSAGE_DELETE_BULK',
        intent: messageIntent(channel),
        make: () => ({ ids: messages, channel_id: id, guild_id: world.guildId }),
      });
    },
    async edit(channel: string, id: string, content: string): Promise<void> {
      const message = messageNamed(channel, id);
      message.content = content.trim();
      message.editedAt = world.clock.now();
      message.edits += 1;
      announceMessage(desk, channelNamed(channel), message, 'MESSAGE_UPDATE');
    },
    redeliver(id: string): void {
      const message = world.findMessage(id);
      if (message === undefined) throw new Error(`no message ${id}`);
      announceMessage(desk, channelNamed(message.channel), message, 'MESSAGE_CREATE');
    },
  };
}
