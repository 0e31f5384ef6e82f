// Owns the files that wait to be sent: chosen by a button, pasted or dropped, uploaded at once, shown as chips that can be taken away.

import { make, setText } from './dom.js';
import { upload } from './live.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

const FILES_MAX = 10;
const SIZE_MAX = 5 * 1024 * 1024;
/** Files that were not taken are told one by one up to here. */
const SAID_MAX = 4;

export function toSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KB'] : [bytes / 1024 / 1024, 'MB'];
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${unit}`;
}

/** @param say shows a sentence about what could not be taken */
export function createAttachments(say) {
  const chips = make('ul', { className: 'chips', hidden: true, attributes: { 'aria-label': words.files } });
  const field = make('input', { type: 'file', multiple: true, hidden: true });
  let waiting = [];

  const draw = () => {
    chips.hidden = waiting.length === 0;
  };
  const take = (one) => {
    one.left = true;
    waiting = waiting.filter((other) => other !== one);
    one.element.remove();
    draw();
  };

  const add = (file) => {
    const status = make('span', { className: 'size', textContent: words.uploading });
    const one = { name: file.name || words.pasted, id: undefined, isFailed: false };
    const remove = make(
      'button',
      {
        type: 'button',
        className: 'plain',
        attributes: { 'aria-label': words.removeFile(one.name) },
        on: {
          click() {
            const next = one.element.nextElementSibling ?? one.element.previousElementSibling;
            take(one);
            const focus = next?.querySelector('button') ?? chips.parentElement?.querySelector('textarea');
            focus?.focus();
          },
        },
      },
      makeSign('close'),
    );
    one.element = make(
      'li',
      { className: 'chip' },
      make('span', { className: 'name', textContent: one.name, title: one.name }),
      status,
      remove,
    );
    chips.append(one.element);
    waiting.push(one);
    one.send = () => {
      setText(status, words.uploading);
      one.done = upload(file, one.name).then(
        ({ id, size }) => {
          one.id = id;
          setText(status, toSize(size));
        },
        () => {
          one.isFailed = true;
          one.element.classList.add('failed');
          setText(status, words.notUploaded);
        },
      );
    };
    one.send();
  };

  const addAll = (files) => {
    const fit = files.filter(({ size }) => size > 0 && size <= SIZE_MAX);
    const taken = fit.slice(0, Math.max(0, FILES_MAX - waiting.length));
    const odd = files.filter((file) => !fit.includes(file));
    const toWhy = ({ name, size }) =>
      size === 0 ? words.fileEmpty(name) : words.fileTooLarge(name, toSize(SIZE_MAX));
    const said = odd.slice(0, SAID_MAX).map(toWhy);
    if (odd.length > SAID_MAX) said.push(words.moreNotTaken(odd.length - SAID_MAX));
    if (taken.length < fit.length) said.push(words.tooManyFiles(FILES_MAX));
    say(said.join(' '));
    for (const file of taken) add(file);
    draw();
  };
  field.addEventListener('change', () => {
    addAll([...field.files]);
    field.value = '';
  });

  return {
    chips,
    field,
    choose: () => field.click(),
    addAll,
    /** The server has forgotten what it was sent. */
    renew() {
      for (const one of waiting) one.send();
    },
    isEmpty: () => waiting.length === 0,
    isFailed: () => waiting.some(({ isFailed, left }) => isFailed && !left),
    /** Ids of all of them, once they are uploaded. */
    async ids() {
      await Promise.all(waiting.map(({ done }) => done));
      return waiting.map(({ id }) => id);
    },
    /** Takes them out, to be put back where they were not sent. */
    takeAll() {
      const taken = waiting;
      waiting = [];
      chips.replaceChildren();
      draw();
      return taken;
    },
    putBack(taken) {
      waiting = [...taken, ...waiting];
      chips.replaceChildren(...waiting.map(({ element }) => element));
      draw();
    },
  };
}

/** Files that are dropped anywhere on a pane go to its composer; others' drops stay theirs. */
export function acceptDrops(pane, onFiles) {
  let depth = 0;
  const holds = (event) => event.dataTransfer?.types.includes('Files');
  const over = (change) => {
    depth = Math.max(0, depth + change);
    pane.classList.toggle('dropping', depth > 0);
  };
  pane.addEventListener('dragenter', (event) => holds(event) && over(1));
  pane.addEventListener('dragleave', (event) => holds(event) && over(-1));
  pane.addEventListener('dragover', (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  pane.addEventListener('drop', (event) => {
    over(-depth);
    if (!holds(event)) return;
    event.preventDefault();
    onFiles([...event.dataTransfer.files]);
  });
}

/** A file that is dropped beside the panes does not take the page's place. */
export function acceptNoStrayDrops() {
  for (const type of ['dragover', 'drop'])
    document.addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
    });
}
