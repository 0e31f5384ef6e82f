// Owns which permissions the bot has where: Discord's rules of roles and overwrites, and the names that people see for them.
// Must not know how any of it is fetched.

import { PermissionFlagsBits } from 'discord.js';

export interface Overwrite {
  /** Of a role, of a member, or the server's own id, which stands for everyone. */
  readonly id: string;
  readonly allow: string;
  readonly deny: string;
}

export interface Holder {
  readonly user: string;
  readonly guild: string;
  readonly roles: readonly string[];
  /** What the roles give together, in decimal, as Discord writes it. */
  readonly base: string;
}

/** As the server settings call them. */
const names: ReadonlyMap<bigint, string> = new Map([
  [PermissionFlagsBits.ViewChannel, 'View Channels'],
  [PermissionFlagsBits.SendMessages, 'Send Messages'],
  [PermissionFlagsBits.SendMessagesInThreads, 'Send Messages in Threads'],
  [PermissionFlagsBits.CreatePublicThreads, 'Create Public Threads'],
  [PermissionFlagsBits.ReadMessageHistory, 'Read Message History'],
  [PermissionFlagsBits.AddReactions, 'Add Reactions'],
]);

/** What the holder may do in a channel (discord-api-docs, topics/permissions, "Permission Overwrites"). */
export function toPermissions(holder: Holder, overwrites: readonly Overwrite[]): bigint {
  const base = BigInt(holder.base);
  // An administrator is bound by no overwrite.
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return ~0n;
  const groups = [
    overwrites.filter(({ id }) => id === holder.guild),
    overwrites.filter(({ id }) => id !== holder.guild && holder.roles.includes(id)),
    overwrites.filter(({ id }) => id === holder.user),
  ];
  return groups.reduce((bits, group) => {
    const denied = group.reduce((all, { deny }) => all | BigInt(deny), 0n);
    const allowed = group.reduce((all, { allow }) => all | BigInt(allow), 0n);
    return (bits & ~denied) | allowed;
  }, base);
}

/** The names of what is wanted and not there. */
export function missingNames(permissions: bigint, wanted: readonly bigint[]): readonly string[] {
  return wanted
    .filter((one) => (permissions & one) === 0n)
    .map((one) => names.get(one) ?? `permission ${one}`);
}

/** Whether the bot may write messages in a channel, or in a thread. */
export function mayWrite(
  { permissions, locked }: { readonly permissions: bigint; readonly locked: boolean },
  kind: 'channel' | 'thread' | 'new thread',
): boolean {
  const has = (bit: bigint) => (permissions & (bit | PermissionFlagsBits.Administrator)) !== 0n;
  if (!has(PermissionFlagsBits.ViewChannel)) return false;
  if (kind === 'channel') return has(PermissionFlagsBits.SendMessages);
  if (locked && !has(PermissionFlagsBits.ManageThreads)) return false;
  const opens = kind === 'thread' || has(PermissionFlagsBits.CreatePublicThreads);
  return opens && has(PermissionFlagsBits.SendMessagesInThreads);
}
