// Owns how the other side's words become one line that can be shown: bounded, of a page only what it says, never the key.
// Must not know what the words mean. Linear in what it is given, whatever that is.

/** An operator reads one line; what is longer tells nothing more. */
const maxWords = 500;

/** A title and a heading stand at a page's beginning. */
const PAGE_MAX = 8_192;

/** One readable line of a proxy's page: its title and first heading. */
export function describePage(page: string): string {
  const top = page.slice(0, PAGE_MAX);
  const parts = [insideOf(top, 'title'), insideOf(top, 'h1')].map((part) => toLine(withoutTags(part)));
  const unique = [...new Set(parts.filter((part) => part !== ''))];
  if (unique.length > 0) return `a web page: ${unique.join(', ')}`;
  return `a web page: ${toLine(withoutTags(withoutBlocks(withoutBlocks(top, 'script'), 'style'))).slice(0, 200)}`;
}

/** What stands in the first element of that name. */
function insideOf(page: string, tag: string): string {
  const lower = page.toLowerCase();
  const open = lower.indexOf(`<${tag}`);
  const from = open < 0 ? -1 : lower.indexOf('>', open);
  const to = from < 0 ? -1 : lower.indexOf(`</${tag}>`, from);
  return to < 0 ? '' : page.slice(from + 1, to);
}

function withoutBlocks(page: string, tag: string): string {
  const lower = page.toLowerCase();
  let kept = '';
  let at = 0;
  for (;;) {
    const from = lower.indexOf(`<${tag}`, at);
    const to = from < 0 ? -1 : lower.indexOf(`</${tag}>`, from);
    if (to < 0) return kept + page.slice(at, from < 0 ? undefined : from);
    kept += `${page.slice(at, from)} `;
    at = to + tag.length + 3;
  }
}

function withoutTags(text: string): string {
  return text.replace(/<[^<>]{0,500}>/g, ' ');
}

/** One line of at most `maxWords` characters, without anything that steers a terminal. */
export function toLine(text: string): string {
  const line = text
    .slice(0, 8 * maxWords)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a provider's words must not steer the operator's terminal.
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > maxWords ? `${line.slice(0, maxWords)}…` : line;
}

/** A shorter key is a word such as `none` or `test`: it is hidden only where it is spoken of as a key. */
const KEY_MIN = 8;

/** The text without the key, and without what looks like one. */
export function hideKey(text: string, apiKey: string | undefined): string {
  const hidden =
    apiKey === undefined || apiKey === ''
      ? text
      : apiKey.length >= KEY_MIN
        ? text.replaceAll(apiKey, '***')
        : hideShortKey(text, apiKey);
  return hidden.replace(/\b(sk|pk|gsk|xai|key)-[A-Za-z0-9_-]{16,}/g, '$1-***');
}

function hideShortKey(text: string, apiKey: string): string {
  const literal = apiKey.replace(/[^\w\s]/g, '\\$&');
  const spoken = new RegExp(`((?:key|token|bearer)[\\s:="'\`(\\[]{1,4})${literal}(?![\\w-])`, 'gi');
  return text.replace(spoken, '$1***');
}
