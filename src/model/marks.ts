// Owns the marks by which models tell their thoughts from their answer within one text. Must not know what is done about them.

/** How a mark reads: `harmony-…` begins or ends thoughts in the channels of OpenAI's open models. */
export type MarkKind = 'open' | 'close' | 'harmony-open' | 'harmony-close';

export interface Mark {
  readonly kind: MarkKind;
  readonly length: number;
}

// DeepSeek R1, Qwen, GLM and most others; prompted models; Kimi; Mistral's Magistral; ByteDance's Seed.
const names = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['◁think▷', '◁/think▷'],
  ['[THINK]', '[/THINK]'],
  ['<seed:think>', '</seed:think>'],
] as const;

// github.com/openai/harmony, docs/format.md: thoughts stand in `analysis` (calls of tools in `commentary`), the answer in `final`.
const role = '<|start|>assistant';
const thinking = ['<|channel|>analysis', '<|channel|>commentary'];
const final = '<|channel|>final';

const spellings: readonly (readonly [spelling: string, kind: MarkKind])[] = [
  ...names.flatMap(([open, close]) => [[open, 'open'] as const, [close, 'close'] as const]),
  ...thinking.flatMap((channel) => ['', role].map((before) => [before + channel, 'harmony-open'] as const)),
  ...['', role, `<|end|>${role}`].map((before) => [before + final, 'harmony-close'] as const),
];

/** Characters of the longest mark. */
export const maxMark = Math.max(...spellings.map(([spelling]) => spelling.length));

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
  for (const [spelling, kind] of byFirst.get(text.charAt(at)) ?? []) {
    if (text.startsWith(spelling, at)) return { kind, length: spelling.length };
    if (text.length - at < spelling.length && spelling.startsWith(text.slice(at))) isCut = true;
  }
  return isCut ? 'cut' : undefined;
}

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
