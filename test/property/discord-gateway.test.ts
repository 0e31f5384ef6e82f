// Whatever the gateway or REST sends instead of what Discord documents: the process goes on, and the next question is heard.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDeleted, parsePress } from '../../adapters/discord/events.ts';
import { createKnown } from '../../adapters/discord/known.ts';
import { parseMessage, parseMessages } from '../../adapters/discord/message.ts';
import { toSafePayload } from '../../adapters/discord/payloads.ts';
import { createDiscordPlatform } from '../../adapters/discord/platform.ts';
import { idsIn, toText } from '../../adapters/discord/words.ts';
import { systemClock } from '../../src/clock.ts';
import type { Mention, Platform } from '../../src/platform.ts';
import { createDiscordServer, type DiscordServer } from '../fakes/discord-server/index.ts';

const ID = '123456789012345678';
const user = { id: ID, username: 'ada', global_name: 'Ada', discriminator: '0', bot: false };
const file = { id: ID, filename: 'a.txt', content_type: 'text/plain', size: 3, url: 'https://x.example/a' };
const embed = {
  title: 'T',
  url: 'https://x.example',
  fields: [{ name: 'n', value: 'v' }],
  footer: { text: 'f' },
};
const message = {
  id: ID,
  channel_id: ID,
  guild_id: ID,
  type: 19,
  author: user,
  member: { nick: 'Ada L.', roles: [] },
  content: `<@${ID}> hello <#${ID}>`,
  timestamp: '2026-01-01T00:00:00.000Z',
  mentions: [{ ...user, member: { nick: null } }],
  mention_roles: [ID],
  attachments: [file],
  embeds: [embed],
  components: [{ type: 17, components: [{ type: 10, content: 'x' }] }],
  sticker_items: [{ id: ID, name: 'Wave' }],
  poll: { question: { text: 'q' }, answers: [{ answer_id: 1, poll_media: { text: 'a' } }] },
  message_reference: { type: 0, message_id: ID, channel_id: ID },
  referenced_message: { id: ID, channel_id: ID, author: user, content: 'before', type: 0 },
  message_snapshots: [{ message: { content: 'forwarded', embeds: [embed], attachments: [file] } }],
  flags: 0,
};
const channel = { id: ID, guild_id: ID, type: 11, name: 'a thread', parent_id: ID };
const role = { id: ID, name: 'admins', tags: { bot_id: ID } };
const payloads: Readonly<Record<string, object>> = {
  MESSAGE_CREATE: message,
  MESSAGE_UPDATE: message,
  MESSAGE_DELETE: { id: ID, channel_id: ID, guild_id: ID },
  MESSAGE_DELETE_BULK: { ids: [ID], channel_id: ID, guild_id: ID },
  MESSAGE_REACTION_ADD: { user_id: ID, channel_id: ID, message_id: ID, emoji: { id: null, name: 'x' } },
  INTERACTION_CREATE: {
    ...{ id: ID, application_id: ID, token: 't', type: 3, channel_id: ID, guild_id: ID, version: 1 },
    data: { custom_id: 'rill:stop:t', component_type: 2 },
    member: { user, nick: null, roles: [] },
    message,
    channel,
  },
  GUILD_CREATE: {
    ...{ id: ID, name: 'g', preferred_locale: 'en-US', members: [{ user, roles: [] }], channels: [channel] },
    ...{ threads: [channel], roles: [role], emojis: [], stickers: [], voice_states: [], presences: [] },
  },
  GUILD_UPDATE: { id: ID, name: 'g', roles: [role] },
  GUILD_DELETE: { id: ID, unavailable: true },
  GUILD_ROLE_CREATE: { guild_id: ID, role },
  GUILD_ROLE_DELETE: { guild_id: ID, role_id: ID },
  CHANNEL_CREATE: channel,
  CHANNEL_UPDATE: channel,
  CHANNEL_DELETE: channel,
  THREAD_CREATE: channel,
  THREAD_LIST_SYNC: { guild_id: ID, threads: [channel], members: [] },
  THREAD_DELETE: channel,
  THREAD_MEMBERS_UPDATE: { id: ID, guild_id: ID, member_count: 1 },
  TYPING_START: { channel_id: ID, user_id: ID, timestamp: 1 },
  VOICE_STATE_UPDATE: { guild_id: ID, user_id: ID },
  USER_UPDATE: user,
  READY: {
    v: 10,
    user,
    guilds: [{ id: ID, unavailable: true }],
    session_id: 's',
    application: { id: ID, flags: 0 },
  },
  RESUMED: {},
  SOMETHING_NEW: { a: 1 },
};

