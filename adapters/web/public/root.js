// Owns a question as it stands in its channel: below it what came of it, as a line that opens the thread. What is being written says so,
// what failed looks so and can be tried again there.

import { make, setText } from './dom.js';
import { toTime } from './message.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

/** How an answer stands, in the list's words; nothing of one that came to its end. */
function toStanding(answer, pages) {
  const state = answer?.state;
  if (state === 'failed' || state === 'stopped' || state === 'cut') return state;
  if (state === 'running' || state === 'waiting') return state;
  if (state !== undefined) return undefined;
  const last = pages.at(-1)?.page.state;
  return { writing: 'running', broken: 'failed', stopped: 'stopped', length: 'cut', filtered: 'cut' }[last];
}

/**
 * @param made the message's element, as `{element, column, update}`
 * @param options.view (message) → `{others, answers}`: what else stands in its thread, and how the answers there stand
 */
export function addThreadLine(made, { view, isOpen, open, press }) {
  const label = make('span');
  const opener = make('button', { type: 'button', className: 'open' }, label);
  const sign = make('span', { className: 'standing' });
  const again = make('button', { type: 'button', className: 'again', hidden: true });
  made.column.append(make('div', { className: 'thread-line' }, opener, again));
  let control;
  let shown;
  let message;
  opener.addEventListener('click', () => open(message));
  again.addEventListener('click', () => {
    again.disabled = true;
    Promise.resolve(press(control, message)).finally(() => {
      again.disabled = false;
    });
  });

  return {
    ...made,
    update(item) {
      message = item;
      made.update(item);
      const { others, answers, isGoing } = view(item);
      const pages = others.filter(({ page }) => page);
      const newest = answers.at(-1) ?? null;
      const standing = isGoing ? 'running' : toStanding(newest, pages);
      const last = others.at(-1);
      const parts = [
        others.length > 0 ? words.replies(others.length) : '',
        standing ? words.standing[standing] : last ? toTime(last.sentAt) : '',
      ].filter((part) => part !== '');
      setText(label, parts.join(' · ') || words.reply);
      if (shown !== standing) {
        shown = standing;
        sign.remove();
        sign.replaceChildren(...(standing === 'failed' ? [makeSign('failed')] : []));
        if (standing === 'failed') opener.prepend(sign);
        made.element.dataset.answer = standing ?? '';
      }
      opener.setAttribute('aria-label', `${label.textContent}, ${words.openThread}`);
      const controls = newest?.controls ?? pages.at(-1)?.page.controls ?? [];
      control = standing === 'failed' ? controls.find(({ action }) => action !== 'stop') : undefined;
      // Its thread shows the same, where it is open.
      again.hidden = control === undefined || isOpen(item);
      if (control) setText(again, control.label);
      made.element.classList.toggle('current', isOpen(item));
    },
  };
}
