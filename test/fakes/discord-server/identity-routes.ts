// Owns what the bot may ask about itself, its guild and its people: what a login and a check of the set-up read.

import { toChannel, toGuild, toMember, toRoles, toUser } from './guild-payloads.ts';
import { missingAccess, Refusal, unknownChannel } from './refusal.ts';
import type { Call, Desk, Route } from './route.ts';
import { type Channel, channelTypes } from './world.ts';

export function dmWith(desk: Desk, userId: string): Channel {
  const person = desk.world.people.get(userId);
  if (person === undefined) throw unknownChannel();
  const known = [...desk.world.channels.values()].find((channel) => channel.recipient?.id === userId);
  return known ?? desk.world.addChannel({ type: channelTypes.dm, name: person.name, recipient: person });
}

export function createIdentityRoutes(desk: Desk): readonly Route[] {
  const { world } = desk;
  const get = (path: string, body: (call: Call) => unknown): Route => ({
    method: 'GET',
    path,
    bucket: 'other',
    handle: (call) => ({ status: 200, body: body(call) }),
  });
  function inGuild(call: Call): void {
    if (call.params.guild !== world.guildId) throw missingAccess();
  }
  function personOf(call: Call) {
    const person = world.people.get(call.params.user ?? '');
    if (person === undefined) throw new Refusal(404, 10013, 'Unknown User');
    return person;
  }
  const application = () => ({
    id: desk.applicationId,
    name: world.bot.name,
    icon: null,
    description: '',
    bot_public: false,
    bot_require_code_grant: false,
    verify_key: '',
    flags: desk.applicationFlags,
    approximate_guild_count: 1,
    bot: toUser(world.bot),
  });
  return [
    { ...get('/gateway', () => ({ url: desk.gatewayUrl() })), open: true },
    get('/gateway/bot', () => ({
      url: desk.gatewayUrl(),
      shards: 1,
      session_start_limit: { total: 1000, remaining: 999, reset_after: 86_400_000, max_concurrency: 1 },
    })),
    get('/users/@me', () => ({ ...toUser(world.bot), verified: true, mfa_enabled: false, flags: 0 })),
    get('/users/@me/guilds', () => [
      {
        id: world.guildId,
        name: toGuild(world).name,
        icon: null,
        owner: false,
        permissions: toRoles(world)[1]?.permissions,
        features: [],
      },
    ]),
    get('/users/:user', (call) => toUser(personOf(call))),
    get('/applications/@me', application),
    get('/oauth2/applications/@me', application),
    get('/guilds/:guild', (call) => {
      inGuild(call);
      return toGuild(world);
    }),
    get('/guilds/:guild/roles', (call) => {
      inGuild(call);
      return toRoles(world);
    }),
    get('/guilds/:guild/channels', (call) => {
      inGuild(call);
      return [...world.channels.values()]
        .filter((channel) => channel.type === channelTypes.text)
        .map((channel) => toChannel(world, channel));
    }),
    get('/guilds/:guild/members/:user', (call) => {
      inGuild(call);
      return toMember(world, personOf(call));
    }),
    {
      method: 'POST',
      path: '/users/@me/channels',
      bucket: 'other',
      handle: (call) => ({
        status: 200,
        body: toChannel(world, dmWith(desk, String(call.body.recipient_id))),
      }),
    },
  ];
}
