// Owns the few ways in which the page makes and keeps its elements.

/** An element with properties, attributes (in `attributes`) and children. */
export function make(tag, { attributes = {}, on = {}, ...properties } = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The little wave that stands where the next word will. */
export function makeWave() {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 22 9');
  svg.setAttribute('class', 'wave');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M1 5c3-4 5 4 10 0s6 4 10 0');
  svg.append(path);
  return svg;
}

const FLOW_MS = 1_100;

/** Lets a wave that is put somewhere else flow on where it was. */
export function flowOn(wave) {
  wave.style.setProperty('--flow-delay', `${-(performance.now() % FLOW_MS)}ms`);
  return wave;
}

/** Sets text only where it differs: a selection in it survives. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps a list's children in step with items: `create(item)` makes `{element, update}`; those that stay keep their elements.
 */
export function createList(place, create) {
  const kept = new Map();
  return (items) => {
    const wanted = new Set(items.map(({ key }) => key));
    for (const [key, { element }] of kept) {
      if (wanted.has(key)) continue;
      element.remove();
      kept.delete(key);
    }
    let after = null;
    for (const { key, item } of items) {
      let shown = kept.get(key);
      if (!shown) {
        shown = create(item);
        kept.set(key, shown);
      }
      const next = after ? after.nextSibling : place.firstChild;
      if (next !== shown.element) place.insertBefore(shown.element, next);
      shown.update(item);
      after = shown.element;
    }
  };
}
