// Owns where a text may be torn at all: between two characters as readers see them. Costs what it reads, for any text.
// Must not know markdown or pages.

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** After so many questions of one text, each of which may read a whole run of marks, the text is read once instead. */
const MAX_LOOKS = 16;
/** Signs that belong to what follows them (Unicode's Grapheme_Cluster_Break=Prepend) and have one UTF-16 unit. */
const prepended = /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e]/;

export function isTrailingSurrogate(text: string, at: number): boolean {
  return at > 0 && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/** Whether a place lies between two graphemes. */
export function graphemeTest(text: string): (at: number) => boolean {
  let segments: Intl.Segments | undefined;
  let known: Uint8Array | undefined;
  let looks = 0;
  return (at) => {
    if (at <= 0 || at >= text.length || isSurelyWhole(text, at)) return true;
    if (isTrailingSurrogate(text, at)) return false;
    segments ??= segmenter.segment(text);
    looks += 1;
    if (looks <= MAX_LOOKS) return segments.containing(at)?.index === at;
    known ??= startsOf(segments, text.length);
    return known[at] === 1;
  };
}

function startsOf(segments: Intl.Segments, length: number): Uint8Array {
  const starts = new Uint8Array(length + 1);
  for (const { index } of segments) starts[index] = 1;
  return starts;
}

/** Places that need no table of Unicode: beside a control character, and between letters of which neither ever joins the other. */
function isSurelyWhole(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  const code = text.charCodeAt(at);
  if (code === 10) return before !== 13;
  if (isControl(code) || isControl(before)) return true;
  return isPlain(code) && (isPlain(before) || !mayJoinNext(text, at - 1));
}

function isControl(code: number): boolean {
  return (
    code < 0x20 || code === 0x200b || code === 0x2028 || code === 0x2029 || (code >= 0x2060 && code <= 0x2064)
  );
}

/** First and last of letters that neither extend what stands before them nor are joined by what follows, marks apart. */
const plainRanges = [
  [0x20, 0x7e],
  [0xc0, 0x24f],
  [0x391, 0x3ce],
  [0x400, 0x481],
  [0x48a, 0x52f],
  [0x5d0, 0x5ea],
  [0x620, 0x64a],
  [0xe01, 0xe30],
  [0xe40, 0xe46],
  [0x3001, 0x3029],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff5e],
] as const;

function isPlain(code: number): boolean {
  if (code < 0x80) return code >= 0x20 && code !== 0x7f;
  return plainRanges.some(([first, last]) => code >= first && code <= last);
}

function mayJoinNext(text: string, at: number): boolean {
  if (isTrailingSurrogate(text, at)) {
    const lead = text.charCodeAt(at - 1);
    return lead >= 0xd804 && lead <= 0xd807;
  }
  return prepended.test(text.charAt(at));
}

/** The last place between `low` and `high` that tears no grapheme, or no surrogate pair, or undefined. */
export function hardBoundary(text: string, start: number, low: number, high: number): number | undefined {
  const isWhole = graphemeTest(text.slice(start, high + 64));
  for (let at = high; at >= low; at -= 1) if (isWhole(at - start)) return at;
  for (let at = high; at >= low; at -= 1) if (!isTrailingSurrogate(text, at)) return at;
  return undefined;
}
