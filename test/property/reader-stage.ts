// What the property test of readers needs of each platform: somebody who asks, reads, presses and deletes, and calls that fail.
// The real adapters with their SDKs, on the fakes; the playground over its own HTTP, with failures put before its sink.

import { fromContent } from '../../adapters/discord/format.ts';
import { createDiscordPlatform } from '../../adapters/discord/platform.ts';
import { createSlackPlatform } from '../../adapters/slack/platform.ts';
import { systemClock } from '../../src/clock.ts';
import type { Platform } from '../../src/platform.ts';
import { createDiscordServer, type FaultOutcome } from '../fakes/discord-server/index.ts';
import { createSlackServer, type FaultEffect, type ReaderMessage } from '../fakes/slack-server/index.ts';

export interface Shown {
  readonly id: string;
  readonly text: string;
  /** It looks as if it were being written. */
  readonly open: boolean;
  readonly buttons: readonly string[];
  /** It says how the answer ended. */
  readonly ended: boolean;
  /** All that stands there, in the platform's own form. */
  readonly raw: string;
}

export interface Place {
  readonly channel: string;
  readonly thread: string;
  readonly id: string;
}

export type Op = 'post' | 'edit' | 'discard';
/** `refused` and `forbidden` are no; `sealed` takes no more text; the others are no answer, or another's. */
export type Fault =
  | 'lost-after'
  | 'lost-before'
  | 'unavailable'
  | 'html'
  | 'empty'
  | 'limited'
  | 'refused'
  | 'forbidden';

export interface ReaderStage {
  readonly platform: Platform;
  /** About a third of what a page holds, in characters. */
  readonly unit: number;
  /** Whether the bot is told of messages that people delete; else it learns of it by its next call. */
  readonly tellsDeletions: boolean;
  /** So many calls of its replies may be made in a second of the machine's own time. */
  readonly callsPerSecond?: number;
  begin(): Promise<void>;
  newChannel(): string;
  ask(channel: string, words: string): Promise<Place>;
  replies(place: Place): Promise<readonly Shown[]>;
  /** False where the button was gone by then. */
  press(place: Place, message: string, label: string): Promise<boolean>;
  remove(place: Place, message: string): Promise<void>;
  /** Whether the asker was told something for their eyes only. */
  whispered(place: Place): Promise<boolean>;
  /** The `nth` call of this kind from now on in this channel fails, and so do those after it, `times` in all. */
  fail(place: Place, rule: { op: Op; nth: number; times: number; fault: Fault }): void;
  close(): Promise<void>;
}

