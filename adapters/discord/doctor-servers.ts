// Owns the check of what the bot may do in its servers, channel by channel. Must not know how findings are printed.

import { ChannelType, PermissionFlagsBits, Routes } from 'discord.js';
import type { Finding } from '../../src/finding.ts';
import { fieldsOf, listOf, someText, textOf } from '../kit/fields.ts';
import { type Ask, toFailure, toUnread } from './findings.ts';
import { missingNames, parseBits, parseOverwrites, toBase, toPermissions } from './permissions.ts';
import { PERMISSIONS } from './platform.ts';
import { idOf } from './snowflake.ts';

/** So many servers are looked into, and so many channels are named; the rest is counted. */
const GUILDS_MAX = 10;
const NAMED_MAX = 5;
/** A server has no more channels or roles than this, and no name is longer. */
const CHANNELS_MAX = 3_000;
const ROLES_MAX = 1_000;
const NAME_MAX = 100;

export async function* examineServers(
  ask: Ask,
  me: string,
  needed: readonly bigint[],
): AsyncGenerator<Finding> {
  const subject = 'Discord servers';
  const answer = await ask(Routes.userGuilds(), { limit: '200' });
  if (!Array.isArray(answer)) {
    yield toUnread(subject, 'which servers the bot is in');
    return;
  }
  const guilds = listOf(answer, answer.length, toGuild);
  if (guilds.length < answer.length)
    yield toUnread(subject, `what ${answer.length - guilds.length} of them are`);
  if (answer.length === 0) {
    const remedy = 'Open the invite link above, or ask someone who administers the server to open it.';
    yield { state: 'warn', subject, text: 'the bot is in none', remedy };
    return;
  }
  const looked = guilds.slice(0, GUILDS_MAX);
  for (const findings of await Promise.all(looked.map((guild) => examineServer(ask, guild, me, needed))))
    yield* findings;
  const more = guilds.length - looked.length;
  if (more > 0) {
    const text = `${more}${answer.length === 200 ? ' or more' : ''} others were not looked into`;
    yield { state: 'ok', subject, text };
  }
}

interface Guild {
  readonly id: string;
  readonly name: string;
  /** What the bot's roles give it together; Discord leaves it out now and then. */
  readonly base: bigint | undefined;
}

function toGuild(value: unknown): Guild | undefined {
  const { id, name, permissions } = fieldsOf(value);
  const known = idOf(id);
  if (known === undefined) return undefined;
  return { id: known, name: someText(name, NAME_MAX) ?? known, base: parseBits(permissions) };
}

async function examineServer(
  ask: Ask,
  guild: Guild,
  me: string,
  needed: readonly bigint[],
): Promise<readonly Finding[]> {
  const subject = `Discord server ${guild.name}`;
  try {
    const [channels, member] = await Promise.all([
      ask(Routes.guildChannels(guild.id)),
      ask(Routes.guildMember(guild.id, me)),
    ]);
    const roles = listOf(fieldsOf(member).roles, ROLES_MAX, idOf);
    const base = guild.base ?? toBase(await ask(Routes.guildRoles(guild.id)), guild.id, roles);
    if (base === undefined) return [toUnread(subject, 'what the bot may do there')];
    if (!Array.isArray(channels)) return [toUnread(subject, 'which channels it has')];
    const holder = { user: me, guild: guild.id, roles, base };
    const texts = listOf(channels, CHANNELS_MAX, (value) => {
      const { type, name, permission_overwrites: overwrites } = fieldsOf(value);
      if (type !== ChannelType.GuildText && type !== ChannelType.GuildAnnouncement) return undefined;
      const permissions = toPermissions(holder, parseOverwrites(overwrites));
      return { name: textOf(name, NAME_MAX), permissions };
    });
    return toServerFindings(subject, texts, needed);
  } catch (error) {
    return [toFailure(subject, error)];
  }
}

interface Channel {
  readonly name: string;
  readonly permissions: bigint;
}

/** Channels that the bot does not see are nobody's mistake, unless it sees none. */
function toServerFindings(
  subject: string,
  channels: readonly Channel[],
  needed: readonly bigint[],
): readonly Finding[] {
  const seen = channels.filter(({ permissions }) => (permissions & PermissionFlagsBits.ViewChannel) !== 0n);
  const remedy = `Give them to the bot's role in "Server Settings", "Roles", or in the channel's own "Permissions".`;
  const fail = (text: string): readonly Finding[] => [{ state: 'fail', subject, text, remedy }];
  if (seen.length === 0) return fail('the bot sees no text channel: it lacks View Channels');
  const able = seen.filter(({ permissions }) => missingNames(permissions, needed).length === 0);
  if (able.length === 0) {
    const lacking = [...new Set(seen.flatMap(({ permissions }) => missingNames(permissions, PERMISSIONS)))];
    return fail(`the bot can answer in no channel: it lacks ${lacking.join(', ')}`);
  }
  const groups = new Map<string, string[]>();
  for (const { name, permissions } of seen) {
    const lacking = missingNames(permissions, PERMISSIONS).join(', ');
    if (lacking !== '') groups.set(lacking, [...(groups.get(lacking) ?? []), `#${name}`]);
  }
  if (groups.size === 0) {
    const text = `every permission that Rill uses, in ${seen.length === 1 ? 'the one channel' : `all ${seen.length} channels`} that it sees`;
    return [{ state: 'ok', subject, text }];
  }
  return [...groups].map(([lacking, names]) => ({
    state: 'warn',
    subject,
    text: `the bot lacks ${lacking} in ${toNames(names)}`,
    remedy,
  }));
}

function toNames(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${names.slice(0, NAMED_MAX).join(', ')} and ${more} more` : names.join(', ');
}
