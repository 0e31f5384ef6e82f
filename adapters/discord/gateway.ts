// Owns the gateway: the one use of discord.js's Client. Connects, says what arrives as raw events, and comes back by itself.
// Nothing is sent through it. Knows nothing of mentions or replies.

import {
  type APIInteraction,
  Client,
  Events,
  GatewayDispatchEvents,
  GatewayIntentBits,
  type GatewayMessageCreateDispatchData,
  type GatewayMessageDeleteBulkDispatchData,
  type GatewayMessageDeleteDispatchData,
  Options,
  Partials,
  Status,
} from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import { DEFAULT_API_URL } from './calls.ts';
import { isFatalClose, toCloseSentence } from './errors.ts';
import type { GatewayCache } from './places.ts';

/** None of them is privileged; what people say to the bot, and in direct messages, comes with its words all the same. */
const INTENTS = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages];
const FIRST_RETRY_MS = 5_000;
/** At most 288 identifies a day: Discord resets the token of a bot that identifies more than 1,000 times. */
const LAST_RETRY_MS = 300_000;
/** How long a polite goodbye may take. */
const CLOSE_MS = 2_000;

export interface Log {
  warn(details: object, text: string): void;
  info(details: object, text: string): void;
}

export interface GatewayOptions {
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  onMessage(event: GatewayMessageCreateDispatchData): void;
  onInteraction(event: APIInteraction): void;
  /** Messages that were deleted, or a thread or channel with all that stood in it. */
  onDeleted(deleted: {
    readonly guild: string | undefined;
    readonly channel: string;
    readonly messages: readonly string[] | 'all';
  }): void;
}

