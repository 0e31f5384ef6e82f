// Owns a list of messages that one reads at its end: what comes is followed, what was scrolled back to stays in sight.

import { createList } from './dom.js';

/** Pixels from the end within which one still reads along. */
const NEAR = 80;

/** @param create (item) → `{element, update}` */
export function createLog(place, create) {
  const list = place.querySelector('ol');
  const fill = createList(list, create);
  const isNear = () => place.scrollHeight - place.scrollTop - place.clientHeight < NEAR;
  const toEnd = () => {
    place.scrollTop = place.scrollHeight;
  };

  let isAtEnd = true;
  place.addEventListener('scroll', () => {
    isAtEnd = isNear();
  });
  // A phone's keyboard makes the log lower: who was at its end stays there.
  new ResizeObserver(() => {
    if (isAtEnd) toEnd();
  }).observe(place);

  return {
    show(items) {
      const follows = isNear();
      fill(items);
      if (follows) toEnd();
    },
    toEnd,
    /** The button of the entry at this place that opens its thread. */
    openerAt: (index) => list.querySelectorAll('li')[index]?.querySelector('.open'),
  };
}
