// Owns what stands around code and tables in an answer: the language, Copy, columns that stay where they are while rows come, and
// whether there is more at a side.

import { makeCopy } from './copying.js';
import { make } from './dom.js';
import { highlight } from './highlight.js';
import { words } from './words.js';

/** Characters for which a column of a growing table has room, whatever its head says. */
const COLUMN_MIN = 10;
const COLUMN_MAX = 24;

/** Puts each block of code and each table of a fragment into its frame. `grows`: it is being written. */
export function frame(fragment, grows) {
  for (const pre of fragment.querySelectorAll('pre')) pre.replaceWith(toCode(pre));
  for (const table of fragment.querySelectorAll('table')) {
    const around = make('div', {
      className: 'table',
      tabIndex: 0,
      attributes: { role: 'region', 'aria-label': words.table, 'data-kind': 'table' },
    });
    table.replaceWith(around);
    around.append(table);
    if (grows) holdColumns(around, table);
  }
}

/** The code under its language and a button that copies it. */
function toCode(pre) {
  // The newline at its end is no part of what one sees, and moves with each word.
  const code = pre.textContent.replace(/\n$/, '');
  const language = /language-(\S{1,30})/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
  const inner = make('code');
  inner.append(highlight(code, language));
  return make(
    'div',
    { className: 'code', attributes: { 'data-kind': 'code' } },
    make(
      'div',
      { className: 'bar' },
      make('span', { textContent: language || words.code }),
      makeCopy(words.copy, () => inner.textContent),
    ),
    make('pre', { tabIndex: 0 }, inner),
  );
}

/** The head alone says how wide the columns are: rows that come later move nothing. */
function holdColumns(around, table) {
  const heads = [...(table.querySelector('tr')?.cells ?? [])];
  const widths = heads.map(({ textContent }) =>
    Math.min(COLUMN_MAX, Math.max(COLUMN_MIN, textContent.length + 4)),
  );
  const all = widths.reduce((sum, width) => sum + width, 0);
  around.dataset.held = '';
  table.style.minWidth = `${all * 0.58}em`;
  for (const [index, head] of heads.entries()) head.style.width = `${((widths[index] ?? 0) / all) * 100}%`;
}

const measure = (scroller) => {
  const rest = scroller.scrollWidth - scroller.clientWidth - scroller.scrollLeft;
  scroller.toggleAttribute('data-before', scroller.scrollLeft > 1);
  scroller.toggleAttribute('data-after', rest > 1);
};
const SCROLLERS = 'pre, .table';
const UNSEEN = 'pre:not([data-seen]), .table:not([data-seen])';
/** What has become wider within a frame, or all frames of a text that has. */
const watcher = new ResizeObserver((entries) => {
  const changed = entries.flatMap(({ target }) => {
    const scroller = target.closest(SCROLLERS);
    return scroller === null ? [...target.querySelectorAll(SCROLLERS)] : [scroller];
  });
  for (const scroller of new Set(changed)) measure(scroller);
});
document.addEventListener(
  'scroll',
  ({ target }) => {
    if (target instanceof Element && target.matches('.body pre, .body .table')) measure(target);
  },
  { capture: true, passive: true },
);

/**
 * From now on, what is wider than its frame within `place` shows at which side it goes on.
 * @returns to be called where frames may have come: (within)
 */
export function watchSides(place) {
  watcher.observe(place);
  return (within) => {
    for (const scroller of within.querySelectorAll(UNSEEN)) {
      scroller.setAttribute('data-seen', '');
      watcher.observe(scroller.firstElementChild);
    }
  };
}
