// Owns the way from Slack's own markup (mrkdwn) to plain words: mentions as names, links with their addresses, entities unescaped.
// One pass over the text, whatever it is. Must not know messages or calls.

/** Undefined where the name is not known. */
export type NameOf = (id: string) => string | undefined;

/** A token ends at the next sign of its kind, so that no part of a text is looked at twice. */
const TOKEN = /<([^<>]{0,4000})>|&(?:amp|lt|gt);/g;
const ENTITY = /&(amp|lt|gt);/g;
const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };

export function unescapeText(text: string): string {
  return text.replace(ENTITY, (_, name: string) => signs[name] ?? '');
}

/** @param bot whose mentions are taken away, with what separates them from the words around */
export function fromMrkdwn(text: string, bot: string | undefined, nameOf: NameOf): string {
  const parts: string[] = [];
  let at = 0;
  let isAfterBot = false;
  const upTo = (end: number): string => {
    const between = text.slice(at, end);
    return isAfterBot ? withoutBlanksBefore(between) : between;
  };
  for (const match of text.matchAll(TOKEN)) {
    const [whole, token] = match;
    const isBot = token !== undefined && bot !== undefined && isMentionOf(token, bot);
    const before = upTo(match.index);
    if (isBot) parts.push(withoutBlanksAfter(before), ' ');
    else parts.push(before, token === undefined ? unescapeText(whole) : toWord(token, nameOf));
    isAfterBot = isBot;
    at = match.index + whole.length;
  }
  parts.push(upTo(text.length));
  const words = parts.join('').trim();
  return bot === undefined ? words : withoutAddress(words);
}

/** What is left of an address like `@Rill: why?` or `@Rill，为什么？`. */
function withoutAddress(words: string): string {
  const first = words.charAt(0);
  const isComma = first === '，' || first === '：';
  if (!isComma && first !== ':' && first !== ',') return words;
  return isComma || words.length === 1 || words.charAt(1).trim() === '' ? words.slice(1).trim() : words;
}

function isMentionOf(token: string, id: string): boolean {
  return token === `@${id}` || token.startsWith(`@${id}|`);
}

function withoutBlanksBefore(text: string): string {
  let from = 0;
  while (text.charAt(from) === ' ' || text.charAt(from) === '\t') from += 1;
  return text.slice(from);
}

function withoutBlanksAfter(text: string): string {
  let to = text.length;
  while (text.charAt(to - 1) === ' ' || text.charAt(to - 1) === '\t') to -= 1;
  return text.slice(0, to);
}

function toWord(token: string, nameOf: NameOf): string {
  const bar = token.indexOf('|');
  const target = bar < 0 ? token : token.slice(0, bar);
  const label = unescapeText(bar < 0 ? '' : token.slice(bar + 1));
  const id = target.slice(1);
  if (target.startsWith('@')) return `@${nameOf(id) ?? (label || id)}`;
  if (target.startsWith('#')) return label === '' ? toChannel(id, nameOf) : `#${label}`;
  if (target.startsWith('!subteam^')) return label || toGroup(id.slice('subteam^'.length), nameOf);
  if (target.startsWith('!date^')) return toDate(target, label);
  if (/^!(?:here|channel|everyone)$/.test(target)) return `@${id}`;
  if (target.startsWith('!')) return label || `@${id.slice(id.indexOf('^') + 1)}`;
  return toLink(unescapeText(target), label);
}

/** An id tells nobody anything. */
export function toChannel(id: string, nameOf: NameOf): string {
  return `#${nameOf(id) ?? '(a channel)'}`;
}

export function toGroup(id: string, nameOf: NameOf): string {
  return `@${nameOf(id) ?? '(a user group)'}`;
}

/** `!date^seconds^format^address|fallback` (docs.slack.dev/messaging/formatting-message-text, date formatting). */
function toDate(target: string, fallback: string): string {
  const [, seconds = '', , ...address] = target.split('^');
  const date = new Date(/^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : Number.NaN);
  const shown = fallback || (Number.isNaN(date.getTime()) ? '' : date.toISOString());
  return toLink(unescapeText(address.join('^')), shown);
}

/** Markdown's form of a link; of one that shows its own address, the address. */
export function toLink(address: string, label: string): string {
  const shown = address.startsWith('mailto:') ? address.slice('mailto:'.length) : address;
  if (address === '') return label;
  return label === '' || label === address || label === shown ? shown : `[${label}](${address})`;
}
