// Owns what Discord's gateway says: who asks the bot (Mention), who pressed a button or deleted a message (Control).
// Pure conversions of raw events; knows nothing of sockets, of REST, or of what is answered.

import type {
  APIAttachment,
  APIInteraction,
  APIMessage,
  APIUser,
  GatewayMessageCreateDispatchData,
} from 'discord.js';
import type { Attachment, Control, ControlAction, Mention, Person, Place } from '../../src/platform.ts';
import { type Names, toPlainText } from './format.ts';

/** Where a reply goes: into a thread that it opens, into the thread it was asked in, or as a reply to the message. */
type ReplyPlace = 'open' | 'thread' | 'reply';

export interface ChannelFacts {
  readonly name: string | undefined;
  /** Discord's channel type. */
  readonly type: number;
  /** Only of threads: the channel that they belong to. */
  readonly parent: string | undefined;
}

/** What is known around an event. */
export interface Surroundings {
  readonly botId: string;
  readonly replyIn: 'thread' | 'channel';
  channel(id: string): ChannelFacts | undefined;
  role(guild: string, id: string): string | undefined;
  /** Discord's language of a server, such as `zh-CN`. */
  guildLocale(guild: string): string | undefined;
  /** The conversation that a message belongs to, where replies of this process or questions to it are concerned. */
  conversation(message: string): string | undefined;
}

/** Message types that people write: default and reply (discord-api-docs, message types). */
const WRITTEN = [0, 19];
/** Channels in which a message can open a thread: text and announcement. */
const OPENABLE = [0, 5];
const THREADS = [10, 11, 12];
const VOICE_FLAG = 1 << 13;
const CUSTOM_ID = /^rill:(stop|retry|continue):([A-Za-z0-9_-]{1,64})$/u;

/** Whether a new message asks the bot. Edits never come here: they are events of their own. */
export function isMention(event: GatewayMessageCreateDispatchData, botId: string): boolean {
  if (event.author.bot === true || event.author.id === botId || event.webhook_id !== undefined) return false;
  if (!WRITTEN.includes(event.type)) return false;
  return event.guild_id === undefined || event.mentions.some((user) => user.id === botId);
}

/**
 * The scope is the guild's id, in direct messages `dm` and the person's id. `channel` is the channel that a thread belongs to, so that a question
 * that opens a thread and one asked in it stand in the same queue and under the same access rules.
 */
