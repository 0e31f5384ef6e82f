// Owns how one message looks: a person's words, a page of the bot's with its text, notices and buttons, and what goes on before that.

import { make, makeWave, setText } from './dom.js';
import { createBody } from './markdown.js';
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
function toPlain(text) {
  const parts = text.split(
    /((?<![\p{Script=Latin}\p{N}_@.])@rill(?![\p{Script=Latin}\p{N}_-]|\.\p{Script=Latin}))/giu,
  );
  return parts.map((part, index) =>
    index % 2 ? make('span', { className: 'at', textContent: part }) : part,
  );
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
 * @param actions press(button, message), remove(message), isMine(id)
 */
export function createMessage(message, actions) {
  return message.page ? createPage(message, actions) : createSaid(message);
}

function createSaid(message) {
  const { element, column } = makeFrame(message);
  column.append(make('div', { className: 'said' }, ...toPlain(message.text)));
  const mark = make('p', { className: 'queue' });
  return {
    element,
    column,
    update({ waiting, refused }) {
      mark.textContent = refused ? words.notTaken : words.waiting;
      if (!waiting && !refused) mark.remove();
      else if (!mark.isConnected) column.querySelector('.said').after(mark);
    },
  };
}

function createPage(message, actions) {
  const { element, column, by } = makeFrame(message);
  const summary = make('summary');
  const thought = make('div', { className: 'thought' });
  const reasoning = make('details', { hidden: true }, summary, thought);
  const text = make('div', { className: 'body' });
  const note = make('p', { className: 'note', hidden: true });
  const end = make('p', { className: 'end', hidden: true });
  const buttons = make('div', { className: 'acts' });
  column.append(reasoning, text, note, end, buttons);
  if (actions.isMine(message.askedBy)) by.append(makeDelete(() => actions.remove(message)));
  const wave = makeWave();
  const show = createBody(text);
  let body;
  let pressed = '';
  let shownButtons;

  const showButtons = (controls) => {
    const signature = JSON.stringify(controls);
    if (signature !== shownButtons) {
      shownButtons = signature;
      pressed = '';
      const focused = buttons.contains(document.activeElement);
      buttons.replaceChildren(
        ...controls.map((button) =>
          make('button', {
            type: 'button',
            textContent: button.label,
            className: button.action === 'continue' ? 'go' : '',
            on: {
              click: () => {
                pressed = button.action;
                for (const one of buttons.children) one.disabled = true;
                actions.press(button, message).finally(() => {
                  for (const one of buttons.children) one.disabled = false;
                });
              },
            },
          }),
        ),
      );
      // Whoever pressed a button by keyboard is not thrown back to the page's beginning.
      if (focused) (buttons.firstElementChild ?? element).focus();
      buttons.hidden = controls.length === 0;
    }
  };

  return {
    element,
    column,
    update({ page }) {
      element.classList.toggle('further', page.index > 0);
      element.tabIndex = -1;
      reasoning.hidden = !page.reasoning;
      if (page.reasoning) {
        const seconds = Math.max(1, Math.round(page.reasoning.ms / 1000));
        setText(summary, page.reasoning.done ? words.thoughtFor(seconds) : words.thinking);
        setText(thought, page.reasoning.text);
      }
      if (page.body !== body) {
        body = page.body;
        wave.remove();
        show(body);
      }
      if (!page.cursor) wave.remove();
      else if (!wave.isConnected) toLastLine(text).append(wave);
      note.hidden = page.notice === null;
      note.className = `note ${page.tone === 'error' ? 'bad' : page.state === 'writing' ? 'now' : 'warn'}`;
      showNotice(note, page.notice ?? '');
      end.hidden = page.footer === null;
      setText(end, page.footer ?? '');
      showButtons(page.controls);
      element.dataset.state = page.state;
    },
    pressed: () => pressed,
  };
}

/** A sentence of the bot's own: plain text, in which addresses can be followed. */
function showNotice(note, text) {
  if (note.textContent === text) return;
  const parts = text.split(/(https?:\/\/[^\s)，。]{0,500}[^\s)，。.;,])/);
  note.replaceChildren(
    ...parts.map((part, index) =>
      index % 2
        ? make('a', { textContent: part, href: part, target: '_blank', rel: 'noopener noreferrer' })
        : part,
    ),
  );
}

/** What goes on in a thread before there is a page: the status, and a way to stop it. */
export function createStatus(status, bot, actions) {
  const { element, column } = makeFrame({ from: 'bot', author: bot, sentAt: Date.now() });
  element.classList.add('going');
  element.querySelector('time').remove();
  const line = make('span');
  const button = { action: 'stop', turn: status.turn, label: words.stop };
  column.append(
    make('p', { className: 'status' }, line, makeWave()),
    make(
      'div',
      { className: 'acts' },
      make('button', {
        type: 'button',
        textContent: words.stop,
        on: { click: () => actions.press(button, status) },
      }),
    ),
  );
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

/** The element in which the text's last word stands. */
function toLastLine(text) {
  let place = text.lastElementChild ?? text;
  while (/^(DIV|UL|OL|LI|BLOCKQUOTE)$/.test(place.tagName) && !place.classList.contains('code')) {
    const last = place.lastElementChild;
    // A list item's own words may stand beside its elements.
    if (
      !last ||
      !/^(DIV|UL|OL|LI|P|BLOCKQUOTE|H\d)$/.test(last.tagName) ||
      /^(code|table)$/.test(last.className)
    )
      break;
    place = last;
  }
  return place;
}
