// Owns what the page knows: the messages and what goes on, kept up to date by the server's events. Must not know how it looks.

export function createState() {
  const state = {
    ready: false,
    you: { id: '', name: '' },
    bot: { id: '', name: 'Rill' },
    channels: [],
    demo: false,
    model: null,
    messages: new Map(),
    statuses: new Map(),
    whispers: [],
    /** Messages that came to a channel while it was not looked at. */
    unread: new Map(),
  };

  const handlers = {
    snapshot({ messages, statuses, ...rest }) {
      Object.assign(state, rest, { ready: true });
      state.messages = new Map(messages.map((message) => [message.id, message]));
      state.statuses = new Map(statuses.map((status) => [status.turn, status]));
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
    hint({ id, hint }) {
      const message = state.messages.get(id);
      if (message) message.hint = hint;
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
