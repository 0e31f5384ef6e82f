// Owns the page: which channel and thread are open, and that all of it shows what the state holds.

import { createComposer } from './composer.js';
import { make, makeWave, setText } from './dom.js';
import { follow, post } from './live.js';
import { createLog } from './log.js';
import { createMessage, createStatus, createWhisper, toTime } from './message.js';
import { createNaming } from './naming.js';
import { createRail } from './rail.js';
import { createState } from './state.js';
import { translate, words } from './words.js';

const byId = (id) => document.getElementById(id);
const store = createState();
const { state } = store;
let channel = 'help';
/** The id of the message whose thread is open; undefined where none is. */
let thread;
/** A message of our own that was posted and whose event has not come yet. */
let awaited;
let isDrawing = false;

translate();

const actions = {
  isMine: (id) => id === state.you.id,
  async press({ action, turn }, { channel: place, thread: hangsOn }) {
    try {
      const answer = await post('/controls', { action, turn, channel: place });
      if (!answer?.say) return true;
      whisper(place, hangsOn, answer.say);
    } catch {
      whisper(place, hangsOn, words.refused);
    }
    return false;
  },
  now: () => Date.now() + (state.skew ?? 0),
  /** All pages of the reply that this one is the last of. */
  pagesOf: ({ id, thread: hangsOn }) => {
    const pages = store.threadOf(hangsOn).filter(({ page }) => page);
    const last = pages.findIndex((one) => one.id === id);
    const first = pages.findLastIndex(({ page }, index) => index <= last && page.index === 0);
    return pages.slice(Math.max(0, first), last + 1);
  },
  async remove({ id, channel: place, thread: hangsOn }) {
    await post('/deletions', { message: id }).catch(() => whisper(place, hangsOn, words.refused));
  },
};

function whisper(place, hangsOn, text) {
  store.apply('whisper', { channel: place, thread: hangsOn, text });
  draw();
}

const isDirect = () => channel.startsWith('dm-');
const nameOf = (id) => {
  const known = state.channels.find((one) => one.id === id);
  return known === undefined ? '' : known.direct ? known.name : `#${known.name}`;
};

const channelComposer = createComposer(byId('channel-compose'), async ({ text, key }) => {
  const { id } = await post('/messages', { channel, text, key });
  if (!isDirect() && /@rill/i.test(text)) openThread(id, { focus: false });
});
const threadComposer = createComposer(byId('thread-compose'), async ({ text, key }) => {
  await post('/messages', { channel, thread, text, key });
  threadComposer.begin('@Rill ');
});

/** A question of the channel, and below it what came of it. */
function createRoot(message) {
  const made = createMessage(message, actions);
  if (message.thread !== message.id) return made;
  const open = make('button', {
    type: 'button',
    className: 'open',
    on: { click: () => openThread(message.id, { focus: true }) },
  });
  made.column.append(open);
  return {
    element: made.element,
    update(item) {
      made.update(item);
      const all = store.threadOf(item.id).filter(({ id }) => id !== item.id);
      const isWriting =
        store.statusesOf(item.id).length > 0 || all.some(({ page }) => page?.state === 'writing');
      const when = isWriting ? words.writing : all.length > 0 ? toTime(all.at(-1).sentAt) : '';
      const parts = [all.length > 0 ? words.replies(all.length) : '', when].filter((part) => part !== '');
      setText(open, parts.join(' · ') || words.reply);
      open.setAttribute('aria-label', `${open.textContent}, ${words.openThread}`);
      made.element.classList.toggle('current', item.id === thread);
    },
  };
}

const createEntry = (create) => (item) => {
  if (item.turn !== undefined) return createStatus(item, state.bot, actions);
  return item.thread === null || item.author === undefined ? createWhisper(item) : create(item);
};
/** Written by this visitor a moment ago. */
const isOwn = ({ from, author, sentAt }) =>
  from === 'person' && author.id === state.you.id && actions.now() - sentAt < 10_000;
const channelLog = createLog(byId('channel-log'), createEntry(createRoot), { isOwn });
const threadLog = createLog(
  byId('thread-log'),
  createEntry((item) => createMessage(item, actions)),
  { isOwn },
);
const drawRail = createRail(openChannel);

/** Messages, then what goes on, then what only this visitor sees; a page that replaces another kind of entry is made anew. */
function toItems(messages, hangsOn) {
  // One answer at a time is written in a thread: its page, once there is one, says all that its status does.
  const isShownByPage = messages.some(({ page }) => page?.state === 'writing');
  return [
    ...messages.map((item) => ({ key: item.id, item })),
    ...(isShownByPage ? [] : store.statusesOf(hangsOn)).map((item) => ({ key: `s${item.turn}`, item })),
    ...store.whispersOf(channel, hangsOn).map((item) => ({ key: item.id, item })),
  ];
}

