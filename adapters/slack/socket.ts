// Owns the Socket Mode connection: opens it, replaces it when Slack asks or it breaks, and keeps every fault of its client inside.
// Also holds an event's acknowledgement back until its listeners are done. Must not know what events mean.

import { type App, type Logger, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { type Clock, sleep } from '../../src/clock.ts';
import { BotError, toPlainWords } from '../../src/errors.ts';
import { slackErrorName, toBotError, withoutTokens } from './errors.ts';

export interface AdapterLog {
  warn(details: object, text: string): void;
  info(details: object, text: string): void;
}

export interface SocketOptions {
  readonly appToken: string;
  /** Like `https://slack.com/api/`. */
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly logger: Logger;
}

export interface SocketReceiver extends Receiver {
  /** Whether events reach us now. */
  isConnected(): boolean;
}

type Client = SocketModeReceiver['client'];

/** One connection. */
interface Link {
  readonly client: Client;
  readonly openedAt: number;
  open: boolean;
  /** Why it is to be replaced; undefined while it serves. */
  fault: string | undefined;
}

/** How long Slack may take from the call for an address to its `hello`. */
const HELLO_MS = 20_000;
/** A link that broke sooner than this, after another that did, counts as a failed attempt: nothing is opened in a tight circle. */
const SHORT_LIFE_MS = 5000;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 30_000;
/** A peer that does not answer our close frame is given this long; the client itself would wait 30 s. */
const CLOSE_MS = 1000;

/**
 * A receiver for Bolt that keeps one Socket Mode connection alive. The SDK's own reconnecting is off: it waits for at least five
 * seconds, and its failures are unhandled rejections, which end a Node process. `start` rejects with a plain sentence when the first connection cannot be made.
 */
export function createSocketReceiver(options: SocketOptions): SocketReceiver {
  const { clock, log } = options;
  const stopping = new AbortController();
  let app: App | undefined;
  let live: Link | undefined;
  let replacing = false;
  /** How many links in a row broke soon after they stood. */
  let shortLives = 0;

  const openLink = async (): Promise<Link> => {
    const receiver = new SocketModeReceiver({
      appToken: options.appToken,
      autoReconnectEnabled: false,
      logger: options.logger,
      // An object of its own: the client writes its defaults into it.
      installerOptions: {
        clientOptions: {
          ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
          retryConfig: { retries: 0 },
          rejectRateLimitedCalls: true,
          timeout: 15_000,
        },
      },
      // Not acknowledged, so that Slack delivers it again.
      processEventErrorHandler: async () => false,
    });
    if (app) receiver.init(app);
    const { client } = receiver;
    const link: Link = { client, openedAt: clock.monotonic(), open: false, fault: undefined };
    guardMessages(link);
    client.on('connected', () => {
      link.open = true;
    });
    client.on('disconnected', () => {
      link.open = false;
      condemn(link, 'the connection broke');
    });
    const hello = new AbortController();
    try {
      const late = sleep(clock, HELLO_MS, hello.signal).then(() => {
        throw new Error(`no hello within ${HELLO_MS / 1000} s`);
      });
      await Promise.race([receiver.start(), late]);
      return link;
    } catch (error) {
      void close(client);
      // The client rejects with nothing when the connection closes before it was ready.
      throw error ?? new Error('the connection closed before it was ready');
    } finally {
      hello.abort();
    }
  };

  /**
   * The client's own handler is an async function whose rejections nobody sees, and it trips over `app_rate_limited`, which carries no
   * inner event: such envelopes get one, everything else that goes wrong replaces the connection.
   */
  const guardMessages = (link: Link): void => {
    const { client } = link;
    for (const listener of client.listeners('ws_message')) {
      client.off('ws_message', listener);
      client.on('ws_message', (data: unknown, isBinary: unknown) => {
        const frame = typeof data === 'string' ? parseFrame(data) : undefined;
        if (frame?.type === 'disconnect') {
          log.info({ reason: frame.reason }, 'Slack asks for a new connection');
          condemn(link, 'Slack asked for it');
          return;
        }
        Promise.resolve(listener(frame?.mended ?? data, isBinary)).catch((error: unknown) => {
          log.warn({ error: describe(error) }, 'the Slack connection met a message that it cannot read');
          condemn(link, 'its client failed');
        });
      });
    }
  };

  const condemn = (link: Link, fault: string): void => {
    link.fault = fault;
    if (live === link) void replace(fault);
  };

  /** From now on this is the connection, unless it broke before anybody could look. */
  const use = (link: Link): void => {
    live = link;
    if (link.fault !== undefined) void replace(link.fault);
  };

  /** Opens a new connection beside the one that is, and closes that when the new one stands. */
  const replace = async (why: string): Promise<void> => {
    if (replacing || stopping.signal.aborted) return;
    replacing = true;
    log.info({ why }, 'the connection to Slack is being replaced');
    const old = live;
    let next: Link | undefined;
    shortLives = old !== undefined && clock.monotonic() - old.openedAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
    try {
      for (let attempt = Math.max(0, shortLives - 1); ; attempt += 1) {
        if (attempt > 0) {
          const waitMs = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
          await sleep(clock, waitMs, stopping.signal);
        }
        stopping.signal.throwIfAborted();
        try {
          next = await openLink();
          break;
        } catch (error) {
          const failure = toBotError(error, { where: 'apps.connections.open', attempt: 'other' });
          log.warn(
            { why, attempt, error: failure.plain },
            'the Slack connection could not be opened; trying again',
          );
          if (failure.retryAfterMs !== undefined) await sleep(clock, failure.retryAfterMs, stopping.signal);
        }
      }
      log.info({ why }, 'a new connection to Slack stands');
    } catch (error) {
      // Only `stop` ends the attempts.
      if (!stopping.signal.aborted) log.warn({ error: describe(error) }, 'the Slack connection was given up');
    } finally {
      replacing = false;
    }
    if (next === undefined) return;
    if (stopping.signal.aborted) {
      void close(next.client);
      return;
    }
    use(next);
    if (old) void close(old.client);
  };

  const close = async (client: Client): Promise<void> => {
    const done = new AbortController();
    try {
      // The second call does not wait for the other side any more.
      const forced = sleep(clock, CLOSE_MS, done.signal).then(() => client.disconnect());
      await Promise.race([client.disconnect(), forced]);
    } catch (error) {
      log.warn({ error: describe(error) }, 'a Slack connection could not be closed');
    } finally {
      done.abort();
    }
  };

  return {
    init(bolt) {
      app = bolt;
    },
    async start() {
      try {
        use(await openLink());
      } catch (error) {
        throw toStartError(error);
      }
    },
    async stop() {
      stopping.abort(new BotError('shutdown', 'the Slack connection is being closed'));
      const last = live;
      live = undefined;
      if (last) await close(last.client);
    },
    isConnected: () => live?.open === true,
  };
}

interface Frame {
  readonly type: unknown;
  readonly reason: unknown;
  /** The message in a form that the client can read, where it can't as it came. */
  readonly mended: string | undefined;
}

function parseFrame(data: string): Frame | undefined {
  try {
    const message = JSON.parse(data);
    const isBare = message?.type === 'events_api' && message.payload?.event === undefined;
    const type = message?.payload?.type;
    const mended = isBare
      ? JSON.stringify({ ...message, payload: { ...message.payload, event: { type } } })
      : undefined;
    return { type: message?.type, reason: message?.reason, mended };
  } catch {
    // The client ignores what is no JSON, and so do we.
    return undefined;
  }
}

function toStartError(error: unknown): BotError {
  const name = slackErrorName(error);
  if (name === undefined || /rate_?limited|fatal_error|internal_error|unavailable|timeout/.test(name)) {
    return toBotError(error, { where: 'apps.connections.open', attempt: 'other' });
  }
  const text = `Slack does not accept SLACK_APP_TOKEN (${name}). Create an app-level token with the scope connections:write on your app's page "Basic Information" (it begins with xapp-), and switch on Socket Mode.`;
  return new BotError('platform-refused', text, { where: 'apps.connections.open', cause: error });
}

function describe(error: unknown): string {
  return withoutTokens(toPlainWords(error));
}

type ProcessEvent = App['processEvent'];

/**
 * Bolt acknowledges an event before its listeners see it, so that a crash in between loses it. This keeps the acknowledgement until
 * the listeners are done, in both modes; when one of them rejects there is none, and Slack delivers the event again.
 */
export function holdAcknowledgement(processEvent: ProcessEvent, log: AdapterLog): ProcessEvent {
  return async (event) => {
    const { type } = event.body;
    if (type === 'app_rate_limited') {
      log.warn({ since: event.body.minute_rate_limited }, 'Slack holds events back: there were too many');
      await event.ack();
      return;
    }
    // Buttons are acknowledged by their listener at once.
    if (type !== 'event_callback') return processEvent(event);
    let acknowledged = false;
    const ack = async () => {
      acknowledged = true;
    };
    await processEvent({ ...event, ack });
    if (!acknowledged) return;
    try {
      await event.ack();
    } catch (error) {
      // The connection went while the mention was being stored: Slack delivers it again, and its id is known by then.
      log.warn({ error: describe(error) }, 'an event could not be acknowledged');
    }
  };
}
