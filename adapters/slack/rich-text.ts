// Owns the way back from Slack's rich_text blocks, into which it translates markdown, to markdown. An approximation by nature.
// Must not know messages, pages, or calls.

interface RichElement {
  readonly type?: string;
  readonly text?: string;
  readonly url?: string;
  readonly name?: string;
  readonly unicode?: string;
  readonly user_id?: string;
  readonly channel_id?: string;
  readonly range?: string;
  readonly language?: string;
  readonly style?: unknown;
  readonly indent?: number;
  readonly offset?: number;
  readonly elements?: readonly RichElement[];
}

/** The markdown of all rich_text, header, divider and section blocks; of context and actions, which are not the answer, nothing. */
export function toMarkdown(blocks: readonly object[]): string {
  return blocks
    .map((block) => toBlockText(block as RichElement))
    .filter((text) => text !== '')
    .join('\n\n');
}

function toBlockText(block: RichElement): string {
  switch (block.type) {
    case 'rich_text':
      return joinParts(block.elements ?? []);
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

function toPlain(text: unknown): string {
  if (typeof text === 'string') return text;
  const inner = (text as { text?: unknown } | undefined)?.text;
  return typeof inner === 'string' ? inner : '';
}

/** Lists follow one another line by line, since each change of indentation begins a new one; everything else is a paragraph. */
function joinParts(parts: readonly RichElement[]): string {
  let text = '';
  let before: RichElement | undefined;
  for (const part of parts) {
    const written = toPart(part).replace(/\n+$/, '');
    if (written === '') continue;
    const together = before?.type === 'rich_text_list' && part.type === 'rich_text_list';
    text += `${before === undefined ? '' : together ? '\n' : '\n\n'}${written}`;
    before = part;
  }
  return text;
}

function toPart(part: RichElement): string {
  const elements = part.elements ?? [];
  switch (part.type) {
    case 'rich_text_preformatted': {
      const code = elements.map(toSource).join('');
      const fence = '`'.repeat(Math.max(3, ...[...code.matchAll(/`+/g)].map(([run]) => run.length + 1)));
      return `${fence}${part.language ?? ''}\n${code.replace(/\n$/, '')}\n${fence}`;
    }
    case 'rich_text_quote':
      return toInline(elements)
        .split('\n')
        .map((line) => `> ${line}`.trimEnd())
        .join('\n');
    case 'rich_text_list':
      return elements
        .map((item, index) => {
          const sign = part.style === 'ordered' ? `${(part.offset ?? 0) + index + 1}.` : '-';
          return `${'   '.repeat(part.indent ?? 0)}${sign} ${toInline(item.elements ?? [])}`;
        })
        .join('\n');
    default:
      return toInline(elements);
  }
}

function toInline(elements: readonly RichElement[]): string {
  return elements.map(toStyled).join('');
}

function toStyled(element: RichElement): string {
  const source = toSource(element);
  const style = (typeof element.style === 'object' ? element.style : undefined) as
    | Record<string, boolean>
    | undefined;
  const core = source.trim();
  if (style === undefined || core === '') return linked(source, element);
  let text = style.code ? `\`${core}\`` : core;
  if (style.bold) text = `**${text}**`;
  if (style.italic) text = `*${text}*`;
  if (style.strike) text = `~~${text}~~`;
  // Signs must touch the words that they mark.
  return source.replace(core, () => linked(text, element));
}

function linked(text: string, element: RichElement): string {
  if (element.type !== 'link' || element.url === undefined) return text;
  return text === element.url ? text : `[${text}](${element.url})`;
}

function toSource(element: RichElement): string {
  switch (element.type) {
    case 'text':
      return element.text ?? '';
    case 'link':
      return element.text ?? element.url ?? '';
    case 'emoji':
      return fromCodes(element.unicode) ?? `:${element.name ?? ''}:`;
    case 'user':
      return `@${element.user_id ?? ''}`;
    case 'channel':
      return `#${element.channel_id ?? ''}`;
    case 'broadcast':
      return `@${element.range ?? ''}`;
    default:
      return toPlain(element.text);
  }
}

/** Slack writes an emoji's code points in hexadecimal, joined by hyphens. */
function fromCodes(codes: string | undefined): string | undefined {
  const points = (codes ?? '').split('-').map((code) => Number.parseInt(code, 16));
  const valid = points.every((point) => Number.isInteger(point) && point <= 0x10ffff);
  return valid ? String.fromCodePoint(...points) : undefined;
}
