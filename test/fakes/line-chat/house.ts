// Owns what stands in the line chat: its messages, who may change them, and how much a bot may write. Knows no sockets.
//
// The chat's manual, which is all that an adapter may lean on:
// - A text has 1 to 4000 characters and comes back unchanged. So does `note`, up to 200 characters, which only its author sees.
// - `key` names a message for whoever writes it: said again, the message that stands comes back as it is, and nothing is written.
// - A bot says and edits in one channel `perMinute` times a minute, `burst` at once; more is `limited`, with the wait.
// - A message takes edits from its author alone, for `editableMs`; then it is `old`. Where no bot may edit at all it is `never`.
// - `gone`: the message was removed, or the first message of its thread was.
// - Names behind an `@` ping people, unless the message is `quiet`.
// - A channel whose name begins with `@` is between that person and the bot.

import { ChatError } from './client.ts';

export interface Speaker {
  readonly id: string;
  readonly name: string;
  readonly bot: boolean;
}

export interface Said {
  readonly id: string;
  readonly channel: string;
  /** The id of the thread's first message. */
  readonly thread: string;
  readonly by: Speaker;
  readonly at: number;
  text: string;
  note: string;
  removed: boolean;
  /** Everything that it ever said, oldest first. */
  readonly texts: string[];
  readonly marks: Set<string>;
  readonly pinged: Set<string>;
}

export interface HouseRules {
  readonly perMinute: number;
  readonly burst: number;
  readonly editableMs: number;
  readonly edits: 'own' | 'never';
}

type Fields = Readonly<Record<string, unknown>>;

const TEXT_MAX = 4_000;
const NOTE_MAX = 200;
const READ_MAX = 100;

export function createHouse(rules: HouseRules, people: () => readonly Speaker[]) {
  const messages: Said[] = [];
  const keys = new Map<string, Said>();
  const whispers: { readonly to: string; readonly text: string }[] = [];
  const takeTurn = createBudget(rules);

  const find = (id: unknown): Said => {
    const said = messages.find((one) => one.id === id);
    if (said === undefined || said.removed) throw new ChatError('gone');
    return said;
  };
  const write = (said: Said, { text, note = '', quiet = false }: Fields): void => {
    if (typeof text !== 'string' || text.length < 1 || text.length > TEXT_MAX)
      throw new ChatError('bad-text');
    if (typeof note !== 'string' || note.length > NOTE_MAX) throw new ChatError('bad-note');
    Object.assign(said, { text, note });
    said.texts.push(text);
    if (quiet !== true)
      for (const { id, name } of people()) if (text.includes(`@${name}`)) said.pinged.add(id);
  };
  const isOpen = (thread: string): boolean => messages.some(({ id, removed }) => id === thread && !removed);

  return {
    messages,
    whispers,
    say(by: Speaker, fields: Fields): Said {
      const { channel, thread, key } = fields;
      if (typeof channel !== 'string' || channel === '') throw new ChatError('bad-channel');
      const known = typeof key === 'string' ? keys.get(`${by.id} ${key}`) : undefined;
      if (known !== undefined) return find(known.id);
      if (typeof thread === 'string' && !isOpen(thread)) throw new ChatError('gone');
      if (by.bot) takeTurn(channel);
      const id = `m${messages.length + 1}`;
      const said: Said = {
        ...{ id, channel, thread: typeof thread === 'string' ? thread : id, by, at: Date.now() },
        ...{ text: '', note: '', removed: false, texts: [], marks: new Set(), pinged: new Set() },
      };
      write(said, fields);
      messages.push(said);
      if (typeof key === 'string') keys.set(`${by.id} ${key}`, said);
      return said;
    },
    edit(by: Speaker, fields: Fields): Said {
      const said = find(fields.message);
      if (said.by.id !== by.id) throw new ChatError('not-yours');
      if (by.bot && rules.edits === 'never') throw new ChatError('never');
      if (Date.now() - said.at > rules.editableMs) throw new ChatError('old');
      if (by.bot) takeTurn(said.channel);
      write(said, fields);
      return said;
    },
    /** People may remove any message, a bot its own. */
    remove(by: Speaker, { message }: Fields): Said {
      const said = find(message);
      if (by.bot && said.by.id !== by.id) throw new ChatError('not-yours');
      said.removed = true;
      return said;
    },
    get: ({ message }: Fields): Said => find(message),
    /** The newest of a thread, oldest first. */
    read({ thread, limit }: Fields): readonly Said[] {
      const those = messages.filter((one) => one.thread === thread && !one.removed);
      return those.slice(-Math.min(Number(limit) || READ_MAX, READ_MAX));
    },
    whisper: ({ to, text }: Fields) => void whispers.push({ to: String(to), text: String(text) }),
    mark({ message, sign, on }: Fields): void {
      find(message).marks[on === true ? 'add' : 'delete'](String(sign));
    },
  };
}

export type House = ReturnType<typeof createHouse>;

/** Throws `limited` where a channel has been written to too often. */
function createBudget({ perMinute, burst }: HouseRules): (channel: string) => void {
  const left = new Map<string, { calls: number; at: number }>();
  return (channel) => {
    const now = performance.now();
    const { calls, at } = left.get(channel) ?? { calls: burst, at: now };
    const have = Math.min(burst, calls + ((now - at) * perMinute) / 60_000);
    if (have < 1) throw new ChatError('limited', Math.ceil(((1 - have) * 60_000) / perMinute));
    left.set(channel, { calls: have - 1, at: now });
  };
}
