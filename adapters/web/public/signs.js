// Owns the page's small signs: drawn, not written, since a font may lack them. Each takes the colour of the words beside it.

const SVG = 'http://www.w3.org/2000/svg';

/** Within 16 by 16. */
const PATHS = {
  failed: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4.6v4M8 11.2v.2',
  stopped: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM6 6h4v4H6Z',
  cut: 'M2 4.5h12M2 8h12M2 11.5h4.5M9 11.5h.2M11.2 11.5h.2M13.4 11.5h.2',
  refused: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM3.6 3.6l8.8 8.8',
  waiting: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4.5V8l2.5 1.5',
  stop: 'M4 4h8v8H4Z',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  done: 'M3 8.5l3.5 3.5L13 4.5',
  down: 'M8 2.5v11M3.5 9 8 13.5 12.5 9',
};

/** @param name one of those above */
export function makeSign(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `sign ${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