const isEnd = (line: string) =>
  /(^|-# )AI( ·|$)/.test(line) || line.includes('⚠️') || line.includes(':warning:');

export async function openSlack(mode: 'edit' | 'stream'): Promise<ReaderStage> {
  const server = await createSlackServer({ limits: 'off', users: { U1: { name: 'Ada' } } });
  const platform = createSlackPlatform({
    ...{
      botToken: server.botToken,
      appToken: server.appToken,
      apiUrl: server.url,
      clock: systemClock,
      replyMode: mode,
    },
  });
  const effects: Readonly<Record<Fault, FaultEffect>> = {
    'lost-after': 'lost-after',
    'lost-before': 'lost-before',
    unavailable: { httpStatus: 503, body: 'upstream error' },
    html: { httpStatus: 200, body: '<html>down</html>', headers: { 'content-type': 'text/html' } },
    empty: { httpStatus: 200, body: '' },
    limited: 'rate-limited',
    refused: { error: 'invalid_blocks' },
    forbidden: { error: 'cant_update_message' },
  };
  const methods: Readonly<Record<Op, readonly string[]>> = {
    post: ['chat.postMessage', 'chat.startStream'],
    edit: ['chat.update', 'chat.appendStream', 'chat.stopStream'],
    discard: ['chat.delete'],
  };
  /** What is gone is not refused, but not found. */
  const isThere = (channel: string, thread: string, ts: string) =>
    server.thread(channel, thread).some((message) => message.ts === ts);
  let channels = 0;
  return {
    platform,
    unit: 3_500,
    // In channels Slack tells of no deletion (adapters/slack/events.ts).
    tellsDeletions: false,
    begin: () => Promise.resolve(),
    newChannel: () => `C0READ${++channels}`,
    async ask(channel, words) {
      const { ts } = await server.say({ channel, user: 'U1', text: `<@${server.botUserId}> ${words}` });
      return { channel, thread: ts, id: ts };
    },
    replies: async ({ channel, thread }) =>
      server
        .thread(channel, thread)
        .filter(({ own }) => own)
        .map(toShownSlack),
    async press({ channel }, ts, label) {
      await server.press({ channel, ts, label, user: 'U1' });
      return true;
    },
    async remove({ channel }, ts) {
      server.remove(channel, ts);
    },
    whispered: async ({ channel }) => server.ephemerals(channel, 'U1').length > 0,
    fail({ channel, thread }, { op, nth, times, fault }) {
      let seen = 0;
      for (const method of methods[op]) {
        server.fail({
          ...{ method, times, with: effects[fault] },
          // A stream that may neither grow, nor be stopped, nor be edited for good cannot be brought to an end by anybody.
          when: (args) =>
            !(times > 3 && method.endsWith('Stream')) &&
            args.channel === channel &&
            (typeof args.ts !== 'string' || isThere(channel, thread, args.ts)) &&
            ++seen >= nth &&
            seen < nth + times,
        });
      }
    },
    close: async () => {
      await platform.stop();
      await server.close();
    },
  };
}

function toShownSlack(message: ReaderMessage): Shown {
  const payload = (message.metadata as { event_payload?: { shown?: number; opened?: number } } | undefined)
    ?.event_payload;
  const markdown = message.parts.filter(({ kind }) => kind === 'markdown').map(({ text }) => text);
  const plain = message.blocks.length === 0 ? message.parts.map(({ text }) => text) : [];
  const whole = (markdown.length > 0 ? markdown : plain).join('\n');
  const { opened = 0, shown = whole.length } = payload ?? {};
  return {
    id: message.ts,
    text: whole.slice(opened, opened + shown),
    open:
      message.parts.some(({ text }) => text.includes('▍')) ||
      message.streaming ||
      message.stuck ||
      message.buttons.some(({ label }) => label === 'Stop'),
    buttons: message.buttons.map(({ label }) => label),
    ended: message.parts.some(({ text }) => text.split('\n').some(isEnd)),
    raw: message.parts.map(({ text }) => text).join('\n'),
  };
}

export async function openDiscord(): Promise<ReaderStage> {
  const server = await createDiscordServer({ limits: 'off' });
  const platform = createDiscordPlatform({
    token: server.token,
    apiUrl: server.apiUrl,
    replyIn: 'thread',
    clock: systemClock,
  });
  const outcomes: Readonly<Record<Fault, FaultOutcome>> = {
    'lost-after': { kind: 'lost-after' },
    'lost-before': { kind: 'lost-before' },
    unavailable: { kind: 'html-502' },
    html: { kind: 'html-200' },
    empty: { kind: 'empty-200' },
    limited: { kind: 'rate-limited', retryAfterMs: 5 },
    refused: { kind: 'refused', status: 400, code: 50_035, message: 'Invalid Form Body' },
    forbidden: { kind: 'refused', status: 403, code: 50_013, message: 'Missing Permissions' },
  };
  const methods: Readonly<Record<Op, string>> = { post: 'POST', edit: 'PATCH', discard: 'DELETE' };
  const own = (channel: string) => server.channel(channel).filter(({ author }) => author.id === server.botId);
  const toShown = (message: ReturnType<typeof own>[number]): Shown => ({
    id: message.id,
    text: fromContent(message.content).text,
    open: message.content.includes('▍') || message.buttons.some(({ label }) => label === 'Stop'),
    buttons: message.buttons.map(({ label }) => label),
    ended: message.content.split('\n').some(isEnd),
    raw: message.content,
  });
  const placeOf = ({ channel, thread }: Place, id: string) =>
    own(thread).some((message) => message.id === id) ? thread : channel;
  const whispers = new Set<string>();
  server.watch((channel) => {
    // A notice stands for ten seconds only.
    if (
      channel !== undefined &&
      own(channel).some(({ content }) => content.includes('could not write my answer'))
    )
      whispers.add(channel);
  });
  return {
    platform,
    unit: 500,
    tellsDeletions: true,
    // discord.js makes no more than 50 calls in a second, and a call of the sink may be two.
    callsPerSecond: 36,
    begin: () => Promise.resolve(),
    newChannel: () => server.createChannel(),
    async ask(channel, words) {
      const { id } = await server.say({ channel, content: `<@${server.botId}> ${words}` });
      return { channel, thread: id, id };
    },
    async replies({ channel, thread }) {
      const said = (content: string) => content.includes('could not write my answer');
      // By the time of posting, which an id begins with: what finds no place in the thread stands in the channel.
      return [...own(channel), ...own(thread)]
        .filter(({ content }) => !said(content))
        .sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))
        .map(toShown);
    },
    async press(place, message, label) {
      await server.press({ channel: placeOf(place, message), message, label });
      return true;
    },
    remove: (place, message) => server.remove(placeOf(place, message), message),
    whispered: async ({ channel }) => whispers.has(channel),
    fail({ channel, thread }, { op, nth, times, fault }) {
      const route = new RegExp(`^/channels/(?:${channel}|${thread})/messages(?:/\\d+)?$`);
      const isWhisper = (body: unknown) => JSON.stringify(body ?? '').includes('could not write');
      server.fail({
        ...{ method: methods[op], route, nth, times, with: outcomes[fault] },
        // What is gone is not refused, but not found.
        when: ({ body, path }) => {
          const id = /\/messages\/(\d+)$/.exec(path)?.[1];
          const isThere = [channel, thread].some((place) => own(place).some((one) => one.id === id));
          return !isWhisper(body) && (id === undefined || isThere);
        },
      });
    },
    close: async () => {
      await platform.stop();
      await server.close();
    },
  };
}
