// Owns what this process remembers of channels, roles and its own pages: names for ids, which channel a thread belongs to,
// which conversation a message is part of. All of it bounded, all of it only a help: it may be forgotten at any time.
// Knows nothing of how replies are written.

import { type APIChannel, type APIRole, Routes } from 'discord.js';
import type { DiscordCalls } from './calls.ts';
import type { ChannelFacts } from './events.ts';

const REMEMBERED = 5_000;

/** What the bot may do in a channel or thread, as the gateway tells it. */
export interface Access {
  /** A thread in which only those may write who manage threads. */
  readonly locked: boolean;
  /** Permission bits. */
  readonly permissions: bigint;
}

/** What an open gateway knows. */
export interface GatewayCache {
  channel(id: string): ChannelFacts | undefined;
  role(guild: string, id: string): string | undefined;
  guildLocale(guild: string): string | undefined;
  access(channel: string): Access | undefined;
}

interface KnownMessage {
  /** Where it stands. */
  readonly channel: string;
  /** The conversation that it is part of: `Mention.thread`. */
  readonly thread: string;
  /** Whether it is a page of a reply of ours. */
  readonly page: boolean;
}

export interface Places extends GatewayCache {
  /** Asks Discord about a channel that is not known yet. Never rejects: what may not be known stays unknown. */
  learnChannel(id: string): Promise<void>;
  /** Asks Discord for the names of a server's channels and roles, once. Never rejects. */
  learnGuild(id: string): Promise<void>;
  remember(message: string, known: KnownMessage): void;
  recall(message: string): KnownMessage | undefined;
  /** Pages of ours that stand in a channel or thread. */
  pagesIn(channel: string): readonly string[];
}

/** `cache` is asked first: undefined where no gateway is open. */
export function createPlaces(calls: DiscordCalls, cache: () => GatewayCache | undefined): Places {
  const channels = createRecent<ChannelFacts>();
  const roles = createRecent<string>();
  const messages = createRecent<KnownMessage>();
  const learnt = createRecent<Promise<void>>();

  function learnRole(role: APIRole): void {
    roles.set(role.id, role.name);
  }

  function learn(channel: APIChannel): void {
    channels.set(channel.id, {
      name: channel.name ?? undefined,
      type: channel.type,
      parent:
        [10, 11, 12].includes(channel.type) && 'parent_id' in channel
          ? (channel.parent_id ?? undefined)
          : undefined,
    });
  }

  async function askGuild(id: string): Promise<void> {
    const where = 'discord:names';
    try {
      const [found, named] = await Promise.all([
        calls.call('GET', Routes.guildChannels(id), { where }),
        calls.call('GET', Routes.guildRoles(id), { where }),
      ]);
      for (const channel of found as APIChannel[]) learn(channel);
      for (const role of named as APIRole[]) learnRole(role);
    } catch {
      // Names are a courtesy to the model: without them a channel is called "channel".
    }
  }

  return {
    channel: (id) => cache()?.channel(id) ?? channels.get(id),
    role: (guild, id) => cache()?.role(guild, id) ?? roles.get(id),
    guildLocale: (guild) => cache()?.guildLocale(guild),
    access: (channel) => cache()?.access(channel),

    async learnChannel(id) {
      if (cache()?.channel(id) !== undefined || channels.get(id) !== undefined) return;
      try {
        learn((await calls.call('GET', Routes.channel(id), { where: 'discord:names' })) as APIChannel);
      } catch {
        // An unknown channel is taken for one that threads can be opened in; Discord says so if not.
      }
    },

    learnGuild(id) {
      const asked = learnt.get(id) ?? askGuild(id);
      learnt.set(id, asked);
      return asked;
    },

    remember: (message, known) => messages.set(message, known),
    recall: (message) => messages.get(message),
    pagesIn: (channel) =>
      messages.entries().flatMap(([id, known]) => (known.page && known.channel === channel ? [id] : [])),
  };
}

interface Recent<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  entries(): [string, V][];
}

/** Forgets what was set longest ago. */
function createRecent<V>(): Recent<V> {
  const values = new Map<string, V>();
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.delete(key);
      values.set(key, value);
      const oldest = values.keys().next();
      if (values.size > REMEMBERED && oldest.done !== true) values.delete(oldest.value);
    },
    entries: () => [...values],
  };
}
