// Owns how one entry of a log looks: a person's words and what became of them, a page of the bot's (answer.js), and what goes on before it.

import { createAnswer } from './answer.js';
import { makeControl } from './controls.js';
import { make, makeWave, setText } from './dom.js';
import { breakRuns } from './runs.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

const HUES = 6;
const clockTime = new Intl.DateTimeFormat(navigator.language, { hour: '2-digit', minute: '2-digit' });

export const toTime = (at) => clockTime.format(at);

function toHue(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 997;
  return sum % HUES;
}

/** A person's words with the bot's mention marked; plain text otherwise. */
export function toPlain(text) {
  const parts = text.split(
    /((?<![\p{Script=Latin}\p{N}_@.])@rill(?![\p{Script=Latin}\p{N}_-]|\.\p{Script=Latin}))/giu,
  );
  const shown = document.createDocumentFragment();
  shown.append(
    ...parts.map((part, index) => (index % 2 ? make('span', { className: 'at', textContent: part }) : part)),
  );
  breakRuns(shown);
  return [...shown.childNodes];
}

function makeFrame({ from, author, sentAt }) {
  const isBot = from === 'bot';
  const by = make('div', { className: 'by' }, make('b', { textContent: author.name }));
  if (isBot) by.append(make('span', { className: 'tag', textContent: 'AI' }));
  const time = make('time', { textContent: toTime(sentAt), dateTime: new Date(sentAt).toISOString() });
  by.append(time);
  const avatar = make('div', {
    className: isBot ? 'av bot' : `av hue${toHue(author.id)}`,
    textContent: [...author.name][0]?.toUpperCase() ?? '?',
    attributes: { 'aria-hidden': 'true' },
  });
  const column = make('div', { className: 'column' }, by);
  const element = make('li', { className: 'm' }, avatar, column);
  return { element, column, by };
}

/**
 * A message's element and the function that shows it anew.
 * @param actions press(control, message), remove(message), isMine(id), ask(message), now(), pagesOf(message)
 */
export function createMessage(message, actions) {
  return message.page ? createPage(message, actions) : createSaid(message, actions);
}

function createSaid(message, actions) {
  const { element, column } = makeFrame(message);
  const said = make('div', { className: 'said' }, ...toPlain(message.text));
  const fate = make('div', { className: 'fate' });
  column.append(said, fate);
  let shown;
  return {
    element,
    column,
    update({ waiting, refused, hint }) {
      const isHinted = hint === 'unmentioned' && actions.isMine(message.author.id);
      const signature = JSON.stringify([waiting, refused, isHinted]);
      if (signature === shown) return;
      shown = signature;
      const lines = [
        refused ? makeFate('refused', refused.text ?? words.notTaken) : null,
        waiting && !refused ? makeFate('waiting', words.waiting) : null,
        isHinted ? makeHint(() => actions.ask(message)) : null,
      ];
      fate.replaceChildren(...lines.filter((line) => line !== null));
    },
  };
}

function makeFate(sign, text) {
  return make('p', { className: `queue ${sign}` }, makeSign(sign), make('span', { textContent: text }));
}

/** Words that nobody is asked with yet. */
function makeHint(ask) {
  const button = make('button', {
    type: 'button',
    textContent: words.askRill,
    on: {
      click() {
        button.disabled = true;
        Promise.resolve(ask()).finally(() => {
          button.disabled = false;
        });
      },
    },
  });
  return make('p', { className: 'hint' }, make('span', { textContent: words.unmentioned }), button);
}

function createPage(message, actions) {
  const frame = makeFrame(message);
  const answer = createAnswer(frame, message, actions);
  if (actions.isMine(message.askedBy)) frame.by.append(makeDelete(() => actions.remove(message)));
  return { element: frame.element, column: frame.column, update: answer.update };
}

/** What goes on in a thread before there is a page: the status, and a way to stop it. */
export function createStatus(status, bot, actions) {
  const { element, column, by } = makeFrame({ from: 'bot', author: bot, sentAt: Date.now() });
  element.classList.add('going');
  element.querySelector('time').remove();
  const line = make('span');
  const stop = makeControl({ action: 'stop', turn: status.turn, label: words.stop }, (control) => {
    stop.disabled = true;
    Promise.resolve(actions.press(control, status)).finally(() => {
      stop.disabled = false;
    });
  });
  by.append(make('span', { className: 'going-on' }, stop));
  column.append(make('p', { className: 'status' }, line, makeWave()));
  return { element, update: ({ text }) => setText(line, text) };
}

/** What only this visitor sees. */
export function createWhisper({ text }) {
  return {
    element: make(
      'li',
      { className: 'whisper' },
      make('div', {}, make('b', { textContent: words.onlyYou }), make('span', { textContent: text })),
    ),
    update: () => undefined,
  };
}

/** Asks once more in its own place before it deletes. */
function makeDelete(remove) {
  let sure = false;
  const button = make('button', {
    type: 'button',
    className: 'plain delete',
    textContent: words.delete,
    on: {
      click() {
        if (sure) return remove();
        sure = true;
        button.textContent = words.deleteSure;
        button.classList.add('sure');
        setTimeout(() => {
          sure = false;
          button.textContent = words.delete;
          button.classList.remove('sure');
        }, 3000);
      },
    },
  });
  return button;
}