export function toMention(event: GatewayMessageCreateDispatchData, around: Surroundings): Mention {
  const direct = event.guild_id === undefined;
  const scope = event.guild_id ?? `dm${event.author.id}`;
  const facts = around.channel(event.channel_id);
  const inThread = facts !== undefined && THREADS.includes(facts.type);
  const channel = (inThread ? facts.parent : undefined) ?? event.channel_id;
  const repliesTo = toRepliedId(event);
  const place = toReplyPlace(direct, inThread, facts, around.replyIn);
  const locale = direct ? undefined : around.guildLocale(scope);
  return {
    id: `discord:${scope}:${channel}:${event.id}`,
    platform: 'discord',
    scope,
    channel,
    thread: direct || inThread ? event.channel_id : toConversation(event.id, repliesTo, place, around),
    message: event.id,
    direct,
    asker: toPerson(event.author, event.member?.nick),
    text: toText(event, around.botId, toNames(event, around, scope)),
    attachments: toAttachments(event),
    // Only servers have a language in messages, and en-US is what those have that never chose one.
    ...(locale === undefined || locale === 'en-US' ? {} : { locale }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
    sentAt: Date.parse(event.timestamp),
    native: { in: event.channel_id, place },
  };
}

/** The control that a press on one of our buttons means; undefined for anything else. */
export function toControl(
  event: APIInteraction,
  around: Pick<Surroundings, 'channel'>,
): Extract<Control, { turn: string }> | undefined {
  // 3 is a press on a component.
  if (event.type !== 3) return undefined;
  const [, action, turn] = CUSTOM_ID.exec(event.data.custom_id) ?? [];
  const user = event.member?.user ?? event.user;
  const channel = event.channel?.id ?? event.message.channel_id;
  if (turn === undefined || user === undefined) return undefined;
  return {
    action: action as ControlAction,
    turn,
    by: toPerson(user, event.member?.nick),
    at: {
      ...toPlace(event.guild_id, channel, around, user.id),
      ...(event.locale === undefined ? {} : { locale: event.locale }),
    },
  };
}

/** Where something happened; of a thread the channel that it belongs to. */
export function toPlace(
  guild: string | undefined,
  channel: string,
  around: Pick<Surroundings, 'channel'>,
  user?: string,
): Place {
  return {
    platform: 'discord',
    scope: guild ?? `dm${user ?? channel}`,
    channel: around.channel(channel)?.parent ?? channel,
    direct: guild === undefined,
  };
}

export function toPerson(user: APIUser, nick?: string | null): Person {
  return { id: user.id, name: nick ?? user.global_name ?? user.username };
}

/** The id of the message that this one replies to (a forwarded message refers to one as well, and is none). */
export function toRepliedId(message: APIMessage | GatewayMessageCreateDispatchData): string | undefined {
  const reference = message.message_reference;
  if (reference?.message_id === undefined || (reference.type ?? 0) !== 0 || message.type !== 19)
    return undefined;
  return reference.message_id;
}

/** A person's words; of a message that was only forwarded, the words in it. */
export function toText(
  message: APIMessage | GatewayMessageCreateDispatchData,
  botId: string,
  names: Names,
): string {
  const forwarded = message.message_snapshots?.[0]?.message.content ?? '';
  return toPlainText(message.content === '' ? forwarded : message.content, botId, names);
}

export function toAttachments(message: APIMessage | GatewayMessageCreateDispatchData): Attachment[] {
  const voice = ((message.flags ?? 0) & VOICE_FLAG) !== 0;
  return message.attachments.map((file) => toAttachment(file, voice));
}

/** Names for the ids in a message: people as Discord sent them with it, channels and roles as far as they are known. */
export function toNames(
  message: APIMessage | GatewayMessageCreateDispatchData,
  around: Pick<Surroundings, 'channel' | 'role'>,
  guild: string,
): Names {
  return {
    user(id) {
      const user = message.mentions.find((one) => one.id === id);
      if (user === undefined) return undefined;
      return toPerson(user, (user as { member?: { nick?: string | null } }).member?.nick).name;
    },
    channel: (id) => around.channel(id)?.name,
    role: (id) => around.role(guild, id),
  };
}

function toAttachment(file: APIAttachment, voice: boolean): Attachment {
  const mediaType = (file.content_type ?? '').split(';')[0]?.trim().toLowerCase();
  const heard = voice || file.waveform !== undefined || file.duration_secs !== undefined;
  return {
    id: file.id,
    name: file.filename,
    mediaType: mediaType === undefined || mediaType === '' ? 'application/octet-stream' : mediaType,
    size: file.size,
    url: file.url,
    ...(heard && (mediaType?.startsWith('audio/') ?? false) ? { voice: true } : {}),
  };
}

function toReplyPlace(
  direct: boolean,
  inThread: boolean,
  facts: ChannelFacts | undefined,
  replyIn: 'thread' | 'channel',
): ReplyPlace {
  if (inThread) return 'thread';
  if (direct || replyIn === 'channel') return 'reply';
  // An unknown channel is tried: where Discord refuses the thread, the answer becomes a reply.
  return facts === undefined || OPENABLE.includes(facts.type) ? 'open' : 'reply';
}

/** A thread opened on a message has that message's id. In channels a chain of replies is one conversation, as far as it is known. */
function toConversation(
  message: string,
  repliesTo: string | undefined,
  place: ReplyPlace,
  around: Surroundings,
): string {
  if (place === 'open' || repliesTo === undefined) return message;
  return around.conversation(repliesTo) ?? repliesTo;
}
