// Owns the bounds of what other people's apps put into a message: how deep, how many parts, how many characters.
// Must not know what the parts mean.

export type Json = Readonly<Record<string, unknown>>;

/** A forwarded card lies some 14 levels deep in its message; nothing that Slack shows is much deeper. */
const MAX_DEPTH = 24;
const MAX_PARTS = 20_000;
/** Slack truncates a text at 40,000 characters (docs.slack.dev, chat.postMessage); a card has room for about 13,000. */
const MAX_CHARACTERS = 100_000;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function toList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}

export function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A copy within the bounds; `cut`: something was left out. */
export function toBounded(value: unknown): { readonly value: unknown; readonly cut: boolean } {
  let parts = 0;
  let characters = 0;
  let cut = false;
  const copy = (inner: unknown, depth: number): unknown => {
    parts += 1;
    if (parts > MAX_PARTS || depth > MAX_DEPTH) {
      cut = true;
      return undefined;
    }
    if (typeof inner === 'string') {
      const room = MAX_CHARACTERS - characters;
      cut ||= inner.length > room;
      characters += Math.min(inner.length, room);
      return inner.length > room ? inner.slice(0, room) : inner;
    }
    if (Array.isArray(inner)) {
      const kept: unknown[] = [];
      for (const one of inner) {
        if (parts > MAX_PARTS) break;
        kept.push(copy(one, depth + 1));
      }
      cut ||= kept.length < inner.length;
      return kept;
    }
    if (!isJson(inner)) return inner;
    const kept: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(inner)) {
      if (parts > MAX_PARTS) break;
      kept[key] = copy(inner[key], depth + 1);
    }
    return kept;
  };
  return { value: copy(value, 0), cut };
}
