// Owns what may be done with messages over REST: post, edit, delete, read, react, typing.
// Each refusal names its source; body rules are in forms.ts.

import { findPings, parseMessage, wordsOf } from './forms.ts';
import { isSystem, messageIntent, toMessage } from './payloads.ts';
import { type Fields, invalid, isFields, missingPermissions, Refusal } from './refusal.ts';
import { type Answer, type Call, channelOf, type Desk, messageOf, type Route } from './route.ts';
import { type Channel, channelTypes, intents, type Message } from './world.ts';

/** How long a nonce is remembered. Docs: resources/message: "the past few minutes". */
const nonceMs = 180_000;
const hourMs = 3_600_000;

/** Adds the bot's message, counts whom it pings, and tells the gateway. Shared by REST and by interactions. */
export function postMessage(
  desk: Desk,
  channel: Channel,
  body: Fields,
  files: Message['attachments'],
): Message {
  const { world } = desk;
  const fields = parseMessage(body, 'create', files.length);
  const reference = parseReference(channel, body);
  const message = world.addMessage({
    channel: channel.id,
    author: world.bot,
    ...fields,
    attachments: files,
    reference,
    pingsReply: isFields(body.allowed_mentions) ? body.allowed_mentions.replied_user === true : true,
    nonce: typeof body.nonce === 'string' || typeof body.nonce === 'number' ? body.nonce : undefined,
  });
  for (const what of findPings(wordsOf(fields), body.allowed_mentions, reference !== undefined)) {
    desk.pings.push({ channel: channel.id, message: message.id, what, by: 'create' });
  }
  announceMessage(desk, channel, message, 'MESSAGE_CREATE');
  return message;
}

/** Edits the bot's message in place. Shared by REST and by interactions. */
export function editMessage(desk: Desk, channel: Channel, message: Message, body: Fields): void {
  const fields = parseMessage(body, 'edit', message.attachments.length, message);
  Object.assign(message, fields);
  message.editedAt = desk.world.clock.now();
  message.edits += 1;
  if ('content' in body || 'components' in body) {
    for (const what of findPings(wordsOf(fields), body.allowed_mentions, false)) {
      desk.pings.push({ channel: channel.id, message: message.id, what, by: 'edit' });
    }
  }
  announceMessage(desk, channel, message, 'MESSAGE_UPDATE');
}

export function announceMessage(desk: Desk, channel: Channel, message: Message, name: string): void {
  desk.world.announce(channel, {
    name,
    intent: messageIntent(channel),
    make: (readsContent) => toMessage(desk.world, message, { ...desk.form(), readsContent, gateway: true }),
  });
}

