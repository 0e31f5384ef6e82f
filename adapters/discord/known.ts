// Owns what the gateway has told of servers: names and kinds of channels, names of roles, the bot's own role, a server's language.
// Read from untrusted JSON; bounded. Knows nothing of messages, or of what may be asked for over REST.

import type { ChannelFacts } from './events.ts';
import { countOf, fieldsOf, idOf, listOf, someText } from './fields.ts';
import { createRecent } from './recent.ts';

/** Discord allows 500 channels and 250 roles a server; active threads 1,000. */
const PLACES_MAX = 3_000;
const REMEMBERED = 50_000;
const NAME_MAX = 100;
export const THREADS = [10, 11, 12];

export interface Known {
  channel(id: string): ChannelFacts | undefined;
  role(guild: string, id: string): string | undefined;
  guildLocale(guild: string): string | undefined;
  /** The role that Discord made for the bot in this server. */
  ownRole(guild: string): string | undefined;
}

export interface Knowing extends Known {
  learnChannel(value: unknown): void;
  learnRole(guild: string, value: unknown): void;
  /** What an event of the gateway says of channels and roles; others are passed over. */
  hear(name: string, data: unknown): void;
}

/** `botId`: asked when a role is learnt, which is after the login. */
export function createKnown(botId: () => string | undefined): Knowing {
  const channels = createRecent<ChannelFacts>(REMEMBERED);
  const roles = createRecent<string>(REMEMBERED);
  const ownRoles = createRecent<string>(REMEMBERED);
  const locales = createRecent<string>(REMEMBERED);

  function learnChannel(value: unknown): void {
    const channel = fieldsOf(value);
    const id = idOf(channel.id);
    const type = countOf(channel.type);
    if (id === undefined || type === undefined) return;
    channels.set(id, {
      name: someText(channel.name, NAME_MAX),
      type,
      parent: THREADS.includes(type) ? idOf(channel.parent_id) : undefined,
    });
  }

  function learnRole(guild: string, value: unknown): void {
    const role = fieldsOf(value);
    const id = idOf(role.id);
    if (id === undefined) return;
    const name = someText(role.name, NAME_MAX);
    if (name !== undefined) roles.set(id, name);
    // discord-api-docs, topics/permissions, "Role Tags Structure": the id of the bot that the role belongs to.
    const owner = idOf(fieldsOf(role.tags).bot_id);
    if (owner !== undefined && owner === botId()) ownRoles.set(guild, id);
  }

  function learnGuild(data: unknown): void {
    const guild = fieldsOf(data);
    const id = idOf(guild.id);
    if (id === undefined) return;
    const locale = someText(guild.preferred_locale, 20);
    if (locale !== undefined) locales.set(id, locale);
    listOf(guild.channels, PLACES_MAX, learnChannel);
    listOf(guild.threads, PLACES_MAX, learnChannel);
    listOf(guild.roles, PLACES_MAX, (role) => learnRole(id, role));
  }

  return {
    channel: channels.get,
    role: (_guild, id) => roles.get(id),
    guildLocale: locales.get,
    ownRole: ownRoles.get,
    learnChannel,
    learnRole,
    hear(name, data) {
      const fields = fieldsOf(data);
      switch (name) {
        case 'GUILD_CREATE':
        case 'GUILD_UPDATE':
          return learnGuild(data);
        case 'CHANNEL_CREATE':
        case 'CHANNEL_UPDATE':
        case 'THREAD_CREATE':
        case 'THREAD_UPDATE':
          return learnChannel(data);
        case 'THREAD_LIST_SYNC':
          listOf(fields.threads, PLACES_MAX, learnChannel);
          return;
        case 'CHANNEL_DELETE':
        case 'THREAD_DELETE':
          return channels.delete(idOf(fields.id) ?? '');
        case 'GUILD_ROLE_CREATE':
        case 'GUILD_ROLE_UPDATE':
          return learnRole(idOf(fields.guild_id) ?? '', fields.role);
        case 'GUILD_ROLE_DELETE':
          return roles.delete(idOf(fields.role_id) ?? '');
        default:
      }
    },
  };
}
