// Owns threads over REST: opening one on a message, renaming, archiving, joining; and channels as they are read.

import { toChannel } from './guild-payloads.ts';
import { announceMessage } from './message-routes.ts';
import { type Fields, invalid, missingPermissions, Refusal } from './refusal.ts';
import { type Answer, type Call, channelOf, type Desk, messageOf, type Route } from './route.ts';
import type { DiscordPerson } from './types.ts';
import { type Channel, channelTypes, flags, intents, type Message, messageTypes } from './world.ts';

/** Docs: resources/channel, "Start Thread from Message": name 1 to 100; auto_archive_duration 60, 1440, 4320 or 10080 minutes. */
function parseThread(body: Fields): { readonly name: string; readonly minutes: number } {
  const { name, auto_archive_duration: minutes } = body;
  if (typeof name !== 'string') throw invalid('name', 'BASE_TYPE_REQUIRED', 'This field is required');
  if (name.trim().length < 1 || name.length > 100) {
    throw invalid('name', 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.');
  }
  if (minutes !== undefined && minutes !== null && ![60, 1440, 4320, 10080].includes(Number(minutes))) {
    throw invalid(
      'auto_archive_duration',
      'BASE_TYPE_CHOICES',
      'Value must be one of (60, 1440, 4320, 10080).',
    );
  }
  return { name: name.trim(), minutes: Number(minutes ?? 1440) };
}

/** Opens a thread on a message; its id is the message's. Throws 50024, 160004, 160006. */
export function startThread(
  desk: Desk,
  channel: Channel,
  message: Message,
  owner: DiscordPerson,
  thread: { readonly name: string; readonly minutes: number },
): Channel {
  const { world } = desk;
  // Only text and announcement channels hold such threads; not direct messages, not threads (docs: topics/threads).
  if (channel.type !== channelTypes.text)
    throw new Refusal(400, 50024, 'Cannot execute action on this channel type');
  // One thread a message (opcodes: 160004).
  if (world.channels.has(message.id))
    throw new Refusal(400, 160004, 'A thread has already been created for this message');
  const active = [...world.channels.values()].filter(
    (one) => one.type === channelTypes.thread && !one.archived,
  );
  // Opcodes: 160006. The number is the guild's (1,000 is reported by others).
  if (active.length >= desk.maxActiveThreads)
    throw new Refusal(400, 160006, 'Maximum number of active threads reached');
  const opened = world.addChannel({
    id: message.id,
    type: channelTypes.thread,
    name: thread.name,
    parent: channel.id,
    owner: owner.id,
    autoArchiveMinutes: thread.minutes,
  });
  // The thread's first message is a system message (type 21) without words that points at the one it stands on (docs: resources/message).
  world.addMessage({
    channel: opened.id,
    author: owner,
    content: '',
    type: messageTypes.threadStarter,
    reference: { channel: channel.id, message: message.id },
  });
  message.thread = opened.id;
  message.flags |= flags.hasThread;
  world.announce(channel, {
    name: 'THREAD_CREATE',
    intent: intents.guilds,
    make: () => ({ ...toChannel(world, opened), newly_created: true }),
  });
  announceMessage(desk, channel, message, 'MESSAGE_UPDATE');
  return opened;
}

export function announceThread(desk: Desk, thread: Channel, name: 'THREAD_UPDATE' | 'THREAD_DELETE'): void {
  desk.world.announce(thread, {
    name,
    intent: intents.guilds,
    make: () =>
      name === 'THREAD_UPDATE'
        ? toChannel(desk.world, thread)
        : { id: thread.id, guild_id: desk.world.guildId, parent_id: thread.parent, type: thread.type },
  });
}

export function createThreadRoutes(desk: Desk): readonly Route[] {
  const { world } = desk;

  function start(call: Call): Answer {
    const channel = channelOf(desk, call);
    const message = messageOf(channel, call);
    if (!world.can(channel, 'CREATE_PUBLIC_THREADS') || !world.can(channel, 'READ_MESSAGE_HISTORY')) {
      throw missingPermissions();
    }
    const thread = startThread(desk, channel, message, world.bot, parseThread(call.body));
    return { status: 201, body: toChannel(world, thread) };
  }

  function modify(call: Call): Answer {
    const channel = channelOf(desk, call);
    if (channel.type !== channelTypes.thread) throw missingPermissions();
    const manages = world.can(channel, 'MANAGE_THREADS');
    if (channel.owner !== world.bot.id && !manages) throw missingPermissions();
    if (channel.locked && !manages) throw new Refusal(400, 160005, 'Thread is locked');
    // An archived thread takes no change but to be brought back (docs: resources/channel, "Modify Channel").
    if (channel.archived && call.body.archived !== false) throw new Refusal(400, 50083, 'Thread is archived');
    if ('name' in call.body) channel.name = parseThread(call.body).name;
    if (typeof call.body.archived === 'boolean') channel.archived = call.body.archived;
    if (call.body.locked === true && !manages) throw missingPermissions();
    announceThread(desk, channel, 'THREAD_UPDATE');
    return { status: 200, body: toChannel(world, channel) };
  }

  function join(call: Call): Answer {
    const channel = channelOf(desk, call);
    if (channel.type !== channelTypes.thread)
      throw new Refusal(400, 50024, 'Cannot execute action on this channel type');
    if (channel.archived) throw new Refusal(400, 50083, 'Thread is archived');
    return { status: 204 };
  }

  return [
    { method: 'POST', path: '/channels/:channel/messages/:message/threads', bucket: 'thread', handle: start },
    { method: 'PATCH', path: '/channels/:channel', bucket: 'other', handle: modify },
    { method: 'PUT', path: '/channels/:channel/thread-members/@me', bucket: 'other', handle: join },
    {
      method: 'GET',
      path: '/channels/:channel',
      bucket: 'other',
      handle: (call) => ({ status: 200, body: toChannel(world, channelOf(desk, call)) }),
    },
  ];
}
