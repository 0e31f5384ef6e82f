// Owns the place where one writes: grows with its text, sends on Enter, and offers examples where there are any.

import { make } from './dom.js';
import { words } from './words.js';

const TEXT_MAX = 8_000;

/**
 * @param send ({text, key}) → a promise; rejects where it did not get through, and the text stays. `key`: the same again where the
 * same text is sent once more after that, since only the answer may have been lost.
 */
export function createComposer(place, send) {
  const area = make('textarea', { rows: 1, attributes: { enterkeyhint: 'send' } });
  const mention = make('button', {
    type: 'button',
    className: 'plain mention',
    textContent: '@',
    title: words.mention,
    attributes: { 'aria-label': words.mention },
  });
  const submit = make('button', { type: 'submit', className: 'go', textContent: words.send });
  const problem = make('p', { className: 'problem', hidden: true, attributes: { role: 'alert' } });
  const form = make('form', { className: 'write' }, area, mention, submit);
  const examples = make('div', { className: 'try', hidden: true });
  place.append(examples, problem, form);

  const fit = () => {
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
  };
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };
  let failed;
  const deliver = async (text) => {
    say('');
    const post = failed?.text === text ? failed : { text, key: makeKey() };
    failed = undefined;
    try {
      await send(post);
      return true;
    } catch {
      failed = post;
      say(words.refused);
      return false;
    }
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = area.value.trim();
    // A bare mention is a question about what stands above it.
    if (text === '') return area.focus();
    if (text.length > TEXT_MAX) return say(words.tooLong);
    area.value = '';
    fit();
    if (!(await deliver(text)) && area.value === '') area.value = text;
    fit();
  });
  area.addEventListener('input', fit);
  area.addEventListener('keydown', (event) => {
    // While a Chinese word is being composed, Enter belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  mention.addEventListener('click', () => {
    area.setRangeText('@Rill ', area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    fit();
  });

  return {
    focus: () => area.focus(),
    label({ hint, name, mentions }) {
      area.placeholder = hint;
      area.setAttribute('aria-label', name);
      mention.hidden = !mentions;
    },
    /** Begins the text, unless something else stands there. */
    begin(text) {
      if (area.value.trim() === '' || /^@rill$/i.test(area.value.trim())) area.value = text;
      fit();
    },
    /** Groups of `[label, text]` to click. */
    offer(groups) {
      examples.hidden = groups.length === 0;
      examples.replaceChildren(
        ...groups.map(({ title, list }) =>
          make(
            'div',
            { attributes: { role: 'group', 'aria-label': title } },
            make('span', { textContent: title, attributes: { 'aria-hidden': 'true' } }),
            ...list.map(([label, text]) =>
              make('button', {
                type: 'button',
                textContent: label,
                title: text,
                on: { click: () => deliver(text) },
              }),
            ),
          ),
        ),
      );
    },
  };
}

/** Not crypto.randomUUID: browsers have it only under https and on loopback. */
function makeKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(36)).join('');
}
