// Owns the marks by which models tell their thoughts from their answer within one text. Must not know what is done about them.

/** How a mark reads: `harmony-…` begins or ends thoughts in the channels of OpenAI's open models. */
export type MarkKind = 'open' | 'close' | 'harmony-open' | 'harmony-close';

export interface Mark {
  readonly kind: MarkKind;
  readonly length: number;
  /** Which opening marks a closing one belongs to. */
  readonly family: string;
}

/**
 * Names within angle brackets, in capitals or small letters, with blank space before the bracket that closes. DeepSeek R1, Qwen, GLM and most
 * others; prompted models; Gemini's endpoint in OpenAI's format; ByteDance's Seed; MiniMax; LongCat.
 */
const names = [
  'think',
  'thinking',
  'thought',
  'thoughts',
  'reasoning',
  'seed:think',
  'mm:think',
  'antthinking',
  'longcat_think',
];
const tag = new RegExp(`<(/?)(${names.join('|')})\\s{0,8}>`, 'iy');
/** The beginning of such a tag, as far as the text goes. */
const cutTag = /^<(\/?)([\w:]{0,20})(\s{0,8})$/;

// Kimi; Mistral's Magistral; OpenThinker and its likes; Cohere's Command A; Gemma. These are written in one way only.
const pairs = [
  ['◁think▷', '◁/think▷'],
  ['[THINK]', '[/THINK]'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|channel>thought', '<channel|>'],
] as const;

// github.com/openai/harmony, docs/format.md: thoughts stand in `analysis` (calls of tools in `commentary`), the answer in `final`.
const role = '<|start|>assistant';
const thinking = ['<|channel|>analysis', '<|channel|>commentary'];
const final = '<|channel|>final';

const spellings: readonly (readonly [spelling: string, kind: MarkKind])[] = [
  ...pairs.flatMap(([open, close]) => [[open, 'open'] as const, [close, 'close'] as const]),
  ...thinking.flatMap((channel) => ['', role].map((before) => [before + channel, 'harmony-open'] as const)),
  ...['', role, `<|end|>${role}`].map((before) => [before + final, 'harmony-close'] as const),
];

/** Characters of the longest mark. */
export const maxMark = Math.max(
  ...spellings.map(([spelling]) => spelling.length),
  ...names.map((name) => name.length + '</>'.length + 8),
);

const byFirst = new Map<string, (readonly [string, MarkKind])[]>();
for (const one of spellings) byFirst.set(one[0].charAt(0), [...(byFirst.get(one[0].charAt(0)) ?? []), one]);

/** Whether a text has any character that could begin a mark. */
export function mayHaveMark(text: string): boolean {
  return firsts.test(text);
}
const firsts = /[<[◁]/;
const nextFirst = /[<[◁]/g;

/** The next place at or after `from` at which a mark could begin; -1 where there is none. */
export function nextPlace(text: string, from: number): number {
  nextFirst.lastIndex = from;
  return nextFirst.exec(text)?.index ?? -1;
}

/** The mark that stands at this place; `cut` where the text ends within what could be one. */
export function readMark(text: string, at: number): Mark | 'cut' | undefined {
  let isCut = false;
  const first = text.charAt(at);
  for (const [spelling, kind] of byFirst.get(first) ?? []) {
    if (text.startsWith(spelling, at)) return { kind, length: spelling.length, family: common };
    if (text.length - at < spelling.length && spelling.startsWith(text.slice(at))) isCut = true;
  }
  if (first === '<') {
    tag.lastIndex = at;
    const found = tag.exec(text);
    if (found !== null) {
      const [{ length }, slash, name = ''] = found;
      return { kind: slash === '/' ? 'close' : 'open', length, family: toFamily(name) };
    }
    isCut ||= text.length - at < maxMark && isCutTag(text.slice(at));
  }
  return isCut ? 'cut' : undefined;
}

const common = 'think';

/** Models mix the usual ones up; a tag of another name within thoughts is a part of them. */
function toFamily(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('think') ? common : lower.replace(/s$/, '');
}

function isCutTag(text: string): boolean {
  const [, , part, blank] = cutTag.exec(text) ?? [];
  if (part === undefined) return false;
  const name = part.toLowerCase();
  // Blank space may follow a whole name only.
  return blank === '' ? names.some((one) => one.startsWith(name)) : names.includes(name);
}

/** What a reader sees something of: neither blank space, nor characters without a width. */
export const drawn = /[^\s\p{Cf}]/u;

const quotes: Readonly<Record<string, string>> = {
  '`': '`',
  '"': '"',
  "'": "'",
  '“': '”',
  '‘': '’',
  '«': '»',
  '「': '」',
};

/** What closes a quotation that this character opens: a mark between the two is spoken of, not used. */
export function closingQuote(character: string): string | undefined {
  return quotes[character];
}
