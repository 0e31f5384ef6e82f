// Owns the buttons below an answer: what a press changes at once, and a Retry that counts down. Must not know what a press does.

import { make, setText } from './dom.js';
import { words } from './words.js';

/** A press of which nothing has come by then is forgotten: the buttons are there again. */
const PATIENCE_MS = 8_000;
const SECOND_MS = 1_000;

/** A button of the bot's. `press` is given it. */
export function makeControl(control, press) {
  return make('button', {
    type: 'button',
    textContent: control.label,
    className: control.action === 'continue' ? 'go' : control.action === 'stop' ? 'stop' : '',
    attributes: { 'data-action': control.action },
    on: { click: () => press(control) },
  });
}

/**
 * What has been pressed and not been answered yet.
 * @param press (control) → a promise; `false` where it was not taken
 * @param onChange whatever hangs on it is to be shown anew
 */
export function createPress(press, onChange) {
  let pressed;
  const forget = (one) => {
    if (pressed !== one) return;
    pressed = undefined;
    clearTimeout(one.cancel);
    onChange();
  };
  return {
    /** The action that is under way; undefined when there is none. */
    action: () => pressed?.action,
    press(control) {
      if (pressed) return;
      const one = { action: control.action };
      one.cancel = setTimeout(() => forget(one), PATIENCE_MS);
      pressed = one;
      onChange();
      press(control).then(
        (taken) => taken === false && forget(one),
        () => forget(one),
      );
    },
    /** The server has shown what came of it. */
    answered() {
      clearTimeout(pressed?.cancel);
      pressed = undefined;
    },
  };
}

/**
 * Lets a button count down to when the provider takes the question again; it may be pressed before.
 * @param now the server's clock
 */
export function countDown(button, label, until, now) {
  const tick = () => {
    const seconds = Math.ceil((until - now()) / SECOND_MS);
    setText(button, seconds > 0 ? words.inSeconds(label, seconds) : label);
    if (seconds > 0)
      setTimeout(() => button.isConnected && tick(), until - now() - (seconds - 1) * SECOND_MS);
  };
  tick();
}
