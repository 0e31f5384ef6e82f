// Owns the rail: the channels and direct messages, which of them is open, what came to the others, and one's own name.

import { make, setText } from './dom.js';
import { words } from './words.js';

const byId = (id) => document.getElementById(id);

/** @param onOpen gets the id of the channel that was chosen */
export function createRail(onOpen) {
  let shown;

  const toEntry = ({ id, name, direct }, { channel, unread }) => {
    const count = unread.get(id) ?? 0;
    const button = make(
      'button',
      { type: 'button', on: { click: () => onOpen(id) } },
      make('span', { textContent: direct ? name : `# ${name}` }),
      count > 0
        ? make('span', {
            className: 'count',
            textContent: count,
            attributes: { 'aria-label': words.unread(count) },
          })
        : null,
    );
    if (id === channel) button.setAttribute('aria-current', 'page');
    return make('li', {}, button);
  };

  return ({ you, channels, unread }, channel) => {
    setText(byId('me'), you.name);
    const signature = JSON.stringify([channels, channel, [...unread]]);
    if (shown === signature) return;
    shown = signature;
    const focused = document.activeElement?.closest('.rail li');
    const index = focused ? [...document.querySelectorAll('.rail li')].indexOf(focused) : -1;
    const toEntries = (isDirect) =>
      channels.filter(({ direct }) => direct === isDirect).map((one) => toEntry(one, { channel, unread }));
    byId('channels').replaceChildren(...toEntries(false));
    byId('directs').replaceChildren(...toEntries(true));
    if (index >= 0) document.querySelectorAll('.rail li')[index]?.querySelector('button').focus();
  };
}
