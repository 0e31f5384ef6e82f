// Owns the reading of untrusted JSON: each field is what it should be, or as if it were not there, and everything has a largest size.
// Must not know any platform, nor its payloads.

export type Fields = Readonly<Record<string, unknown>>;

/** No fields for anything that is no object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function textOf(value: unknown, max: number): string {
  if (typeof value !== 'string') return '';
  return value.length <= max ? value : value.slice(0, max).replace(/[\ud800-\udbff]$/u, '');
}

/** Undefined for an empty text, too. */
export function someText(value: unknown, max: number): string | undefined {
  const text = textOf(value, max);
  return text === '' ? undefined : text;
}

export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The first `max` elements, less those that cannot be read. */
export function listOf<T>(value: unknown, max: number, read: (one: unknown) => T | undefined): T[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((one) => {
    const found = read(one);
    return found === undefined ? [] : [found];
  });
}
