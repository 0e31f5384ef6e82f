// Texts that make careless code slow: each of one kind, as long as asked for. For tests and benchmarks of what costs how much.

const repeat = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Runs of backticks of which no two are of the same length. */
function ticks(length: number): string {
  let text = '';
  for (let run = 1; text.length < length; run += 1) text += `${'`'.repeat(run)} `;
  return text.slice(0, length);
}

/** So many characters of each kind. */
export const hostileTexts: Readonly<Record<string, (length: number) => string>> = {
  'one line': (length) => repeat('plain words on one line ', length),
  'one line without spaces': (length) => 'a'.repeat(length),
  'many lines': (length) => repeat('a\n', length),
  'empty lines': (length) => '\n'.repeat(length),
  spaces: (length) => ' '.repeat(length),
  'spaces, then letters': (length) => ' '.repeat(length / 2) + 'a'.repeat(length / 2),
  tabs: (length) => '\t'.repeat(length),
  'opening brackets': (length) => '['.repeat(length),
  brackets: (length) => '['.repeat(length / 2) + ']'.repeat(length / 2),
  'brackets among stars': (length) => `[${repeat('*a ', length / 2)}${']'.repeat(length / 2)}`,
  'open links': (length) => repeat('[a](b "c', length),
  'open addresses': (length) => repeat('<https://', length),
  'angle brackets': (length) => '<'.repeat(length),
  quotes: (length) => '>'.repeat(length),
  'a fence in many quotes': (length) =>
    `${repeat('> ', length / 2)}\`\`\`\n${repeat('> > >\n>\n', length / 2)}`,
  fences: (length) => repeat('```\n', length),
  'fences behind words': (length) => repeat('a ```ts\n', length),
  'runs of backticks': ticks,
  'one character with marks': (length) => `e${'\u0301'.repeat(length - 1)}`,
  'flags and families': (length) => repeat('🇩🇪👨‍👩‍👧‍👦', length),
  'halves of pairs': (length) => '\ud83d'.repeat(length),
  'Chinese without signs': (length) => repeat('今天天气很好', length),
  pipes: (length) => '|'.repeat(length),
  'a long table': (length) => `| a | b |\n|---|---|\n${repeat('| 1 | 2 |\n', length)}`.slice(0, length),
  'half a table': (length) => repeat('a|b\n-  |\n', length),
  'list markers': (length) => repeat('- ', length),
  'list markers in quotes': (length) => repeat('1. - > ', length),
  underscores: (length) => repeat('_a ', length),
  stars: (length) => repeat('**a _b ~~c ', length),
  'nothing but stars': (length) => '*'.repeat(length),
  tildes: (length) => repeat('~~a ', length),
  underlines: (length) => repeat('a\n--\n', length),
  backslashes: (length) => '\\'.repeat(length),
  'a mix': (length) => repeat('[*_`~>|#-"\'( ', length),
};

/** What models write. */
export const plainAnswer = (length: number): string =>
  repeat(
    'Some **bold** words, `code`, and [a link](http://x.y). 中文也有。\n\n- one\n- two\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n',
    length,
  );