function drawHead() {
  const name = nameOf(channel);
  setText(byId('channel-name'), name.replace(/^#/, '# '));
  setText(byId('topic'), isDirect() ? words.directTopic : words.topic(state.demo ? null : state.model));
  document.title = `${name} · Rill`;
  channelComposer.label({
    hint: isDirect() ? words.writeDirect : words.writeIn(name),
    name: isDirect() ? words.writeDirect : words.writeIn(name),
    mentions: !isDirect(),
  });
  setText(byId('thread-place'), words.threadIn(name));
  const banner = byId('demo');
  banner.hidden = !state.demo;
  if (state.demo && banner.childElementCount === 0)
    banner.append(
      make('b', { textContent: words.demoTitle }),
      ` ${words.demoText} `,
      make('code', { textContent: 'DEEPSEEK_API_KEY' }),
      ` ${words.demoEnd}`,
    );
  const place = isDirect();
  if (drawHead.shown === `${state.demo}${place}`) return;
  drawHead.shown = `${state.demo}${place}`;
  const withMention = (list) => list.map(([label, text]) => [label, place ? text : `@Rill ${text}`]);
  channelComposer.offer(
    state.demo
      ? [
          { title: words.try, list: withMention(words.examples) },
          { title: words.fail, list: withMention(words.failures) },
        ]
      : [],
  );
}

function drawEmpty(isEmpty) {
  const place = byId('empty');
  place.hidden = !isEmpty;
  if (!isEmpty) return;
  place.replaceChildren(
    makeWave(),
    make('h2', { textContent: words.emptyTitle(nameOf(channel)) }),
    make('p', { textContent: isDirect() ? words.emptyDirect : words.emptyText }),
  );
}

function drawNow() {
  isDrawing = false;
  if (!state.ready) return;
  if (!state.channels.some(({ id }) => id === channel))
    channel = state.channels.find(({ direct }) => direct === isDirect())?.id ?? 'help';
  if (thread !== undefined && thread !== awaited && !state.messages.has(thread)) closeThread();
  if (state.messages.has(awaited)) awaited = undefined;
  drawRail(state, channel);
  drawHead();
  const roots = store.rootsOf(channel);
  drawEmpty(roots.length === 0);
  channelLog.show(toItems(roots, isDirect() ? channel : null));
  byId('thread').hidden = thread === undefined;
  if (thread !== undefined) threadLog.show(toItems(store.threadOf(thread), thread));
}

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  // A page in the background gets no frames; its reader should find it up to date.
  if (document.hidden) setTimeout(drawNow, 250);
  else requestAnimationFrame(drawNow);
}

function show(pane) {
  document.body.dataset.pane = pane;
}

function openChannel(id) {
  const isOther = id !== channel;
  channel = id;
  state.unread.delete(id);
  if (isOther) closeThread();
  show('channel');
  drawNow();
  channelLog.toEnd();
  if (isOther) byId('channel-name').focus({ preventScroll: true });
}

function openThread(id, { focus }) {
  thread = id;
  awaited = id;
  show('thread');
  threadComposer.label({ hint: words.writeReply, name: words.writeReply, mentions: true });
  threadComposer.begin('@Rill ');
  drawNow();
  threadLog.toEnd();
  if (focus) byId('thread-name').focus({ preventScroll: true });
}

function closeThread() {
  const open = thread;
  thread = undefined;
  byId('thread').hidden = true;
  if (document.body.dataset.pane === 'thread') show('channel');
  draw();
  return open;
}

byId('close-thread').addEventListener('click', () => {
  const open = closeThread();
  drawNow();
  const index = store.rootsOf(channel).findIndex(({ id }) => id === open);
  channelLog.openerAt(index)?.focus();
});
for (const back of document.querySelectorAll('.back'))
  back.addEventListener('click', () => {
    if (back.dataset.to === 'channel') closeThread();
    show(back.dataset.to);
  });
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && thread !== undefined && !byId('naming').open) byId('close-thread').click();
});

const name = createNaming(() => whisper(channel, thread ?? (isDirect() ? channel : null), words.nameRefused));
byId('rename').addEventListener('click', () => name.ask(state.you.name));

/** Beginnings and ends are read out, words as they come are not. */
function announce(type, data, before) {
  const message = state.messages.get(type === 'message' ? data.message.id : data.id);
  if (!message?.page || message.channel !== channel) return;
  const { state: now, notice } = message.page;
  if (type === 'message' && now === 'writing') byId('announce').textContent = words.started;
  const said = words.ended[now];
  if (said && now !== before) byId('announce').textContent = [said, notice].filter(Boolean).join(' ');
}

follow(
  store.types,
  (type, data) => {
    const before = state.messages.get(data.id)?.page?.state;
    store.apply(type, data);
    if (type === 'snapshot') name.restore(state.you.name);
    if (type === 'message') {
      const { channel: place, author } = data.message;
      if (place !== channel && author.id !== state.you.id)
        state.unread.set(place, (state.unread.get(place) ?? 0) + 1);
    }
    if (type === 'message' || type === 'page') announce(type, data, before);
    draw();
  },
  (isLost) => {
    byId('lost').hidden = isLost === false;
    setText(byId('lost'), toLostWords(isLost));
  },
);

function toLostWords(isLost) {
  if (isLost === true) return words.lost;
  if (isLost === false) return '';
  return isLost === 'crowded' ? words.crowded : isLost;
}