/** Docs: resources/message, "Message Reference Structure": same channel, no system message, must exist unless told otherwise. */
function parseReference(channel: Channel, body: Fields): Message['reference'] {
  const reference = body.message_reference;
  if (reference === undefined || reference === null) return undefined;
  if (!isFields(reference))
    throw invalid('message_reference', 'MODEL_TYPE_CONVERT', 'Only dictionaries may be used');
  if (reference.channel_id !== undefined && reference.channel_id !== channel.id) {
    throw invalid(
      'message_reference',
      'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL',
      'Cannot reply to a message in a different channel',
    );
  }
  const target = channel.messages.get(String(reference.message_id));
  if (target === undefined) {
    if (reference.fail_if_not_exists === false) return undefined;
    throw invalid('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (isSystem(target))
    throw invalid(
      'message_reference',
      'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE',
      'Cannot reply to a system message',
    );
  return { channel: channel.id, message: target.id };
}

export function createMessageRoutes(desk: Desk): readonly Route[] {
  const { world } = desk;
  const shown = (message: Message) => toMessage(world, message, desk.form());

  function create(call: Call): Answer {
    const channel = channelOf(desk, call);
    const speaks = channel.type === channelTypes.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES';
    if (!world.can(channel, speaks)) throw missingPermissions();
    // Locked threads take messages from moderators only (docs: topics/threads; opcodes: 160005).
    if (channel.locked && !world.can(channel, 'MANAGE_THREADS'))
      throw new Refusal(400, 160005, 'Thread is locked');
    if (call.files.length > 0 && !world.can(channel, 'ATTACH_FILES')) throw missingPermissions();
    if (isFields(call.body.message_reference) && !world.can(channel, 'READ_MESSAGE_HISTORY')) {
      throw new Refusal(400, 160002, 'Cannot reply without permission to read message history');
    }
    const key = `${world.bot.id}:${String(call.body.nonce)}`;
    const known = desk.nonces.get(key);
    // Docs: resources/message, enforce_nonce: the same author's message with this nonce is returned, none is created.
    if (call.body.enforce_nonce === true && call.body.nonce !== undefined && known !== undefined) {
      if (world.clock.now() < known.until) return { status: 200, body: shown(known.message) };
    }
    const message = postMessage(desk, channel, call.body, call.files);
    if (message.nonce !== undefined) desk.nonces.set(key, { message, until: world.clock.now() + nonceMs });
    return { status: 200, body: shown(message) };
  }

  function edit(call: Call): Answer {
    const channel = channelOf(desk, call);
    const message = messageOf(channel, call);
    if (message.author.id !== world.bot.id)
      throw new Refusal(403, 50005, 'Cannot edit a message authored by another user');
    if (isSystem(message)) throw new Refusal(403, 50021, 'Cannot execute action on a system message');
    if (channel.archived) throw new Refusal(400, 50083, 'Thread is archived');
    if (world.clock.now() - message.at > hourMs) {
      const retryAfterMs = desk.oldEdits.take(channel.id);
      // Seen as 429 with this code (aikaterna-cogs#302); the number is not published (discord-api-docs#4413).
      if (retryAfterMs > 0) {
        throw new Refusal(
          429,
          30046,
          'Maximum number of edits to messages older than 1 hour reached. Try again later.',
          { retryAfterMs },
        );
      }
    }
    editMessage(desk, channel, message, call.body);
    return { status: 200, body: shown(message) };
  }

  function remove(call: Call): Answer {
    const channel = channelOf(desk, call);
    const message = messageOf(channel, call);
    if (message.author.id !== world.bot.id && !world.can(channel, 'MANAGE_MESSAGES'))
      throw missingPermissions();
    if (isSystem(message)) throw new Refusal(403, 50021, 'Cannot execute action on a system message');
    if (channel.archived) throw new Refusal(400, 50083, 'Thread is archived');
    removeMessage(desk, channel, message);
    return { status: 204 };
  }

  function list(call: Call): Answer {
    const channel = channelOf(desk, call);
    const limit = Number(call.query.get('limit') ?? 50);
    // Docs: resources/message, "Get Channel Messages": 1 to 100; before, after, around exclude each other.
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
      throw invalid('limit', 'NUMBER_TYPE_MAX', 'int value should be between 1 and 100.');
    }
    const marks = ['before', 'after', 'around'].filter((name) => call.query.has(name));
    for (const mark of marks) {
      const value = call.query.get(mark) ?? '';
      if (!/^\d{17,19}$/.test(value))
        throw invalid(mark, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
    }
    if (marks.length > 1)
      throw invalid(marks[1] ?? '', 'MUTUALLY_EXCLUSIVE', 'before, after and around exclude each other');
    // The same page: without READ_MESSAGE_HISTORY no messages are returned.
    if (!world.can(channel, 'READ_MESSAGE_HISTORY')) return { status: 200, body: [] };
    const mark = marks[0];
    const picked = pick([...channel.messages.values()], mark, BigInt(call.query.get(mark ?? '') ?? 0), limit);
    return { status: 200, body: picked.toReversed().map(shown) };
  }

  function one(call: Call): Answer {
    const channel = channelOf(desk, call);
    if (!world.can(channel, 'READ_MESSAGE_HISTORY')) throw missingPermissions();
    return { status: 200, body: shown(messageOf(channel, call)) };
  }

  function typing(call: Call): Answer {
    const channel = channelOf(desk, call);
    if (
      !world.can(channel, channel.type === channelTypes.thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES')
    ) {
      throw missingPermissions();
    }
    channel.typing = { count: channel.typing.count + 1, lastAt: world.clock.now() };
    return { status: 204 };
  }

  function react(call: Call, on: boolean): Answer {
    const channel = channelOf(desk, call);
    const message = messageOf(channel, call);
    const emoji = call.params.emoji ?? '';
    if (!world.can(channel, 'READ_MESSAGE_HISTORY')) throw missingPermissions();
    // Docs: resources/message, "Create Reaction": ADD_REACTIONS unless somebody has reacted with it already.
    if (on && !message.reactions.has(emoji) && !world.can(channel, 'ADD_REACTIONS'))
      throw missingPermissions();
    if (channel.archived) throw new Refusal(400, 50083, 'Thread is archived');
    if (!/\p{Extended_Pictographic}|:\d{17,19}$/u.test(emoji)) throw new Refusal(400, 10014, 'Unknown Emoji');
    const users = message.reactions.get(emoji) ?? new Set<string>();
    if (on) users.add(world.bot.id);
    else users.delete(world.bot.id);
    if (users.size === 0) message.reactions.delete(emoji);
    else message.reactions.set(emoji, users);
    world.announce(channel, {
      name: on ? 'MESSAGE_REACTION_ADD' : 'MESSAGE_REACTION_REMOVE',
      intent: channel.type === channelTypes.dm ? intents.directReactions : intents.guildReactions,
      make: () => ({
        user_id: world.bot.id,
        channel_id: channel.id,
        message_id: message.id,
        emoji: { id: null, name: emoji },
        burst: false,
        type: 0,
      }),
    });
    return { status: 204 };
  }

  const messages = '/channels/:channel/messages';
  const reaction = `${messages}/:message/reactions/:emoji/@me`;
  return [
    { method: 'POST', path: messages, bucket: 'create', handle: create },
    { method: 'GET', path: messages, bucket: 'read', handle: list },
    { method: 'GET', path: `${messages}/:message`, bucket: 'read', handle: one },
    { method: 'PATCH', path: `${messages}/:message`, bucket: 'edit', handle: edit },
    { method: 'DELETE', path: `${messages}/:message`, bucket: 'delete', handle: remove },
    { method: 'POST', path: '/channels/:channel/typing', bucket: 'typing', handle: typing },
    {
      method: 'PUT',
      path: reaction,
      bucket: 'reaction',
      words: ['emoji'],
      handle: (call) => react(call, true),
    },
    {
      method: 'DELETE',
      path: reaction,
      bucket: 'reaction',
      words: ['emoji'],
      handle: (call) => react(call, false),
    },
  ];
}

export function removeMessage(desk: Desk, channel: Channel, message: Message): void {
  channel.messages.delete(message.id);
  desk.world.announce(channel, {
    name: 'MESSAGE_DELETE',
    intent: messageIntent(channel),
    make: () => ({
      id: message.id,
      channel_id: channel.id,
      ...(channel.type === channelTypes.dm ? {} : { guild_id: desk.world.guildId }),
    }),
  });
}

/** The messages asked for, oldest first. */
function pick(
  all: readonly Message[],
  mark: string | undefined,
  id: bigint,
  limit: number,
): readonly Message[] {
  if (mark === 'before') return all.filter((message) => BigInt(message.id) < id).slice(-limit);
  if (mark === 'after') return all.filter((message) => BigInt(message.id) > id).slice(0, limit);
  if (mark === 'around') {
    const half = Math.floor(limit / 2);
    const index = all.findIndex((message) => BigInt(message.id) >= id);
    const middle = index < 0 ? all.length : index;
    return all.slice(Math.max(0, middle - half), middle + Math.max(1, limit - half));
  }
  return all.slice(-limit);
}
