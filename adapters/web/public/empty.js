// Owns what stands in a channel without messages: what to do there, and, with a real model, its name and some good first questions.

import { make, makeWave } from './dom.js';
import { words } from './words.js';

/** @param ask gets the question that was chosen */
export function createEmpty(place, ask) {
  let shown;
  /** Undefined: there are messages. */
  return (view) => {
    place.hidden = view === undefined;
    const { name, isDirect, demo, model } = view ?? {};
    const signature = JSON.stringify([name, isDirect, demo, model]);
    if (view === undefined || signature === shown) return;
    shown = signature;
    const isReal = !demo && model !== null;
    const questions = isReal ? words.firstQuestions : [];
    place.replaceChildren(
      makeWave(),
      make('h2', { textContent: isReal ? words.emptyModel(model) : words.emptyTitle(name) }),
      make('p', { textContent: isDirect ? words.emptyDirect : words.emptyText }),
      ...(questions.length === 0
        ? []
        : [
            make(
              'ul',
              { className: 'firsts', attributes: { 'aria-label': words.firsts } },
              ...questions.map((text) =>
                make(
                  'li',
                  {},
                  make('button', {
                    type: 'button',
                    textContent: text,
                    on: { click: () => ask(isDirect ? text : `@Rill ${text}`) },
                  }),
                ),
              ),
            ),
          ]),
    );
  };
}
