// Owns the gateway: the one use of discord.js's Client. Connects, says what arrives as raw events, and comes back by itself.
// Nothing is sent through it. Knows nothing of mentions or replies.

import {
  Client,
  Events,
  GatewayIntentBits,
  Options,
  Partials,
  SimpleShardingStrategy,
  Status,
  type WebSocketShard,
} from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { BotError, toPlainWords } from '../../src/errors.ts';
import { DEFAULT_API_URL } from './calls.ts';
import { isFatalClose, toCloseSentence } from './errors.ts';
import { toSafePayload } from './payloads.ts';

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
  /** Something happened; its data is as untrusted as it came. What this throws is logged, and harms nothing. */
  onEvent(name: string, data: unknown): void;
}

export interface Gateway {
  /** Resolves when Discord is ready to send events; rejects with a plain sentence where it refuses us, or cannot be reached. */
  open(): Promise<void>;
  isConnected(): boolean;
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
    next.on(Events.Error, (error) =>
      log.warn({ error: toPlainWords(error) }, "Discord's client reports an error"),
    );
    next.on(Events.ShardError, (error) =>
      log.warn({ error: toPlainWords(error) }, "the connection to Discord's gateway had an error"),
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
          log.warn({ retryMs, error: toPlainWords(error) }, "Discord's gateway could not be opened");
          retryLater();
        },
      );
    });
  }

  async function destroy(old: Client): Promise<void> {
    try {
      await old.destroy();
    } catch (error) {
      log.info({ error: toPlainWords(error) }, "a connection to Discord's gateway did not close cleanly");
    }
  }

  return {
    open: connect,

    isConnected() {
      if (client === undefined || !client.isReady()) return false;
      const { shards } = client.ws;
      return shards.size > 0 && shards.every((shard) => shard.status === Status.Ready);
    },

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
  return new Client({
    intents: INTENTS,
    // Without it direct messages are not delivered.
    partials: [Partials.Channel],
    rest: { api: options.apiUrl ?? DEFAULT_API_URL },
    allowedMentions: { parse: [], repliedUser: false },
    // Nothing that happens gets that far: see payloads.ts.
    makeCache: Options.cacheWithLimits(Options.DefaultMakeCacheSettings),
    ws: { buildStrategy: (connections) => createGuarded(connections, options) },
  });
}

/** What a shard does with a frame; private to the client, which offers no other place between a socket and its handlers. */
interface Frames {
  unpackMessage(data: unknown, isBinary: boolean): Promise<unknown>;
  onMessage(data: unknown, isBinary: boolean): Promise<void>;
}

/**
 * Shards that take nothing from the gateway as it comes: each payload is read first, and what goes wrong with one is logged.
 * Without it a single missing field is a rejection that nobody handles, which ends the process.
 */
function createGuarded(
  connections: ConstructorParameters<typeof SimpleShardingStrategy>[0],
  { log, onEvent }: GatewayOptions,
): SimpleShardingStrategy {
  const strategy = new SimpleShardingStrategy(connections);
  const { shards } = strategy as unknown as { readonly shards: ReadonlyMap<number, WebSocketShard & Frames> };
  const onFault = (error: unknown): void =>
    log.warn({ error: toPlainWords(error) }, 'an event of Discord could not be read');
  const hear = (name: string, data: unknown): void => {
    try {
      onEvent(name, data);
    } catch (error) {
      onFault(error);
    }
  };
  const spawn = strategy.spawn.bind(strategy);
  strategy.spawn = async (ids) => {
    await spawn(ids);
    for (const shard of shards.values()) {
      const unpack = shard.unpackMessage.bind(shard);
      const take = shard.onMessage.bind(shard);
      shard.unpackMessage = async (data, isBinary) => toSafePayload(await unpack(data, isBinary), hear);
      shard.onMessage = (data, isBinary) => take(data, isBinary).catch(onFault);
    }
  };
  return strategy;
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
  // The client trusts what Discord tells of its gateway, too, and fails over what is missing there.
  const isUnread = error instanceof TypeError || error instanceof RangeError;
  const said = isUnread ? 'what Discord tells of it cannot be read' : toPlainWords(error);
  return new BotError('platform-unavailable', `Discord's gateway could not be opened: ${said}`, {
    where: 'discord:gateway',
    cause: error,
  });
}
