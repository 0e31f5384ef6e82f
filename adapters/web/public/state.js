// Owns what the page knows: the messages and what goes on, kept up to date by the server's events. Must not know how it looks.

const SKEW_MIN_MS = 2_000;

export function createState() {
  const state = {
    ready: false,
    you: { id: '', name: '' },
    bot: { id: '', name: 'Rill' },
    channels: [],
    demo: false,
    model: null,
    /** Examples that the demo offers: `{group, lang, label, text}`. */
    chips: [],
    /** Of the server's process; another one knows nothing of what was before. */
    start: undefined,
    /** What to add to this browser's clock to have the server's. */
    skew: 0,
    messages: new Map(),
    statuses: new Map(),
    whispers: [],
    /** How many messages each channel has that were not read. */
    unread: new Map(),
  };

  const handlers = {
    /** Tells what was lost, where the server was started anew. */
    snapshot({ messages, statuses, ...rest }) {
      const before = { start: state.start, messages: state.messages };
      Object.assign(state, rest, { ready: true });
      const skew = rest.now === undefined ? 0 : rest.now - Date.now();
      // The way here takes time too: only clocks that really differ are told apart.
      state.skew = Math.abs(skew) < SKEW_MIN_MS ? 0 : skew;
      state.messages = new Map(messages.map((message) => [message.id, message]));
      state.statuses = new Map(statuses.map((status) => [status.turn, status]));
      if (before.start === undefined || before.start === state.start) return undefined;
      state.whispers = [];
      const gone = [...before.messages.values()].filter(({ id }) => !state.messages.has(id));
      return {
        messages: gone.length,
        answers: gone.filter(({ page }) => page?.state === 'writing').length,
      };
    },
    message({ message }) {
      state.messages.set(message.id, message);
    },
    page({ id, body, reasoning, page }) {
      const message = state.messages.get(id);
      if (!message) return;
      const before = message.page;
      message.page = {
        ...page,
        body: grow(before?.body, body),
        reasoning: reasoning && {
          text: grow(before?.reasoning?.text, reasoning),
          ms: reasoning.ms,
          done: reasoning.done,
        },
      };
    },
    edited({ id, text, edits }) {
      const message = state.messages.get(id);
      if (message) Object.assign(message, { text, edits });
    },
    removed({ ids }) {
      for (const id of ids) state.messages.delete(id);
    },
    waiting({ id, waiting }) {
      const message = state.messages.get(id);
      if (message) message.waiting = waiting;
    },
    refused({ id, refused }) {
      const message = state.messages.get(id);
      if (message) message.refused = refused;
    },
    hint({ id, hint, asked }) {
      const message = state.messages.get(id);
      if (message) Object.assign(message, { hint, asked });
    },
    answer({ id, answer }) {
      const message = state.messages.get(id);
      if (message) message.answer = answer;
    },
    status({ turn, text, ...place }) {
      if (text === null) state.statuses.delete(turn);
      else state.statuses.set(turn, { turn, text, ...place });
    },
    whisper(whisper) {
      state.whispers.push({ ...whisper, id: `w${state.whispers.length}` });
    },
    you({ you }) {
      state.you = you;
    },
  };

  return {
    ...{ state },
    types: Object.keys(handlers),
    apply: (type, data) => handlers[type](data),
    /** The messages of a thread, in order. */
    threadOf: (thread) => [...state.messages.values()].filter((message) => message.thread === thread),
    /** All pages of the reply that ends, or goes on, with this one. */
    pagesOf: (thread, id) => {
      const pages = [...state.messages.values()].filter((one) => one.thread === thread && one.page);
      const last = pages.findIndex((one) => one.id === id);
      const first = pages.findLastIndex(({ page }, index) => index <= last && page.index === 0);
      return pages.slice(Math.max(0, first), last + 1);
    },
    /** What stands in a channel itself; of direct messages everything. */
    rootsOf: (channel) =>
      [...state.messages.values()].filter(
        (message) =>
          message.channel === channel && (message.id === message.thread || message.thread === channel),
      ),
    statusesOf: (thread) => [...state.statuses.values()].filter((status) => status.thread === thread),
    whispersOf: (channel, thread) =>
      state.whispers.filter((whisper) => whisper.channel === channel && whisper.thread === thread),
  };
}

function grow(before = '', { keep, add }) {
  return before.slice(0, keep) + add;
}
