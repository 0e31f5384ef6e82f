// Owns which permissions the bot has where: Discord's rules of roles and overwrites, and the names that people see for them.
// Must not know how any of it is fetched.

import { PermissionFlagsBits } from 'discord.js';
import { fieldsOf, idOf, listOf } from './fields.ts';

export interface Overwrite {
  /** Of a role, of a member, or the server's own id, which stands for everyone. */
  readonly id: string;
  readonly allow: bigint;
  readonly deny: bigint;
}

export interface Holder {
  readonly user: string;
  readonly guild: string;
  readonly roles: readonly string[];
  /** What the roles give together. */
  readonly base: bigint;
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

/** Discord writes bits in decimal, as text (discord-api-docs, topics/permissions); older forms as a number. */
export function parseBits(value: unknown): bigint | undefined {
  if (typeof value === 'string' && /^\d{1,40}$/.test(value)) return BigInt(value);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}

/** What cannot be read allows nothing and denies nothing. */
export function parseOverwrites(value: unknown): readonly Overwrite[] {
  return listOf(value, 1_000, (one) => {
    const { id, allow, deny } = fieldsOf(one);
    const whose = idOf(id);
    if (whose === undefined) return undefined;
    return { id: whose, allow: parseBits(allow) ?? 0n, deny: parseBits(deny) ?? 0n };
  });
}

/** What the member's roles give together, from the server's list of roles; undefined where it cannot be read. */
export function toBase(roles: unknown, guild: string, held: readonly string[]): bigint | undefined {
  const found = listOf(roles, 1_000, (one) => {
    const { id, permissions } = fieldsOf(one);
    const bits = parseBits(permissions);
    // The role of everybody has the server's own id.
    return bits !== undefined && (id === guild || held.some((role) => role === id)) ? bits : undefined;
  });
  return found.length === 0 ? undefined : found.reduce((all, bits) => all | bits, 0n);
}

/** What the holder may do in a channel (discord-api-docs, topics/permissions, "Permission Overwrites"). */
export function toPermissions(holder: Holder, overwrites: readonly Overwrite[]): bigint {
  const { base } = holder;
  // An administrator is bound by no overwrite.
  if ((base & PermissionFlagsBits.Administrator) !== 0n) return ~0n;
  const groups = [
    overwrites.filter(({ id }) => id === holder.guild),
    overwrites.filter(({ id }) => id !== holder.guild && holder.roles.includes(id)),
    overwrites.filter(({ id }) => id === holder.user),
  ];
  return groups.reduce((bits, group) => {
    const denied = group.reduce((all, { deny }) => all | deny, 0n);
    const allowed = group.reduce((all, { allow }) => all | allow, 0n);
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
