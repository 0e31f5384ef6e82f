// Owns how messages look as Discord's JSON, and which content a bot without MESSAGE_CONTENT may read.
// Knows nothing of HTTP, sockets, or limits.

import { iso, toChannel, toMember, toUser } from './guild-payloads.ts';
import type { DiscordPerson } from './types.ts';
import { type Channel, channelTypes, intents, type Message, messageTypes, type World } from './world.ts';

function idsIn(content: string, mark: RegExp): string[] {
  return [...content.matchAll(mark)].map((match) => match[1] ?? '');
}

function rolesIn(content: string): readonly string[] {
  return [...new Set(idsIn(content, /<@&(\d{17,19})>/g))];
}

/** Everybody whom the message mentions: in its words, and by a reply that pings. */
function mentionsOf(world: World, message: Message): readonly DiscordPerson[] {
  const ids = idsIn(message.content, /<@!?(\d{17,19})>/g);
  if (message.reference !== undefined && message.pingsReply) {
    const target = world.channels.get(message.reference.channel)?.messages.get(message.reference.message);
    if (target !== undefined) ids.push(target.author.id);
  }
  return [...new Set(ids)].flatMap((id) => world.people.get(id) ?? []);
}

/**
 * Whether a bot without the MESSAGE_CONTENT intent may read it: its own messages, direct messages, and messages that mention it.
 * Docs: events/gateway, "Message Content Intent": content, embeds, attachments, components and poll are empty otherwise; HTTP too.
 */
function isReadable(world: World, message: Message): boolean {
  if (message.author.id === world.bot.id) return true;
  if (world.channels.get(message.channel)?.type === channelTypes.dm) return true;
  // Whether the role that Discord made for the bot counts as the bot is not documented; seen with its content (hermes-agent#67876).
  if (rolesIn(message.content).includes(world.botRoleId)) return true;
  return mentionsOf(world, message).some((person) => person.id === world.bot.id);
}

export interface MessageForm {
  /** The reader has the MESSAGE_CONTENT intent. */
  readonly readsContent: boolean;
  /** Gateway events carry guild_id and member; REST answers do not. */
  readonly gateway: boolean;
  readonly cdnUrl: string;
}

export function toMessage(world: World, message: Message, form: MessageForm): Record<string, unknown> {
  const channel = world.channels.get(message.channel);
  const readable = form.readsContent || isReadable(world, message);
  const inGuild = channel !== undefined && channel.type !== channelTypes.dm;
  const thread = message.thread === undefined ? undefined : world.channels.get(message.thread);
  const target =
    message.reference === undefined
      ? undefined
      : world.channels.get(message.reference.channel)?.messages.get(message.reference.message);
  return {
    id: message.id,
    channel_id: message.channel,
    type: message.type,
    author: toUser(message.author),
    content: readable ? message.content : '',
    embeds: readable ? message.embeds : [],
    components: readable ? message.components : [],
    attachments: readable ? message.attachments.map((file) => toAttachment(message, file, form.cdnUrl)) : [],
    timestamp: iso(message.at),
    edited_timestamp: message.editedAt === undefined ? null : iso(message.editedAt),
    tts: false,
    mention_everyone: /@(everyone|here)/.test(message.content),
    mentions: mentionsOf(world, message).map((person) =>
      form.gateway && inGuild ? { ...toUser(person), member: toMember(world, person) } : toUser(person),
    ),
    mention_roles: rolesIn(message.content),
    pinned: false,
    flags: message.flags,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(message.reactions.size === 0 ? {} : { reactions: reactionsOf(world, message) }),
    ...(thread === undefined ? {} : { thread: toChannel(world, thread) }),
    ...(message.stickers.length === 0 ? {} : { sticker_items: message.stickers.map(toSticker) }),
    ...(message.poll === undefined || !readable ? {} : { poll: message.poll }),
    ...(message.forwards.length === 0 ? {} : toForward(world, message, readable, form.cdnUrl)),
    ...(message.reference === undefined ? {} : { message_reference: toReference(world, message, inGuild) }),
    ...(message.reference === undefined
      ? {}
      : {
          referenced_message:
            target === undefined ? null : toMessage(world, target, { ...form, gateway: false }),
        }),
    ...(form.gateway && inGuild
      ? {
          guild_id: world.guildId,
          channel_type: channel.type,
          member: { ...toMember(world, message.author), user: undefined },
        }
      : {}),
    ...(form.gateway && !inGuild ? { channel_type: channelTypes.dm } : {}),
  };
}

/** Docs: resources/sticker, "Sticker Item Object". */
function toSticker(name: string, index: number) {
  return { id: `10000000000000000${index}`, name, format_type: 1 };
}

/** A forward refers to what it copies, which need not be seen by the bot; what it shows are the snapshots. */
function toForward(world: World, message: Message, readable: boolean, cdnUrl: string) {
  return {
    message_reference: { type: 1, channel_id: message.channel, message_id: message.id },
    message_snapshots: message.forwards.map((forward) => ({
      message: {
        type: 0,
        content: readable ? forward.content : '',
        mentions: idsIn(forward.content, /<@!?(\d{17,19})>/g).flatMap((id) => {
          const person = world.people.get(id);
          return person === undefined ? [] : [toUser(person)];
        }),
        mention_roles: rolesIn(forward.content),
        attachments: readable ? forward.attachments.map((file) => toAttachment(message, file, cdnUrl)) : [],
        embeds: readable ? forward.embeds : [],
        timestamp: iso(message.at),
        edited_timestamp: null,
        flags: 0,
        components: [],
        ...(forward.stickers.length === 0 ? {} : { sticker_items: forward.stickers.map(toSticker) }),
      },
    })),
  };
}

function toReference(world: World, message: Message, inGuild: boolean) {
  return {
    type: 0,
    channel_id: message.reference?.channel,
    message_id: message.reference?.message,
    ...(inGuild ? { guild_id: world.guildId } : {}),
  };
}

function toAttachment(message: Message, file: Message['attachments'][number], cdnUrl: string) {
  const url = `${cdnUrl}/attachments/${message.channel}/${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    filename: file.name,
    size: file.bytes.byteLength,
    content_type: file.mediaType,
    url: `${url}?ex=0&is=0&hm=0`,
    proxy_url: `${url}?ex=0&is=0&hm=0`,
    ...((message.flags & (1 << 13)) === 0 ? {} : { duration_secs: 2.5, waveform: 'AAAA' }),
  };
}

function reactionsOf(world: World, message: Message) {
  return [...message.reactions].map(([emoji, users]) => ({
    emoji: { id: null, name: emoji },
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    me: users.has(world.bot.id),
    me_burst: false,
    burst_colors: [],
  }));
}

/** The intent that events about messages of this channel need. */
export function messageIntent(channel: Channel): number {
  return channel.type === channelTypes.dm ? intents.directMessages : intents.guildMessages;
}

export function isSystem(message: Message): boolean {
  return message.type === messageTypes.threadStarter;
}
