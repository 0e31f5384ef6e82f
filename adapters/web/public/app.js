// Owns the page: which channel and thread are open, and that all of it shows what the state holds.

import { createActions } from './actions.js';
import { acceptNoStrayDrops } from './attach.js';
import { createComposer } from './composer.js';
import { createDivider } from './divider.js';
import { setText } from './dom.js';
import { createEmpty } from './empty.js';
import { createEntries } from './entries.js';
import { createFinder } from './finder.js';
import { createHead } from './head.js';
import { follow, post } from './live.js';
import { createLog } from './log.js';
import { createNaming } from './naming.js';
import { createNews } from './news.js';
import { createNotifier, isLookedAt } from './notify.js';
import { createPlaces } from './places.js';
import { createRail } from './rail.js';
import { createRoving } from './roving.js';
import { createState } from './state.js';
import { createUnread } from './unread.js';
import { translate, words } from './words.js';

const byId = (id) => document.getElementById(id);
const store = createState();
const { state } = store;
/** Where one is: `{channel, thread, message, list}`; `list`: the list of channels, which on a phone has a pane of its own. */
let here = { channel: 'help' };
/** A message of our own that was posted and whose event has not come yet. */
let awaited;
let isDrawing = false;
let hasBegun = false;

translate();

const actions = createActions(store, whisper);

/** For this visitor's eyes alone. What belongs to a thread that is not open is said in its channel. */
function whisper(channel, thread, text) {
  const isThere = thread === here.thread || thread === channel;
  store.apply('whisper', { channel, thread: isThere ? thread : null, text });
  draw();
}

const isDirect = () => here.channel.startsWith('dm-');
const nameOf = (id) => {
  const known = state.channels.find((one) => one.id === id);
  return known === undefined ? '' : known.direct ? known.name : `#${known.name}`;
};
/** One's own direct messages have one address for everybody, and another id for each. */
const toAddressed = (place) => (place.channel?.startsWith('dm-') ? { ...place, channel: 'dm' } : place);
const toChannel = (name) =>
  state.channels.find(({ id, direct }) => (name === 'dm' ? direct : id === name))?.id;

const lastOwn = (list) =>
  list.findLast(({ from, author }) => from === 'person' && author.id === state.you.id);
const edit = (id, text) => post('/edits', { message: id, text });
const channelComposer = createComposer(byId('channel-compose'), {
  async send({ text, files, key }) {
    const { channel } = here;
    const { id } = await post('/messages', { channel, text, files, key });
    if (!isDirect() && /@rill/i.test(text) && here.channel === channel) openThread(id, { focus: false });
  },
  edit,
  lastOwn: () => lastOwn(store.rootsOf(here.channel)),
});
const threadComposer = createComposer(byId('thread-compose'), {
  send: ({ text, files, key }) =>
    post('/messages', { channel: here.channel, thread: here.thread, text, files, key }),
  edit,
  lastOwn: () => lastOwn(store.threadOf(here.thread)),
});
acceptNoStrayDrops();

const places = createPlaces({
  capture: () => ({ channel: channelLog.position(), thread: threadLog.position() }),
  onReturn: (place, scrolled) => arrive(place, { scrolled }),
});

const composers = { channel: channelComposer, thread: threadComposer };
const entries = createEntries({
  store,
  actions,
  composers,
  toAddress: ({ channel, thread, id }) =>
    channel.startsWith('dm-') ? undefined : places.toAddress({ channel, thread, message: id }),
  isOpen: ({ id }) => id === here.thread,
  openThread: ({ id }) => openThread(id, { focus: true }),
});
/** Written by this visitor a moment ago. */
const isOwn = ({ from, author, sentAt }) =>
  from === 'person' && author.id === state.you.id && actions.now() - sentAt < 10_000;
