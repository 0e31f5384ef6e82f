// Owns how markdown is read: cut into blocks, each bounded before the parser sees it, and read anew only where it has changed.
// Must not know elements. A block that would be slow to read, or nests too deep, is shown as it was written. Never throws.

/** Characters of a text that is read as markdown at all; the server's pages are shorter. */
const TEXT_MAX = 60_000;
/** Characters of a block other than code: a list of some hundred items fits. */
const BLOCK_MAX = 16_000;
/** Lines of such a block: each may become an element, and all of them are made anew when one word is added. */
const LINES_MAX = 600;
/** Blocks of a text, each with a frame where it is code: what follows is one block, shown as it was written. */
const BLOCKS_MAX = 500;
/** Shorter ones are read together: each has its price. */
const BLOCK_MIN = 300;
/** Quotes and lists within each other, on one line. */
const DEPTH_MAX = 10;
/** Columns from which the last marker of a line may stand: a list within lists indents by two to four each time. */
const INDENT_MAX = 60;
/** Cells of a table, the empty ones that its widest line makes included. */
const CELLS_MAX = 2_000;
/**
 * What the parser may spend on words: for each mark it may look through the whole paragraph, so marks times characters is what it
 * costs. A million takes some 5 ms.
 */
const PARAGRAPH_COST = 1_000_000;
const TEXT_COST = 3_000_000;
/** Characters that addresses named once and used often may come to. */
const REFERENCES_MAX = 500_000;

const MARKS = new Set('*_~`[]!<\\&@:');
const POINTS = new Set('.,;?\'"()');
const LIST = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;

/** The text in pieces that can be read by themselves; joined they are the text. Fewer cuts than there could be, never one too many. */
export function splitBlocks(text) {
  const blocks = [];
  let begin = 0;
  let fence;
  let isAfterBlank = false;
  const cutAt = (at, least = 0) => {
    if (at - begin <= least) return;
    blocks.push(text.slice(begin, at));
    begin = at;
  };
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? next : newline);
    const bare = line.trim();
    if (fence !== undefined) {
      if (isClosing(bare, fence)) {
        if (fence.isOwn) cutAt(next);
        fence = undefined;
        isAfterBlank = false;
      }
    } else if (bare === '') isAfterBlank = true;
    else {
      const isOwn = line[0] !== ' ' && line[0] !== '\t';
      fence = toFence(bare, isOwn);
      if (isOwn && fence !== undefined) cutAt(at);
      else if (isOwn && isAfterBlank && !LIST.test(line.slice(0, 12))) cutAt(at, BLOCK_MIN);
      isAfterBlank = false;
    }
    at = next;
  }
  cutAt(text.length);
  return blocks;
}

function runLength(text, mark) {
  let length = 0;
  while (text[length] === mark) length += 1;
  return length;
}

function toFence(bare, isOwn) {
  const mark = bare[0];
  if (mark !== '`' && mark !== '~') return undefined;
  const length = runLength(bare, mark);
  if (length < 3 || (mark === '`' && bare.includes('`', length))) return undefined;
  return { mark, length, isOwn };
}

function isClosing(bare, { mark, length }) {
  return bare[0] === mark && bare.length >= length && runLength(bare, mark) === bare.length;
}

/** Whether the parser can take the block in time and without running out of stack. */
function isTame(block) {
  if (toFence(block.slice(0, block.indexOf('\n') + 1 || undefined).trim(), true) && !/^\s/.test(block))
    return true;
  if (block.length > BLOCK_MAX) return false;
  let lines = 0;
  let widest = 0;
  for (const line of block.split('\n')) {
    if (!isShallow(line)) return false;
    lines += 1;
    let bars = 0;
    for (let bar = line.indexOf('|'); bar >= 0; bar = line.indexOf('|', bar + 1)) bars += 1;
    widest = Math.max(widest, bars);
  }
  return lines <= LINES_MAX && widest * lines <= CELLS_MAX;
}

const isGap = (character) => character === ' ' || character === '\t' || character === undefined;
const isDigit = (character) => character >= '0' && character <= '9';