export interface Gateway {
  /** Resolves when Discord is ready to send events; rejects with a plain sentence where it refuses us, or cannot be reached. */
  open(): Promise<void>;
  isConnected(): boolean;
  /** Undefined while it was never opened. */
  cache(): GatewayCache | undefined;
  close(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { clock, log } = options;
  let client: Client | undefined;
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry: (() => void) | undefined;
  let giveUp: ((error: BotError) => void) | undefined;
  let closed = false;

  function connect(): Promise<void> {
    const next = createClient(options);
    client = next;
    let ready = false;
    let closeCode: number | undefined;
    next.on(Events.ShardDisconnect, ({ code }) => {
      closeCode = code;
      if (ready) lose(next, toCloseSentence(code), code);
    });
    next.on(Events.Invalidated, () => lose(next, 'Discord ended the session.'));
    // Without a listener an `error` event ends the process.
    next.on(Events.Error, (error) => log.warn({ error: error.message }, "Discord's client reports an error"));
    next.on(Events.ShardError, (error) =>
      log.warn({ error: error.message }, "the connection to Discord's gateway had an error"),
    );
    return new Promise((resolve, reject) => {
      giveUp = reject;
      next.once(Events.ClientReady, () => {
        ready = true;
        retryMs = FIRST_RETRY_MS;
        resolve();
      });
      next.login(options.token).catch((error: unknown) => {
        void destroy(next);
        reject(toOpenError(error, closeCode));
      });
    });
  }

  /** A connection that will not come back by itself: another is made, later and later. */
  function lose(lost: Client, sentence: string, code?: number): void {
    if (closed || lost !== client) return;
    client = undefined;
    void destroy(lost);
    log.warn({ code, retryMs }, `${sentence} Connecting again.`);
    retryLater();
  }

  function retryLater(): void {
    if (closed) return;
    const waitMs = retryMs;
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    cancelRetry = clock.after(waitMs, () => {
      connect().then(
        () => log.info({}, 'connected to Discord again'),
        (error: Error) => {
          if (closed) return;
          log.warn({ retryMs }, error.message);
          retryLater();
        },
      );
    });
  }

  async function destroy(old: Client): Promise<void> {
    try {
      await old.destroy();
    } catch (error) {
      log.info({ error: String(error) }, "a connection to Discord's gateway did not close cleanly");
    }
  }

  return {
    open: connect,

    isConnected() {
      if (client === undefined || !client.isReady()) return false;
      const { shards } = client.ws;
      return shards.size > 0 && shards.every((shard) => shard.status === Status.Ready);
    },

    cache: () => (client === undefined ? undefined : toCache(client)),

    async close() {
      closed = true;
      cancelRetry?.();
      giveUp?.(new BotError('shutdown', 'Rill is stopping.'));
      const last = client;
      client = undefined;
      if (last === undefined) return;
      let cancel: (() => void) | undefined;
      const late = new Promise<void>((resolve) => {
        cancel = clock.after(CLOSE_MS, resolve);
      });
      await Promise.race([destroy(last), late]);
      cancel?.();
    },
  };
}

function createClient(options: GatewayOptions): Client {
  const client = new Client({
    intents: INTENTS,
    // Without it direct messages are not delivered.
    partials: [Partials.Channel],
    rest: { api: options.apiUrl ?? DEFAULT_API_URL },
    allowedMentions: { parse: [], repliedUser: false },
    // What passes by is not kept: only servers, channels and roles, for their names.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      ThreadMemberManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: (user) => user.id === user.client.user.id },
      GuildMemberManager: { maxSize: 0, keepOverLimit: (member) => member.id === member.client.user.id },
    }),
  });
  // Raw events have the same form as what REST returns, so one set of conversions serves both.
  client.ws.on(GatewayDispatchEvents.MessageCreate, (event: GatewayMessageCreateDispatchData) =>
    options.onMessage(event),
  );
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (event: APIInteraction) =>
    options.onInteraction(event),
  );
  client.ws.on(GatewayDispatchEvents.MessageDelete, (event: GatewayMessageDeleteDispatchData) =>
    options.onDeleted({ guild: event.guild_id, channel: event.channel_id, messages: [event.id] }),
  );
  client.ws.on(GatewayDispatchEvents.MessageDeleteBulk, (event: GatewayMessageDeleteBulkDispatchData) =>
    options.onDeleted({ guild: event.guild_id, channel: event.channel_id, messages: event.ids }),
  );
  for (const name of [GatewayDispatchEvents.ThreadDelete, GatewayDispatchEvents.ChannelDelete]) {
    client.ws.on(name, (event: { id: string; guild_id?: string }) =>
      options.onDeleted({ guild: event.guild_id, channel: event.id, messages: 'all' }),
    );
  }
  return client;
}

function toCache(client: Client): GatewayCache {
  return {
    channel(id) {
      const channel = client.channels.cache.get(id);
      if (channel === undefined || channel.partial) return undefined;
      return {
        name: 'name' in channel ? (channel.name ?? undefined) : undefined,
        type: channel.type,
        parent: channel.isThread() ? (channel.parentId ?? undefined) : undefined,
      };
    },
    role: (guild, id) => client.guilds.cache.get(guild)?.roles.cache.get(id)?.name,
    guildLocale: (guild) => client.guilds.cache.get(guild)?.preferredLocale,
    access(id) {
      const channel = client.channels.cache.get(id);
      if (channel === undefined || channel.isDMBased()) return undefined;
      const { me } = channel.guild.members;
      const permissions = me === null ? null : channel.permissionsFor(me);
      if (permissions === null) return undefined;
      const locked = channel.isThread() && channel.locked === true;
      return { locked, permissions: permissions.bitfield };
    },
  };
}

function toOpenError(error: unknown, closeCode: number | undefined): BotError {
  const invalid = error instanceof Error && 'code' in error && error.code === 'TokenInvalid';
  const code = invalid ? 4004 : closeCode;
  if (code !== undefined && isFatalClose(code)) {
    return new BotError('platform-refused', toCloseSentence(code), {
      where: 'discord:gateway',
      cause: error,
    });
  }
  const said = error instanceof Error ? error.message : String(error);
  return new BotError('platform-unavailable', `Discord's gateway could not be opened: ${said}`, {
    where: 'discord:gateway',
    cause: error,
  });
}
