// Entry of the fake Discord: HTTP and gateway on 127.0.0.1, which refuse what Discord refuses.
// Owns the wiring of its parts; the rules are in forms, limits, gateway, interactions and the routes.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/clock.ts';
import { createFaults } from './faults.ts';
import { createGateway } from './gateway.ts';
import { createHttp } from './http.ts';
import { createIdentityRoutes } from './identity-routes.ts';
import { createInteractions } from './interactions.ts';
import { createLimits, createOldEdits } from './limits.ts';
import { createMessageRoutes } from './message-routes.ts';
import { createPeople } from './people.ts';
import type { Desk } from './route.ts';
import { createThreadRoutes } from './thread-routes.ts';
import type { DiscordServer, DiscordServerOptions, Ping } from './types.ts';
import { toReaderMessages } from './views.ts';
import { createWorld, defaultPermissions, intents } from './world.ts';

export type * from './types.ts';

/** Starts a Discord on a free port of 127.0.0.1. Reads SPECS_DIR from the environment. */
export async function createDiscordServer(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  const clock = options.clock ?? systemClock;
  const world = createWorld({ clock, permissions: options.permissions ?? defaultPermissions });
  const applicationId = world.snowflake();
  const token = options.token ?? `fake.${applicationId}.token`;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const gatewayUrl = () => `ws://127.0.0.1:${port}`;
  const readsContent = ((options.intentsAllowed ?? 0) & intents.messageContent) !== 0;
  const pings: Ping[] = [];
  const desk: Desk = {
    world,
    applicationId,
    gatewayUrl,
    form: () => ({ readsContent, gateway: false, cdnUrl: `http://127.0.0.1:${port}` }),
    pings,
    oldEdits: createOldEdits(clock),
    nonces: new Map(),
    maxActiveThreads: options.maxActiveThreads ?? 1_000,
    // GATEWAY_MESSAGE_CONTENT_LIMITED (docs: resources/application, "Application Flags").
    applicationFlags: readsContent ? 1 << 19 : 0,
  };
  const interactions = createInteractions(desk);
  const faults = createFaults();
  const http = createHttp({
    world,
    clock,
    token,
    latencyMs: options.latencyMs ?? 0,
    routes: [
      ...createMessageRoutes(desk),
      ...createThreadRoutes(desk),
      ...createIdentityRoutes(desk),
      ...interactions.routes,
    ],
    limits: createLimits(clock, options),
    faults,
    specsDirectory: process.env.SPECS_DIR,
  });
  server.on('request', http.listener);
  const gateway = createGateway({ server, world, token, applicationId, options, url: gatewayUrl });
  const people = createPeople(desk);

  async function until<T>(
    predicate: () => T,
    {
      timeoutMs = 5_000,
      what = 'what was waited for',
    }: { readonly timeoutMs?: number; readonly what?: string } = {},
  ): Promise<NonNullable<T>> {
    const first = predicate();
    if (first) return first;
    return new Promise((resolve, reject) => {
      const stop = world.onChange(() => {
        try {
          const value = predicate();
          if (!value) return;
          settle(() => resolve(value));
        } catch (error) {
          settle(() => reject(error));
        }
      });
      const timer = setTimeout(() => {
        const seen = http.calls
          .slice(-15)
          .map((call) => `${call.method} ${call.path} ${call.status} ${call.code ?? ''}`);
        settle(() =>
          reject(new Error(`${what} did not come within ${timeoutMs} ms; last calls:\n${seen.join('\n')}`)),
        );
      }, timeoutMs);
      function settle(end: () => void): void {
        clearTimeout(timer);
        stop();
        end();
      }
    });
  }

  return {
    apiUrl: `http://127.0.0.1:${port}/api`,
    token,
    botId: world.bot.id,
    applicationId,
    guildId: world.guildId,
    botRoleId: world.botRoleId,
    calls: http.calls,
    pings,
    interactionReplies: interactions.replies,
    specBreaches: http.breaches,
    gatewayCloses: gateway.closes,
    get connections() {
      return gateway.connections();
    },
    get identifies() {
      return gateway.counts.identifies;
    },
    get resumes() {
      return gateway.counts.resumes;
    },
    person: people.person,
    createChannel: people.createChannel,
    setPermissions: people.setPermissions,
    dm: people.dm,
    say: people.say,
    openThread: people.openThread,
    archive: people.archive,
    press: ({ channel, message, customId, label, user }) =>
      interactions.press({
        channel: people.channelNamed(channel),
        message: people.messageNamed(channel, message),
        customId,
        label,
        user: people.know(user ?? people.ada),
      }),
    remove: people.remove,
    removeMany: people.removeMany,
    edit: people.edit,
    redeliver: people.redeliver,
    sendRaw: gateway.sendRaw,
    dropGateway: gateway.drop,
    reconnectGateway: gateway.reconnect,
    invalidateSessions: (resumable = false) => gateway.invalidate(resumable),
    channel: (id) => toReaderMessages(world, world.channels.get(id)),
    thread: (id) => toReaderMessages(world, world.channels.get(id)),
    threadsOf: (id) =>
      [...world.channels.values()]
        .filter((channel) => channel.parent === id)
        .map((channel) => ({ id: channel.id, name: channel.name, archived: channel.archived })),
    typing: (id) => ({ ...people.channelNamed(id).typing }),
    reactions: (channel, id) => [...people.messageNamed(channel, id).reactions.keys()],
    fail: faults.add,
    until,
    watch: (listener) => world.onChange(listener),
    async close() {
      gateway.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