/** Looks at the markers with which a line begins. */
function isShallow(line) {
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at];
    if (character === ' ' || character === '\t') continue;
    let end = at;
    while (end < at + 9 && isDigit(line[end])) end += 1;
    const isNumber = end > at && (line[end] === '.' || line[end] === ')');
    const isItem = (isNumber || '-*+'.includes(character)) && isGap(line[isNumber ? end + 1 : at + 1]);
    if (!isItem && character !== '>') return true;
    depth += 1;
    if (depth > DEPTH_MAX || at > INDENT_MAX) return false;
    at = isNumber ? end : at;
  }
  return true;
}

function toCost(words) {
  let marks = 4;
  let isAfterPoint = false;
  for (const character of words) {
    const isPoint = POINTS.has(character);
    // The end of an address is looked for from behind, through all points that stand there.
    if (MARKS.has(character) || (isPoint && isAfterPoint)) marks += 1;
    isAfterPoint = isPoint;
  }
  return marks * words.length;
}

const asWritten = (raw) => ({ type: 'as-written', raw });

/**
 * A function from a growing text to `{tokens, linked}`: those of marked and `{type: 'as-written', raw}`, and the addresses that they
 * refer to. Blocks that stay are not read again.
 * @param marked an instance of Marked
 */
export function createReader(marked) {
  let known = new Map();
  let linked = '{}';

  /** The block's tokens; their words are still to be read. */
  const begin = (raw) => {
    if (!isTame(raw)) return { raw, tokens: [asWritten(raw)], words: [], links: {}, cost: 0 };
    const lexer = new marked.Lexer(marked.defaults);
    const tokens = lexer.blockTokens(raw, lexer.tokens);
    const words = lexer.inlineQueue.map((item) => ({ ...item, cost: toCost(item.src) }));
    return {
      raw,
      tokens,
      lexer,
      words,
      links: tokens.links,
      cost: words.reduce((sum, { cost }) => sum + cost, 0),
    };
  };

  const finish = (block, links) => {
    if (block.lexer === undefined) return;
    block.lexer.tokens.links = links;
    // The reader sees that it is not laid out: half of it would look like a fault of the answer's.
    if (block.words.some(({ cost }) => cost > PARAGRAPH_COST)) block.tokens = [asWritten(block.raw)];
    else for (const { src, tokens } of block.words) block.lexer.inlineTokens(src, tokens);
    block.lexer = undefined;
    block.words = [];
  };

  const safely = (raw, act) => {
    try {
      return act();
    } catch {
      return { raw, tokens: [asWritten(raw)], words: [], links: {}, cost: 0 };
    }
  };

  return (text) => {
    const whole = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
    if (whole.length > TEXT_MAX) return { tokens: [asWritten(whole)], linked: '{}' };
    const all = splitBlocks(whole);
    const raws = all.slice(0, BLOCKS_MAX);
    const rest = all.slice(BLOCKS_MAX).join('');
    const at = (raw) => known.get(raw) ?? safely(raw, () => begin(raw));
    let blocks = raws.map(at);
    const links = toLinks(blocks, whole);
    const signature = JSON.stringify(links);
    if (signature !== linked) {
      known = new Map();
      linked = signature;
      blocks = raws.map(at);
    }
    let spent = 0;
    blocks = blocks.map((block) => {
      spent += block.cost;
      // Kept under its own text only while there is room for it: what does not fit now may fit into another text.
      if (spent > TEXT_COST) return { ...block, tokens: [asWritten(block.raw)], isOver: true };
      return safely(block.raw, () => {
        finish(block, links);
        return block;
      });
    });
    known = new Map(blocks.filter(({ isOver }) => !isOver).map((block) => [block.raw, block]));
    const isShown = ({ type }) => type !== 'space' && type !== 'def';
    const tokens = blocks.flatMap((block) => block.tokens.filter(isShown));
    return { tokens: rest === '' ? tokens : [...tokens, asWritten(rest)], linked };
  };
}

/** The addresses that the text names at one place and uses at others; none where they would make it very much longer. */
function toLinks(blocks, text) {
  const links = {};
  let longest = 0;
  for (const block of blocks)
    for (const [name, link] of Object.entries(block.links)) {
      if (Object.hasOwn(links, name)) continue;
      links[name] = link;
      longest = Math.max(longest, (link.href ?? '').length + (link.title ?? '').length);
    }
  if (longest === 0) return links;
  return longest * (text.split('[').length - 1) <= REFERENCES_MAX ? links : {};
}
