// Owns what a person reads in Block Kit, as text: every kind of block that a message may hold (docs.slack.dev/reference/block-kit/blocks).
// Takes what was bounded before. Must not know messages or calls.

import { fromMrkdwn, type NameOf, toLink, unescapeText } from './mrkdwn.ts';
import { isJson, type Json, toList, toText } from './payload.ts';
import { toRichText } from './rich-text.ts';

export interface BlockReading {
  readonly nameOf: NameOf;
  /** Whose mentions are taken away; undefined where they are somebody else's words. */
  readonly bot: string | undefined;
  /** An image that belongs to what is shown; `file`: where it lies with Slack itself. */
  onImage(image: { readonly file?: Json | undefined; readonly address: string; readonly name: string }): void;
}

/** The blocks' texts, one paragraph a block; nothing of those that show none. */
export function fromBlocks(blocks: unknown, reading: BlockReading): string {
  return joined(
    toList(blocks).map((block) => fromBlock(block, reading)),
    '\n\n',
  );
}

/** Slack takes tables of 20 columns; whoever says otherwise is not believed beyond this. */
const COLUMNS_MAX = 100;

/** Whether these are the words that a person typed, which Slack gives as text too. */
export function isTyped(block: Json): boolean {
  return block.type === 'rich_text';
}

function joined(texts: readonly string[], between: string): string {
  return texts.filter((text) => text !== '').join(between);
}

function fromBlock(block: Json, reading: BlockReading): string {
  const text = (value: unknown) => fromTextObject(value, reading);
  switch (block.type) {
    case 'rich_text':
      return toRichText(block, reading);
    case 'markdown':
      return toText(block.text);
    case 'header':
      return text(block.text) === '' ? '' : `# ${text(block.text)}`;
    case 'section': {
      const fields = Array.isArray(block.fields) ? block.fields.map(text) : [];
      return joined([text(block.text), ...fields, fromElement(block.accessory, reading)], '\n');
    }
    case 'context':
    case 'actions':
    case 'context_actions':
      return joined(
        toList(block.elements).map((element) => fromElement(element, reading)),
        ' ',
      );
    case 'image':
      return fromImage(block, reading);
    case 'video':
      return fromVideo(block, reading);
    case 'file':
      return `[file: ${toText(block.external_id)}]`;
    case 'table':
      return fromRows(block.rows, reading);
    case 'data_table':
      return joined([toText(block.caption), fromRows(block.rows, reading)], '\n\n');
    case 'divider':
      return '';
    case 'input':
      return joined([text(block.label), text(block.hint)], '\n');
    default:
      return fromOther(block, reading);
  }
}

/** Cards, containers, plans, alerts, and whatever Slack adds: their texts in the order in which they stand. */
function fromOther(block: Json, reading: BlockReading): string {
  const title = fromTextObject(block.title, reading);
  const texts = ['rich_text_title', 'subtitle', 'text', 'body', 'description', 'details', 'output'].map(
    (key) => {
      const value = block[key];
      return isJson(value) && value.type === 'rich_text'
        ? toRichText(value, reading)
        : fromTextObject(value, reading);
    },
  );
  const sources = toList(block.sources).map((source) => toLink(toText(source.url), toText(source.text)));
  const inner = ['child_blocks', 'elements', 'tasks', 'blocks'].map((key) => fromBlocks(block[key], reading));
  const buttons = toList(block.actions).map((element) => fromElement(element, reading));
  const state = toText(block.status);
  return joined(
    [
      state === '' || title === '' ? title : `${title} (${state})`,
      ...texts,
      isJson(block.hero_image) ? fromImage(block.hero_image, reading) : '',
      joined(sources, '\n'),
      joined(inner, '\n\n'),
      joined(buttons, ' '),
    ],
    '\n',
  );
}

function fromTextObject(value: unknown, { nameOf, bot }: BlockReading): string {
  if (typeof value === 'string') return unescapeText(value);
  if (!isJson(value)) return '';
  if (value.type === 'mrkdwn') return fromMrkdwn(toText(value.text), bot, nameOf);
  return unescapeText(toText(value.text));
}

/** What stands in a row beside or below a text: words, small pictures, buttons, menus. */
function fromElement(element: unknown, reading: BlockReading): string {
  if (!isJson(element)) return '';
  switch (element.type) {
    case 'mrkdwn':
    case 'plain_text':
      return fromTextObject(element, reading);
    case 'image':
      return toPicture(toText(element.alt_text));
    case 'button':
    case 'workflow_button': {
      const label = fromTextObject(element.text, reading);
      return label === '' ? '' : `[button: ${toLink(toText(element.url), label)}]`;
    }
    case 'checkboxes':
    case 'radio_buttons':
      return toList(element.options)
        .map(
          (option) =>
            `- ${joined(
              [option.text, option.description].map((one) => fromTextObject(one, reading)),
              ': ',
            )}`,
        )
        .join('\n');
    default: {
      const shown = fromTextObject(element.placeholder, reading);
      return shown === '' ? '' : `[menu: ${shown}]`;
    }
  }
}

function toPicture(alt: string): string {
  return alt === '' ? '' : `[image: ${alt}]`;
}

function fromImage(block: Json, reading: BlockReading): string {
  const title = fromTextObject(block.title, reading);
  const alt = toText(block.alt_text);
  const file = isJson(block.slack_file) ? block.slack_file : undefined;
  reading.onImage({ file, address: toText(block.image_url), name: title || alt || 'image' });
  return toPicture(title === alt ? title : joined([title, alt], ': ') || 'image');
}

function fromVideo(block: Json, reading: BlockReading): string {
  const title = fromTextObject(block.title, reading) || toText(block.alt_text);
  const address = toText(block.title_url) || toText(block.video_url);
  const by = joined([toText(block.author_name), toText(block.provider_name)], ', ');
  return joined([`[video: ${toLink(address, title)}]`, by, fromTextObject(block.description, reading)], '\n');
}

/** A table in markdown's form; a cell is a text, a number, or a rich text of its own. */
function fromRows(rows: unknown, reading: BlockReading): string {
  if (!Array.isArray(rows)) return '';
  const cells = rows.map((row) => toList(row).map((cell) => toCell(cell, reading)));
  const columns = Math.min(
    COLUMNS_MAX,
    cells.reduce((most, row) => Math.max(most, row.length), 0),
  );
  if (columns === 0) return '';
  // Rows may have fewer cells than others, the first one too.
  const lines = cells.map(
    (row) => `| ${[...row, ...Array(Math.max(0, columns - row.length)).fill('')].join(' | ')} |`,
  );
  return [lines[0], `|${' --- |'.repeat(columns)}`, ...lines.slice(1)].join('\n');
}

function toCell(cell: Json, reading: BlockReading): string {
  const text = cell.type === 'rich_text' ? toRichText(cell, reading) : fromTextObject(cell, reading);
  return (text || String(cell.value ?? '')).replace(/[\r\n]/g, ' ').replace(/\|/g, '\\|');
}
