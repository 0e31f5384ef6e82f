// Owns the browser's history of places: each has its address, and how far one had scrolled there. Must not know what a place shows.

import { parsePath, toPath } from './address.js';

const SETTLED_MS = 200;

/**
 * @param options.capture () → how far is scrolled now, as plain data
 * @param options.onReturn (place, scrolled) Back, Forward: `place` as an address names it, undefined for none of ours
 */
export function createPlaces({ capture, onReturn }) {
  let waiting;
  history.scrollRestoration = 'manual';
  // The door's own, which browsers keep over a redirect.
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname);

  const note = () => {
    clearTimeout(waiting);
    try {
      history.replaceState({ scrolled: capture() }, '');
    } catch {
      // Some browsers take only so many in a while.
    }
  };
  // Capturing: scrolling does not bubble.
  document.addEventListener(
    'scroll',
    () => {
      clearTimeout(waiting);
      waiting = setTimeout(note, SETTLED_MS);
    },
    true,
  );
  addEventListener('pagehide', note);
  addEventListener('popstate', (event) => {
    clearTimeout(waiting);
    onReturn(parsePath(location.pathname), event.state?.scrolled);
  });

  return {
    /** Where the page was opened, and how far it was scrolled before it was loaded anew. */
    first: () => ({ place: parsePath(location.pathname), scrolled: history.state?.scrolled }),
    go(place, { replace = false } = {}) {
      const path = toPath(place);
      if (path === location.pathname) return;
      if (!replace) note();
      clearTimeout(waiting);
      history[replace ? 'replaceState' : 'pushState']({}, '', path);
    },
    toAddress: (place) => location.origin + toPath(place),
  };
}
