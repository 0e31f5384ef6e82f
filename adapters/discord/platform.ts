// Owns the Discord platform: puts gateway, REST, history and replies together behind the Platform port.
// Knows nothing of turns, models or pacing. Import it lazily: discord.js costs 0.5 s and 26 MB.

import { type APIDMChannel, type APIMessage, PermissionFlagsBits, Routes } from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { BotError, isBotError, toBotError } from '../../src/errors.ts';
import type { Mention, Platform, PlatformEvents, Sign } from '../../src/platform.ts';
import { createFetchFile } from '../kit/fetch-file.ts';
import { fieldsOf } from '../kit/fields.ts';
import { createCalls, postLane, reactionsLane } from './calls.ts';
import { NO_ACCESS, NO_HISTORY, toDiscordCode } from './errors.ts';
import { NO_PINGS, toSaid } from './format.ts';
import { createGateway, type Log } from './gateway.ts';
import { readHistory } from './history.ts';
import { createKnown } from './known.ts';
import { createListener } from './listener.ts';
import { parsePerson } from './message.ts';
import { createPlaces } from './places.ts';
import { createSink } from './sink.ts';
import { idOf } from './snowflake.ts';

export interface DiscordOptions {
  readonly token: string;
  /** Like `https://discord.com/api`, which is the default: without a version. */
  readonly apiUrl?: string;
  /** Whether an answer opens a thread on its question or stands in the channel as a reply. */
  readonly replyIn: 'thread' | 'channel';
  readonly clock: Clock;
  readonly log?: Log;
}

const WHISPER_MS = 10_000;
const emoji: Readonly<Record<Sign, string>> = { waiting: '⏳', refused: '⛔' };
/** Unknown emoji: the mark is not there. */
const NOT_MARKED = 10_014;
const SILENT: Log = { warn: () => undefined, info: () => undefined };

/** Exactly what Rill uses. */
export const PERMISSIONS = [
  PermissionFlagsBits.ViewChannel,
  PermissionFlagsBits.SendMessages,
  PermissionFlagsBits.SendMessagesInThreads,
  PermissionFlagsBits.CreatePublicThreads,
  PermissionFlagsBits.ReadMessageHistory,
  PermissionFlagsBits.AddReactions,
];

