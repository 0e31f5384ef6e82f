// Owns a list of messages that one reads at its end: what comes is followed until the reader moves up, and from then on what is in
// sight stays there, until the reader is at the end again.

import { createList, make } from './dom.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

/** Pixels from the end within which one is at the end: what rounding and a zoomed page make of it. */
const END = 4;
/** From here on the way down to the end is worth a button. */
const FAR = 48;
/** Pixels at the log's lower edge in which a word is not seen well: there is a button over them. */
const FOUND_ROOM = 60;
const UPWARD = new Set(['ArrowUp', 'PageUp', 'Home']);

/**
 * @param create (item) → `{element, update}`
 * @param isOwn (item) whether the visitor wrote it just now: it is always brought into view
 */
export function createLog(place, create, { isOwn = () => false } = {}) {
  const list = place.querySelector('ol');
  const fill = createList(list, create);
  const follow = createFollowing(place, list);
  let known;

  return {
    show(items) {
      const before = known;
      known = new Set(items.map(({ key }) => key));
      fill(items);
      if (before && items.some(({ key, item }) => !before.has(key) && isOwn(item))) follow.toEnd();
      else follow.keep();
    },
    /** Goes to the end, and follows from now on. */
    toEnd: follow.toEnd,
    /** The button of the entry at this place that opens its thread. */
    openerAt: (index) => list.children[index]?.querySelector('.open'),
    /** How far it is scrolled, to be restored; null where its end is followed. */
    position: () => (follow.isFollowing() ? null : place.scrollTop),
    restore(position) {
      if (typeof position !== 'number') return follow.toEnd();
      follow.free();
      place.scrollTop = position;
    },
    /** Brings an entry to the top, and in a long one the word that is looked for; marks it, and leads the keyboard there. */
    reveal(element, word) {
      if (!element) return;
      follow.free();
      element.scrollIntoView({ block: 'start' });
      showWord(place, element, word);
      element.focus({ preventScroll: true });
      list.querySelector('.linked')?.classList.remove('linked');
      element.classList.add('linked');
    },
  };
}

/** Marks the first place where the word stands, and brings it into view. */
function showWord(place, element, word) {
  globalThis.CSS?.highlights?.delete('found');
  const range = word === undefined ? undefined : toRange(element, word);
  if (range === undefined) return;
  if (globalThis.Highlight !== undefined) CSS.highlights.set('found', new Highlight(range));
  const [box, log] = [range, place].map((one) => one.getBoundingClientRect());
  if (box.bottom > log.bottom - FOUND_ROOM) place.scrollTop += box.top - log.top - log.height / 3;
}

/** @param word in small letters; undefined where it stands in no single piece of text, as half emphasised words do */
function toRange(element, word) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    const small = data.toLowerCase();
    const at = small.length === data.length ? small.indexOf(word) : -1;
    // Of what is folded away there is nothing to see.
    if (at < 0 || parentElement.closest('.by, button, details:not([open])')) continue;
    const range = document.createRange();
    range.setStart(texts.currentNode, at);
    range.setEnd(texts.currentNode, at + word.length);
    return range;
  }
  return undefined;
}

