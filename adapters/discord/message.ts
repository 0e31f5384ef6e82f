// Owns what a message of Discord's holds, read from untrusted JSON: the same form over the gateway and over REST.
// Every text, list and depth has a bound; what cannot be read is left out. Knows nothing of what is made of it.

import type { Attachment, Person } from '../../src/platform.ts';
import { countOf, type Fields, fieldsOf, idOf, listOf, someText, textOf } from './fields.ts';

/** Twice and more what Discord lets anybody send (4,000 with Nitro; embeds 6,000 a message). */
const CONTENT_MAX = 20_000;
const WORDS_MAX = 6_000;
const NAME_MAX = 256;
const URL_MAX = 2_048;
/** Discord's own limits: 10 embeds, 10 files, 25 fields, 3 stickers, 10 answers of a poll, 40 components; people have no limit but the content's. */
const MANY = 40;
const PEOPLE_MAX = 2_000;
const DEPTH_MAX = 6;
const VOICE_FLAG = 1 << 13;
const SUPPRESS_EMBEDS = 1 << 2;
/** Milliseconds since the Unix epoch at Discord's own (discord-api-docs, reference, Snowflakes). */
const EPOCH_MS = 1_420_070_400_000n;

/** What one sees of a message. */
export interface Shown {
  readonly content: string;
  /** Names of the people mentioned, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly stickers: readonly string[];
  readonly poll: Poll | undefined;
  readonly embeds: readonly Embed[];
  /** Texts of components that another bot wrote with, in reading order. */
  readonly texts: readonly string[];
  readonly files: readonly Attachment[];
  /** What was forwarded in it (message snapshots). */
  readonly forwarded: readonly Shown[];
}

export interface Message extends Shown {
  readonly id: string;
  readonly channel: string;
  readonly guild: string | undefined;
  readonly author: Person;
  /** Written by a bot or a webhook. */
  readonly isBot: boolean;
  /** discord-api-docs, message types. */
  readonly type: number;
  readonly people: readonly string[];
  readonly roles: readonly string[];
  readonly sentAt: number;
  /** The id of the message that this one replies to (a forwarded message refers to one as well, and is none). */
  readonly repliesTo: string | undefined;
  /** That message, where Discord sends it along; without the one that it replied to itself. */
  readonly repliedTo: Message | undefined;
}

interface Poll {
  readonly question: string;
  readonly answers: readonly { readonly text: string; readonly votes: number | undefined }[];
}

export interface Embed {
  readonly title: string;
  readonly url: string;
  /** In reading order, around and below the title. */
  readonly above: readonly string[];
  readonly below: readonly string[];
  readonly media: readonly string[];
}

/** Undefined where it cannot even be told which message it is, or whose. */
export function parseMessage(value: unknown, depth = 0): Message | undefined {
  const fields = fieldsOf(value);
  const id = idOf(fields.id);
  const channel = idOf(fields.channel_id);
  const author = parsePerson(fields.author, fieldsOf(fields.member).nick);
  if (id === undefined || channel === undefined || author === undefined) return undefined;
  const type = countOf(fields.type) ?? 0;
  const reference = fieldsOf(fields.message_reference);
  // 19: a reply. A reference of type 1 is a forward.
  const repliesTo =
    type === 19 && (countOf(reference.type) ?? 0) === 0 ? idOf(reference.message_id) : undefined;
  const { bot } = fieldsOf(fields.author);
  return {
    ...parseShown(fields, depth),
    id,
    channel,
    guild: idOf(fields.guild_id),
    author,
    isBot: bot === true || (fields.webhook_id !== undefined && fields.webhook_id !== null),
    type,
    people: listOf(fields.mentions, PEOPLE_MAX, (one) => idOf(fieldsOf(one).id)),
    roles: listOf(fields.mention_roles, PEOPLE_MAX, idOf),
    sentAt: toTime(fields.timestamp, id),
    repliesTo,
    repliedTo: depth === 0 ? parseMessage(fields.referenced_message, depth + 1) : undefined,
  };
}

export function parseMessages(value: unknown): Message[] {
  // A call lists no more than 100 (discord-api-docs, get channel messages).
  return listOf(value, 100, (one) => parseMessage(one));
}

/** Their name as others see it in this server. */
export function parsePerson(value: unknown, nick?: unknown): Person | undefined {
  const user = fieldsOf(value);
  const id = idOf(user.id);
  if (id === undefined) return undefined;
  const name = [nick, user.global_name, user.username].map((one) => someText(one, NAME_MAX));
  return { id, name: name.find((one) => one !== undefined) ?? 'somebody' };
}

function parseShown(fields: Fields, depth: number): Shown {
  const flags = countOf(fields.flags) ?? 0;
  const names = listOf(fields.mentions, PEOPLE_MAX, (one) =>
    parsePerson(one, fieldsOf(fieldsOf(one).member).nick),
  );
  const texts: string[] = [];
  collectTexts(fields.components, texts, 0);
  return {
    content: textOf(fields.content, CONTENT_MAX),
    names: new Map(names.map(({ id, name }) => [id, name])),
    stickers: listOf(fields.sticker_items ?? fields.stickers, MANY, (one) =>
      someText(fieldsOf(one).name, NAME_MAX),
    ),
    poll: parsePoll(fields.poll),
    embeds: (flags & SUPPRESS_EMBEDS) === 0 ? listOf(fields.embeds, MANY, parseEmbed) : [],
    texts,
    files: listOf(fields.attachments, MANY, (one) => parseFile(one, (flags & VOICE_FLAG) !== 0)),
    forwarded:
      depth > 1
        ? []
        : listOf(fields.message_snapshots, MANY, (one) =>
            parseShown(fieldsOf(fieldsOf(one).message), depth + 1),
          ),
  };
}