/** What takes the place of a value: nothing, other types, too much, and names that objects have by themselves. */
const hostile = fc.oneof(
  fc.constantFrom(null, undefined, true, 0, -1, 1.5, 1e308, '', 'x', '9'.repeat(400), [], {}, [null], [[[]]]),
  fc.constantFrom('\ud800', '<@'.repeat(2_000), '<t:1e9:R>', ID, '0', '-1'),
  fc.constantFrom({ __proto__: null }, { length: 5 }, { toString: 1 }, Array(3_000).fill(null)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A copy in which one to three places, anywhere, hold something else. */
const mutated = (value: object): fc.Arbitrary<unknown> =>
  fc
    .array(fc.tuple(fc.array(fc.nat(40), { maxLength: 6 }), hostile), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<unknown>((all, [path, other]) => put(all, path, other), structuredClone(value)),
    );

function put(value: unknown, [at, ...path]: readonly number[], other: unknown): unknown {
  if (at === undefined || typeof value !== 'object' || value === null) return other;
  const keys = Object.keys(value);
  const key = keys[at % Math.max(1, keys.length)];
  if (key === undefined) return other;
  const inside = (value as Record<string, unknown>)[key];
  const copy: unknown = Array.isArray(value) ? [...value] : { ...value };
  (copy as Record<string, unknown>)[key] = path.length === 0 ? other : put(inside, path, other);
  return copy;
}

const event = fc
  .constantFrom(...Object.keys(payloads))
  .chain((name) => mutated(payloads[name] ?? {}).map((data) => ({ name, data })));
const frame = fc.oneof(
  { weight: 6, arbitrary: event.map(({ name, data }) => ({ op: 0, t: name, s: 5, d: data })) },
  { weight: 2, arbitrary: event.chain(({ name, data }) => mutated({ op: 0, t: name, s: 5, d: data })) },
  { weight: 1, arbitrary: hostile },
  { weight: 1, arbitrary: fc.record({ op: fc.constantFrom(1, 10, 11, 99, null, 'x'), d: hostile }) },
);

describe('anything that comes instead of an event', () => {
  it('is read without a throw, and what is read of it is bounded', () => {
    const known = createKnown(() => ID);
    const names = { user: () => undefined, channel: () => undefined, role: () => undefined };
    fc.assert(
      fc.property(event, ({ name, data }) => {
        known.hear(name, data);
        const read = parseMessage(data);
        parseMessages([data]);
        parsePress(data);
        parseDeleted(name, data);
        if (read === undefined) return;
        idsIn(read);
        expect(toText(read, { botId: ID, botRole: ID, names }).length).toBeLessThanOrEqual(40_001);
        expect(Number.isFinite(read.sentAt)).toBe(true);
        expect(JSON.parse(JSON.stringify(read.files))).toEqual(read.files);
      }),
      { numRuns: 3_000 },
    );
  });

  it('reaches the client in a form that it can read', () => {
    fc.assert(
      fc.property(frame, (payload) => {
        const safe = toSafePayload(payload, () => undefined) as
          | { op: number; t?: string; d?: unknown }
          | undefined;
        if (safe === undefined) return;
        expect(typeof safe.op).toBe('number');
        if (safe.t === 'READY')
          expect(safe.d).toMatchObject({
            guilds: [],
            user: { id: expect.any(String) },
            session_id: expect.any(String),
          });
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a connection on which anything may come', () => {
  let server: DiscordServer;
  let platform: Platform;
  const mentions: Mention[] = [];
  const lost: unknown[] = [];
  const onLost = (error: unknown) => lost.push(error);

  beforeEach(async () => {
    process.on('unhandledRejection', onLost);
    process.on('uncaughtException', onLost);
    server = await createDiscordServer({ limits: 'off' });
    platform = createDiscordPlatform({
      token: server.token,
      apiUrl: server.apiUrl,
      replyIn: 'thread',
      clock: systemClock,
    });
    await platform.start({
      onMention: async (mention) => void mentions.push(mention),
      onControl: async () => undefined,
      onLimit: () => undefined,
    });
  });

  afterEach(async () => {
    await platform.stop();
    await server.close();
    process.off('unhandledRejection', onLost);
    process.off('uncaughtException', onLost);
  });

  it('still brings the next question, and nothing of it ends the process', async () => {
    const home = server.createChannel({ name: 'home' });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 5, maxLength: 20 }), async (frames) => {
        for (const one of frames) server.sendRaw(one);
        const asked = await server.say({ channel: home, content: `<@${server.botId}> still there?` });
        await expect
          .poll(() => mentions.find((mention) => mention.message === asked.id)?.text, { timeout: 5_000 })
          .toBe('still there?');
        expect(lost).toEqual([]);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
