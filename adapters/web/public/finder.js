// Owns the finder: one field that leads to a channel by its name, and to a message by its words. Opened by Ctrl-K or Cmd-K.

import { make } from './dom.js';
import { toTime } from './message.js';
import { words } from './words.js';

const byId = (id) => document.getElementById(id);
/** Messages shown at once; those that came last go first. */
const MOST = 30;
/** Characters of a message around what was found. */
const BEFORE = 30;
const AFTER = 110;
const WAIT_MS = 80;

/** The words of a query, to be looked for in texts without regard to case. */
function toSought(query) {
  return toFlat(query)
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, 8);
}

/** On one line. */
const toFlat = (text) => text.replace(/[\s\u0085]/gu, ' ');

/** A piece of the text around the first word that was found, with that word marked. */
function toSnippet(text, word) {
  const lower = text.toLowerCase();
  // A few letters have a small form of two: the places are those of the small text then.
  const flat = lower.length === text.length ? text : lower;
  const at = Math.max(0, lower.indexOf(word));
  const from = at <= BEFORE ? 0 : at - BEFORE;
  const end = at + word.length;
  return [
    (from > 0 ? '…' : '') + flat.slice(from, at),
    make('mark', { textContent: flat.slice(at, end) }),
    flat.slice(end, end + AFTER) + (flat.length > end + AFTER ? '…' : ''),
  ];
}

/**
 * @param options.view () → `{channels, unread, messages}`
 * @param options.nameOf (channel) → its name
 * @param options.onChannel gets the id of the channel that was chosen; `onMessage` the message, and the word that was found in it
 */
export function createFinder({ view, nameOf, onChannel, onMessage }) {
  const dialog = byId('finder');
  const field = byId('finder-field');
  const list = byId('finder-list');
  const none = byId('finder-none');
  let choices = [];
  let at = 0;
  let waiting;

  const choose = (choice) => {
    if (choice === undefined) return;
    dialog.close('chosen');
    choice();
  };
  const point = (index) => {
    at = Math.max(0, Math.min(index, choices.length - 1));
    const options = list.querySelectorAll('[role="option"]');
    for (const [n, option] of options.entries()) option.setAttribute('aria-selected', String(n === at));
    const active = options[at];
    if (active) field.setAttribute('aria-activedescendant', active.id);
    else field.removeAttribute('aria-activedescendant');
    active?.scrollIntoView({ block: 'nearest' });
  };

  const addGroup = (title, options) => {
    if (options.length === 0) return;
    const heading = make('li', {
      className: 'title',
      textContent: title,
      attributes: { role: 'presentation' },
    });
    list.append(heading);
    for (const { act, parts, className = '' } of options) {
      const index = choices.push(act) - 1;
      list.append(
        make(
          'div',
          {
            id: `found-${index}`,
            className,
            attributes: { role: 'option' },
            on: {
              click: () => choose(act),
              pointermove: () => at !== index && point(index),
            },
          },
          ...parts,
        ),
      );
    }
  };

  const fill = () => {
    const sought = toSought(field.value);
    const { channels, unread, messages } = view();
    const fits = (text) => {
      const lower = text.toLowerCase();
      return sought.every((word) => lower.includes(word));
    };
    list.replaceChildren();
    choices = [];
    const toCount = (id) =>
      unread.get(id) > 0
        ? [make('span', { className: 'count', textContent: words.unread(unread.get(id)) })]
        : [];
    addGroup(
      words.findChannels,
      channels
        .filter(({ id }) => fits(nameOf(id)))
        .map(({ id }) => ({
          act: () => onChannel(id),
          parts: [make('span', { textContent: nameOf(id) }), ...toCount(id)],
        })),
    );
    if (sought.length > 0) addGroup(words.messages, toFound(messages, sought[0], fits));
    none.hidden = choices.length > 0;
    point(0);
  };

  const toFound = (messages, word, fits) => {
    const found = [];
    for (const message of [...messages.values()].reverse()) {
      // As it is read: the marks of emphasis and code are not seen.
      const text = message.page?.body.replaceAll('**', '').replaceAll('`', '') ?? message.text;
      const all = toFlat([text, ...message.files.map(({ name }) => name)].join(' '));
      if (!fits(all)) continue;
      found.push({
        act: () => onMessage(message, word),
        className: 'found',
        parts: [
          make(
            'span',
            { className: 'of' },
            make('b', { textContent: message.author.name }),
            ` ${nameOf(message.channel)} · ${toTime(message.sentAt)}`,
          ),
          make('span', { className: 'snippet' }, ...toSnippet(all, word)),
        ],
      });
      if (found.length === MOST) break;
    }
    return found;
  };

  field.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(fill, WAIT_MS);
  });
  field.addEventListener('keydown', (event) => {
    const step = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      point(step < 0 ? choices.length - 1 : step === choices.length ? 0 : step);
    }
    if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    clearTimeout(waiting);
    if (waiting !== undefined) fillKeeping();
    choose(choices[at]);
  });
  /** What was typed last counts, however soon Enter comes after it. */
  const fillKeeping = () => {
    const before = at;
    const isSame = choices.length;
    fill();
    if (choices.length === isSame) point(before);
  };
  // A click beside the dialog closes it.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  const isMac = /Mac|iP/.test(navigator.platform);
  if (isMac) byId('find-keys').textContent = '⌘K';
  const open = () => {
    if (dialog.open) return dialog.close();
    if (document.querySelector('dialog[open]')) return;
    field.value = '';
    fill();
    dialog.showModal();
    field.focus();
  };
  document.addEventListener('keydown', (event) => {
    // On a Mac, Ctrl-K deletes to the line's end.
    if (!(event.metaKey || (event.ctrlKey && !isMac)) || event.altKey || event.shiftKey) return;
    if (event.key.toLowerCase() !== 'k') return;
    event.preventDefault();
    open();
  });
  return { open };
}
