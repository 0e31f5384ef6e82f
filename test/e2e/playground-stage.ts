// Owns the built bot's playground as a stage of the end-to-end cases: two people in browsers, without the browsers. Its own calls cannot be
// made to fail. Must not know the cases.

import type { Change, RoomMessage, Status } from '../../adapters/web/room.ts';
import { PATIENCE_MS } from './program.ts';
import type { Asked, Reply, Stage } from './stage.ts';

interface Visitor {
  readonly cookie: string;
  readonly id: string;
}

interface Posted {
  readonly channel: string;
  readonly thread?: string;
  readonly text: string;
  readonly key: string;
}

/** What a browser keeps of the room. */
interface Seen {
  readonly messages: Map<string, RoomMessage>;
  readonly statuses: Map<string, Status>;
  readonly whispers: { readonly channel: string; readonly text: string }[];
}

const CHANNEL = 'help';

export async function createPlaygroundStage(): Promise<Stage> {
  const seen: Seen = { messages: new Map(), statuses: new Map(), whispers: [] };
  const watchers = new Set<() => void>();
  const leaving = new AbortController();
  /** What was posted, by the id that it got. */
  const said = new Map<string, Posted>();
  let url = '';
  let isOpen = false;
  let edits = 0;
  let asked = 0;
  let people: Promise<Readonly<Record<'Ada' | 'Ben', Visitor>>> = Promise.reject(new Error('not begun'));
  people.catch(() => undefined);
  let adaId = '';

  const hear = (type: string, data: unknown): void => {
    if (type === 'page') edits += 1;
    apply(seen, type, data);
    for (const watcher of [...watchers]) watcher();
  };

  const post = async ({ cookie }: Visitor, path: string, body: unknown): Promise<Response> => {
    const headers = { cookie, origin: url, 'content-type': 'application/json' };
    return fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  };

  const enter = async (name: string): Promise<Visitor> => {
    const page = await fetch(`${url}/`);
    await page.arrayBuffer();
    const cookie = page.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
    const named = await post({ cookie, id: '' }, '/name', { name });
    const { id } = (await named.json()) as { id: string };
    return { cookie, id };
  };

  const until: Stage['until'] = (look, what) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(new Error(`${what} did not come`))), PATIENCE_MS);
      const check = (): void => {
        const found = tried(look);
        if (found) end(() => resolve(found));
      };
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        watchers.delete(check);
        settle();
      };
      watchers.add(check);
      check();
    });

  const toReplies = (fits: (message: RoomMessage) => boolean): readonly Reply[] =>
    [...seen.messages.values()].flatMap((message) => (fits(message) ? (toReply(message) ?? []) : []));

  const say = async (visitor: Visitor, posted: Posted) => {
    const response = await post(visitor, '/messages', posted);
    if (!response.ok) throw new Error(`the playground took no message: ${response.status}`);
    const { id } = (await response.json()) as { id: string };
    return id;
  };

  return {
    name: 'playground',
    env: { WEB: 'on' },
    secrets: [],
    ben: '@Ben',
    newChannel: () => CHANNEL,
    direct: () => `dm-${adaId}`,
    async ask({ channel, text, thread, mention = !channel.startsWith('dm-'), user = 'Ada' }) {
      const visitor = (await people)[user];
      const isDirect = channel.startsWith('dm-');
      asked += 1;
      const key = `key-${asked}`;
      const posted = {
        ...{ channel, key, text: mention ? `@Rill ${text}` : text },
        ...(thread === undefined || isDirect ? {} : { thread }),
      };
      const id = await say(visitor, posted);
      said.set(id, posted);
      return { channel, thread: isDirect ? channel : (thread ?? id), id };
    },
    replies: ({ channel, thread }: Asked) =>
      toReplies((message) => message.channel === channel && message.thread === thread),
    all: () => toReplies(() => true),
    async press({ channel, id }, label) {
      const button = seen.messages.get(id)?.page?.controls.find((control) => control.label === label);
      if (button === undefined) throw new Error(`no button ${label}`);
      const { action, turn } = button;
      const response = await post((await people).Ada, '/controls', { action, turn, channel });
      if (!response.ok) throw new Error(`the button ${label} failed: ${response.status}`);
    },
    async remove({ id }) {
      const response = await post((await people).Ada, '/deletions', { message: id });
      if (!response.ok) throw new Error(`it was not deleted: ${response.status}`);
      await until(() => !seen.messages.has(id), 'its end in the browser');
    },
    async redeliver({ id }) {
      const posted = said.get(id);
      if (posted === undefined) throw new Error(`nothing was posted as ${id}`);
      if ((await say((await people).Ada, posted)) !== id) throw new Error('the same message was taken twice');
    },
    whispers: (channel) => seen.whispers.flatMap((one) => (one.channel === channel ? [one.text] : [])),
    sign: ({ thread }) => [...seen.statuses.values()].find((one) => one.thread === thread)?.text ?? '',
    marks({ id }) {
      const message = seen.messages.get(id);
      return [...(message?.waiting ? ['⏳'] : []), ...(message?.refused ? ['⛔'] : [])];
    },
    drop: () => undefined,
    reconnect: () => undefined,
    connected: () => isOpen,
    fail() {
      throw new Error('calls of the playground cannot fail');
    },
    until,
    pings: [],
    breaches: [],
    refusals: () => 0,
    edits: () => edits,
    async begin(at) {
      url = at;
      people = Promise.all([enter('Ada'), enter('Ben')]).then(([Ada, Ben]) => ({ Ada, Ben }));
      const { Ada } = await people;
      adaId = Ada.id;
      const live = await fetch(`${url}/live`, { headers: { cookie: Ada.cookie }, signal: leaving.signal });
      isOpen = true;
      void follow(live, hear).finally(() => {
        isOpen = false;
      });
    },
    async close() {
      leaving.abort();
    },
  };
}

