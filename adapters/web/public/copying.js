// Owns the buttons that copy: what they say, and what is done where the browser keeps its clipboard to itself.

import { make } from './dom.js';
import { words } from './words.js';

const SAID_MS = 1500;

/**
 * @param label what the button says at rest
 * @param toText gives the text at the moment of the press
 */
export function makeCopy(label, toText, ...signs) {
  const hasSigns = signs.length > 0;
  const inner = hasSigns ? make('span', { textContent: label }) : undefined;
  let cancel;
  const button = make(
    'button',
    {
      type: 'button',
      textContent: hasSigns ? '' : label,
      className: 'plain copy',
      attributes: { 'data-own': '' },
      on: {
        async click() {
          said.textContent = (await write(toText())) ? words.copied : words.notCopied;
          clearTimeout(cancel);
          cancel = setTimeout(() => {
            said.textContent = label;
          }, SAID_MS);
        },
      },
    },
    ...signs,
    inner,
  );
  const said = inner ?? button;
  return button;
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers have it only under https and on loopback, and may ask.
    return writeBySelection(text);
  }
}

function writeBySelection(text) {
  const before = document.activeElement;
  const area = make('textarea', { className: 'unseen', value: text, attributes: { 'aria-hidden': 'true' } });
  (before?.closest('dialog') ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  before?.focus({ preventScroll: true });
  return isDone;
}
