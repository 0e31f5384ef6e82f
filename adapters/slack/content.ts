// Owns what a person sees in a Slack message, as text and files: its words, cards, what is forwarded or quoted in it, alerts.
// Must not know how names and files are looked up.

import { type BlockReading, fromBlocks, isTyped } from './blocks.ts';
import { fromMrkdwn, type NameOf, toLink, unescapeText } from './mrkdwn.ts';
import { isJson, type Json, toBounded, toList, toText } from './payload.ts';

/** A file as it stands in a message; only an id, or no address, where Slack tells more when it is asked. */
export interface FoundFile {
  readonly id: string;
  readonly object: Json;
}

export interface Content {
  readonly text: string;
  readonly files: readonly FoundFile[];
}

export interface ContentReading {
  readonly nameOf: NameOf;
  /** Whose mentions are taken away from the message's own words. */
  readonly bot: string | undefined;
  /** Another app wrote it: of a message with blocks, its text is then for notifications alone. */
  readonly isByApp: boolean;
}

const MAX_FILES = 50;
/** A forwarded message that holds a forwarded message… */
const MAX_NESTED = 3;
const CUT = '[The rest of this message was too long to read.]';
/** What Slack writes where an attachment is made of blocks. */
const NO_PREVIEW = '[no preview available]';

/** @param message as Slack gives it, in an event or in a history; nothing in it is believed */
export function toContent(message: object, { nameOf, bot, isByApp }: ContentReading): Content {
  const { text, blocks, attachments, files, x_files: others } = message as Json;
  const { value, cut } = toBounded({ text, blocks, attachments, files, others });
  const bounded = value as Json;
  const found = new Map<string, FoundFile>();
  const add = (object: Json): void => {
    const id = toText(object.id) || toText(object.url_private) || toText(object.name);
    if (id !== '' && !found.has(id) && found.size < MAX_FILES) found.set(id, { id, object });
  };
  const onImage: BlockReading['onImage'] = ({ file, address, name }) =>
    add(
      file === undefined ? { id: address, name, mode: 'external' } : { name, url_private: file.url, ...file },
    );
  const own: BlockReading = { nameOf, bot, onImage };
  const quoted: BlockReading = { ...own, bot: undefined };

  const toWords = (said: Json, reading: BlockReading, isCard: boolean): string => {
    const words = fromMrkdwn(toText(said.text), reading.bot, reading.nameOf);
    const typed = toList(said.blocks).filter(isTyped);
    const shown = toList(said.blocks).filter((block) => !isTyped(block));
    if (isCard) return fromBlocks(said.blocks, reading) || words;
    return withoutRepeat(words || fromBlocks(typed, reading).trim(), fromBlocks(shown, reading));
  };

  const toAttached = (attachment: Json, depth: number): string => {
    for (const file of toList(attachment.files)) add(file);
    if (isShare(attachment)) {
      return `${toHeader(attachment, nameOf)}\n${quote(toShared(attachment, depth))}`.trimEnd();
    }
    const text = toLegacy(attachment, depth);
    const address = toText(attachment.from_url);
    if (address === '' || isByApp) return text;
    return text === '' ? '' : `[preview of ${address}]\n${quote(text)}`;
  };

  const toAllAttached = (list: unknown, depth: number): readonly string[] =>
    depth > MAX_NESTED ? [] : toList(list).map((one) => toAttached(one, depth));

  const toShared = (attachment: Json, depth: number): string => {
    const inner = toList(attachment.message_blocks).flatMap(({ message: of }) => (isJson(of) ? [of] : []));
    for (const file of inner.flatMap((one) => toList(one.files))) add(file);
    const blocks = [...inner.flatMap((one) => toList(one.blocks)), ...toList(attachment.blocks)];
    const words = toText(attachment.text) || inner.map((one) => toText(one.text)).join('\n');
    const legacy = toLegacy({ ...attachment, text: '', blocks: [], footer: '' }, depth);
    const said = paragraphs([
      toWords({ text: words, blocks }, quoted, false),
      legacy,
      ...inner.flatMap((one) => toAllAttached(one.attachments, depth + 1)),
    ]);
    return said || toFallback(attachment) || toText(attachment.from_url);
  };

  /** Slack's older kind of card, which alerts are made of to this day (docs.slack.dev, message attachments). */
  const toLegacy = (attachment: Json, depth: number): string => {
    const words = (field: unknown) => fromMrkdwn(toText(field), undefined, nameOf);
    const isPreview = toText(attachment.from_url) !== '' && !isShare(attachment);
    const image = toText(attachment.image_url);
    if (image !== '' && !isPreview) {
      onImage({ address: image, name: unescapeText(toText(attachment.title)) || 'image' });
    }
    const author = isShare(attachment) ? '' : joinNames(attachment.author_name, attachment.author_subname);
    const fields = toList(attachment.fields).map((field) => {
      const [title, value] = [words(field.title), words(field.value)];
      return title === '' || value === '' ? title || value : `${title}: ${value}`;
    });
    const title = unescapeText(toText(attachment.title));
    const lines = [
      words(attachment.pretext),
      author,
      title === '' ? '' : toLink(toText(attachment.title_link), title),
      words(attachment.text),
      ...fields,
      fromBlocks(attachment.blocks, quoted),
      ...toAllAttached(attachment.attachments, depth + 1),
      ...toList(attachment.actions).map((action) => toButton(action)),
      words(attachment.footer),
    ].filter((line) => line !== '');
    return lines.length > 0 || isShare(attachment) ? lines.join('\n') : toFallback(attachment);
  };

  const toFallback = (attachment: Json): string => {
    const words = fromMrkdwn(toText(attachment.fallback), undefined, nameOf);
    return words.toLowerCase() === NO_PREVIEW ? '' : words;
  };

  for (const file of toList(bounded.files)) add(file);
  if (Array.isArray(bounded.others)) {
    for (const id of bounded.others) if (typeof id === 'string') add({ id });
  }
  const said = paragraphs([toWords(bounded, own, isByApp), ...toAllAttached(bounded.attachments, 0)]);
  return { text: cut ? paragraphs([said, CUT]) : said, files: [...found.values()] };
}

