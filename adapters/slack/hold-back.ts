// Owns how much of a growing text may stand in a message that can only be appended to. Pure; must not know calls.

/** Markup that is still open after this many characters is shown as it is. */
const MAX_HELD = 64;

/**
 * The start of a token of Slack's, cut before it is plain whether `defuse` breaks it: held back whatever its length, so that what is
 * defused in pieces is what would be defused whole.
 */
const undecided = /<\u2060*(?:!(?:-|d(?:o(?:c(?:t(?:y(?:pe?)?)?)?)?)?)?)?$/i;

/** A following character would change how these look: an open `<…`, marks that may double, a link that is not whole, half a character. */
const unsettled = [/<[^\s<>]+$/, /[*_`~]+$/, /!?\[[^[\]\n]*(?:\](?:\([^()\n]*)?)?$/, /[\uD800-\uDBFF]$/];

/** How many characters of the text may be shown now, when more may follow: never fewer than `from`, which stand there already. */
export function settledLength(text: string, from: number): number {
  let end = text.length;
  for (let before = -1; before !== end; ) {
    before = end;
    const tail = text.slice(Math.max(from, end - MAX_HELD), end);
    const starts = unsettled.map((pattern) => tail.search(pattern)).filter((start) => start >= 0);
    const held = starts.length === 0 ? 0 : tail.length - Math.min(...starts);
    if (text.length - (end - held) <= MAX_HELD) end -= held;
    const cut = text.slice(from, end).search(undecided);
    if (cut >= 0) end = from + cut;
  }
  return Math.max(from, end);
}
