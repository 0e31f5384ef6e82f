// Owns the line above the log that tells what has happened to the page itself, until it is read.

import { make } from './dom.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

export function createNews(place) {
  return {
    tell(text) {
      const close = make(
        'button',
        {
          type: 'button',
          className: 'plain',
          attributes: { 'aria-label': words.close },
          on: {
            click() {
              place.hidden = true;
            },
          },
        },
        makeSign('close'),
      );
      place.hidden = false;
      place.replaceChildren(make('span', { textContent: text }), close);
    },
  };
}
