// What the bot may do in a channel, from what the gateway tells: what is not known never refuses an answer.

import { PermissionFlagsBits as Bit } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createKnown } from '../../../adapters/discord/known.ts';
import { lacksToRead, lacksToWrite, mayWrite, missingAt } from '../../../adapters/discord/permissions.ts';

const BOT = '900000000000000001';
const GUILD = '900000000000000002';
const ROLE = '900000000000000003';
const CHANNEL = '900000000000000004';
const THREAD = '900000000000000005';
const WRITES = Bit.ViewChannel | Bit.SendMessages | Bit.SendMessagesInThreads | Bit.CreatePublicThreads;

const overwrite = (id: string, allow: bigint, deny: bigint) => ({ id, allow: `${allow}`, deny: `${deny}` });

function toGuild(change: object = {}, overwrites: unknown = []): object {
  return {
    id: GUILD,
    owner_id: '900000000000000009',
    roles: [
      { id: GUILD, name: '@everyone', permissions: `${Bit.ViewChannel}` },
      { id: ROLE, name: 'Rill', permissions: `${WRITES}` },
    ],
    channels: [{ id: CHANNEL, type: 0, name: 'general', permission_overwrites: overwrites }],
    threads: [
      { id: THREAD, type: 11, name: 'a thread', parent_id: CHANNEL, thread_metadata: { locked: false } },
    ],
    members: [{ user: { id: BOT }, roles: [ROLE] }],
    ...change,
  };
}

function hearGuild(change: object = {}, overwrites: unknown = []) {
  const known = createKnown(() => BOT);
  known.hear('GUILD_CREATE', toGuild(change, overwrites));
  /** As the sink asks: undefined is no reason to refuse. */
  const may = (id: string, kind: 'channel' | 'thread') => {
    const access = known.access(id);
    return access && mayWrite(access, kind);
  };
  return { known, may };
}

