// Owns what may be written to a terminal, and how it is coloured: whatever comes from others is made harmless here.
// Must not know what is written, nor where settings come from.

/** Control characters other than tab and newline; what turns the direction of a line; separators that some take for a line's end. */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** A text of others, lines kept: what a terminal would act on is gone. */
export function toHarmless(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HARMFUL, '');
}

/** The same in one line. */
export function toOneHarmlessLine(text: string): string {
  return toHarmless(text).replace(/[\n\t]/g, ' ');
}

/** Select Graphic Rendition (ECMA-48): how each is begun and ended. */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  italic: [3, 23],
  underline: [4, 24],
  strike: [9, 29],
  red: [31, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = keyof typeof STYLES;

/** Puts a style around a text that is harmless. */
export type Paint = (style: Style, text: string) => string;

export const inColour: Paint = (style, text) => {
  const [begin, end] = STYLES[style];
  return text === '' ? '' : `\u001b[${begin}m${text}\u001b[${end}m`;
};

export const plain: Paint = (_style, text) => text;

/** `NO_COLOR` (no-color.org) and `TERM=dumb` are for a terminal without colours. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  return isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}
