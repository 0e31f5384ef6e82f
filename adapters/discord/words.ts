// Owns what somebody reads in a message of Discord's, as plain words: names for ids, what was forwarded, embeds, polls, stickers.
// One pass over each text. Knows nothing of how a message came here.

import type { Embed, Message, Shown } from './message.ts';

/** What tells names of ids. */
export interface Names {
  user(id: string): string | undefined;
  channel(id: string): string | undefined;
  role(id: string): string | undefined;
}

export interface Reader {
  readonly botId: string;
  /** The role that Discord made for the bot: whoever picks it from the list means the bot. */
  readonly botRole: string | undefined;
  readonly names: Names;
}

/** Longer than anything that Discord shows in one message. */
const TEXT_MAX = 40_000;
/**
 * Discord's markup (discord-api-docs, reference, "Message Formatting"), code, in which there is none, and links to messages.
 * Every quantifier has a bound.
 */
const TOKEN =
  /(`{1,64})|(?<![(<])https:\/\/(?:canary\.|ptb\.)?discord(?:app)?\.com\/channels\/(?:\d{1,20}|@me)\/(\d{1,20})\/\d{1,20}|<(?:@!?(\d{1,20})|@&(\d{1,20})|#(\d{1,20})|a?(:\w{1,32}:)\d{1,20}|t:(-?\d{1,14})(?::[tTdDfFsSR])?|(\/[^<>:\n]{1,100}):\d{1,20}|id:(customize|browse|guide|linked-roles)(?::\d{1,20})?)>/gu;
/** What Discord's client shows for its places without an id of their own. */
const PLACES: Readonly<Record<string, string>> = {
  customize: '#Channels & Roles',
  browse: '#Browse Channels',
  guide: '#Server Guide',
  'linked-roles': '#Linked Roles',
};

/** Text, without markup, in which the bot's own mention is left out where it calls the bot. */
export function toPlainText(content: string, reader: Reader, calls = true): string {
  const closers = createClosers(content);
  const parts: string[] = [];
  let from = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(content); match !== null; match = TOKEN.exec(content)) {
    const [token, ticks] = match;
    parts.push(content.slice(from, match.index));
    from = match.index + token.length;
    if (ticks !== undefined) {
      // What stands in code is shown as it is; marks that nothing closes begin no code.
      from = closers(ticks.length, from) ?? from;
      parts.push(content.slice(match.index, from));
      TOKEN.lastIndex = from;
      continue;
    }
    const shown = toShown(match, reader, calls);
    if (shown === undefined) dropBlanks(parts);
    else parts.push(shown);
  }
  return [...parts, content.slice(from)].join('').trim();
}

/** The ids of channels and roles that a message names. */
export function idsIn(shown: Shown): {
  readonly channels: readonly string[];
  readonly roles: readonly string[];
} {
  const channels = new Set<string>();
  const roles = new Set<string>();
  for (const text of textsOf(shown)) {
    for (const match of text.matchAll(TOKEN)) {
      const channel = match[5] ?? match[2];
      if (channel !== undefined) channels.add(channel);
      if (match[4] !== undefined) roles.add(match[4]);
    }
  }
  return { channels: [...channels], roles: [...roles] };
}

/** What a person reads in the message. */
export function toText(message: Shown, reader: Reader): string {
  const text = toParts(message, reader, true).join('\n');
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX).replace(/[\ud800-\udbff]$/u, '')}…`;
}

/** Files of the message, and of what was forwarded in it. */
export function filesOf(message: Shown): Shown['files'] {
  return [...message.files, ...message.forwarded.flatMap(filesOf)];
}

/** Names of people as Discord sent them with the message; of channels and roles as far as they are known. */
export function toNames(
  message: Message,
  known: {
    channel(id: string): { readonly name: string | undefined } | undefined;
    role(id: string): string | undefined;
  },
): Names {
  return {
    user: (id) =>
      message.names.get(id) ??
      message.forwarded.map(({ names }) => names.get(id)).find((name) => name !== undefined),
    channel: (id) => known.channel(id)?.name,
    role: (id) => known.role(id),
  };
}