describe('who may write in a channel', () => {
  it("is what the bot's own roles give, in its channels and their threads", () => {
    const { may } = hearGuild();
    expect(may(CHANNEL, 'channel')).toBe(true);
    expect(may(THREAD, 'thread')).toBe(true);
    const none = hearGuild({ members: [{ user: { id: BOT }, roles: [] }] });
    expect(none.may(CHANNEL, 'channel')).toBe(false);
  });

  it('is changed by overwrites of everyone, of a role and of the bot, in this order; a thread has those of its channel', () => {
    const everyone = overwrite(GUILD, 0n, Bit.SendMessages | Bit.SendMessagesInThreads);
    expect(hearGuild({}, [everyone]).may(CHANNEL, 'channel')).toBe(false);
    expect(hearGuild({}, [everyone]).may(THREAD, 'thread')).toBe(false);
    const role = overwrite(ROLE, Bit.SendMessages | Bit.SendMessagesInThreads, 0n);
    expect(hearGuild({}, [role, everyone]).may(THREAD, 'thread')).toBe(true);
    const own = overwrite(BOT, 0n, Bit.SendMessages);
    expect(hearGuild({}, [own, role, everyone]).may(CHANNEL, 'channel')).toBe(false);
  });

  it('binds neither an administrator nor the owner of the server', () => {
    const none = overwrite(BOT, 0n, WRITES);
    const roles = [
      { id: GUILD, permissions: '0' },
      { id: ROLE, permissions: `${Bit.Administrator}` },
    ];
    expect(hearGuild({ roles }, [none]).may(CHANNEL, 'channel')).toBe(true);
    expect(hearGuild({ owner_id: BOT }, [none]).may(THREAD, 'thread')).toBe(true);
  });

  it('follows what the gateway tells later: overwrites, roles, the own roles, a lock', () => {
    const { known, may } = hearGuild();
    const channel = { id: CHANNEL, guild_id: GUILD, type: 0, name: 'general' };
    known.hear('CHANNEL_UPDATE', {
      ...channel,
      permission_overwrites: [overwrite(GUILD, 0n, Bit.ViewChannel)],
    });
    expect(may(CHANNEL, 'channel')).toBe(false);
    known.hear('CHANNEL_UPDATE', { ...channel, permission_overwrites: [] });
    expect(may(CHANNEL, 'channel')).toBe(true);
    known.hear('GUILD_ROLE_UPDATE', {
      guild_id: GUILD,
      role: { id: ROLE, permissions: `${Bit.ViewChannel}` },
    });
    expect(may(CHANNEL, 'channel')).toBe(false);
    known.hear('GUILD_ROLE_UPDATE', { guild_id: GUILD, role: { id: ROLE, permissions: `${WRITES}` } });
    known.hear('GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: BOT }, roles: [] });
    expect(may(CHANNEL, 'channel')).toBe(false);
    known.hear('GUILD_MEMBER_UPDATE', { guild_id: GUILD, user: { id: BOT }, roles: [ROLE] });
    const thread = { id: THREAD, guild_id: GUILD, type: 11, parent_id: CHANNEL };
    known.hear('THREAD_UPDATE', { ...thread, thread_metadata: { locked: true } });
    expect(may(THREAD, 'thread')).toBe(false);
    known.hear('THREAD_UPDATE', { ...thread, thread_metadata: { locked: false } });
    expect(may(THREAD, 'thread')).toBe(true);
  });

  it.each<[string, object, unknown]>([
    ["the bot's own roles", { members: [] }, []],
    ['a role that is not a list', { members: [{ user: { id: BOT }, roles: 'none' }] }, []],
    ['a role of its own', { members: [{ user: { id: BOT }, roles: ['900000000000000077'] }] }, []],
    ['a role of its own, by its id', { members: [{ user: { id: BOT }, roles: [7] }] }, []],
    ['what everybody may', { roles: [{ id: ROLE, permissions: '0' }] }, []],
    ['the overwrites', { members: [{ user: { id: BOT }, roles: [] }] }, undefined],
    ['one of the overwrites', { members: [{ user: { id: BOT }, roles: [] }] }, [{ id: BOT, allow: 'x' }]],
  ])('is not known without %s, and refuses nothing', (_what, change, overwrites) => {
    const { may } = hearGuild(change, overwrites === undefined ? null : overwrites);
    expect(may(CHANNEL, 'channel')).toBeUndefined();
    expect(may(THREAD, 'thread')).toBeUndefined();
  });

  it('is not known in a thread whose channel is not, nor once a role of the bot is gone, nor in a channel that is', () => {
    const { known, may } = hearGuild({ channels: [], members: [{ user: { id: BOT }, roles: [] }] });
    expect(may(THREAD, 'thread')).toBeUndefined();
    known.hear('THREAD_CREATE', { id: THREAD, guild_id: GUILD, type: 11 });
    expect(may(THREAD, 'thread')).toBeUndefined();
    const other = hearGuild();
    other.known.hear('GUILD_ROLE_DELETE', { guild_id: GUILD, role_id: ROLE });
    expect(other.may(CHANNEL, 'channel')).toBeUndefined();
    const gone = hearGuild({ members: [{ user: { id: BOT }, roles: [] }] });
    gone.known.hear('CHANNEL_DELETE', { id: CHANNEL, guild_id: GUILD, type: 0 });
    expect(gone.may(CHANNEL, 'channel')).toBeUndefined();
  });
});

describe('what is missing is told by the names of the server settings', () => {
  const access = { permissions: Bit.ViewChannel | Bit.SendMessages, locked: false };

  it('to write in a channel, in a thread, in a new one; to read', () => {
    expect(lacksToWrite(access, 'channel')).toEqual([]);
    expect(lacksToWrite(access, 'thread')).toEqual(['Send Messages in Threads']);
    expect(lacksToWrite(access, 'new thread')).toEqual(['Create Public Threads', 'Send Messages in Threads']);
    expect(lacksToRead(access)).toEqual(['Read Message History']);
    expect(lacksToWrite({ permissions: 0n }, 'channel')).toEqual(['View Channels', 'Send Messages']);
    expect(lacksToWrite({ permissions: Bit.Administrator }, 'new thread')).toEqual([]);
    expect(lacksToRead(undefined)).toEqual([]);
  });

  it('after a refusal, where what was told before does not say it', () => {
    expect(missingAt(50_013, access, 'thread')).toEqual(['Send Messages in Threads']);
    expect(missingAt(50_013, access, 'channel')).toEqual(['Send Messages']);
    expect(missingAt(50_001, access, 'channel')).toEqual(['View Channels']);
    expect(missingAt(50_013, undefined, 'thread')).toEqual(['Send Messages in Threads']);
    expect(missingAt(160_005, access, 'thread')).toBeUndefined();
    expect(missingAt(undefined, access, 'thread')).toBeUndefined();
  });
});
