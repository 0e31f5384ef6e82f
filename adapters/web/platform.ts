// Owns the playground as a platform: a page where one mentions the bot and watches its answer grow, behind the same port as the others.
// Knows nothing of turns, models or pacing.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Clock } from '../../src/clock.ts';
import { BotError } from '../../src/errors.ts';
import type { Person, Place, Platform, PlatformEvents } from '../../src/platform.ts';
import { findAbove } from './above.ts';
import { type Actions, createApp } from './app.ts';
import { readAssets } from './assets.ts';
import { createFiles } from './files.ts';
import { createGuard, type Guard } from './guard.ts';
import { createLive, type StreamLimit } from './live.ts';
import {
  BOT,
  CHANNELS,
  createRoom,
  isVisible,
  type Room,
  type RoomMessage,
  toDirectChannel,
} from './room.ts';
import { toMention, toSaid } from './said.ts';
import { beside, createSink } from './sink.ts';
import { createVisitors } from './visitors.ts';
import { isMention, toWords } from './words.ts';

export interface WebOptions {
  readonly clock: Clock;
  /** What one types to get in; undefined: everybody who reaches the page is in. */
  readonly token?: string;
  /**
   * Host names under which the page is served, beside `localhost`, `127.0.0.1` and `[::1]`. `any` only with a token: without one,
   * a page elsewhere could have its own name point here.
   */
  readonly hosts: readonly string[] | 'any';
  /** Proxies whose `X-Forwarded-For` says where a request comes from; nobody's where it is left out. */
  readonly trustedProxies?: readonly string[];
  /** Who gets in, where others ask it too; made from the above where it is left out. */
  readonly guard?: Guard;
  /** The demo model answers: the page says so, and offers examples. */
  readonly demo: boolean;
  /** The examples that the page offers. */
  readonly chips?: readonly Chip[];
  /** The model's name, for the page's head. */
  readonly model?: string;
  /** A page was refused its stream of events, by the limit that was reached. */
  readonly onCrowd?: (limit: StreamLimit) => void;
  readonly log?: { warn(details: object, text: string): void };
}

/** An example to click. */
export interface Chip {
  readonly id: string;
  readonly group: 'try' | 'fail';
  readonly lang: 'en' | 'zh';
  readonly label: string;
  readonly text: string;
}

export interface WebPlatform extends Platform {
  readonly http: NonNullable<Platform['http']>;
  /** Whether a plain request may read what is not for everybody, such as `/metrics`: known host, and the token where there is one; `wait` after too many wrong ones. */
  isAllowed(request: IncomingMessage): boolean | 'wait';
  /** How many browsers follow now. */
  readers(): number;
}

const SCOPE = 'web';
/** How many posts are known again when their answer was lost and the browser sends them once more. */
const POSTS = 200;
/** A mention without a word that begins a thread is about what stands above it in its channel: so many messages. */
const ABOVE = 5;

