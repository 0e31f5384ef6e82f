// Owns the way back from Slack's rich_text blocks, into which it translates markdown, to markdown. An approximation by nature.
// Must not know messages, pages, or calls.

import { type NameOf, toChannel, toGroup, toLink } from './mrkdwn.ts';
import { type Json, toList, toText } from './payload.ts';

/** Slack nests lists to some eight levels; what a message says of itself is not believed beyond that. */
const MAX_INDENT = 8;

interface Names {
  readonly nameOf: NameOf;
  /** Whose mentions are taken away. */
  readonly bot?: string | undefined;
}

const nobody: Names = { nameOf: () => undefined };

/** The markdown of all rich_text, header, divider and section blocks; of context and actions, which are not the answer, nothing. */
export function toMarkdown(blocks: readonly object[]): string {
  return blocks
    .map((block) => toBlockText(block as Json))
    .filter((text) => text !== '')
    .join('\n\n');
}

function toBlockText(block: Json): string {
  switch (block.type) {
    case 'rich_text':
      return toRichText(block);
    case 'header':
      return `# ${toPlain(block.text)}`;
    case 'section':
      return toPlain(block.text);
    case 'divider':
      return '---';
    default:
      return '';
  }
}

/** The text of a text object, or of what is a text already. */
function toPlain(text: unknown): string {
  return typeof text === 'object' && text !== null ? toText((text as Json).text) : toText(text);
}

/**
 * The markdown of one rich_text block. Lists follow one another line by line, since each change of indentation begins a new one;
 * everything else is a paragraph.
 */
export function toRichText(block: Json, names: Names = nobody): string {
  let text = '';
  let before: Json | undefined;
  for (const part of toList(block.elements)) {
    const written = withoutLastBreaks(toPart(part, names));
    if (written === '') continue;
    const together = before?.type === 'rich_text_list' && part.type === 'rich_text_list';
    text += `${before === undefined ? '' : together ? '\n' : '\n\n'}${written}`;
    before = part;
  }
  return text;
}

function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text.charAt(end - 1) === '\n') end -= 1;
  return text.slice(0, end);
}

function toPart(part: Json, names: Names): string {
  const elements = toList(part.elements);
  switch (part.type) {
    case 'rich_text_preformatted': {
      const code = elements.map((element) => toSource(element, names)).join('');
      const fence = '`'.repeat(Math.max(3, longestRun(code) + 1));
      return `${fence}${toText(part.language)}\n${code.endsWith('\n') ? code.slice(0, -1) : code}\n${fence}`;
    }
    case 'rich_text_quote':
      return toInline(elements, names)
        .split('\n')
        .map((line) => `> ${line}`.trimEnd())
        .join('\n');
    case 'rich_text_list':
      return elements
        .map((item, index) => {
          const sign = part.style === 'ordered' ? `${toCount(part.offset) + index + 1}.` : '-';
          const indent = '   '.repeat(Math.min(toCount(part.indent), MAX_INDENT));
          return `${indent}${sign} ${toInline(toList(item.elements), names)}`;
        })
        .join('\n');
    default:
      return toInline(elements, names);
  }
}

/** How many backticks stand side by side at the most. */
function longestRun(code: string): number {
  let longest = 0;
  let run = 0;
  for (let at = 0; at < code.length; at += 1) {
    run = code.charAt(at) === '`' ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function toCount(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.floor(value) : 0;
}

function toInline(elements: readonly Json[], names: Names): string {
  return elements.map((element) => toStyled(element, names)).join('');
}

function toStyled(element: Json, names: Names): string {
  const source = toSource(element, names);
  const style = typeof element.style === 'object' ? (element.style as Json | null) : undefined;
  const core = source.trim();
  if (style === undefined || style === null || core === '') return linked(source, element);
  let text = style.code ? `\`${core}\`` : core;
  if (style.bold) text = `**${text}**`;
  if (style.italic) text = `*${text}*`;
  if (style.strike) text = `~~${text}~~`;
  // Signs must touch the words that they mark.
  return source.replace(core, () => linked(text, element));
}

function linked(text: string, element: Json): string {
  return element.type === 'link' || element.type === 'date' ? toLink(toText(element.url), text) : text;
}

function toSource(element: Json, { nameOf, bot }: Names): string {
  switch (element.type) {
    case 'text':
      return toText(element.text);
    case 'link':
      return toText(element.text) || toText(element.url);
    case 'emoji':
      return fromCodes(toText(element.unicode)) ?? `:${toText(element.name)}:`;
    case 'user': {
      const id = toText(element.user_id);
      return id === bot ? '' : `@${nameOf(id) ?? id}`;
    }
    case 'channel':
      return toChannel(toText(element.channel_id), nameOf);
    case 'usergroup':
      return toGroup(toText(element.usergroup_id), nameOf);
    case 'team':
      return `@${toText(element.team_id)}`;
    case 'broadcast':
      return `@${toText(element.range)}`;
    case 'date':
      return toText(element.fallback) || toDate(element.timestamp);
    case 'color':
      return toText(element.value);
    default:
      return toPlain(element.text);
  }
}

function toDate(seconds: unknown): string {
  const date = new Date(typeof seconds === 'number' ? seconds * 1000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** Slack writes an emoji's code points in hexadecimal, joined by hyphens. */
function fromCodes(codes: string): string | undefined {
  if (!/^[0-9a-f-]{1,80}$/i.test(codes)) return undefined;
  const points = codes.split('-').map((code) => Number.parseInt(code, 16));
  const valid = points.every((point) => Number.isInteger(point) && point <= 0x10ffff);
  return valid ? String.fromCodePoint(...points) : undefined;
}