/** A person forwarded a message, or wrote a link to one, which Slack shows below. */
function isShare(attachment: Json): boolean {
  return (
    attachment.is_share === true ||
    attachment.is_msg_unfurl === true ||
    attachment.is_reply_unfurl === true ||
    Array.isArray(attachment.message_blocks)
  );
}

function toHeader(attachment: Json, nameOf: NameOf): string {
  const id = toText(attachment.author_id);
  const author =
    joinNames(attachment.author_name) ||
    (id === '' ? '' : (nameOf(id) ?? id)) ||
    joinNames(attachment.author_subname);
  const channel = toOneLine(toText(attachment.channel_name)).replace(/^#/, '');
  const place = channel === '' ? toOneLine(toText(attachment.footer)) : `#${channel}`;
  const from = [author, place].filter((part) => part !== '').join(', ');
  return from === '' ? '[forwarded]' : `[forwarded from ${from}]`;
}

function toButton(action: Json): string {
  const label = unescapeText(toText(action.text));
  return label === '' ? '' : `[button: ${toLink(toText(action.url), label)}]`;
}

function joinNames(...names: readonly unknown[]): string {
  return names
    .map((name) => toOneLine(unescapeText(toText(name))))
    .filter((name) => name !== '')
    .join(' ');
}

function toOneLine(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[\s\p{Cc}]{1,200}/gu, ' ')
    .trim();
}

function quote(text: string): string {
  if (text === '') return '';
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

/** Many apps send the beginning of a card as the message's text, too: it is not given twice. */
function withoutRepeat(words: string, shown: string): string {
  const letters = toLetters(words);
  const isRepeated = letters !== '' && toLetters(shown).startsWith(letters);
  return isRepeated ? shown : paragraphs([words, shown]);
}

function toLetters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}
