// Owns how wide the thread is: dragged or moved by keys between it and the channel, and kept.

import { keep, recall } from './memory.js';

const NAME = 'thread-width';
const LEAST = 320;
/** What the rail and a channel that can be read need beside it. */
const OTHERS = 216 + 340;
const STEP = 32;

/** @param divider the separator; `thread` the pane to its right */
export function createDivider(divider, thread) {
  const most = () => Math.max(LEAST, innerWidth - OTHERS);
  const clamp = (width) => Math.round(Math.min(most(), Math.max(LEAST, width)));
  const tell = () => {
    divider.setAttribute('aria-valuemin', LEAST);
    divider.setAttribute('aria-valuemax', most());
    divider.setAttribute('aria-valuenow', clamp(thread.getBoundingClientRect().width));
  };
  const set = (width) => {
    if (width === undefined) document.body.style.removeProperty('--thread');
    else document.body.style.setProperty('--thread', `${clamp(width)}px`);
    tell();
  };
  const choose = (width) => {
    set(width);
    keep(NAME, width === undefined ? undefined : clamp(width));
  };

  divider.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    divider.focus();
    divider.setPointerCapture(event.pointerId);
    document.body.classList.add('dragging');
    const right = thread.getBoundingClientRect().right;
    const move = ({ clientX }) => choose(right - clientX);
    const end = () => {
      document.body.classList.remove('dragging');
      divider.removeEventListener('pointermove', move);
    };
    divider.addEventListener('pointermove', move);
    divider.addEventListener('lostpointercapture', end, { once: true });
  });
  divider.addEventListener('keydown', (event) => {
    const now = thread.getBoundingClientRect().width;
    const wanted = {
      ArrowLeft: now + STEP,
      ArrowRight: now - STEP,
      Home: LEAST,
      End: most(),
      Enter: undefined,
    };
    if (!Object.hasOwn(wanted, event.key)) return;
    event.preventDefault();
    choose(wanted[event.key]);
  });
  divider.addEventListener('dblclick', () => choose(undefined));
  addEventListener('resize', tell);

  const kept = recall(NAME);
  if (typeof kept === 'number' && Number.isFinite(kept)) set(kept);
  return { tell };
}
