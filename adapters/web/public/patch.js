// Owns how shown elements become others in place: what is the same stays, text that has grown gets only its new end.
// So the reader's selection, a block's sideways scroll and the focus survive. Must not know markdown.

/**
 * Gives `place` the children of `wanted`, which is used up. Elements with `data-own` keep what is in them, and what is set on an
 * element from elsewhere (`data-…`, `style`) stays.
 */
export function patchChildren(place, wanted) {
  let here = place.firstChild;
  let next = wanted.firstChild;
  while (next !== null) {
    const after = next.nextSibling;
    if (here === null) place.append(next);
    else {
      const following = here.nextSibling;
      if (isLike(here, next)) patchNode(here, next);
      else here.replaceWith(next);
      here = following;
    }
    next = after;
  }
  while (here !== null) {
    const following = here.nextSibling;
    here.remove();
    here = following;
  }
}

function isLike(here, next) {
  return here.nodeName === next.nodeName && toKind(here) === toKind(next);
}

/** What is made for different ends is never turned into one another. */
function toKind(node) {
  return node.nodeType === Node.ELEMENT_NODE ? (node.dataset?.kind ?? '') : '';
}

function patchNode(here, next) {
  if (here.nodeType !== Node.ELEMENT_NODE) return patchText(here, next);
  if (here.hasAttribute('data-own')) return;
  patchAttributes(here, next);
  patchChildren(here, next);
}

function patchText(here, next) {
  const before = here.data;
  const text = next.data;
  if (before === text) return;
  if (text.startsWith(before)) return here.appendData(text.slice(before.length));
  // The end of a line of code that turns out to be a word of its own: the browser would take what is left of it for moved.
  if (here.parentElement.closest('pre') !== null) return here.replaceWith(next);
  let same = 0;
  while (same < before.length && same < text.length && before[same] === text[same]) same += 1;
  here.replaceData(same, before.length - same, text.slice(same));
}

const isForeign = (name) => name === 'style' || name.startsWith('data-');

function patchAttributes(here, next) {
  for (const { name } of [...here.attributes])
    if (!isForeign(name) && !next.hasAttribute(name)) here.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (!isForeign(name) && here.getAttribute(name) !== value) here.setAttribute(name, value);
}
