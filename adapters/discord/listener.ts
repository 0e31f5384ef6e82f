// Owns what is done with each event of the gateway: a question is passed on with the names in it, a press is answered, a deletion told.
// Knows nothing of the connection, or of how a reply is written.

import { Routes } from 'discord.js';
import { isBotError } from '../../src/errors.ts';
import type { Mention, PlatformEvents } from '../../src/platform.ts';
import type { DiscordCalls } from './calls.ts';
import {
  isMention,
  isSpoken,
  parseDeleted,
  parsePress,
  type Surroundings,
  toMention,
  toPlace,
  toReread,
} from './events.ts';
import { NO_PINGS } from './format.ts';
import type { Knowing } from './known.ts';
import { type Message, parseMessage } from './message.ts';
import type { Places } from './places.ts';
import { idsIn } from './words.ts';

interface ListenerOptions {
  readonly calls: DiscordCalls;
  readonly known: Knowing;
  readonly places: Places;
  readonly replyIn: 'thread' | 'channel';
  botId(): Promise<string>;
  /** Undefined before the start. */
  events(): PlatformEvents | undefined;
  /** What is done with a fault that nobody waits for. */
  report(text: string): (error: unknown) => void;
}

interface Listener {
  /** An event with its data as it came. */
  hear(name: string, data: unknown): void;
  /** The asking message as it stands now. */
  reread(mention: Mention, signal: AbortSignal): Promise<Mention | 'gone'>;
}

export function createListener(options: ListenerOptions): Listener {
  const { calls, known, places, botId, report } = options;

  function onDeleted(name: string, data: unknown): void {
    const deleted = parseDeleted(name, data);
    if (deleted === undefined) return;
    const { guild, channel, messages } = deleted;
    const at = toPlace(guild, channel, places);
    const gone = messages === 'all' ? places.pagesIn(channel) : messages;
    for (const message of gone)
      options.events()?.onControl({ action: 'deleted', message, at }).catch(report('a deletion was lost'));
  }

  /** Learns the names that a message needs: all at once, within one time limit. */
  async function learnNames(message: Message, guild: string | undefined): Promise<void> {
    if (guild === undefined) return;
    const ownRole = message.roles.length > 0;
    await places.learn({ guild, here: message.channel, ...idsIn(message), ownRole });
  }

  async function onMessage(data: unknown): Promise<void> {
    const id = await botId();
    const message = parseMessage(data);
    const events = options.events();
    if (events === undefined || message === undefined || !isSpoken(message, id)) return;
    const { guild } = message;
    const isCalled = () => isMention(message, id, guild === undefined ? undefined : places.ownRole(guild));
    // Whose role it is must be known before it is known whether anybody asked.
    if (!isCalled() && message.roles.length > 0 && guild !== undefined)
      await places.learn({ guild, channels: [], roles: [], ownRole: true });
    if (!isCalled()) return;
    await learnNames(message, guild);
    const around: Surroundings = {
      ...places,
      botId: id,
      replyIn: options.replyIn,
      conversation: (one) => places.recall(one)?.thread,
    };
    const mention = toMention(message, around);
    places.remember(message.id, { channel: message.channel, thread: mention.thread, page: false });
    await events.onMention(mention);
  }

  async function onInteraction(data: unknown): Promise<void> {
    const press = parsePress(data);
    const events = options.events();
    if (press === undefined || events === undefined) return;
    const { guild, channel, control, locale } = press;
    // Within 3 s, or the presser reads that the interaction failed; so before anything else is looked at.
    await calls
      .call('POST', Routes.interactionCallback(press.id, press.token), {
        body: { type: 6 },
        auth: false,
        where: 'discord:interaction',
      })
      .catch(report('a button could not be acknowledged'));
    if (guild !== undefined) await places.learn({ guild, here: channel, channels: [], roles: [] });
    const at = toPlace(guild, channel, places, control.by.id);
    const sentence = await events.onControl({
      ...control,
      at: { ...at, ...(locale === undefined ? {} : { locale }) },
    });
    if (sentence === undefined || sentence === '') return;
    // 64: seen by the presser only.
    await calls.call('POST', Routes.webhook(press.application, press.token), {
      body: { content: sentence.slice(0, 2_000), flags: 64, ...NO_PINGS },
      auth: false,
      patient: true,
      where: 'discord:interaction',
    });
  }

  return {
    hear(name, data) {
      // Before the channel is forgotten: a thread's deletion is told of the channel that it belonged to.
      onDeleted(name, data);
      known.hear(name, data);
      if (name === 'MESSAGE_CREATE') void onMessage(data).catch(report('a mention was lost'));
      if (name === 'INTERACTION_CREATE') void onInteraction(data).catch(report('a button was not answered'));
    },

    async reread(mention, signal) {
      const channel = mention.native?.in ?? mention.channel;
      const where = `discord:${mention.channel}:history`;
      const route = Routes.channelMessage(channel, mention.message);
      try {
        const id = await botId();
        const message = parseMessage(await calls.call('GET', route, { signal, where, patient: true }));
        // Nothing new: it cannot be read, or it calls the bot no more, and its words are kept from a bot without the privileged intent.
        const isHidden = message?.content === '' && !mention.direct && !message.people.includes(id);
        if (message === undefined || isHidden) return mention;
        await learnNames(message, mention.direct ? undefined : mention.scope);
        return toReread(mention, message, places, id);
      } catch (error) {
        if (isBotError(error, 'message-deleted')) return 'gone';
        throw error;
      }
    },
  };
}
