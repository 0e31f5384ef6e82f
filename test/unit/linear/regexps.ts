// Owns how regular expressions are found in a source file, and whether one of them has a quantifier without a bound.

export interface Found {
  /** Undefined where it is put together from what cannot be read here. */
  readonly pattern: string | undefined;
  readonly flags: string;
  readonly line: number;
}

/** Behind these a slash begins a regular expression; behind anything else it divides. */
const beforeRegexp = /(?:^|[=(,:[!&|?{};+\-*%<>~^\n]|\b(?:return|typeof|case|of|in|yield|await))\s{0,200}$/;

/** All literals, `String.raw` templates, and first arguments of `RegExp`. */
export function regexpsOf(source: string): Found[] {
  const found: Found[] = [];
  let line = 1;
  const add = (pattern: string | undefined, flags: string) => found.push({ pattern, flags, line });
  for (let at = 0; at < source.length; ) {
    const letter = source.charAt(at);
    const before = source.slice(Math.max(0, at - 220), at);
    let end = at + 1;
    if (source.startsWith('//', at)) end = indexOr(source, '\n', at);
    else if (source.startsWith('/*', at)) end = indexOr(source, '*/', at) + 2;
    else if (letter === '/' && beforeRegexp.test(before)) {
      end = regexpEnd(source, at + 1);
      const flags = /^[a-z]*/.exec(source.slice(end))?.[0] ?? '';
      add(source.slice(at + 1, end - 1), flags);
      end += flags.length;
    } else if (letter === "'" || letter === '"') {
      end = quoteEnd(source, at + 1, letter);
      if (isArgument(before)) add(unescapeQuoted(source.slice(at + 1, end - 1)), flagsBehind(source, end));
    } else if (letter === '`') {
      const template = readTemplate(source, at + 1);
      end = template.end;
      const isRaw = /String\.raw\s{0,9}$/.test(before);
      if (isRaw) add(template.fixed, '');
      else if (isArgument(before)) add(unescapeQuoted(template.fixed), flagsBehind(source, end));
      for (const inner of template.inserted)
        for (const one of regexpsOf(inner)) found.push({ ...one, line: line + one.line - 1 });
    } else if (isArgument(before) && /\S/.test(letter) && !source.startsWith('String.raw', at))
      add(undefined, '');
    line += source.slice(at, end).split('\n').length - 1;
    at = end;
  }
  return found;
}

/** Whether what follows is the first argument of `RegExp`. */
function isArgument(before: string): boolean {
  return /\bRegExp\(\s{0,200}$/.test(before);
}

function indexOr(source: string, what: string, from: number): number {
  const index = source.indexOf(what, from);
  return index < 0 ? source.length : index;
}

function regexpEnd(source: string, from: number): number {
  let inClass = false;
  for (let at = from; at < source.length; at += 1) {
    const letter = source.charAt(at);
    if (letter === '\\') at += 1;
    else if (letter === '[') inClass = true;
    else if (letter === ']') inClass = false;
    else if (letter === '/' && !inClass) return at + 1;
  }
  return source.length;
}

function quoteEnd(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    if (source.charAt(at) === '\\') at += 1;
    else if (source.charAt(at) === quote) return at + 1;
  }
  return source.length;
}

/** A template's fixed parts, joined by a letter where something is inserted, and what is. */
function readTemplate(source: string, from: number): { fixed: string; inserted: string[]; end: number } {
  const inserted: string[] = [];
  let fixed = '';
  let at = from;
  for (; at < source.length && source.charAt(at) !== '`'; at += 1) {
    if (source.startsWith('${', at)) {
      const start = at + 2;
      let depth = 1;
      for (at = start; at < source.length && depth > 0; at += 1) {
        const letter = source.charAt(at);
        if (letter === '{') depth += 1;
        else if (letter === '}') depth -= 1;
        else if (letter === '`') at = readTemplate(source, at + 1).end - 1;
        else if (letter === "'" || letter === '"') at = quoteEnd(source, at + 1, letter) - 1;
      }
      inserted.push(source.slice(start, at - 1));
      fixed += 'x';
      at -= 1;
      continue;
    }
    fixed += source.charAt(at);
    if (source.charAt(at) !== '\\') continue;
    at += 1;
    fixed += source.charAt(at);
  }
  return { fixed, inserted, end: at + 1 };
}

function unescapeQuoted(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}

function flagsBehind(source: string, end: number): string {
  return /^\s*,\s*['"`]([a-z]*)/.exec(source.slice(end, end + 40))?.[1] ?? '';
}

/** The first quantifier without an upper bound, or undefined. */
export function unboundedIn(pattern: string): string | undefined {
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern.charAt(at);
    if (letter === '\\') {
      const braces = /^\\[upP]\{[^}]*\}/.exec(pattern.slice(at));
      at += braces ? braces[0].length - 1 : 1;
    } else if (letter === '[') {
      for (at += 1; at < pattern.length && pattern.charAt(at) !== ']'; at += 1)
        if (pattern.charAt(at) === '\\') at += 1;
    } else if (letter === '*' || letter === '+') return letter;
    else if (/^\{\d*,\}/.test(pattern.slice(at))) return pattern.slice(at, pattern.indexOf('}', at) + 1);
  }
  return undefined;
}