/** Throws a plain sentence where `hosts` is `any` and there is no token. */
export function createWebPlatform(options: WebOptions): WebPlatform {
  const { clock } = options;
  const start = `${clock.now().toString(36)}${randomBytes(3).toString('hex')}`;
  /** The message that came of a post, by who sent it, where, and its key. */
  const posts = new Map<string, string>();
  let events: PlatformEvents | undefined;

  const guard = options.guard ?? createGuard(options);
  const visitors = createVisitors(start, (id) => live.isFollowing(id));
  const files = createFiles(clock);
  const room: Room = createRoom(clock, start, (change, to) => {
    if (change.type === 'removed') files.forget(change.ids);
    live.send(change, to);
  });
  const live = createLive({
    clock,
    start,
    snapshot: (visitor) => ({
      start,
      now: clock.now(),
      you: visitors.get(visitor) ?? { id: visitor, name: '' },
      bot: BOT,
      channels: [
        ...CHANNELS.map((name) => ({ id: name, name, direct: false })),
        { id: toDirectChannel(visitor), name: BOT.name, direct: true },
      ],
      demo: options.demo,
      model: options.model ?? null,
      chips: options.chips ?? [],
      ...room.view(visitor),
    }),
  });

  const toPlace = (channel: string, locale: string | undefined): Place => ({
    platform: 'web',
    scope: SCOPE,
    channel,
    direct: channel.startsWith('dm-'),
    ...(locale === undefined ? {} : { locale }),
  });

  const isChannel = (channel: string, visitor: Person): boolean =>
    CHANNELS.some((name) => name === channel) || channel === toDirectChannel(visitor.id);

  const actions: Actions = {
    async post(asker, { channel, thread, text, files: ids, key }, locale) {
      // Before the start, and while the process ends: words that nobody would ever be asked with stay with who wrote them.
      if (events === undefined || !isChannel(channel, asker)) return false;
      const direct = channel === toDirectChannel(asker.id);
      const root = thread === undefined ? undefined : room.get(thread);
      const hangsOn = root?.channel === channel && root.thread === root.id;
      if (!direct && thread !== undefined && !hangsOn) return false;
      const sent = [asker.id, channel, thread, key ?? randomBytes(9).toString('hex')].join(' ');
      const known = room.get(posts.get(sent) ?? '');
      const attached = known?.files ?? files.find(asker.id, ids);
      if (attached === undefined) return false;
      const message =
        known ??
        room.add({
          channel,
          thread: direct ? channel : (thread ?? ''),
          from: 'person',
          author: asker,
          text,
          files: attached,
          ...(direct || isMention(text) ? { asked: 0 } : { hint: 'unmentioned' as const }),
        });
      files.attach(ids, message.id);
      posts.set(sent, message.id);
      if (posts.size > POSTS) posts.delete([...posts.keys()][0] ?? '');
      if (direct || isMention(text)) await events.onMention(toMention(message, toPlace(channel, locale)));
      // A bare mention asks about what stands above it, which need not be asked once more.
      const isBare = !direct && isMention(text) && attached.length === 0 && toWords(text) === '';
      const above = isBare ? findAbove(room.view(asker.id).messages, message) : undefined;
      if (above !== undefined && above.hint !== null) room.setAsked(above.id);
      return { id: message.id };
    },
    async ask(by, id, locale) {
      const message = room.get(id);
      const isTheirs = message?.from === 'person' && message.author.id === by.id;
      if (events === undefined || !isTheirs || !isVisible(message.channel, by.id)) return false;
      // Who presses twice asks once: the mention has the same id.
      await events.onMention(toMention(message, toPlace(message.channel, locale)));
      room.setAsked(id);
      return true;
    },
    async press(by, { action, turn, channel }, locale) {
      const isThere = room
        .view(by.id)
        .messages.some(
          ({ channel: its, page }) =>
            its === channel && page?.controls.some((button) => button.turn === turn),
        );
      if (
        events === undefined ||
        !isChannel(channel, by) ||
        !(isThere || room.statusOf(turn)?.channel === channel)
      )
        return false;
      return events.onControl({ action, turn, by, at: toPlace(channel, locale) });
    },
    async delete(by, id) {
      const message = room.get(id);
      if (message === undefined || message.askedBy !== by.id || !isVisible(message.channel, by.id))
        return false;
      room.remove(id);
      await events?.onControl({
        action: 'deleted',
        message: id,
        at: toPlace(message.channel, undefined),
      });
      return true;
    },
    edit(by, { message: id, text }) {
      const message = room.get(id);
      const isOwn = message?.from === 'person' && message.author.id === by.id;
      if (!isOwn || (text === '' && message.files.length === 0)) return false;
      room.edit(id, text);
      return true;
    },
    isSeen(id, visitor) {
      const message = room.get(id);
      return message !== undefined && isVisible(message.channel, visitor);
    },
    renamed: (visitor) => room.tellName(visitor),
  };

  const app = createApp({
    guard,
    visitors,
    live,
    files,
    assets: readAssets(),
    actions,
    onCrowd: (limit) => options.onCrowd?.(limit),
    onFault: (error) => options.log?.warn({ error }, 'A request of the playground failed'),
  });
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });

  return {
    name: 'web',
    async start(handlers) {
      events = handlers;
    },
    isConnected: () => events !== undefined,
    async history(mention, { limit }) {
      const isRoot = !mention.direct && mention.thread === mention.message;
      // A question that begins its thread has nothing before it.
      if (isRoot && mention.text !== '') return [];
      const thread = isRoot
        ? room.rootsOf(mention.channel, mention.message).slice(-ABOVE)
        : room.threadOf(mention.channel, mention.thread);
      const asked = thread.findIndex(({ id }) => id === mention.message);
      // A question that waited for its turn was followed by the answers to those before it.
      const isPart = ({ from }: RoomMessage, at: number) =>
        asked < 0 || at < asked || (at > asked && from === 'bot');
      return thread
        .filter(isPart)
        .slice(-limit)
        .map((message) => toSaid(message, room));
    },
    async reread(mention) {
      const message = room.get(mention.message);
      if (message === undefined) return 'gone';
      room.setAsked(mention.message);
      return { ...mention, text: toWords(message.text) };
    },
    botName: async () => BOT.name,
    async fetchAttachment({ id }, { maxBytes }) {
      const file = files.get(id);
      if (file === undefined)
        throw new BotError('platform-refused', 'a file is not kept any more', { where: 'web' });
      if (file.size > maxBytes)
        throw new BotError('too-large', `a file of ${file.size} bytes`, { where: 'web' });
      return file.bytes;
    },
    openReply: (mention, reply) => createSink(room, mention, reply),
    async whisper(mention, text) {
      room.whisper(mention.asker.id, mention.channel, mention.thread, text);
    },
    async say({ channel, thread }, text) {
      room.add({ channel, thread, from: 'bot', author: BOT, text });
    },
    async mark(mention, sign, on) {
      if (sign === 'waiting') room.setWaiting(mention.message, on);
      else room.setRefused(mention.message, on ? { reason: 'full', text: '' } : undefined);
    },
    async refuse(mention, refusal) {
      room.setRefused(mention.message, refusal);
    },
    lanes: () => ({ whisper: beside, say: beside, mark: beside, unmark: beside }),
    async stop() {
      events = undefined;
      live.close();
    },
    http: {
      prefix: '/',
      title: "Rill's playground",
      streams: live.readers,
      listener(request, response) {
        listener(request, response).catch((error: unknown) => {
          options.log?.warn({ error }, 'A request of the playground failed');
          response.destroy();
        });
      },
    },
    isAllowed: guard.isAllowed,
    readers: live.readers,
  };
}
