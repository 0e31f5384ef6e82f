// Owns what the gateway has told of servers: names and kinds of channels, names of roles, the bot's own role, a server's language.
// Read from untrusted JSON; bounded. Knows nothing of messages, or of what may be asked for over REST.

import { countOf, fieldsOf, listOf, someText } from '../kit/fields.ts';
import { createRecent } from '../kit/recent.ts';
import type { ChannelFacts } from './events.ts';
import { type Overwrite, parseBits, parseOverwrites, toPermissions } from './permissions.ts';
import { idOf } from './snowflake.ts';

/** Discord allows 500 channels and 250 roles a server; active threads 1,000. */
const PLACES_MAX = 3_000;
const REMEMBERED = 50_000;
const NAME_MAX = 100;
export const THREADS = [10, 11, 12];

/** What the bot may do in a channel or thread, as the gateway tells it. */
export interface Access {
  /** A thread in which only those may write who manage threads. */
  readonly locked: boolean;
  /** Permission bits. */
  readonly permissions: bigint;
}

/** What decides who may write in a channel. */
interface Rules {
  readonly guild: string;
  readonly locked: boolean;
  /** Of a thread, the channel whose overwrites it has; null where that was not told. */
  readonly parent: string | null | undefined;
  /** Undefined where they were not told, or not all of them could be read. */
  readonly overwrites: readonly Overwrite[] | undefined;
}

export interface Known {
  channel(id: string): ChannelFacts | undefined;
  role(guild: string, id: string): string | undefined;
  guildLocale(guild: string): string | undefined;
  /** The role that Discord made for the bot in this server. */
  ownRole(guild: string): string | undefined;
}

export interface Knowing extends Known {
  /** Undefined where the gateway has not told enough of the channel, the bot's roles, or what they allow. */
  access(channel: string): Access | undefined;
  learnChannel(value: unknown, within?: string): void;
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
  const rules = createRecent<Rules>(REMEMBERED);
  const bits = createRecent<bigint>(REMEMBERED);
  /** The roles that the bot itself holds in a server. */
  const held = createRecent<readonly string[]>(REMEMBERED);
  /** Whoever owns a server may do everything there. */
  const owners = createRecent<string>(REMEMBERED);

  function learnChannel(value: unknown, within?: string): void {
    const channel = fieldsOf(value);
    const id = idOf(channel.id);
    const type = countOf(channel.type);
    if (id === undefined || type === undefined) return;
    channels.set(id, {
      name: someText(channel.name, NAME_MAX),
      type,
      parent: THREADS.includes(type) ? idOf(channel.parent_id) : undefined,
    });
    // Channels within GUILD_CREATE name no server (discord-api-docs, resources/channel, "guild_id").
    const guild = idOf(channel.guild_id) ?? within;
    if (guild === undefined) return;
    const isThread = THREADS.includes(type);
    rules.set(id, {
      guild,
      locked: fieldsOf(channel.thread_metadata).locked === true,
      parent: isThread ? (idOf(channel.parent_id) ?? null) : undefined,
      overwrites: isThread ? undefined : readOverwrites(channel.permission_overwrites),
    });
  }

  function learnRole(guild: string, value: unknown): void {
    const role = fieldsOf(value);
    const id = idOf(role.id);
    if (id === undefined) return;
    const name = someText(role.name, NAME_MAX);
    if (name !== undefined) roles.set(id, name);
    const allowed = parseBits(role.permissions);
    if (allowed !== undefined) bits.set(id, allowed);
    // discord-api-docs, topics/permissions, "Role Tags Structure": the id of the bot that the role belongs to.
    const owner = idOf(fieldsOf(role.tags).bot_id);
    if (owner !== undefined && owner === botId()) ownRoles.set(guild, id);
  }

  function learnMember(guild: string | undefined, value: unknown): void {
    const member = fieldsOf(value);
    const user = idOf(fieldsOf(member.user).id);
    if (guild === undefined || user === undefined || user !== botId()) return;
    const listed = listOf(member.roles, PLACES_MAX, idOf);
    if (Array.isArray(member.roles) && listed.length === member.roles.length) held.set(guild, listed);
    else held.delete(guild);
  }

  function access(channel: string): Access | undefined {
    const here = rules.get(channel);
    const user = botId();
    if (here === undefined || here.parent === null || user === undefined) return undefined;
    const overwrites = (here.parent === undefined ? here : rules.get(here.parent))?.overwrites;
    const { guild, locked } = here;
    if (owners.get(guild) === user) return { locked, permissions: ~0n };
    const own = held.get(guild);
    const everyone = bits.get(guild);
    if (own === undefined || everyone === undefined || overwrites === undefined) return undefined;
    let base = everyone;
    for (const role of own) {
      const allowed = bits.get(role);
      if (allowed === undefined) return undefined;
      base |= allowed;
    }
    const permissions = toPermissions({ user, guild, roles: own, base }, overwrites);
    return { locked, permissions };
  }

  function learnGuild(data: unknown): void {
    const guild = fieldsOf(data);
    const id = idOf(guild.id);
    if (id === undefined) return;
    const locale = someText(guild.preferred_locale, 20);
    if (locale !== undefined) locales.set(id, locale);
    const owner = idOf(guild.owner_id);
    if (owner !== undefined) owners.set(id, owner);
    listOf(guild.channels, PLACES_MAX, (channel) => learnChannel(channel, id));
    listOf(guild.threads, PLACES_MAX, (thread) => learnChannel(thread, id));
    listOf(guild.roles, PLACES_MAX, (role) => learnRole(id, role));
    // The bot's own is always among them (discord-api-docs, topics/gateway-events, Guild Create).
    listOf(guild.members, PLACES_MAX, (member) => learnMember(id, member));
  }

  return {
    channel: channels.get,
    role: (_guild, id) => roles.get(id),
    guildLocale: locales.get,
    ownRole: ownRoles.get,
    access,
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
          listOf(fields.threads, PLACES_MAX, (thread) => learnChannel(thread, idOf(fields.guild_id)));
          return;
        case 'CHANNEL_DELETE':
        case 'THREAD_DELETE':
          rules.delete(idOf(fields.id) ?? '');
          return channels.delete(idOf(fields.id) ?? '');
        case 'GUILD_MEMBER_UPDATE':
          return learnMember(idOf(fields.guild_id), data);
        case 'GUILD_ROLE_CREATE':
        case 'GUILD_ROLE_UPDATE':
          return learnRole(idOf(fields.guild_id) ?? '', fields.role);
        case 'GUILD_ROLE_DELETE':
          bits.delete(idOf(fields.role_id) ?? '');
          return roles.delete(idOf(fields.role_id) ?? '');
        default:
      }
    },
  };
}

/** One that cannot be read might be the very one that lets the bot in. */
function readOverwrites(value: unknown): readonly Overwrite[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const isReadable = (one: unknown) => {
    const { id, allow, deny } = fieldsOf(one);
    return idOf(id) !== undefined && parseBits(allow) !== undefined && parseBits(deny) !== undefined;
  };
  return value.every(isReadable) ? parseOverwrites(value) : undefined;
}
