// Owns what tells a reader who looks elsewhere: the count in the tab's title, and, where it is allowed, a notification when an answer has ended.

import { keep, recall } from './memory.js';
import { words } from './words.js';

const NAME = 'notify';
const TEXT_MAX = 140;

export const isLookedAt = () => !document.hidden && document.hasFocus();

/** @param button turns notifications on and off; left out where the browser has none */
export function createNotifier(button) {
  const isPossible = 'Notification' in window && window.isSecureContext;
  let isOn = recall(NAME, false) === true;
  const isAllowed = () => isPossible && isOn && Notification.permission === 'granted';

  const draw = () => {
    button.hidden = !isPossible || Notification.permission === 'denied';
    button.textContent = isAllowed() ? words.notifyOff : words.notifyOn;
    button.setAttribute('aria-pressed', String(isAllowed()));
  };
  button.addEventListener('click', async () => {
    isOn = !isAllowed();
    // Asked for here alone: browsers refuse for ever what nobody has pressed for.
    if (isOn && Notification.permission === 'default') await Notification.requestPermission();
    keep(NAME, isOn || undefined);
    draw();
  });
  draw();

  return {
    /** `(2) #help · Rill` */
    title(name, unread) {
      const title = `${unread > 0 ? `(${unread}) ` : ''}${name} · Rill`;
      if (document.title !== title) document.title = title;
    },
    /** @param open leads to the answer */
    tell({ id, title, text }, open) {
      if (!isAllowed() || isLookedAt()) return;
      try {
        const note = new Notification(title, { body: text.slice(0, TEXT_MAX), tag: id });
        note.addEventListener('click', () => {
          window.focus();
          note.close();
          open();
        });
      } catch {
        // Phones' browsers have them for installed pages alone.
      }
    },
  };
}
