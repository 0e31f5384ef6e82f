// Owns what exists on the fake Discord: people, channels, threads, messages, ids, and who is told when it changes.
// Knows nothing of HTTP, sockets, or limits.

import type { Clock } from '../../../src/clock.ts';
import type { DiscordPerson, PermissionName } from './types.ts';

/** Milliseconds since the Unix epoch at Discord's own (docs: reference, Snowflakes). */
const discordEpoch = 1_420_070_400_000;

/** Bits by name (docs: topics/permissions). */
export const permissionBits: Readonly<Record<PermissionName, bigint>> = {
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  EMBED_LINKS: 1n << 14n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  MANAGE_THREADS: 1n << 34n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
};

export const defaultPermissions: readonly PermissionName[] = [
  'ADD_REACTIONS',
  'VIEW_CHANNEL',
  'SEND_MESSAGES',
  'EMBED_LINKS',
  'ATTACH_FILES',
  'READ_MESSAGE_HISTORY',
  'CREATE_PUBLIC_THREADS',
  'SEND_MESSAGES_IN_THREADS',
];

export const intents = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  guildReactions: 1 << 10,
  directMessages: 1 << 12,
  directReactions: 1 << 13,
  messageContent: 1 << 15,
} as const;

export const privilegedIntents = intents.guildMembers | intents.guildPresences | intents.messageContent;

export const flags = {
  suppressEmbeds: 1 << 2,
  hasThread: 1 << 5,
  ephemeral: 1 << 6,
  voice: 1 << 13,
  v2: 1 << 15,
};

/** Channel types (docs: resources/channel). */
export const channelTypes = { text: 0, dm: 1, thread: 11 } as const;

/** Message types (docs: resources/message). */
export const messageTypes = { default: 0, reply: 19, threadStarter: 21 } as const;

export interface StoredAttachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface StoredForward {
  readonly content: string;
  readonly attachments: readonly StoredAttachment[];
  readonly embeds: readonly object[];
  readonly stickers: readonly string[];
}

export interface Message {
  readonly id: string;
  readonly channel: string;
  readonly author: DiscordPerson;
  readonly type: number;
  readonly at: number;
  content: string;
  flags: number;
  components: readonly unknown[];
  embeds: readonly unknown[];
  readonly attachments: readonly StoredAttachment[];
  readonly forwards: readonly StoredForward[];
  readonly stickers: readonly string[];
  readonly poll: object | undefined;
  /** The message replied to, or (type 21) the one that the thread stands on. */
  readonly reference: { readonly channel: string; readonly message: string } | undefined;
  /** The reply pings the author of the message replied to. */
  readonly pingsReply: boolean;
  readonly nonce: string | number | undefined;
  readonly reactions: Map<string, Set<string>>;
  editedAt: number | undefined;
  edits: number;
  thread: string | undefined;
}

export interface Channel {
  readonly id: string;
  readonly type: number;
  name: string;
  readonly parent: string | undefined;
  /** The other side of a direct message. */
  readonly recipient: DiscordPerson | undefined;
  /** Oldest first. */
  readonly messages: Map<string, Message>;
  permissions: ReadonlySet<PermissionName> | undefined;
  archived: boolean;
  locked: boolean;
  readonly owner: string | undefined;
  readonly autoArchiveMinutes: number;
  typing: { count: number; lastAt: number | undefined };
}

/** An event on its way to the gateway; `make` is told whether this session may read everybody's content. */
export interface WorldEvent {
  readonly name: string;
  readonly intent: number;
  readonly make: (readsContent: boolean) => unknown;
}

export type World = ReturnType<typeof createWorld>;

export function createWorld(options: {
  readonly clock: Clock;
  readonly permissions: readonly PermissionName[];
}) {
  const { clock } = options;
  let last = 0n;
  const listeners = new Set<(channel?: string) => void>();
  const sinks = new Set<(event: WorldEvent) => void>();

  function snowflake(): string {
    const time = clock.now() - discordEpoch;
    // 17 digits begin a month after Discord's epoch; shorter ids break the buckets of @discordjs/rest (platforms.md 2.4).
    if (time < 31 * 86_400_000) throw new Error('the clock must stand later than February 2015');
    const floor = BigInt(Math.floor(time)) << 22n;
    last = floor > last ? floor : last + 1n;
    return String(last);
  }

  const people = new Map<string, DiscordPerson>();
  const channels = new Map<string, Channel>();
  const guildId = snowflake();
  const bot: DiscordPerson = { id: snowflake(), name: 'Rill', bot: true };
  people.set(bot.id, bot);
  const botRoleId = snowflake();
  const guildPermissions = new Set(options.permissions);

  /** `channel`: the one in which something changed, where it was in one. */
  function changed(channel?: string): void {
    for (const listener of [...listeners]) listener(channel);
  }

  function addChannel(fields: Partial<Channel> & { readonly type: number; readonly name: string }): Channel {
    const channel: Channel = {
      id: snowflake(),
      parent: undefined,
      recipient: undefined,
      messages: new Map(),
      permissions: undefined,
      archived: false,
      locked: false,
      owner: undefined,
      autoArchiveMinutes: 1440,
      typing: { count: 0, lastAt: undefined },
      ...fields,
    };
    channels.set(channel.id, channel);
    return channel;
  }

  function addMessage(
    fields: Partial<Message> & {
      readonly channel: string;
      readonly author: DiscordPerson;
      readonly content: string;
    },
  ): Message {
    const channel = channels.get(fields.channel);
    if (channel === undefined) throw new Error(`no channel ${fields.channel}`);
    const message: Message = {
      id: snowflake(),
      type: fields.reference === undefined ? messageTypes.default : messageTypes.reply,
      at: clock.now(),
      flags: 0,
      components: [],
      embeds: [],
      attachments: [],
      forwards: [],
      stickers: [],
      poll: undefined,
      reference: undefined,
      pingsReply: false,
      nonce: undefined,
      reactions: new Map(),
      editedAt: undefined,
      edits: 0,
      thread: undefined,
      ...fields,
    };
    channel.messages.set(message.id, message);
    // An unlocked archived thread comes back when somebody writes in it (docs: topics/threads, "Archived threads").
    channel.archived = false;
    return message;
  }

  /** What the bot may do in a channel; a thread takes its parent's. */
  function can(channel: Channel, permission: PermissionName): boolean {
    if (channel.type === channelTypes.dm) return !permission.startsWith('MANAGE_');
    const holder = channel.parent === undefined ? channel : (channels.get(channel.parent) ?? channel);
    return (holder.permissions ?? guildPermissions).has(permission);
  }

  function dispatch(event: WorldEvent, channel?: string): void {
    for (const sink of sinks) sink(event);
    changed(channel);
  }

  /** Tells the gateway of something in a channel, where the bot may see it. */
  function announce(channel: Channel, event: WorldEvent): void {
    if (can(channel, 'VIEW_CHANNEL')) dispatch(event, channel.id);
    else changed(channel.id);
  }

  return {
    clock,
    guildId,
    bot,
    botRoleId,
    guildPermissions,
    people,
    channels,
    snowflake,
    addChannel,
    addMessage,
    can,
    dispatch,
    announce,
    changed,
    onChange(listener: (channel?: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onEvent(sink: (event: WorldEvent) => void): void {
      sinks.add(sink);
    },
    findMessage(id: string): Message | undefined {
      for (const channel of channels.values()) {
        const message = channel.messages.get(id);
        if (message !== undefined) return message;
      }
      return undefined;
    },
  };
}