/** The address at which somebody adds the bot to their server, with exactly the permissions that Rill uses. */
export function invite(applicationId: string): string {
  const permissions = PERMISSIONS.reduce((all, one) => all | one, 0n);
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot&permissions=${permissions}`;
}

/** Throws nothing; `start` rejects with a plain sentence when the token or the application's settings are wrong. */
export function createDiscordPlatform(options: DiscordOptions): Platform {
  const { clock } = options;
  const log = options.log ?? SILENT;
  const apiUrl = options.apiUrl?.replace(/\/+$/u, '');
  let events: PlatformEvents | undefined;
  let me: Promise<string> | undefined;
  /** Notices that are to be deleted. */
  const whispers = new Set<() => Promise<void>>();
  /** Questions that carry a mark, as far as this process set it. */
  const marked = new Set<string>();

  const calls = createCalls({
    token: options.token,
    apiUrl,
    clock,
    onLimit: (lane, limit) => events?.onLimit(lane, limit),
  });
  const gateway = createGateway({
    token: options.token,
    apiUrl,
    clock,
    log,
    onEvent: (name, data) => listener.hear(name, data),
  });
  /** Our own id, once it is known. */
  let self: string | undefined;
  const known = createKnown(() => self);
  const places = createPlaces(calls, known, clock);
  const listener = createListener({
    calls,
    known,
    places,
    botId,
    replyIn: options.replyIn,
    events: () => events,
    report,
  });

  function report(text: string): (error: unknown) => void {
    return (error) => log.warn({ error: toBotError(error).plain }, text);
  }

  /** Our own id: told by Discord once, asked again only where that failed. */
  function botId(): Promise<string> {
    me ??= calls.call('GET', Routes.user(), { where: 'discord:start' }).then((user) => {
      self = idOf(fieldsOf(user).id);
      if (self !== undefined) return self;
      throw new BotError('platform-unavailable', 'Discord did not tell who this bot is', {
        where: 'discord:start',
      });
    });
    me.catch(() => {
      me = undefined;
    });
    return me;
  }

  /** A message of the bot's own that is no answer: in the answer's thread where that is open, else as a reply to the mention. */
  async function post(mention: Mention, text: string, near: 'thread' | 'mention'): Promise<APIMessage> {
    const asked = mention.native?.in ?? mention.channel;
    const open = near === 'thread' && places.pagesIn(mention.thread).length > 0;
    const channel = open ? mention.thread : asked;
    const reference = { message_id: mention.message, channel_id: asked, fail_if_not_exists: false };
    const said = { content: toSaid(text), flags: 4, ...NO_PINGS };
    const where = postLane(channel).key;
    const send = async (body: object) =>
      (await calls.call('POST', Routes.channelMessages(channel), { body, where })) as APIMessage;
    if (channel !== asked) return send(said);
    return send({ ...said, message_reference: reference }).catch((error: unknown) => {
      if (toDiscordCode(error) !== NO_HISTORY) throw error;
      return send(said);
    });
  }

  async function tellDirectly(user: string, text: string): Promise<void> {
    const where = 'discord:whisper';
    const opened = { body: { recipient_id: user }, patient: true, where };
    const { id } = (await calls.call('POST', Routes.userChannels(), opened)) as APIDMChannel;
    const body = { content: toSaid(text), ...NO_PINGS };
    await calls.call('POST', Routes.channelMessages(id), { body, patient: true, where });
  }

  return {
    name: 'discord',

    async start(handlers) {
      await botId();
      events = handlers;
      await gateway.open();
    },

    isConnected: () => gateway.isConnected(),

    history: (mention, { limit, signal }) =>
      readHistory(mention, { limit, signal }, { calls, places, botId, access: known.access }),

    reread: (mention, { signal }) => listener.reread(mention, signal),

    fetchAttachment: createFetchFile({
      title: 'Discord',
      where: 'discord:attachment',
      hosts: ['cdn.discordapp.com', 'media.discordapp.net'],
      apiUrl,
    }),

    openReply: (mention, reply) =>
      createSink({
        calls,
        mention,
        reply,
        onPage: (page, channel) =>
          places.remember(page, { channel, thread: mention.thread, page: true, within: mention.channel }),
        access: known.access,
        onNoThread: (channel, why) =>
          log.warn(
            { where: `discord:${channel}`, why },
            'an answer on Discord has no thread: it stands in the channel',
          ),
      }),

    async whisper(mention, text) {
      const message = await post(mention, text, 'mention').catch((error: unknown) => {
        const code = toDiscordCode(error);
        if (mention.direct || code === undefined || !NO_ACCESS.includes(code)) throw error;
        return undefined;
      });
      // Where the channel takes no word of ours, only a direct message reaches the asker; it stays.
      if (message === undefined) return tellDirectly(mention.asker.id, text);
      const remove = async (): Promise<void> => {
        cancel();
        whispers.delete(remove);
        const where = 'discord:whisper';
        await calls
          .call('DELETE', Routes.channelMessage(message.channel_id, message.id), { where, patient: true })
          .catch(report('a notice could not be taken away'));
      };
      const cancel = clock.after(WHISPER_MS, () => void remove());
      whispers.add(remove);
    },

    async botName() {
      const self = await calls.call('GET', Routes.user(), { where: 'discord:self', patient: true });
      return parsePerson(self)?.name ?? 'Rill';
    },

    async say(mention, text) {
      await post(mention, text, 'thread');
    },

    async mark(mention, sign, on) {
      const key = `${sign}:${mention.message}`;
      // A question that came in here and was never marked needs no call.
      if (!on && !marked.has(key) && places.recall(mention.message) !== undefined) return;
      if (on) marked.add(key);
      else marked.delete(key);
      const channel = mention.native?.in ?? mention.channel;
      const reaction = encodeURIComponent(emoji[sign]);
      const route = Routes.channelMessageOwnReaction(channel, mention.message, reaction);
      try {
        await calls.call(on ? 'PUT' : 'DELETE', route, { where: reactionsLane(channel).key });
      } catch (error) {
        if (!on && isBotError(error, 'platform-rate-limited')) marked.add(key);
        const gone = isBotError(error, 'message-deleted') || toDiscordCode(error) === NOT_MARKED;
        if (on || !gone) throw error;
      }
    },

    lanes(mention) {
      const channel = mention.native?.in ?? mention.channel;
      const lane = postLane(channel);
      const post = { ...lane, perMinute: lane.perMinute / 2, burst: 1 };
      const mark = reactionsLane(channel);
      return { whisper: post, say: post, mark, unmark: mark };
    },

    async stop() {
      await Promise.all([...whispers].map((remove) => remove()));
      await gateway.close();
      calls.close();
    },
  };
}