const openLog = (id, create) => {
  const log = createLog(byId(id), create, { isOwn });
  createRoving(byId(id).querySelector('ol'));
  return log;
};
const channelLog = openLog('channel-log', entries.inChannel);
const threadLog = openLog('thread-log', entries.inThread);
const drawRail = createRail((id) => openChannel(id, { focus: 'name' }));
const drawHead = createHead(composers);
const drawEmpty = createEmpty(byId('empty'), (text) => channelComposer.deliver(text));
const divider = createDivider(byId('divider'), byId('thread'));
const unread = createUnread();
const notifier = createNotifier(byId('notify'));
const news = createNews(byId('news'));
const finder = createFinder({
  view: () => ({ channels: state.channels, messages: state.messages, unread: state.unread }),
  nameOf,
  onChannel: (id) => openChannel(id, { focus: 'composer' }),
  onMessage: openMessage,
});
byId('find').addEventListener('click', finder.open);

/** Messages, then what goes on, then what only this visitor sees; a page that replaces another kind of entry is made anew. */
function toItems(messages, hangsOn) {
  // One answer at a time is written in a thread: its page, once there is one, says all that its status does.
  const isShownByPage = messages.some(({ page }) => page?.state === 'writing');
  return [
    ...messages.map((item) => ({ key: item.id, item })),
    ...(isShownByPage ? [] : store.statusesOf(hangsOn)).map((item) => ({ key: `s${item.turn}`, item })),
    ...store.whispersOf(here.channel, hangsOn).map((item) => ({ key: item.id, item })),
  ];
}

/** On a narrow screen the list of channels takes the channel's place. */
const isOnlyList = () => here.list === true && matchMedia('(max-width: 700px)').matches;
const isSeen = (channel) => channel === here.channel && isLookedAt() && !isOnlyList();

function drawNow() {
  isDrawing = false;
  if (!state.ready || !hasBegun) return;
  if (toChannel(here.channel) === undefined)
    return arrive({ channel: isDirect() ? 'dm' : 'help' }, { replace: true });
  if (here.thread !== undefined && here.thread !== awaited && !state.messages.has(here.thread))
    return closeThread({ replace: true });
  if (state.messages.has(awaited)) awaited = undefined;
  state.unread = unread.count(state, isSeen);
  drawRail(state, here.channel);
  const name = nameOf(here.channel);
  drawHead(state, { name, isPrivate: isDirect() });
  notifier.title(
    name,
    [...state.unread.values()].reduce((sum, one) => sum + one, 0),
  );
  const roots = store.rootsOf(here.channel);
  drawEmpty(roots.length === 0 ? { name, isDirect: isDirect(), ...state } : undefined);
  channelLog.show(toItems(roots, isDirect() ? here.channel : null));
  const isOpen = here.thread !== undefined;
  byId('thread').hidden = !isOpen;
  byId('divider').hidden = !isOpen;
  if (isOpen) threadLog.show(toItems(store.threadOf(here.thread), here.thread));
}

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  // A page in the background gets no frames; its reader should find it up to date.
  if (document.hidden) setTimeout(drawNow, 250);
  else requestAnimationFrame(drawNow);
}

/** Shows a place; `scrolled`: as it was left, else at its end, or where its message stands. */
function show(place, { scrolled } = {}) {
  const before = here;
  here = place;
  document.body.dataset.pane = place.list ? 'channels' : place.thread === undefined ? 'channel' : 'thread';
  channelComposer.open(place.channel.startsWith('dm-') ? 'dm' : place.channel);
  if (place.thread !== undefined) threadComposer.open(place.thread);
  drawNow();
  if (here !== place) return;
  if (scrolled) channelLog.restore(scrolled.channel);
  else if (before.channel !== place.channel) channelLog.toEnd();
  if (place.thread === undefined) return;
  divider.tell();
  if (scrolled) threadLog.restore(scrolled.thread);
  else if (before.thread !== place.thread) threadLog.toEnd();
}

/** Goes to a place and gives it an address in the history. */
function go(place, { replace } = {}) {
  places.go(toAddressed(place), { replace });
  show(place);
}

