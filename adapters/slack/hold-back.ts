// Owns how much of a growing text may stand in a message that can only be appended to. Pure; must not know calls.

/** Markup that is still open after this many characters is shown as it is. */
const MAX_HELD = 64;

/** How a token of Slack's may begin, before it is plain whether `defuse` breaks it. */
const undecided = ['!', '!-', '!d', '!do', '!doc', '!doct', '!doctyp', '!docty', '!doctype'];

/** A following character would change how these look: an open `<…`, marks that may double, a link that is not whole, half a character. */
const unsettled = [
  /<[^\s<>]{1,64}$/,
  /[*_`~]{1,64}$/,
  /!?\[[^[\]\n]{0,64}(?:\](?:\([^()\n]{0,64})?)?$/,
  /[\uD800-\uDBFF]$/,
];

/** How many characters of the text may be shown now, when more may follow: never fewer than `from`, which stand there already. */
export function settledLength(text: string, from: number): number {
  let end = text.length;
  for (let before = -1; before !== end; ) {
    before = end;
    const tail = text.slice(Math.max(from, end - MAX_HELD), end);
    const starts = unsettled.map((pattern) => tail.search(pattern)).filter((start) => start >= 0);
    const held = starts.length === 0 ? 0 : tail.length - Math.min(...starts);
    if (text.length - (end - held) <= MAX_HELD) end -= held;
    end = undecidedStart(text, from, end);
  }
  return Math.max(from, end);
}

/**
 * Where the start of a token begins that ends at `end`, or `end`: held back whatever its length, so that what is defused in pieces is
 * what would be defused whole. Goes on with what stands before it, so that a run of them is read once.
 */
function undecidedStart(text: string, from: number, end: number): number {
  let stop = end;
  for (;;) {
    const near = text.slice(Math.max(from, stop - 8), stop).toLowerCase();
    const sign = undecided
      .filter((start) => near.endsWith(start))
      .reduce((a, b) => (b.length > a.length ? b : a), '');
    let at = stop - sign.length;
    while (at > from && text.charAt(at - 1) === '\u2060') at -= 1;
    if (at <= from || text.charAt(at - 1) !== '<') return stop;
    stop = at - 1;
  }
}