/** A file that Discord gives no address of is kept: it is named, and not read. */
function parseFile(value: unknown, voice: boolean): Attachment | undefined {
  const file = fieldsOf(value);
  const id = idOf(file.id);
  const name = someText(file.filename, NAME_MAX)?.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
  if (id === undefined && name === undefined) return undefined;
  const type = textOf(file.content_type, NAME_MAX);
  const mediaType = type.split(';')[0]?.trim().toLowerCase() ?? '';
  const charset = toCharset(type);
  const heard = voice || typeof file.waveform === 'string' || typeof file.duration_secs === 'number';
  return {
    id: id ?? '',
    name: name ?? 'a file without a name',
    mediaType: mediaType === '' ? 'application/octet-stream' : mediaType,
    ...(charset === undefined ? {} : { charset }),
    size: countOf(file.size) ?? 0,
    url: textOf(file.url, URL_MAX),
    ...(heard && mediaType.startsWith('audio/') ? { voice: true } : {}),
  };
}

/** Discord looks into text files: `text/plain; charset=utf-8`. */
function toCharset(type: string): string | undefined {
  return /;\s{0,9}charset="?([\w.:-]{1,40})/i.exec(type)?.[1]?.toLowerCase();
}

/** discord-api-docs, resources/message, "Embed Object". */
function parseEmbed(value: unknown): Embed | undefined {
  const embed = fieldsOf(value);
  const nameOf = (one: unknown) => textOf(fieldsOf(one).name, NAME_MAX);
  const urlOf = (one: unknown) => textOf(fieldsOf(one).url, URL_MAX);
  const image = urlOf(embed.image);
  const video = urlOf(embed.video);
  const rows = listOf(embed.fields, MANY, (one) => {
    const { name, value: said } = fieldsOf(one);
    const [label, text] = [textOf(name, NAME_MAX), textOf(said, WORDS_MAX)];
    return [label, text].filter((part) => part !== '').join(': ');
  });
  const found: Embed = {
    title: textOf(embed.title, NAME_MAX),
    url: textOf(embed.url, URL_MAX),
    above: [nameOf(embed.provider), nameOf(embed.author)].filter((text) => text !== ''),
    below: [
      textOf(embed.description, WORDS_MAX),
      ...rows,
      textOf(fieldsOf(embed.footer).text, URL_MAX),
    ].filter((text) => text !== ''),
    media: [...(image === '' ? [] : [`[image: ${image}]`]), ...(video === '' ? [] : [`[video: ${video}]`])],
  };
  const isEmpty = found.title === '' && found.above.length + found.below.length + found.media.length === 0;
  return isEmpty ? undefined : found;
}

/** discord-api-docs, resources/poll. */
function parsePoll(value: unknown): Poll | undefined {
  const poll = fieldsOf(value);
  const question = textOf(fieldsOf(poll.question).text, WORDS_MAX);
  const counts = new Map(
    listOf(fieldsOf(poll.results).answer_counts, MANY, (one) => {
      const { id, count } = fieldsOf(one);
      return [id, countOf(count)] as const;
    }),
  );
  const answers = listOf(poll.answers, MANY, (one) => {
    const answer = fieldsOf(one);
    const media = fieldsOf(answer.poll_media);
    const text = someText(media.text, WORDS_MAX) ?? someText(fieldsOf(media.emoji).name, NAME_MAX);
    return text === undefined ? undefined : { text, votes: counts.get(answer.answer_id) };
  });
  return question === '' && answers.length === 0 ? undefined : { question, answers };
}

/** Text displays, and the names of what else is shown, wherever they stand (discord-api-docs, components/reference). */
function collectTexts(value: unknown, into: string[], depth: number): void {
  if (depth > DEPTH_MAX || !Array.isArray(value)) return;
  for (const one of value.slice(0, MANY)) {
    if (into.length >= MANY) return;
    const component = fieldsOf(one);
    const shown = toShownComponent(component);
    into.push(...shown);
    collectTexts(component.components, into, depth + 1);
    if (component.accessory !== undefined) collectTexts([component.accessory], into, depth + 1);
  }
}

function toShownComponent(component: Fields): string[] {
  const label = textOf(component.label, NAME_MAX);
  const url = textOf(component.url, URL_MAX);
  switch (component.type) {
    // A button; of menus (string, user, role, mentionable, channel) what stands in them before anybody chose.
    case 2:
      return label === '' ? [] : [`[button: ${url === '' ? label : `[${label}](${url})`}]`];
    case 3:
    case 5:
    case 6:
    case 7:
    case 8: {
      const placeholder = textOf(component.placeholder, NAME_MAX);
      return placeholder === '' ? [] : [`[menu: ${placeholder}]`];
    }
    case 10:
      return [textOf(component.content, WORDS_MAX)];
    case 11:
      return toPicture(component);
    case 12:
      return listOf(component.items, MANY, fieldsOf).flatMap(toPicture);
    case 13:
      return [`[file: ${textOf(component.name, NAME_MAX)}]`];
    default:
      return [];
  }
}

function toPicture({ media, description }: Fields): string[] {
  const url = someText(fieldsOf(media).url, URL_MAX);
  const words = textOf(description, WORDS_MAX);
  const parts = [words, url ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? [] : [`[image: ${parts.join(' ')}]`];
}

/** Where the time cannot be read, the id tells it. */
function toTime(timestamp: unknown, id: string): number {
  const time = Date.parse(textOf(timestamp, 64));
  return Number.isNaN(time) ? Number((BigInt(id) >> 22n) + EPOCH_MS) : time;
}
