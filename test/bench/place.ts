// Owns the two platforms as the benchmarks load them: asking in a channel of its own, and the text that a reader sees there.
// Must not know what is measured, nor the model.

import { fromContent } from '../../adapters/discord/format.ts';
import { createDiscordServer } from '../fakes/discord-server/index.ts';
import { createSlackServer, type ReaderMessage } from '../fakes/slack-server/index.ts';

/** Round trip of each call; a call takes effect after half of it. */
export const latencyMs = 80;

export interface Counts {
  readonly calls: number;
  /** Calls that brought text to a page that stood already. */
  readonly edits: number;
  /** What each call that met a limit was: a method, or a method and a route. */
  readonly limited: readonly string[];
}

export interface Place {
  readonly name: 'slack' | 'discord';
  readonly env: Readonly<Record<string, string>>;
  /** Asks in a channel where nobody has asked before; returns what its answer is looked up by. */
  ask(text: string): Promise<string>;
  /** The pages that stand below a question, the model's text only; `over` when nothing looks as if it were still being written. */
  look(asked: string): { readonly pages: readonly string[]; readonly over: boolean };
  /** Told when something may have changed below a question. */
  watch(listener: (asked: string) => void): () => void;
  /** From now on every bucket holds at most this part of its capacity; where limits are buckets. */
  drain?(part: number): void;
  /** Of all calls so far. */
  counts(): Counts;
  close(): Promise<void>;
}

/** `channels`: how many questions it will take. `burst`: how full the buckets are, in parts of a minute's allotment. */
export async function createSlackPlace(channels: number, burst: number): Promise<Place> {
  const people = Array.from(
    { length: 25 },
    (_, index) => [`U0ASK${index}`, { name: `Ada ${index}` }] as const,
  );
  const server = await createSlackServer({ users: Object.fromEntries(people), burst, latencyMs });
  let asked = 0;
  const isLimited = (answer: (typeof server.calls)[number]['answer']) =>
    answer !== null && typeof answer === 'object' && answer.status === 429;
  return {
    name: 'slack',
    env: {
      SLACK_BOT_TOKEN: server.botToken,
      SLACK_APP_TOKEN: server.appToken,
      SLACK_API_URL: server.url,
    },
    async ask(text) {
      if (asked >= channels) throw new Error('more questions than channels');
      const channel = `C0BENCH${String(asked).padStart(4, '0')}`;
      const user = people[asked % people.length]?.[0] ?? 'U0ASK0';
      asked += 1;
      await server.say({ channel, user, text: `<@${server.botUserId}> ${text}` });
      return channel;
    },
    look(channel) {
      const own = server.channel(channel).filter((message) => message.own);
      const last = own.at(-1);
      const isEnded = last?.context.some((line) => /^AI( ·|$)/.test(line)) ?? false;
      const isOpen = own.some((message) => message.streaming || /▍$/.test(message.text));
      return { pages: own.map(toSlackText), over: isEnded && !isOpen };
    },
    watch: (listener) =>
      server.watch(({ kind, channel }) => {
        if (kind === 'message' && channel !== undefined) listener(channel);
      }),
    drain: (part) => server.drain(part),
    counts: () => ({
      calls: server.calls.length,
      edits: server.calls.filter(({ method }) => method === 'chat.update' || method === 'chat.appendStream')
        .length,
      limited: server.calls.filter(({ answer }) => isLimited(answer)).map(({ method }) => method),
    }),
    close: () => server.close(),
  };
}

/** Of a message, the model's text: what its metadata says was put around it is left out, and the cursor. */
function toSlackText(message: ReaderMessage): string {
  const whole = message.parts
    .filter(({ kind }) => kind === 'markdown')
    .map(({ text }) => text)
    .join('\n')
    .replaceAll('<\u2060', '<');
  const given: unknown = message.metadata;
  const parsed: unknown = typeof given === 'string' ? JSON.parse(given) : given;
  const marks = (parsed as { event_payload?: { opened?: number; closed?: number } } | undefined)
    ?.event_payload;
  if (marks?.closed === undefined) return whole.replace(/[ \n]?▍$/, '');
  const opened = marks.opened ?? 0;
  return whole.slice(opened, Math.max(opened, whole.length - marks.closed));
}

export async function createDiscordPlace(channels: number): Promise<Place> {
  const server = await createDiscordServer({ latencyMs });
  const people = Array.from({ length: 25 }, (_, index) => server.person(`Ada ${index}`));
  const rooms = Array.from({ length: channels }, (_, index) =>
    server.createChannel({ name: `room-${index}` }),
  );
  const roomOf = new Map<string, string>();
  const threads = new Map<string, string>();
  let asked = 0;
  const ownIn = (place: string) => server.channel(place).filter(({ author }) => author.id === server.botId);
  return {
    name: 'discord',
    env: { DISCORD_TOKEN: server.token, DISCORD_API_URL: server.apiUrl },
    async ask(text) {
      const channel = rooms[asked];
      const author = people[asked % people.length];
      if (channel === undefined || author === undefined) throw new Error('more questions than channels');
      asked += 1;
      const { id } = await server.say({ channel, author, content: `<@${server.botId}> ${text}` });
      roomOf.set(channel, channel);
      // A thread has the id of the message that it was opened on.
      roomOf.set(id, channel);
      threads.set(channel, id);
      return channel;
    },
    look(channel) {
      const own = [...ownIn(channel), ...ownIn(threads.get(channel) ?? '')];
      const over = own.at(-1)?.content.includes('-# AI') ?? false;
      return { pages: own.map(({ content }) => fromContent(content).text), over };
    },
    watch: (listener) =>
      server.watch((place) => {
        const channel = place === undefined ? undefined : roomOf.get(place);
        if (channel !== undefined) listener(channel);
      }),
    counts: () => ({
      calls: server.calls.length,
      edits: server.calls.filter(({ method, route }) => method === 'PATCH' && route.includes('/messages/'))
        .length,
      limited: server.calls
        .filter(({ status }) => status === 429)
        .map(({ method, route }) => `${method} ${route}`),
    }),
    close: () => server.close(),
  };
}