/** Whether the end is followed; any move of the reader's upward ends that at once, not only one that is far. */
function createFollowing(place, list) {
  let follows = true;
  /** Where the log was put or found last, and how far down it went. */
  let top = 0;
  let most = 0;
  let isHeld = false;
  const button = make(
    'button',
    { type: 'button', hidden: true, on: { click: () => toEnd({ focus: true }) } },
    makeSign('down'),
    words.toLatest,
  );
  place.append(make('div', { className: 'latest' }, button));

  const restOf = () => place.scrollHeight - place.scrollTop - place.clientHeight;
  const tell = () => {
    button.hidden = follows || restOf() < FAR;
    // Whoever does not follow is kept in place by the browser.
    place.classList.toggle('follows', follows);
  };
  const note = () => {
    top = place.scrollTop;
    most = place.scrollHeight - place.clientHeight;
  };
  /** At the end if that is followed and nobody is pointing at something there. */
  const keep = () => {
    if (follows && !isHeld && restOf() > 0) place.scrollTop = place.scrollHeight;
    note();
    tell();
  };
  const toEnd = ({ focus = false } = {}) => {
    follows = true;
    isHeld = false;
    if (focus) place.focus({ preventScroll: true });
    keep();
  };
  const free = () => {
    follows = false;
    tell();
  };
  const canGoUp = () => place.scrollTop > 0;

  place.addEventListener(
    'wheel',
    ({ deltaY, ctrlKey, target }) => {
      if (deltaY < 0 && !ctrlKey && canGoUp() && !scrollsItself(target, place)) free();
    },
    { passive: true },
  );
  let touchedAt;
  place.addEventListener(
    'touchstart',
    ({ touches }) => {
      touchedAt = touches[0]?.clientY;
    },
    { passive: true },
  );
  place.addEventListener(
    'touchmove',
    ({ touches }) => {
      const at = touches[0]?.clientY ?? 0;
      // A finger that goes down pulls the text down: the reader goes up.
      if (touches.length === 1 && at > touchedAt && canGoUp()) free();
      touchedAt = at;
    },
    { passive: true },
  );
  place.addEventListener('keydown', ({ key, shiftKey }) => {
    if ((UPWARD.has(key) || (key === ' ' && shiftKey)) && canGoUp()) free();
  });
  place.addEventListener(
    'scroll',
    () => {
      const moved = place.scrollTop - top;
      // Where the text has become shorter or its window larger, its end came to the reader.
      const isShorter = place.scrollHeight - place.clientHeight < most && restOf() <= END;
      note();
      if (moved < 0 && !isShorter) follows = false;
      else if (moved > 0 && restOf() <= END) follows = true;
      tell();
    },
    { passive: true },
  );
  place.addEventListener('click', ({ target }) => {
    if (!follows || target.closest?.('summary') === null) return;
    // What one opens stays under the pointer, unless all of it is in sight.
    follows = false;
    requestAnimationFrame(() => {
      follows = restOf() <= END;
      tell();
    });
  });
  holdWhilePointing(place, (now) => {
    isHeld = now;
    // Words that were chosen stay where they are.
    if (!now && hasSelection(place)) follows = follows && restOf() <= END;
    if (!now) keep();
  });
  document.addEventListener('selectionchange', () => {
    if (hasSelection(place)) free();
  });
  // What grows between two draws, and a phone's keyboard, which makes the log lower.
  const sizes = new ResizeObserver(keep);
  sizes.observe(place);
  sizes.observe(list);
  return { keep, toEnd, free, isFollowing: () => follows };
}

function hasSelection(place) {
  const selection = getSelection();
  return !selection.isCollapsed && place.contains(selection.anchorNode);
}

/** Something under the pointer scrolls up by itself first. */
function scrollsItself(target, place) {
  for (let at = target; at instanceof Element && at !== place; at = at.parentElement)
    if (at.scrollTop > 0 && at.scrollHeight > at.clientHeight) return true;
  return false;
}

/** While a button of the mouse is down in the log, what is under it must not move. */
function holdWhilePointing(place, onChange) {
  place.addEventListener('pointerdown', ({ pointerType, target, offsetX }) => {
    const isScrollbar = target === place && offsetX >= place.clientWidth;
    if (pointerType !== 'mouse' || isScrollbar || target.closest?.('button, a, summary')) return;
    onChange(true);
    const end = ({ type, buttons }) => {
      if (type === 'pointermove' && buttons > 0) return;
      for (const type of ENDS) removeEventListener(type, end, true);
      onChange(false);
    };
    for (const type of ENDS) addEventListener(type, end, true);
  });
}
const ENDS = ['pointerup', 'pointercancel', 'pointermove', 'blur', 'dragend'];
