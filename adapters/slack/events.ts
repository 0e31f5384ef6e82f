// Owns what comes from Slack: events become mentions, pressed buttons become controls.
// Must not know how events arrive, nor what is done with them.

import type { Control, ControlAction, Mention, Place } from '../../src/platform.ts';
import type { Identity, People } from './people.ts';
import type { Reader } from './reader.ts';

export const PLATFORM = 'slack';

/** The fields of a message that Rill reads, of an event or of a thread's history alike. */
export interface SlackMessage {
  readonly ts: string;
  readonly type?: string;
  readonly subtype?: string;
  readonly channel?: string;
  readonly channel_type?: string;
  readonly thread_ts?: string;
  readonly user?: string;
  readonly username?: string;
  readonly bot_id?: string;
  readonly bot_profile?: { readonly name?: string };
  readonly team?: string;
  readonly user_team?: string;
  readonly source_team?: string;
  readonly text?: string;
  readonly edited?: unknown;
  readonly deleted_ts?: string;
  readonly blocks?: readonly unknown[];
  readonly metadata?: unknown;
  readonly reply_count?: number;
}

/** Subtypes under which a person's own words come. */
const spoken: readonly (string | undefined)[] = [
  undefined,
  'file_share',
  'me_message',
  'message_share',
  'thread_broadcast',
];

/** A person's own message: not the bot's, not another bot's, not a change of an older one. */
export function isSpoken(message: SlackMessage, bot: Identity): boolean {
  const isPerson = message.user !== undefined && message.user !== bot.user && message.user !== 'USLACKBOT';
  return isPerson && message.bot_id === undefined && spoken.includes(message.subtype);
}

/**
 * A mention in a channel, or any message of a person in a direct message; undefined for everything else.
 * `app_mention` and `message` of one message get the same id.
 */
export async function toMention(
  message: SlackMessage,
  bot: Identity,
  read: Reader['read'],
): Promise<Mention | undefined> {
  const { channel, ts, user } = message;
  if (channel === undefined || user === undefined || !isSpoken(message, bot)) return undefined;
  if (message.edited !== undefined) return undefined;
  const direct = message.channel_type === 'im' || channel.startsWith('D');
  if (message.type !== 'app_mention' && !(message.type === 'message' && direct)) return undefined;
  const reading = await read([message], bot, [user]);
  const asker = reading.person(user);
  const team = message.user_team ?? message.source_team ?? message.team ?? bot.team;
  return {
    id: `${PLATFORM}:${bot.team}:${channel}:${ts}`,
    platform: PLATFORM,
    scope: bot.team,
    channel,
    thread: message.thread_ts ?? ts,
    message: ts,
    direct,
    asker: { id: user, name: asker.name },
    text: reading.messages[0]?.text ?? '',
    attachments: reading.messages[0]?.attachments ?? [],
    ...(asker.locale === undefined ? {} : { locale: asker.locale }),
    sentAt: toMs(ts),
    native: { team },
  };
}

/** A person deleted a message of a direct conversation; elsewhere Slack tells only at the next call. */
export function toDeletion(message: SlackMessage, bot: Identity): Control | undefined {
  if (message.subtype !== 'message_deleted' || message.deleted_ts === undefined) return undefined;
  if (message.channel === undefined) return undefined;
  return { action: 'deleted', message: message.deleted_ts, at: toPlace(message.channel, bot) };
}

function toPlace(channel: string, bot: Identity, locale?: string): Place {
  const place = { platform: PLATFORM, scope: bot.team, channel, direct: channel.startsWith('D') };
  return locale === undefined ? place : { ...place, locale };
}

/** A ts is seconds with six decimals; of two messages the later has the larger one. */
export function toMs(ts: string): number {
  return Math.floor(Number(ts) * 1000);
}

/** What a pressed button says, as far as Rill reads it. */
export interface SlackPress {
  readonly user: { readonly id: string; readonly name?: string; readonly username?: string };
  readonly channel?: { readonly id: string };
  readonly container?: { readonly channel_id?: string; readonly thread_ts?: string };
  readonly message?: { readonly ts?: string; readonly thread_ts?: string };
  readonly actions: readonly { readonly action_id: string; readonly value?: string }[];
}

export const controlPattern = /^rill:(stop|retry|continue)$/;

export interface Pressed {
  readonly control: Control;
  readonly channel: string;
  readonly thread: string | undefined;
}

export async function toControl(
  press: SlackPress,
  bot: Identity,
  people: People,
): Promise<Pressed | undefined> {
  const [button] = press.actions;
  const action = controlPattern.exec(button?.action_id ?? '')?.[1] as ControlAction | undefined;
  const channel = press.channel?.id ?? press.container?.channel_id;
  const turn = button?.value;
  if (action === undefined || channel === undefined || turn === undefined) return undefined;
  const { name, locale } = await people.person(press.user.id);
  const known = name === press.user.id ? (press.user.name ?? press.user.username ?? name) : name;
  return {
    control: { action, turn, by: { id: press.user.id, name: known }, at: toPlace(channel, bot, locale) },
    channel,
    thread: press.message?.thread_ts ?? press.container?.thread_ts ?? press.message?.ts,
  };
}

/** Somebody pressed the stop button that Slack itself shows while the bot writes; Slack has ended these streams already. */
export interface SlackStop {
  readonly channel: string;
  readonly user: string;
  readonly thread_ts?: string;
  readonly streaming_message_ts?: readonly string[];
}

/** One control for each turn that wrote one of the messages; none for messages that this process does not write. */
export async function toStops(
  stop: SlackStop,
  turnOf: (ts: string) => string | undefined,
  bot: Identity,
  people: People,
): Promise<Control[]> {
  const turns = new Set((stop.streaming_message_ts ?? []).flatMap((ts) => turnOf(ts) ?? []));
  if (turns.size === 0) return [];
  const { name, locale } = await people.person(stop.user);
  const by = { id: stop.user, name };
  const at = toPlace(stop.channel, bot, locale);
  return [...turns].map((turn) => ({ action: 'stop', turn, by, at }));
}
