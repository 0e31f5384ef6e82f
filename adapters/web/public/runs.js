// Owns what no browser should be given whole: thousands of marks on one letter, which it would lay out for seconds, over and over.
// Must not know what the text is. No letter is changed: what is copied is what was written.

/** Marks on one letter; no language has as many. */
const RUN_MAX = 50;
const LONG = /\p{M}{51}/u;
const MARK = /\p{M}/u;

/** Lets the browser take long runs of marks in pieces. `root`: an element or a fragment. */
export function breakRuns(root) {
  if (!LONG.test(root.textContent)) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) if (LONG.test(node.data)) node.replaceWith(...toPieces(node.data));
}

function toPieces(text) {
  const pieces = [];
  let begin = 0;
  let run = 0;
  let at = 0;
  for (const character of text) {
    run = MARK.test(character) ? run + 1 : 0;
    if (run > RUN_MAX) {
      pieces.push(text.slice(begin, at), document.createElement('wbr'));
      begin = at;
      run = 1;
    }
    at += character.length;
  }
  return [...pieces, text.slice(begin)];
}
