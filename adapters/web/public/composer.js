// Owns the place where one writes: grows with its text, sends on Enter, keeps what was begun in each place, edits one's last words, and
// offers examples where there are any.

import { acceptDrops, createAttachments } from './attach.js';
import { make } from './dom.js';
import { keep, recall } from './memory.js';
import { makeSign } from './signs.js';
import { words } from './words.js';

const TEXT_MAX = 8_000;

/**
 * @param place the element that holds it, within the pane on which files may be dropped
 * @param options.send ({text, files, key}) → a promise; rejects where it did not get through, and the text stays. `key`: the same again
 * where the same is sent once more after that, since only the answer may have been lost.
 * @param options.edit (id, text) → a promise, likewise
 * @param options.lastOwn () → one's last message in that place, as `{id, text, files}`
 */
export function createComposer(place, { send, edit, lastOwn }) {
  const area = make('textarea', { rows: 1, attributes: { enterkeyhint: 'send' } });
  const toButton = (label, properties, ...children) =>
    make(
      'button',
      { type: 'button', title: label, attributes: { 'aria-label': label }, ...properties },
      ...children,
    );
  const mention = toButton(words.mention, { className: 'plain mention', textContent: '@' });
  const clip = toButton(
    words.attach,
    { className: 'plain clip', on: { click: () => files.choose() } },
    makeSign('clip'),
  );
  const submit = make('button', { type: 'submit', className: 'go', textContent: words.send });
  const problem = make('p', { className: 'problem', hidden: true, attributes: { role: 'alert' } });
  const form = make('form', { className: 'write' }, area, clip, mention, submit);
  const examples = make('div', { className: 'try', hidden: true });
  const cancel = make('button', {
    type: 'button',
    className: 'plain',
    textContent: words.cancel,
    on: { click: () => endEdit() },
  });
  const editing = make('p', { className: 'editing', hidden: true }, `${words.editing} `, cancel);
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = text === '';
  };
  const files = createAttachments(say);
  /** Files that were begun in other places. */
  const shelved = new Map();
  place.append(examples, editing, problem, files.chips, form, files.field);
  acceptDrops(place.parentElement, files.addAll);

  let name = '';
  /** The message that is edited, and what stood here before. */
  let edited;
  let isSending = false;
  let failed;

  const fit = () => {
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
  };
  const write = (text) => {
    area.value = text;
    fit();
  };
  const keepDraft = () => {
    if (edited === undefined) keep(`draft ${name}`, area.value || undefined, { lasting: false });
  };
  const beginEdit = (message) => {
    if (message === undefined) return;
    edited = { message, before: edited?.before ?? area.value };
    editing.hidden = false;
    submit.textContent = words.save;
    write(message.text);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  };
  const endEdit = () => {
    if (edited === undefined) return;
    write(edited.before);
    edited = undefined;
    editing.hidden = true;
    submit.textContent = words.send;
    say('');
    area.focus();
  };

  const deliver = async (text, ids = []) => {
    say('');
    const isSame = failed?.text === text && failed.files.join() === ids.join() && failed.name === name;
    const message = isSame ? failed : { text, files: ids, key: makeKey(), name };
    failed = undefined;
    try {
      await send(message);
      return true;
    } catch (error) {
      failed = message;
      say(error.message === '413' ? words.tooLong : words.refused);
      return false;
    }
  };
  /** What was not sent stays where it was written, before whatever has been begun there since; one may be elsewhere by now. */
  const putBack = (from, text, taken) => {
    if (from !== name) {
      keep(`draft ${from}`, joined(text, recall(`draft ${from}`, '', { lasting: false })), {
        lasting: false,
      });
      shelved.set(from, [...taken, ...(shelved.get(from) ?? [])]);
      return;
    }
    if (edited) edited.before = joined(text, edited.before);
    else write(joined(text, area.value));
    files.putBack(taken);
  };
  const saveEdit = async (text) => {
    const { message } = edited;
    if (text === '' && message.files.length === 0) return;
    try {
      if (text !== message.text) await edit(message.id, text);
      endEdit();
    } catch {
      say(words.refused);
    }
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (text.length > TEXT_MAX) return say(words.tooLong);
    if (edited) return saveEdit(text);
    // A bare mention is a question about what stands above it.
    if (text === '' && files.isEmpty()) return area.focus();
    if (isSending) return;
    if (files.isFailed()) return say(words.removeFailed);
    isSending = true;
    const from = name;
    const ids = await files.ids();
    isSending = false;
    if (files.isFailed()) return say(words.removeFailed);
    const taken = files.takeAll();
    write('');
    keepDraft();
    if (!(await deliver(text, ids))) putBack(from, text, taken);
    keepDraft();
    fit();
  });
  area.addEventListener('input', () => {
    fit();
    keepDraft();
  });
  area.addEventListener('paste', (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    // Tables and pages come with a picture of themselves: their words are what is meant.
    if (pasted.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    files.addAll(pasted);
  });
  area.addEventListener('keydown', (event) => {
    // While a Chinese word is being composed, its keys belong to the input method.
    if (event.isComposing || event.keyCode === 229) return;
    const isPlain = !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
    if (event.key === 'Escape' && edited) {
      event.preventDefault();
      event.stopPropagation();
      return endEdit();
    }
    if (event.key === 'ArrowUp' && isPlain && area.value === '' && !edited && files.isEmpty()) {
      const last = lastOwn();
      if (last) event.preventDefault();
      return beginEdit(last);
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    form.requestSubmit();
  });
  mention.addEventListener('click', () => {
    area.setRangeText('@Rill ', area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    fit();
    keepDraft();
  });

  return {
    focus: () => area.focus(),
    beginEdit,
    /** `short`: where there is no room for the whole hint. */
    label({ hint, short = hint, mentions }) {
      area.placeholder = matchMedia('(max-width: 700px)').matches ? short : hint;
      area.setAttribute('aria-label', hint);
      mention.hidden = !mentions;
    },
    /** Goes on with what was begun in the place of this name. */
    open(next) {
      if (next === name) return;
      endEditQuietly();
      keepDraft();
      shelved.set(name, files.takeAll());
      name = next;
      failed = undefined;
      files.putBack(shelved.get(name) ?? []);
      shelved.delete(name);
      say('');
      const kept = recall(`draft ${name}`, '', { lasting: false });
      write(typeof kept === 'string' ? kept : '');
    },
    /** The server knows nothing of what was before: files go up again. */
    renew() {
      shelved.clear();
      files.renew();
    },
    /** Takes out what was begun, or takes it in where nothing was. */
    surrender() {
      const text = edited ? edited.before : area.value;
      endEditQuietly();
      write('');
      keepDraft();
      return text;
    },
    adopt(text) {
      if (text === '') return;
      if (edited) edited.before = joined(edited.before, text);
      else write(joined(area.value, text));
      keepDraft();
    },
    /** Groups of `[label, text]` to click. */
    offer(groups) {
      const some = groups.filter(({ list }) => list.length > 0);
      examples.hidden = some.length === 0;
      examples.replaceChildren(...some.map((group) => toGroup(group, deliver)));
    },
    deliver,
  };

  function endEditQuietly() {
    if (edited === undefined) return;
    area.value = edited.before;
    edited = undefined;
    editing.hidden = true;
    submit.textContent = words.send;
  }
}

const joined = (first, second) => [first, second].filter((text) => text !== '').join('\n');

function toGroup({ title, list }, deliver) {
  return make(
    'div',
    { attributes: { role: 'group', 'aria-label': title } },
    make('span', { textContent: title, attributes: { 'aria-hidden': 'true' } }),
    ...list.map(([label, text]) =>
      make('button', { type: 'button', textContent: label, title: text, on: { click: () => deliver(text) } }),
    ),
  );
}

/** Not crypto.randomUUID: browsers have it only under https and on loopback. */
function makeKey() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(36)).join('');
}