function toParts(shown: Shown, reader: Reader, calls: boolean): string[] {
  const { poll } = shown;
  const plain = (text: string) => toPlainText(text, reader, false);
  return [
    toPlainText(shown.content, reader, calls),
    ...shown.texts.map(plain),
    ...shown.stickers.map((name) => `[sticker: ${name}]`),
    ...(poll === undefined
      ? []
      : [
          `[poll: ${poll.question}]`,
          ...poll.answers.map(({ text, votes }) => `- ${text}${votes === undefined ? '' : ` (${votes})`}`),
        ]),
    ...shown.embeds.flatMap((embed) => ['[embed]', toQuote(toEmbedText(embed, plain))]),
    ...shown.forwarded.flatMap((one) => {
      const words = toParts(one, reader, false).join('\n');
      return words === '' ? ['[forwarded]'] : ['[forwarded]', toQuote(words)];
    }),
  ].filter((part) => part !== '');
}

function toEmbedText(embed: Embed, plain: (text: string) => string): string {
  const title = embed.url === '' || embed.title === '' ? embed.title : `[${embed.title}](${embed.url})`;
  return [...embed.above, title, ...embed.below.map(plain), ...embed.media]
    .filter((part) => part !== '')
    .join('\n');
}

function toQuote(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

function textsOf(shown: Shown): readonly string[] {
  return [
    shown.content,
    ...shown.texts,
    ...shown.embeds.flatMap(({ below }) => below),
    ...shown.forwarded.flatMap(textsOf),
  ];
}

/** Undefined where the bot is called: its own name is left out. */
function toShown(
  match: RegExpExecArray,
  { botId, botRole, names }: Reader,
  calls: boolean,
): string | undefined {
  const [token, , linked, user, role, channel, emoji, seconds, command, place] = match;
  if (user !== undefined) {
    if (user === botId && calls) return undefined;
    return `@${names.user(user) ?? 'somebody'}`;
  }
  if (role !== undefined) {
    if (role === botRole && calls) return undefined;
    return `@${names.role(role) ?? 'role'}`;
  }
  if (channel !== undefined) return `#${names.channel(channel) ?? 'channel'}`;
  if (linked !== undefined) {
    const name = names.channel(linked);
    return name === undefined ? token : `[message in #${name}](${token})`;
  }
  if (seconds !== undefined) return toMoment(Number(seconds)) ?? token;
  return emoji ?? command ?? PLACES[place ?? ''] ?? token;
}

/** A moment as everybody can read it, whatever their time zone; undefined where there is no such date. */
function toMoment(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const [day, time] = date.toISOString().split('T');
  return `${day} ${time?.slice(0, 8).replace(/:00$/u, '')} UTC`;
}

/** Takes the spaces and tabs at the end away. */
function dropBlanks(parts: string[]): void {
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    let end = part.length;
    while (part[end - 1] === ' ' || part[end - 1] === '\t') end -= 1;
    if (end > 0) {
      parts.push(part.slice(0, end));
      return;
    }
  }
}

/** Where code that is opened by so many marks ends: found once for all, so that many marks that nothing closes cost nothing more. */
function createClosers(content: string): (ticks: number, from: number) => number | undefined {
  let runs: Map<number, number[]> | undefined;
  return (ticks, from) => {
    if (runs === undefined) {
      runs = new Map();
      for (let at = content.indexOf('`'); at >= 0; at = content.indexOf('`', at)) {
        let end = at;
        while (content[end] === '`') end += 1;
        const ends = runs.get(end - at) ?? [];
        ends.push(end);
        runs.set(end - at, ends);
        at = end;
      }
      for (const ends of runs.values()) ends.reverse();
    }
    const ends = runs.get(ticks) ?? [];
    // Asked from left to right only: what lies behind is asked for no more.
    while ((ends.at(-1) ?? Number.POSITIVE_INFINITY) <= from) ends.pop();
    return ends.at(-1);
  };
}
