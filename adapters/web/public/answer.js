// Owns how one page of an answer looks while it grows and when it has ended: its thoughts, text, notice, small line and buttons.

import { countDown, createPress, makeControl } from './controls.js';
import { makeCopy } from './copying.js';
import { flowOn, make, makeWave } from './dom.js';
import { createBody } from './markdown.js';
import { makeSign } from './signs.js';
import { createThoughts } from './thoughts.js';
import { words } from './words.js';

/** The sign of each way to end that is not the usual one. */
const SIGNS = { broken: 'failed', stopped: 'stopped', length: 'cut', filtered: 'cut' };

/**
 * @param frame `{element, column, by}` with the author's line
 * @param actions press(control, message), now(), pagesOf(message)
 */
export function createAnswer({ element, column, by }, message, actions) {
  const thoughts = createThoughts();
  const text = make('div', { className: 'body' });
  const note = make('p', { className: 'note', hidden: true });
  const end = make('p', { className: 'end', hidden: true });
  const buttons = make('div', { className: 'acts', hidden: true });
  const head = make('span', { className: 'going-on' });
  by.append(head);
  column.append(thoughts.element, text, note, end, buttons);
  element.tabIndex = -1;
  const wave = makeWave();
  const show = createBody(text);
  const press = createPress(
    (control) => actions.press(control, message),
    () => draw(),
  );
  const copy = makeCopy(
    words.copyAnswer,
    () => toText(actions.pagesOf?.(message) ?? [message]),
    makeSign('copy'),
  );
  let page;
  let body;
  let shownButtons;

  const toButton = (control) => {
    const button = makeControl(control, press.press);
    if (control.action === 'retry' && page.retryAt)
      countDown(button, control.label, page.retryAt, actions.now ?? Date.now);
    return button;
  };

  /** `isGoing`: what was pressed goes on already, as far as anybody can see. */
  const drawButtons = (isGoing) => {
    const controls = isGoing && page.state !== 'writing' ? [] : page.controls;
    const hasCopy = !isGoing && page.state !== 'more' && hasText(actions.pagesOf?.(message) ?? [message]);
    const signature = JSON.stringify([controls, page.retryAt, hasCopy]);
    if (signature === shownButtons) return;
    shownButtons = signature;
    const hadFocus = element.contains(document.activeElement) && document.activeElement.matches('button');
    const isStop = ({ action }) => action === 'stop';
    head.replaceChildren(...controls.filter(isStop).map(toButton));
    buttons.replaceChildren(
      ...controls.filter((control) => !isStop(control)).map(toButton),
      ...(hasCopy ? [copy] : []),
    );
    buttons.hidden = buttons.childElementCount === 0;
    // Whoever pressed a button by keyboard is not thrown back to the page's beginning.
    if (hadFocus && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
  };

  /** Where the wave stands: behind the last word, or where one reads what goes on until there is one. */
  const drawWave = (hasCursor, isGoing) => {
    const place = hasCursor ? toLastLine(text) : !isGoing ? undefined : note.hidden ? thoughts.place() : note;
    // Put there anew, it is not an element that has moved.
    place?.append(flowOn(wave));
  };

  const draw = () => {
    const going = press.action();
    const isGoing = page.state === 'writing' || (going !== undefined && going !== 'stop');
    element.classList.toggle('further', page.index > 0);
    element.dataset.state = isGoing ? 'writing' : page.state;
    // Asked anew, what stands there is void.
    const isVoid = going === 'retry';
    wave.remove();
    thoughts.show(isVoid ? null : page.reasoning, isGoing);
    const wanted = isVoid ? '' : page.body;
    if (wanted !== body) {
      body = wanted;
      show(body, isGoing);
    }
    const notice = page.state === 'writing' || !isGoing ? page.notice : words.goingOn[going];
    drawNote(note, notice ?? '', isGoing ? 'now' : page.tone === 'error' ? 'bad' : 'warn', page.state);
    drawWave(page.state === 'writing' ? page.cursor : isGoing && body !== '', isGoing);
    end.hidden = isGoing || page.footer === null;
    drawEnd(end, page.footer ?? '', page.notice === null ? SIGNS[page.state] : undefined);
    drawButtons(isGoing);
    for (const one of head.children) one.disabled = going === 'stop';
  };

  return {
    update(given) {
      if (page === given.page) return;
      // A page that has changed is the answer to what was pressed; one that still grows has not stopped.
      if (!(press.action() === 'stop' && given.page.state === 'writing')) press.answered();
      page = given.page;
      draw();
    },
  };
}

const toOwn = ({ page }) => page.body.slice(page.opened ?? 0, page.body.length - (page.closed ?? 0));
const toText = (pages) => pages.map(toOwn).join('');
const hasText = (pages) => pages.some((page) => toOwn(page).trim() !== '');

/** A sentence of the bot's own: plain text, in which addresses can be followed. */
function drawNote(note, text, kind, state) {
  note.hidden = text === '';
  note.className = `note ${kind}`;
  const signature = `${kind} ${state} ${text}`;
  if (note.shown === signature) return;
  note.shown = signature;
  const parts = text.split(/(https?:\/\/[^\s)，。]{0,500}[^\s)，。.;,])/);
  const said = parts.map((part, index) =>
    index % 2
      ? make('a', { textContent: part, href: part, target: '_blank', rel: 'noopener noreferrer' })
      : part,
  );
  const sign = kind === 'now' ? undefined : SIGNS[state];
  note.replaceChildren(...(sign ? [makeSign(sign)] : []), make('span', {}, ...said));
}

function drawEnd(end, text, sign) {
  const signature = `${sign} ${text}`;
  if (end.shown === signature) return;
  end.shown = signature;
  end.replaceChildren(...(sign ? [makeSign(sign)] : []), text);
}

const LINES = /^(DIV|UL|OL|LI|P|BLOCKQUOTE|H\d|PRE|CODE)$/;

/** The element in which the text's last word stands. */
function toLastLine(text) {
  let place = text.lastElementChild ?? text;
  while (/^(DIV|UL|OL|LI|BLOCKQUOTE|PRE)$/.test(place.tagName)) {
    const last = place.lastElementChild;
    // A list item's own words may stand beside its elements; below a table there is a line of its own.
    if (!last || !LINES.test(last.tagName) || last.className === 'table') break;
    place = last;
  }
  return place;
}
