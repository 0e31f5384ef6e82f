// The line chat on loopback: people and bots connect by TCP and send a line a command. Its rules stand in house.ts.
// Owns connections, events that a bot has not taken yet, and the faults that a test asks for. Must not know any adapter.

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { ChatError, createChatClient } from './client.ts';
import { createHouse, type House, type HouseRules, type Said, type Speaker } from './house.ts';
import { readLines, writeLine } from './lines.ts';

/** `lost`: it is applied, and the connection ends without an answer. The others refuse. */
export type ChatFault = 'limited' | 'busy' | 'lost' | 'old';

export interface LineChat {
  readonly port: number;
  readonly token: string;
  readonly bot: Speaker;
  readonly messages: readonly Said[];
  readonly whispers: House['whispers'];
  /** What stands in a thread, oldest first. */
  thread(id: string): readonly Said[];
  /** A person at a client of their own. */
  person(name: string): Promise<Person>;
  fail(command: 'say' | 'edit', fault: ChatFault, times?: number): void;
  redeliver(id: string): void;
  /** Whether the bot has taken every event. */
  isTaken(): boolean;
  /** How often a call was refused for its limit. */
  limited(): number;
  until<T>(look: () => T | undefined | false): Promise<T>;
  close(): Promise<void>;
}

export interface Person {
  say(text: string, where: { readonly channel: string; readonly thread?: string }): Promise<string>;
  remove(id: string): Promise<void>;
}

interface Event {
  readonly seq: number;
  readonly event: object;
}

const LATER_MS = 200;
const PATIENCE_MS = 30_000;

export async function createLineChat(over: Partial<HouseRules> = {}): Promise<LineChat> {
  const token = 'line-0123456789abcdef';
  const bot: Speaker = { id: 'b1', name: 'Rill', bot: true };
  const people = new Map<string, Speaker>();
  const sockets = new Set<Socket>();
  const closings: (() => void)[] = [];
  const faults: { command: string; fault: ChatFault; times: number }[] = [];
  const watchers = new Set<() => void>();
  const house = createHouse(
    { perMinute: 240, burst: 20, editableMs: 3_600_000, edits: 'own', ...over },
    () => [...people.values()],
  );
  let listener: Socket | undefined;
  let events: readonly Event[] = [];
  let seq = 0;
  let limited = 0;

  const send = (event: Event): void => {
    if (listener !== undefined) writeLine(listener, event);
  };
  const tell = (event: object): void => {
    seq += 1;
    events = [...events, { seq, event }];
    send({ seq, event });
  };
  const login = ({ token: given, name }: Fields): Speaker => {
    if (typeof name === 'string') {
      const known = people.get(name) ?? { id: `p${people.size + 1}`, name, bot: false };
      people.set(name, known);
      return known;
    }
    if (given !== token) throw new ChatError('bad-token');
    return bot;
  };

  const commands: Readonly<Record<string, (by: Speaker, fields: Fields, socket: Socket) => object>> = {
    say(by, fields) {
      const said = house.say(by, fields);
      if (!by.bot) tell({ kind: 'said', message: shown(said, bot) });
      return shown(said, by);
    },
    edit: (by, fields) => shown(house.edit(by, fields), by),
    remove(by, fields) {
      const { id, channel } = house.remove(by, fields);
      if (!by.bot) tell({ kind: 'removed', message: id, channel });
      return {};
    },
    get: (by, fields) => shown(house.get(fields), by),
    read: (by, fields) => ({ messages: house.read(fields).map((said) => shown(said, by)) }),
    whisper: (_, fields) => ({ done: house.whisper(fields) }),
    mark: (_, fields) => ({ done: house.mark(fields) }),
    listen(_by, _fields, socket) {
      listener = socket;
      for (const event of events) send(event);
      return {};
    },
  };

  /** Undefined: the connection ended instead of an answer. */
  const obey = (by: Speaker, fields: Fields, socket: Socket): object | undefined => {
    const command = String(fields.do);
    const at = faults.findIndex((one) => by.bot && one.command === command);
    const fault = faults[at];
    if (fault !== undefined) {
      fault.times -= 1;
      if (fault.times === 0) faults.splice(at, 1);
      if (fault.fault !== 'lost')
        throw new ChatError(fault.fault, fault.fault === 'limited' ? 300 : undefined);
    }
    const act = commands[command];
    if (act === undefined) throw new ChatError('no-such-command');
    const ok = act(by, fields, socket);
    if (fault === undefined) return ok;
    socket.destroy();
    return undefined;
  };

  const take = (ours: number): void => {
    events = events.filter((event) => event.seq !== ours);
  };
  const server = createServer((socket) => {
    let by: Speaker | undefined;
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(socket);
        if (listener === socket) listener = undefined;
      });
    readLines(socket, (value) => {
      const fields = value as Fields;
      const { id, do: command } = fields;
      if (command === 'took') take(Number(fields.seq));
      else if (command === 'later')
        setTimeout(() => events.filter(({ seq }) => seq === fields.seq).forEach(send), LATER_MS).unref();
      else answer(id, fields);
      for (const watcher of [...watchers]) watcher();
    });
    const answer = (id: unknown, fields: Fields): void => {
      try {
        if (by === undefined && fields.do !== 'hello') throw new ChatError('say-hello-first');
        by ??= login(fields);
        const ok = fields.do === 'hello' ? by : obey(by, fields, socket);
        if (ok !== undefined) writeLine(socket, { id, ok });
      } catch (error) {
        const { reason, waitMs } = error as ChatError;
        if (reason === 'limited') limited += 1;
        writeLine(socket, { id, error: reason, waitMs });
      }
    };
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    ...{ port, token, bot, messages: house.messages, whispers: house.whispers },
    thread: (id) => house.read({ thread: id }),
    async person(name) {
      const client = createChatClient({ host: '127.0.0.1', port, login: { name }, after });
      closings.push(() => client.close());
      return {
        say: async (text, where) => String((await client.call('say', { text, ...where })).id),
        remove: async (id) => void (await client.call('remove', { message: id })),
      };
    },
    fail: (command, fault, times = 1) => void faults.push({ command, fault, times }),
    redeliver: (id) => tell({ kind: 'said', message: shown(house.get({ message: id }), bot) }),
    isTaken: () => events.length === 0,
    limited: () => limited,
    until: (look) => untilSo(look, watchers),
    async close() {
      for (const close of closings) close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** What somebody is told of a message: its note only, if it is their own. */
function shown({ id, channel, thread, by, at, text, note }: Said, to: Speaker): object {
  return { id, channel, thread, by, at, text, ...(by.id === to.id ? { note } : {}) };
}

function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}

/** Looked at whenever a line has come. */
function untilSo<T>(look: () => T | undefined | false, watchers: Set<() => void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      cancel();
      watchers.delete(watcher);
      act();
    };
    const cancel = after(PATIENCE_MS, () =>
      settle(() => reject(new Error('it did not come to that in the chat'))),
    );
    const watcher = (): void => {
      const found = look();
      if (found !== undefined && found !== false) settle(() => resolve(found));
    };
    watchers.add(watcher);
    watcher();
  });
}
