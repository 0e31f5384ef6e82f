// Puts the Slack adapter together: Bolt, its receiver, and the parts beside this file, behind the Platform port.
// Must not know the model, turns, or how a reply is paced.

import { App, type Logger, LogLevel, type Receiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { Clock } from '../../src/clock.ts';
import { BotError, isBotError, toPlainWords } from '../../src/errors.ts';
import type { Platform, PlatformEvents, Sign } from '../../src/platform.ts';
import { createFetchFile } from '../kit/fetch-file.ts';
import { createRecent } from '../kit/recent.ts';
import { slackErrorName, toBotError, withoutTokens } from './errors.ts';
import {
  controlPattern,
  PLATFORM,
  type SlackMessage,
  type SlackPress,
  type SlackStop,
  toControl,
  toDeletion,
  toMention,
  toStops,
} from './events.ts';
import { toFileHosts } from './files.ts';
import { escapeText, noticeMetadata } from './format.ts';
import { createHistory } from './history.ts';
import { createEventsReceiver } from './http.ts';
import { atOnce, toCourtesyLanes, toLaneBeside } from './lanes.ts';
import { createPeople } from './people.ts';
import { createReader } from './reader.ts';
import { createSink, FIRST_METADATA_BYTES } from './sink.ts';
import { type AdapterLog, createSocketReceiver, holdAcknowledgement, type SocketReceiver } from './socket.ts';
import type { ReplyMode } from './way.ts';
import type { Learnt } from './writes.ts';

/** Messages that stream at one time, and channels that cannot be streamed to, of which it is remembered. */
const STREAMS_MAX = 1_000;
const CHANNELS_MAX = 1_000;

export interface SlackOptions {
  readonly botToken: string;
  /** With it Socket Mode is used, whatever else is set. */
  readonly appToken?: string;
  /** Without an app token: events come by HTTP, signed with this secret, to `/slack/events`. */
  readonly signingSecret?: string;
  /** How replies are written: `auto` (the default), by edits alone, or by streams wherever Slack lets the bot stream. */
  readonly replyMode?: ReplyMode;
  /** Like `https://slack.com/api/`; for tests and proxies. */
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly log?: AdapterLog;
}

/** A call that was not answered by then may have been applied or not. */
const CALL_TIMEOUT_MS = 15_000;
const emoji: Readonly<Record<Sign, string>> = { waiting: 'hourglass_flowing_sand', refused: 'no_entry' };
const silent: AdapterLog = { warn: () => undefined, info: () => undefined };

/**
 * Slack behind the Platform port. Events are acknowledged after `onMention` has resolved, and delivered again by Slack when it
 * rejects. `history`, `openReply`, `whisper`, `say` and `mark` need no `start`. Every method rejects with BotError only.
 */
export function createSlackPlatform(options: SlackOptions): Platform {
  const { clock, botToken, apiUrl, log = silent, replyMode: mode = 'auto' } = options;
  const logger = toBoltLogger(log);
  // The SDK's own retries would write a page twice, and its own queue would hold every call behind one method's 429.
  const web = new WebClient(botToken, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
    logger,
  });
  const people = createPeople(web, clock);
  const reader = createReader(web, people, clock);
  const history = createHistory(web, people, reader, clock);
  const learnt: Learnt = {
    metadataBytes: FIRST_METADATA_BYTES,
    noStatus: undefined,
    noStreams: null,
    noStreamChannels: createRecent(CHANNELS_MAX),
    noSessions: null,
  };
  /** Turns by the message that streams for them: Slack's own stop button names only that. */
  const streams = createRecent<string>(STREAMS_MAX);
  let listening = false;
  let stopped = false;

  const socket: SocketReceiver | undefined = options.appToken
    ? createSocketReceiver({ appToken: options.appToken, apiUrl, clock, log, logger })
    : undefined;
  const httpReceiver =
    socket === undefined && options.signingSecret
      ? createEventsReceiver({ signingSecret: options.signingSecret, clock, log })
      : undefined;

  const listen = (receiver: Receiver, events: PlatformEvents): App => {
    const app = new App({
      receiver,
      logger,
      authorize: async () => {
        const bot = await people.identity();
        return { botToken, botUserId: bot.user, ...(bot.bot === undefined ? {} : { botId: bot.bot }) };
      },
    });
    app.processEvent = holdAcknowledgement(app.processEvent.bind(app), log);
    const onMessage = async (message: SlackMessage) => {
      if (stopped) throw new BotError('shutdown', 'the bot is stopping; Slack delivers the event again');
      const bot = await people.identity();
      const deletion = toDeletion(message, bot);
      if (deletion) await events.onControl(deletion);
      const glanced = events.isRefused && (await toMention(message, bot, reader.glance));
      const isRefused = glanced !== undefined && events.isRefused?.(glanced) === true;
      const mention = isRefused ? glanced : await toMention(message, bot, reader.read);
      if (mention) await events.onMention(mention);
    };
    app.event('app_mention', ({ event }) => onMessage(event as unknown as SlackMessage));
    app.event('message', ({ event }) => onMessage(event as unknown as SlackMessage));
    app.event('agent_session_stopped', async ({ event }) => {
      const stop = event as unknown as SlackStop;
      const turnOf = (ts: string) => streams.get(`${stop.channel}:${ts}`);
      for (const control of await toStops(stop, turnOf, await people.identity(), people)) {
        const sentence = await events.onControl(control);
        if (sentence) await showOnly(events, stop.channel, stop.thread_ts, control, sentence);
      }
    });
    app.action(controlPattern, async ({ ack, body }) => {
      await ack();
      const pressed = await toControl(body as unknown as SlackPress, await people.identity(), people);
      const sentence = pressed && (await events.onControl(pressed.control));
      if (sentence) await showOnly(events, pressed.channel, pressed.thread, pressed.control, sentence);
    });
    return app;
  };

  const showOnly = async (
    { courtesy = atOnce }: PlatformEvents,
    channel: string,
    thread: string | undefined,
    control: Parameters<PlatformEvents['onControl']>[0],
    sentence: string,
  ): Promise<void> => {
    if (control.action === 'deleted') return;
    const lane = toLaneBeside(control.at.scope, 'chat.postEphemeral');
    await courtesy(lane, async () => {
      await call(lane.key, () =>
        web.chat.postEphemeral({
          channel,
          user: control.by.id,
          text: escapeText(sentence),
          ...(thread === undefined ? {} : { thread_ts: thread }),
        }),
      );
    });
  };

  const call = async <T>(
    where: string,
    action: () => Promise<T>,
    harmless: readonly string[] = [],
  ): Promise<T | undefined> => {
    try {
      return await action();
    } catch (error) {
      if (harmless.includes(slackErrorName(error) ?? '')) return undefined;
      throw toBotError(error, { where, attempt: 'other' });
    }
  };

  const platform: Platform = {
    name: PLATFORM,
    async start(events) {
      await people.identity();
      const receiver = socket ?? httpReceiver;
      if (receiver === undefined) {
        const text =
          'Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (events by HTTP) beside SLACK_BOT_TOKEN.';
        throw new BotError('platform-refused', text, { where: PLATFORM });
      }
      const app = listen(receiver, events);
      if (socket) await app.start();
      listening = true;
    },
    redelivers: true,
    isConnected: () => listening && !stopped && (socket?.isConnected() ?? true),
    botName: () => people.ownName(),
    history: (mention, reading) => history.read(mention, reading),
    reread: (mention, reading) => history.reread(mention, reading),
    fetchAttachment: createFetchFile(toFileHosts(botToken, apiUrl)),
    openReply: (mention, reply) =>
      createSink(
        {
          web,
          clock,
          log,
          learnt,
          mode,
          findPage: history.findPage,
          onStream(channel, ts, turn) {
            if (turn === undefined) streams.delete(`${channel}:${ts}`);
            else streams.set(`${channel}:${ts}`, turn);
          },
        },
        mention,
        reply,
      ),
    async whisper(mention, text) {
      const { channel, thread } = mention;
      // An ephemeral message in a thread that has no replies yet is not seen, so it goes below the question then.
      const place = thread === mention.message ? {} : { thread_ts: thread };
      await call(toCourtesyLanes(mention).whisper.key, () =>
        web.chat.postEphemeral({ channel, user: mention.asker.id, text: escapeText(text), ...place }),
      );
    },
    async say(mention, text) {
      await call(toCourtesyLanes(mention).say.key, () =>
        web.chat.postMessage({
          channel: mention.channel,
          thread_ts: mention.thread,
          text: escapeText(text),
          // Of a kind that no answer is made of, so that it is told from one without its metadata, too.
          blocks: [
            { type: 'section', text: { type: 'plain_text', text: text.slice(0, 3000), emoji: false } },
          ],
          metadata: noticeMetadata,
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
    },
    async mark(mention, sign, on) {
      const { channel, message: timestamp } = mention;
      const mark = { channel, timestamp, name: emoji[sign] };
      const lanes = toCourtesyLanes(mention);
      await (on
        ? call(lanes.mark.key, () => web.reactions.add(mark), ['already_reacted'])
        : call(lanes.unmark.key, () => web.reactions.remove(mark), ['no_reaction', 'message_not_found']));
    },
    lanes: toCourtesyLanes,
    async stop() {
      stopped = true;
      if (socket) await socket.stop();
    },
  };
  if (httpReceiver === undefined) return platform;
  return {
    ...platform,
    http: {
      prefix: '/slack/',
      listener(request, response) {
        const path = (request.url ?? '').split('?')[0];
        if (listening && !stopped && path === '/slack/events' && request.method === 'POST') {
          httpReceiver.listener(request, response);
          return;
        }
        // 503 makes Slack deliver again, to the process that comes next.
        const status = path !== '/slack/events' ? 404 : request.method !== 'POST' ? 405 : 503;
        response
          .writeHead(status, { ...(status === 405 ? { allow: 'POST' } : {}), connection: 'close' })
          .end();
      },
    },
  };
}

/** Behind its colon a line of theirs holds what it met, which may be an event's text. */
function toBoltWords(part: unknown): string {
  if (part instanceof Error) return toPlainWords(part);
  return toPlainWords(new Error(/^[^\n:]{0,150}/.exec(String(part))?.[0]));
}

/** What Bolt and the clients say goes to our log: warnings and errors only, without tokens. */
export function toBoltLogger(log: AdapterLog): Logger {
  const warn = (...parts: unknown[]) => {
    const words = parts.map(toBoltWords);
    const quiet = parts.some((part) => isBotError(part, 'shutdown'));
    if (!quiet) log.warn({ from: 'bolt' }, withoutTokens(words.join(' ')));
  };
  const nothing = () => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn,
    error: warn,
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  };
}
