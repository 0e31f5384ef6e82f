// Owns how the keyboard goes through a log: it is one Tab stop. Up and down go from message to message, right goes into one, to its
// links and buttons, where Tab goes on; left, up and down lead out again. Must not know what messages hold.

const STOPS = 'a[href], button, summary, input, [tabindex]';

/** @param list the `ol` whose children are the messages */
export function createRoving(list) {
  /** The message that Tab leads to, and that whose inside the keyboard is in. */
  let current;
  let entered;

  const entries = () => [...list.children];
  const stopsOf = (entry) =>
    [...entry.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility() && !stop.dataset.inner);

  const settle = (changed) => {
    const root = changed.closest('pre, .table') ?? changed;
    const isIn = entered?.contains(root) ? '0' : '-1';
    const found = [...root.querySelectorAll(STOPS)];
    if (root.matches(STOPS) && root.parentElement !== list) found.push(root);
    for (const stop of found) {
      if (stop.parentElement === list || stop.dataset.inner) continue;
      if (stop.getAttribute('tabindex') !== isIn) stop.setAttribute('tabindex', isIn);
      // What scrolls sideways can be focused as long as something in it can.
      const inner = stop.matches('pre, .table') ? stop.firstElementChild : null;
      if (inner?.getAttribute('tabindex') === null) {
        inner.dataset.inner = 'true';
        inner.tabIndex = -1;
      }
    }
  };
  const point = (entry) => {
    if (current === entry && entry?.tabIndex === 0) return;
    if (current) current.tabIndex = -1;
    current = entry;
    if (current) current.tabIndex = 0;
  };
  const enter = (entry) => {
    const before = entered;
    entered = entry;
    if (before?.isConnected) settle(before);
    if (entry) settle(entry);
  };
  /** Whoever comes by Tab comes to the newest; who is there already stays. */
  const keep = () => {
    const all = entries();
    for (const entry of all) if (!entry.hasAttribute('tabindex')) entry.tabIndex = -1;
    const isHere = list.contains(document.activeElement);
    point(isHere && current?.parentElement === list ? current : all.at(-1));
  };

  const observer = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      const nodes = type === 'childList' ? addedNodes : [target];
      for (const node of nodes) if (node.nodeType === Node.ELEMENT_NODE && node.isConnected) settle(node);
    }
    keep();
  });
  observer.observe(list, { childList: true, subtree: true, attributes: true, attributeFilter: ['tabindex'] });
  settle(list);
  keep();

  const goTo = (entry) => {
    if (!entry) return;
    enter(undefined);
    point(entry);
    entry.focus({ preventScroll: true });
    const isTall = entry.offsetHeight > list.parentElement.clientHeight;
    entry.scrollIntoView({ block: isTall ? 'start' : 'nearest' });
  };

  list.addEventListener('focusin', ({ target }) => {
    const entry = entries().find((one) => one.contains(target));
    if (entry === undefined) return;
    point(entry);
    if (target !== entry && entered !== entry) enter(entry);
  });
  list.addEventListener('focusout', ({ relatedTarget }) => {
    if (!entered?.contains(relatedTarget)) enter(undefined);
    if (!list.contains(relatedTarget)) queueMicrotask(keep);
  });
  list.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const all = entries();
    const at = all.findIndex((entry) => entry.contains(target));
    if (at < 0) return;
    const entry = all[at];
    const stops = stopsOf(entry);
    const inside = stops.indexOf(target);
    const isSideways = target.matches('pre, .table');
    const act = {
      ArrowUp: () => goTo(all[at - 1] ?? entry),
      ArrowDown: () => goTo(all[at + 1] ?? entry),
      Home: () => goTo(all[0]),
      End: () => goTo(all.at(-1)),
      ArrowRight: isSideways ? undefined : () => stops[Math.min(inside + 1, stops.length - 1)]?.focus(),
      ArrowLeft: isSideways
        ? undefined
        : () => {
            if (inside > 0) stops[inside - 1].focus();
            else goTo(entry);
          },
      Enter: target === entry ? () => stops[0]?.focus() : undefined,
    }[key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });

  return { goTo };
}
