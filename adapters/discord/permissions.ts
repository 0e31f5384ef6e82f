// Owns which permissions the bot has where: Discord's rules of roles and overwrites, and the names that people see for them.
// Must not know how any of it is fetched.

import { PermissionFlagsBits } from 'discord.js';
import { fieldsOf, idOf, listOf } from './fields.ts';

/** No access: the bot does not see the channel; no permission (discord-api-docs, opcodes and status codes). */
const NO_ACCESS_AT_ALL = 50_001;
const NO_PERMISSION: readonly number[] = [NO_ACCESS_AT_ALL, 50_013];

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

export type WritingPlace = 'channel' | 'thread' | 'new thread';

const toWriteIn: Readonly<Record<WritingPlace, readonly bigint[]>> = {
  channel: [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessages],
  thread: [PermissionFlagsBits.ViewChannel, PermissionFlagsBits.SendMessagesInThreads],
  'new thread': [
    PermissionFlagsBits.ViewChannel,
    PermissionFlagsBits.CreatePublicThreads,
    PermissionFlagsBits.SendMessagesInThreads,
  ],
};

type Permitted = { readonly permissions: bigint } | undefined;

/** The names of what the bot lacks to write messages in a channel, or in a thread; none where it is not known what it may. */
export function lacksToWrite(access: Permitted, place: WritingPlace): readonly string[] {
  return lacks(access, toWriteIn[place]);
}

/** The names of what the bot lacks to read what stands in a channel, and to reply to it. */
export function lacksToRead(access: Permitted): readonly string[] {
  return lacks(access, [PermissionFlagsBits.ReadMessageHistory]);
}

/** What was lacking where Discord refused a message with this code; undefined where it was no permission. */
export function missingAt(
  code: number | undefined,
  access: Permitted,
  place: WritingPlace,
): readonly string[] | undefined {
  if (code === undefined || !NO_PERMISSION.includes(code)) return undefined;
  const known = lacksToWrite(access, place);
  // The newest that was told of the channel may be older than the refusal.
  if (known.length > 0) return known;
  const [sees = 0n, ...rest] = toWriteIn[place];
  return missingNames(0n, code === NO_ACCESS_AT_ALL ? [sees] : rest);
}

function lacks(access: Permitted, wanted: readonly bigint[]): readonly string[] {
  if (access === undefined || (access.permissions & PermissionFlagsBits.Administrator) !== 0n) return [];
  return missingNames(access.permissions, wanted);
}

/** Whether the bot may write messages in a channel, or in a thread. */
export function mayWrite(
  access: { readonly permissions: bigint; readonly locked: boolean },
  place: WritingPlace,
): boolean {
  const manages = PermissionFlagsBits.ManageThreads | PermissionFlagsBits.Administrator;
  if (place !== 'channel' && access.locked && (access.permissions & manages) === 0n) return false;
  return lacksToWrite(access, place).length === 0;
}