/** Reads the stream of events until it ends or is left. */
async function follow(live: Response, hear: (type: string, data: unknown) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const part of live.body ?? []) {
      rest += decoder.decode(part, { stream: true });
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        if (data !== undefined) hear(field('event') ?? '', JSON.parse(data));
      }
    }
  } catch {
    // The program has ended, or the stage was closed.
  }
}

function apply({ messages, statuses, whispers }: Seen, type: string, data: unknown): void {
  if (type === 'snapshot') {
    const snapshot = data as { messages: RoomMessage[]; statuses: Status[] };
    messages.clear();
    for (const message of snapshot.messages) messages.set(message.id, message);
    for (const status of snapshot.statuses) statuses.set(status.turn, status);
    return;
  }
  const change = { ...(data as object), type } as Change;
  switch (change.type) {
    case 'message':
      messages.set(change.message.id, change.message);
      break;
    case 'page': {
      const message = messages.get(change.id);
      const { keep, add } = change.body;
      const body = (message?.page?.body ?? '').slice(0, keep) + add;
      if (message) messages.set(change.id, { ...message, page: { ...change.page, body, reasoning: null } });
      break;
    }
    case 'removed':
      for (const id of change.ids) messages.delete(id);
      break;
    case 'waiting':
    case 'refused': {
      const message = messages.get(change.id);
      if (message) messages.set(change.id, { ...message, ...change } as RoomMessage);
      break;
    }
    case 'status':
      if (change.text === null) statuses.delete(change.turn);
      else statuses.set(change.turn, { ...change, text: change.text });
      break;
    case 'whisper':
      whispers.push(change);
      break;
    default:
  }
}

function toReply({ id, channel, from, text: said, page }: RoomMessage): Reply | undefined {
  if (from !== 'bot') return undefined;
  const body = page?.body ?? '';
  const notice = (page === null ? said : page.notice) ?? '';
  return {
    ...{ id, channel, body, text: body, edits: 0, unfurled: false },
    notice: notice === '' ? undefined : notice,
    footer: page?.footer ?? undefined,
    buttons: page?.controls.map(({ label }) => label) ?? [],
    cursor: page?.cursor === true,
  };
}

/** A look that throws has not found anything yet. */
function tried<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
