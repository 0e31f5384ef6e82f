// Owns the answers of the benchmarks: varied prose with some markdown, as tokens, the same for the same seed.
// Must not know models or platforms.

const words = (
  'a an the this that each one other some many water stream river stone valley slope rain cloud field forest bridge mill ' +
  'weather season morning evening ground channel source current surface layer matter result reason method measure number ' +
  'grows flows carries turns keeps leaves brings holds takes finds shows becomes reaches follows moves cuts makes rises falls ' +
  'slowly often rarely quietly always nearly clearly later before after under above between through along across without with ' +
  'small narrow wide deep cold warm clear dark early long short even heavy light steady sudden common simple useful important ' +
  'sediment erosion watershed tributary temperature geological considerable underground observation vegetation'
).split(' ');

export type Random = () => number;

/** mulberry32: small, and good enough to draw words and arrivals. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Exactly `count` tokens: 600 of them are about 2,900 characters of paragraphs, lists, bold, code, and now and then a fence. */
export function toProse(count: number, seed: number): string[] {
  const random = createRandom(seed);
  const tokens: string[] = [];
  const pick = () => words[Math.floor(random() * words.length)] ?? 'water';
  const put = (...more: readonly string[]) => tokens.push(...more);

  const sentence = (isFirst: boolean) => {
    const length = 5 + Math.floor(random() * 12);
    const marked = random() < 0.3 ? 1 + Math.floor(random() * (length - 1)) : -1;
    for (let at = 0; at < length; at += 1) {
      const word = pick();
      const shown = at === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
      const lead = at === 0 && isFirst ? '' : ' ';
      if (at === marked) put(...(random() < 0.5 ? [`${lead}**`, shown, '**'] : [`${lead}\``, shown, '`']));
      else if (shown.length > 8) put(lead + shown.slice(0, 6), shown.slice(6));
      else put(lead + shown);
      if (at < length - 1 && random() < 0.08) put(',');
    }
    put('.');
  };

  while (tokens.length < count) {
    if (tokens.length > 0) put('\n\n');
    const kind = random();
    if (kind < 0.08) {
      put('##', ` ${pick()}`, ` ${pick()}`);
    } else if (kind < 0.25) {
      const items = 2 + Math.floor(random() * 4);
      for (let item = 0; item < items; item += 1) {
        put(...(item === 0 ? ['- '] : ['\n', '- ']));
        sentence(true);
      }
    } else if (kind < 0.3) {
      put('```', 'sh', '\n', 'measure', ' --', pick(), ' --', pick(), '\n', '```');
    } else {
      const sentences = 2 + Math.floor(random() * 4);
      for (let number = 0; number < sentences; number += 1) sentence(number === 0);
    }
  }
  return tokens.slice(0, count);
}
