// Owns how people, channels and the guild look as Discord's JSON.
// Knows nothing of messages, HTTP, sockets, or limits.

import type { DiscordPerson } from './types.ts';
import { type Channel, channelTypes, permissionBits, type World } from './world.ts';

export function toUser(person: DiscordPerson) {
  return {
    id: person.id,
    username: person.name.toLowerCase().replaceAll(/[^a-z0-9_.]/g, '_'),
    global_name: person.bot ? null : person.name,
    discriminator: '0',
    avatar: null,
    bot: person.bot ?? false,
    public_flags: 0,
  };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function toBits(names: Iterable<keyof typeof permissionBits>): bigint {
  let bits = 0n;
  for (const name of names) bits |= permissionBits[name];
  return bits;
}

/** What the bot may do there, as interactions' `app_permissions` say it. */
export function permissionsIn(world: World, channel: Channel): string {
  const names = (Object.keys(permissionBits) as (keyof typeof permissionBits)[]).filter((name) =>
    world.can(channel, name),
  );
  return String(toBits(names));
}

export function toMember(world: World, person: DiscordPerson) {
  return {
    user: toUser(person),
    nick: null,
    avatar: null,
    roles: person.id === world.bot.id ? [world.botRoleId] : [],
    joined_at: '2024-01-01T00:00:00.000000+00:00',
    premium_since: null,
    deaf: false,
    mute: false,
    flags: 0,
    pending: false,
  };
}

export function toChannel(world: World, channel: Channel) {
  const common = {
    id: channel.id,
    type: channel.type,
    flags: 0,
    last_message_id: [...channel.messages.keys()].at(-1) ?? null,
  };
  if (channel.type === channelTypes.dm) {
    return { ...common, recipients: channel.recipient === undefined ? [] : [toUser(channel.recipient)] };
  }
  if (channel.type === channelTypes.thread) {
    return {
      ...common,
      guild_id: world.guildId,
      parent_id: channel.parent,
      owner_id: channel.owner,
      name: channel.name,
      message_count: channel.messages.size,
      member_count: 1,
      rate_limit_per_user: 0,
      thread_metadata: {
        archived: channel.archived,
        locked: channel.locked,
        auto_archive_duration: channel.autoArchiveMinutes,
        archive_timestamp: iso(world.clock.now()),
        create_timestamp: iso(world.clock.now()),
      },
    };
  }
  const all = toBits(world.guildPermissions);
  const here = channel.permissions === undefined ? undefined : toBits(channel.permissions);
  return {
    ...common,
    guild_id: world.guildId,
    name: channel.name,
    position: 0,
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    parent_id: null,
    permission_overwrites:
      here === undefined
        ? []
        : [{ id: world.botRoleId, type: 0, allow: String(here & ~all), deny: String(all & ~here) }],
  };
}

export function toRoles(world: World) {
  const role = {
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
  };
  const rest = { unicode_emoji: null, managed: false, mentionable: false, flags: 0 };
  return [
    { ...role, ...rest, id: world.guildId, name: '@everyone', position: 0, permissions: '0' },
    {
      ...role,
      ...rest,
      id: world.botRoleId,
      name: world.bot.name,
      position: 1,
      managed: true,
      permissions: String(toBits(world.guildPermissions)),
      tags: { bot_id: world.bot.id },
    },
  ];
}

export function toGuild(world: World) {
  return {
    id: world.guildId,
    name: 'The fake guild',
    icon: null,
    splash: null,
    banner: null,
    owner_id: [...world.people.values()].find((person) => person.bot !== true)?.id ?? null,
    features: [],
    roles: toRoles(world),
    emojis: [],
    stickers: [],
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    mfa_level: 0,
    system_channel_flags: 0,
    premium_tier: 0,
    premium_progress_bar_enabled: false,
    nsfw_level: 0,
    preferred_locale: 'en-US',
  };
}

/** The guild as GUILD_CREATE tells it. */
export function toFullGuild(world: World) {
  const seen = [...world.channels.values()].filter((channel) => world.can(channel, 'VIEW_CHANNEL'));
  return {
    ...toGuild(world),
    joined_at: '2024-01-01T00:00:00.000000+00:00',
    large: false,
    unavailable: false,
    member_count: world.people.size,
    members: [toMember(world, world.bot)],
    channels: seen
      .filter((channel) => channel.type === channelTypes.text)
      .map((channel) => toChannel(world, channel)),
    threads: seen
      .filter((channel) => channel.type === channelTypes.thread && !channel.archived)
      .map((channel) => toChannel(world, channel)),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}
