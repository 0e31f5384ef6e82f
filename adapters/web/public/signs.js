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
  clip: 'M13.5 7.5 8 13a3.4 3.4 0 0 1-4.8-4.8l6-6a2.3 2.3 0 0 1 3.2 3.2l-6 6a1.1 1.1 0 0 1-1.6-1.6L10 4.6',
  find: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.3 10.3l3.7 3.7',
  link: 'M6.8 9.2a2.8 2.8 0 0 0 4 0l2-2a2.8 2.8 0 0 0-4-4l-1 1M9.2 6.8a2.8 2.8 0 0 0-4 0l-2 2a2.8 2.8 0 0 0 4 4l1-1',
  edit: 'M3 13l.6-2.8 7.4-7.4 2.2 2.2-7.4 7.4ZM9.6 4.2l2.2 2.2',
  close: 'M4 4l8 8M12 4l-8 8',
  file: 'M4 1.8h5l3 3v9.4H4ZM9 1.8v3h3',
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
