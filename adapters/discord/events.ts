// Owns what Discord's gateway says: who asks the bot (Mention), who pressed a button or deleted a message (Control).
// Pure conversions of untrusted events; knows nothing of sockets, of REST, or of what is answered.

import type { Control, ControlAction, Mention, Place } from '../../src/platform.ts';
import { fieldsOf, listOf, someText, textOf } from '../kit/fields.ts';
import { type Known, THREADS } from './known.ts';
import { type Message, parsePerson } from './message.ts';
import { idOf } from './snowflake.ts';
import { filesOf, type Reader, toNames, toText } from './words.ts';

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
export interface Surroundings extends Known {
  readonly botId: string;
  readonly replyIn: 'thread' | 'channel';
  /** The conversation that a message belongs to, where replies of this process or questions to it are concerned. */
  conversation(message: string): string | undefined;
}

/** Message types that people write: default and reply (discord-api-docs, message types). */
const WRITTEN = [0, 19];
/** Channels in which a message can open a thread: text and announcement. */
const OPENABLE = [0, 5];
const CUSTOM_ID = /^rill:(stop|retry|continue):([A-Za-z0-9_-]{1,64})$/u;

/** Whether a new message may ask the bot: a person's own words, no line of Discord's, no bot's. Edits are events of their own. */
export function isSpoken(message: Message, botId: string): boolean {
  return !message.isBot && message.author.id !== botId && WRITTEN.includes(message.type);
}

/** Whether it is the bot that is asked: by its own name, or by the role that Discord made for it, which stands beside it in the list. */
export function isMention(message: Message, botId: string, ownRole: string | undefined): boolean {
  if (message.guild === undefined || message.people.includes(botId)) return true;
  return ownRole !== undefined && message.roles.includes(ownRole);
}

/**
 * The scope is the guild's id, in direct messages `dm` and the person's id. `channel` is the channel that a thread belongs to, so that a question
 * that opens a thread and one asked in it stand in the same queue and under the same access rules.
 */
export function toMention(message: Message, around: Surroundings): Mention {
  const direct = message.guild === undefined;
  const scope = message.guild ?? `dm${message.author.id}`;
  const facts = around.channel(message.channel);
  const inThread = facts !== undefined && THREADS.includes(facts.type);
  const channel = (inThread ? facts.parent : undefined) ?? message.channel;
  const { repliesTo } = message;
  const place = toReplyPlace(direct, inThread, facts, around.replyIn);
  const locale = direct ? undefined : around.guildLocale(scope);
  return {
    id: `discord:${scope}:${channel}:${message.id}`,
    platform: 'discord',
    scope,
    channel,
    thread: direct || inThread ? message.channel : toConversation(message.id, repliesTo, place, around),
    message: message.id,
    direct,
    asker: message.author,
    text: toText(message, toReader(message, around, around.botId, message.guild)),
    attachments: filesOf(message),
    // Only servers have a language in messages, and en-US is what those have that never chose one.
    ...(locale === undefined || locale === 'en-US' ? {} : { locale }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
    sentAt: message.sentAt,
    native: { in: message.channel, place },
  };
}

/** The same question as it stands now, which keeps its place and its id. */
export function toReread(mention: Mention, message: Message, known: Known, botId: string): Mention {
  const guild = mention.direct ? undefined : mention.scope;
  return {
    ...mention,
    text: toText(message, toReader(message, known, botId, guild)),
    attachments: filesOf(message),
  };
}

/** Who reads a message: for whom the bot's own mention is no word of it. */
export function toReader(message: Message, known: Known, botId: string, guild: string | undefined): Reader {
  const botRole = guild === undefined ? undefined : known.ownRole(guild);
  const names = toNames(message, {
    channel: known.channel,
    role: (id) => (guild === undefined ? undefined : known.role(guild, id)),
  });
  return { botId, botRole, names };
}

/** A press on one of our buttons, and what it takes to answer it. */
export interface Press {
  readonly id: string;
  readonly token: string;
  readonly application: string;
  readonly guild: string | undefined;
  readonly channel: string;
  readonly control: Omit<Extract<Control, { turn: string }>, 'at'>;
  readonly locale: string | undefined;
}

/** Undefined for anything but a press on one of our buttons. */
export function parsePress(data: unknown): Press | undefined {
  const event = fieldsOf(data);
  // 3 is a press on a component (discord-api-docs, interactions/receiving-and-responding).
  if (event.type !== 3) return undefined;
  const [, action, turn] = CUSTOM_ID.exec(textOf(fieldsOf(event.data).custom_id, 100)) ?? [];
  const member = fieldsOf(event.member);
  const by = parsePerson(member.user, member.nick) ?? parsePerson(event.user);
  const channel =
    idOf(fieldsOf(event.channel).id) ?? idOf(event.channel_id) ?? idOf(fieldsOf(event.message).channel_id);
  const id = idOf(event.id);
  const application = idOf(event.application_id);
  const token = someText(event.token, 1_000);
  if (turn === undefined || by === undefined || channel === undefined) return undefined;
  if (id === undefined || application === undefined || token === undefined) return undefined;
  return {
    id,
    token,
    application,
    guild: idOf(event.guild_id),
    channel,
    control: { action: action as ControlAction, turn, by },
    locale: someText(event.locale, 20),
  };
}

/** Messages that were deleted, or a thread or channel with all that stood in it. */
export interface Deleted {
  readonly guild: string | undefined;
  readonly channel: string;
  readonly messages: readonly string[] | 'all';
}

/** Undefined for any other event, and for one that does not tell what was deleted. */
export function parseDeleted(name: string, data: unknown): Deleted | undefined {
  const { guild_id, channel_id, id, ids } = fieldsOf(data);
  const guild = idOf(guild_id);
  const toDeleted = (channel: string | undefined, messages: readonly string[] | 'all') =>
    channel === undefined || messages.length === 0 ? undefined : { guild, channel, messages };
  switch (name) {
    case 'MESSAGE_DELETE':
      return toDeleted(idOf(channel_id), listOf([id], 1, idOf));
    case 'MESSAGE_DELETE_BULK':
      // At most 100 (discord-api-docs, bulk delete messages).
      return toDeleted(idOf(channel_id), listOf(ids, 1_000, idOf));
    case 'THREAD_DELETE':
    case 'CHANNEL_DELETE':
      return toDeleted(idOf(id), 'all');
    default:
      return undefined;
  }
}

/** Where something happened; of a thread the channel that it belongs to. */
export function toPlace(
  guild: string | undefined,
  channel: string,
  around: Pick<Known, 'channel'>,
  user?: string,
): Place {
  return {
    platform: 'discord',
    scope: guild ?? `dm${user ?? channel}`,
    channel: around.channel(channel)?.parent ?? channel,
    direct: guild === undefined,
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
