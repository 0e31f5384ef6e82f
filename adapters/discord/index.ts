// Owns the Discord platform: puts gateway, REST, history and replies together behind the Platform port.
// Knows nothing of turns, models or pacing. Import it lazily: discord.js costs 0.5 s and 26 MB.

import {
  type APIDMChannel,
  type APIInteraction,
  type APIMessage,
  type APIUser,
  type GatewayMessageCreateDispatchData,
  PermissionFlagsBits,
  Routes,
} from 'discord.js';
import type { Clock } from '../../src/clock.ts';
import { isBotError, toBotError } from '../../src/errors.ts';
import type { Mention, Platform, PlatformEvents } from '../../src/platform.ts';
import { createCalls, postLane } from './calls.ts';
import { NO_ACCESS, toDiscordCode } from './errors.ts';
import { isMention, type Surroundings, toControl, toMention, toPlace } from './events.ts';
import { NO_PINGS, toSaid } from './format.ts';
import { createGateway, type Log } from './gateway.ts';
import { readHistory, rereadMention } from './history.ts';
import { createPlaces } from './places.ts';
import { createSink } from './sink.ts';

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
/**
 * Of the 50 requests a second that Discord allows a bot in all, so many may show typing; the pacer, which does not see them, has
 * the rest. A call counts until a second after its answer: sent on a new connection, it may reach Discord late.
 */
const TYPING_PER_SECOND = 1;
const WAITING = '⏳';
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
  /** Ends what goes on by the clock: typing, and notices that are to be deleted. */
  const typing = new Set<() => void>();
  /** Calls that show typing: those under way, and when others were answered within the last second. */
  let typingCalls = 0;
  const typed: number[] = [];
  const whispers = new Set<() => Promise<void>>();
  /** Questions that carry the mark of waiting, as far as this process set it. */
  const marked = new Set<string>();

  const startTyping = (): (() => void) | undefined => {
    while (typed[0] !== undefined && typed[0] <= clock.monotonic() - 1_000) typed.shift();
    if (typingCalls + typed.length >= TYPING_PER_SECOND) return undefined;
    typingCalls += 1;
    return () => {
      typingCalls -= 1;
      typed.push(clock.monotonic());
    };
  };

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
    onMessage: (event) => void onMessage(event).catch(report('a mention was lost')),
    onInteraction: (event) => void onInteraction(event).catch(report('a button was not answered')),
    onDeleted({ guild, channel, messages }) {
      const at = toPlace(guild, channel, places);
      const gone = messages === 'all' ? places.pagesIn(channel) : messages;
      for (const message of gone) {
        events?.onControl({ action: 'deleted', message, at }).catch(report('a deletion was lost'));
      }
    },
  });
  const places = createPlaces(calls, gateway.cache);

  function report(text: string): (error: unknown) => void {
    return (error) => log.warn({ error: toBotError(error).message }, text);
  }

  /** Our own id: told by Discord once, asked again only where that failed. */
  function botId(): Promise<string> {
    me ??= calls.call('GET', Routes.user(), { where: 'discord:start' }).then(
      (user) => (user as APIUser).id,
      (error: unknown) => {
        me = undefined;
        throw error;
      },
    );
    return me;
  }

  async function onMessage(event: GatewayMessageCreateDispatchData): Promise<void> {
    const id = await botId();
    if (events === undefined || !isMention(event, id)) return;
    if (event.guild_id !== undefined) await places.learnChannel(event.channel_id);
    const around: Surroundings = {
      ...places,
      botId: id,
      replyIn: options.replyIn,
      conversation: (message) => places.recall(message)?.thread,
    };
    const mention = toMention(event, around);
    places.remember(event.id, { channel: event.channel_id, thread: mention.thread, page: false });
    await events.onMention(mention);
  }

  async function onInteraction(event: APIInteraction): Promise<void> {
    const known = toControl(event, places);
    if (known === undefined || events === undefined) return;
    // Within 3 s, or the presser reads that the interaction failed; so before anything else is looked at.
    await calls
      .call('POST', Routes.interactionCallback(event.id, event.token), {
        body: { type: 6 },
        auth: false,
        where: 'discord:interaction',
      })
      .catch(report('a button could not be acknowledged'));
    if (event.guild_id !== undefined && event.channel !== undefined)
      await places.learnChannel(event.channel.id);
    const sentence = await events.onControl(toControl(event, places) ?? known);
    if (sentence === undefined || sentence === '') return;
    // 64: seen by the presser only.
    await calls.call('POST', Routes.webhook(event.application_id, event.token), {
      body: { content: sentence.slice(0, 2_000), flags: 64, ...NO_PINGS },
      auth: false,
      patient: true,
      where: 'discord:interaction',
    });
  }

  /** A message of the bot's own that is no answer: in the answer's thread where that is open, else as a reply to the mention. */
  async function post(mention: Mention, text: string, near: 'thread' | 'mention'): Promise<APIMessage> {
    const asked = mention.native?.in ?? mention.channel;
    const open = near === 'thread' && places.pagesIn(mention.thread).length > 0;
    const channel = open ? mention.thread : asked;
    const reference = { message_id: mention.message, channel_id: asked, fail_if_not_exists: false };
    const body = {
      content: toSaid(text),
      flags: 4,
      ...NO_PINGS,
      ...(channel === asked ? { message_reference: reference } : {}),
    };
    const where = postLane(channel).key;
    return (await calls.call('POST', Routes.channelMessages(channel), {
      body,
      where,
      patient: true,
    })) as APIMessage;
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
      readHistory(mention, { limit, signal }, { calls, places, botId }),

    reread: (mention, { signal }) => rereadMention(mention, signal, { calls, places, botId }),

    fetchAttachment: (attachment, limits) => calls.download(attachment, limits),

    openReply: (mention, reply) =>
      createSink({
        calls,
        clock,
        mention,
        reply,
        onPage: (page, channel) => places.remember(page, { channel, thread: mention.thread, page: true }),
        startTyping,
        access: places.access,
        onTyping(end) {
          typing.add(end);
          return () => typing.delete(end);
        },
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
      const self = (await calls.call('GET', Routes.user(), {
        where: 'discord:self',
        patient: true,
      })) as APIUser;
      return self.global_name ?? self.username;
    },

    async say(mention, text) {
      await post(mention, text, 'thread');
    },

    async markWaiting(mention, waiting) {
      // A question that came in here and was never marked needs no call.
      if (!waiting && !marked.has(mention.message) && places.recall(mention.message) !== undefined) return;
      if (waiting) marked.add(mention.message);
      else marked.delete(mention.message);
      const channel = mention.native?.in ?? mention.channel;
      const emoji = encodeURIComponent(WAITING);
      const route = Routes.channelMessageOwnReaction(channel, mention.message, emoji);
      try {
        await calls.call(waiting ? 'PUT' : 'DELETE', route, {
          where: `discord:${channel}:reactions`,
          patient: true,
        });
      } catch (error) {
        const gone = isBotError(error, 'message-deleted') || toDiscordCode(error) === NOT_MARKED;
        if (waiting || !gone) throw error;
      }
    },

    async stop() {
      for (const end of [...typing]) end();
      await Promise.all([...whispers].map((remove) => remove()));
      await gateway.close();
      calls.close();
    },
  };
}
