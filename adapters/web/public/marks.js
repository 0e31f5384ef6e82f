// Owns what stands with a message besides its text: its files, that it was edited, and what can be done with it (copy its address, edit it).

import { toSize } from './attach.js';
import { makeCopy } from './copying.js';
import { make } from './dom.js';
import { toFileAddress } from './live.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

const SAID_MS = 1500;

/**
 * Adds them to a message that was made, as `{element, column, update}`.
 * @param options.toAddress (message) → its whole address; undefined where it has none that others could follow
 * @param options.isMine (message); `edit` (message) begins it; `askAgain` (message) asks with the words as they are now
 * @param options.toWords (text) → the nodes that show a person's words
 */
export function addMarks(made, message, { toAddress, isMine, edit, askAgain, toWords }) {
  const { element, column } = made;
  const by = column.querySelector('.by');
  const said = column.querySelector('.said');
  const tools = make('span', { className: 'tools' });
  const address = toAddress(message);
  let now = message;
  if (said && isMine(message)) tools.append(makeTool(words.edit, makeSign('edit'), () => edit(now)));
  if (address !== undefined) {
    const copy = makeCopy(words.copyLink, () => address, makeSign('link'));
    copy.classList.add('tool');
    copy.addEventListener('click', () => {
      copy.classList.add('said');
      setTimeout(() => copy.classList.remove('said'), SAID_MS);
    });
    tools.append(copy);
  }
  if (tools.childElementCount > 0) by.insertBefore(tools, by.querySelector('.delete'));
  element.dataset.id = message.id;
  if (said && message.files.length > 0)
    said.after(
      make(
        'ul',
        { className: 'files', attributes: { 'aria-label': words.files } },
        ...message.files.map(toFile),
      ),
    );
  if (said) said.hidden = message.text === '';

  let shownText = message.text;
  const edited = make('span', { className: 'edited', textContent: words.edited });
  const stale = make(
    'p',
    { className: 'hint' },
    make('span', { textContent: words.answeredBefore }),
    make('button', { type: 'button', textContent: words.askAgain, on: { click: () => askAgain(now) } }),
  );
  return {
    ...made,
    update(item) {
      now = item;
      made.update(item);
      if (!said) return;
      if (item.text !== shownText) {
        shownText = item.text;
        said.replaceChildren(...toWords(item.text));
        said.hidden = item.text === '';
      }
      if (item.edits > 0 && !edited.isConnected) column.querySelector('time').after(edited);
      const isStale = isMine(item) && typeof item.asked === 'number' && item.asked < item.edits;
      if (!isStale) stale.remove();
      else if (!stale.isConnected) said.after(stale);
    },
  };
}

function makeTool(label, sign, act) {
  return make(
    'button',
    { type: 'button', className: 'plain tool', on: { click: act } },
    sign,
    make('span', { textContent: label }),
  );
}

/** An image as itself, anything else as a chip that is downloaded. */
function toFile({ id, name, mediaType, size }) {
  const href = toFileAddress(id);
  const isImage = mediaType.startsWith('image/');
  const link = make('a', { href, ...(isImage ? { target: '_blank', rel: 'noopener' } : { download: name }) });
  const text = [
    make('span', { className: 'name', textContent: name }),
    make('span', { className: 'size', textContent: toSize(size) }),
  ];
  if (!isImage) link.append(makeSign('file'), ...text);
  else {
    const image = make('img', { src: href, alt: name, loading: 'lazy' });
    image.addEventListener('error', () => {
      image.replaceWith(
        makeSign('file'),
        ...text,
        make('span', { className: 'size', textContent: words.fileGone }),
      );
      link.classList.remove('image');
    });
    link.append(image);
    link.className = 'image';
  }
  return make('li', {}, link);
}