/** Comes to where an address leads; what it names may be gone. */
function arrive(named, { scrolled, replace = false } = {}) {
  const wanted = named ?? { channel: 'help' };
  const channel = wanted.list ? here.channel : toChannel(wanted.channel);
  const isThere = (id) => id === undefined || state.messages.has(id);
  const isGone = channel === undefined || !isThere(wanted.thread) || !isThere(wanted.message);
  const place = { channel: channel ?? 'help', ...(wanted.list ? { list: true } : {}) };
  if (isThere(wanted.thread)) place.thread = wanted.thread;
  if (isThere(wanted.message)) place.message = wanted.message;
  if (isGone) news.tell(words.gone);
  if (isGone || replace || named === undefined) places.go(toAddressed(place), { replace: true });
  show(place, { scrolled });
  if (place.message !== undefined && !scrolled) reveal(place.message);
}

/** Brings a message into view and marks it for a moment; `word`: one that is looked for in it. */
function reveal(id, word) {
  const log = here.thread === undefined ? channelLog : threadLog;
  log.reveal(
    byId(here.thread === undefined ? 'channel-log' : 'thread-log').querySelector(
      `[data-id="${CSS.escape(id)}"]`,
    ),
    word,
  );
}

function openChannel(id, { focus }) {
  go({ channel: id });
  channelLog.toEnd();
  if (focus === 'composer') channelComposer.focus();
  else byId('channel-name').focus({ preventScroll: true });
}

function openThread(id, { focus }) {
  awaited = id;
  go({ channel: here.channel, thread: id });
  if (focus) byId('thread-name').focus({ preventScroll: true });
}

function openMessage({ channel, thread, id }, word) {
  const isPrivate = channel.startsWith('dm-');
  go(isPrivate ? { channel, message: id } : { channel, thread, message: id });
  reveal(id, word);
}

function closeThread({ replace } = {}) {
  go({ channel: here.channel }, { replace });
}

byId('close-thread').addEventListener('click', () => {
  const open = here.thread;
  closeThread();
  const index = store.rootsOf(here.channel).findIndex(({ id }) => id === open);
  channelLog.openerAt(index)?.focus();
});
for (const back of document.querySelectorAll('.back'))
  back.addEventListener('click', () => {
    if (back.dataset.to === 'channels') go({ channel: here.channel, list: true });
    else closeThread();
  });
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  if (here.thread !== undefined) byId('close-thread').click();
});
for (const type of ['focus', 'blur', 'resize']) addEventListener(type, draw);
document.addEventListener('visibilitychange', draw);

const naming = createNaming(() =>
  whisper(here.channel, here.thread ?? (isDirect() ? here.channel : null), words.nameRefused),
);
byId('rename').addEventListener('click', () => naming.ask(state.you.name));

/** Beginnings and ends are read out, words as they come are not; who asked and looks elsewhere is notified of the end. */
function announce(type, data, before) {
  const message = state.messages.get(type === 'message' ? data.message.id : data.id);
  if (!message?.page) return;
  const { state: now, notice, body } = message.page;
  const said = words.ended[now];
  const isEnd = said !== undefined && now !== before;
  if (isEnd && actions.isMine(message.askedBy))
    notifier.tell({ id: message.id, title: said, text: notice ?? body }, () => openMessage(message));
  if (message.channel !== here.channel) return;
  if (type === 'message' && now === 'writing') byId('announce').textContent = words.started;
  if (isEnd) byId('announce').textContent = [said, notice].filter(Boolean).join(' ');
}

/** The server was started anew: what was not sent stays, though its thread is gone. */
function tellLost(lost) {
  news.tell(words.restarted(lost));
  if (here.thread !== undefined && !state.messages.has(here.thread))
    channelComposer.adopt(threadComposer.surrender());
  channelComposer.renew();
}

/** The first snapshot is there: the page goes where its address leads. */
function begin() {
  hasBegun = true;
  const { place, scrolled } = places.first();
  arrive(place, { scrolled });
  // On a phone the keyboard would cover what one came to read.
  if (matchMedia('(pointer: coarse)').matches) return;
  if (here.thread === undefined) channelComposer.focus();
  else threadComposer.focus();
}

follow(
  store.types,
  (type, data) => {
    const before = state.messages.get(data.id)?.page?.state;
    const lost = store.apply(type, data);
    if (type === 'snapshot') {
      naming.restore(state.you.name);
      if (lost) tellLost(lost);
      if (!hasBegun) begin();
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
