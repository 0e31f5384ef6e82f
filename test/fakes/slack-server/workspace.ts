// Owns what stands in the fake workspace: channels, messages, people, files, statuses, and the news that something changed.
// Must not know HTTP, sockets, rate limits or what a method accepts.

import type { Clock } from '../../../src/clock.ts';
import type { FakeUser } from './options.ts';
import type { Change, Json, Ping } from './types.ts';

export interface StoredFile {
  readonly id: string;
  readonly object: Json;
  readonly bytes: Buffer;
  /** What messages say of it, where that is not all. */
  readonly asShown?: Json | undefined;
}

export interface Stream {
  readonly startedAt: number;
  bytes: number;
  state: 'open' | 'ended' | 'stopped-by-user';
  /** It refused text for its size once, and does so from then on. */
  full: boolean;
}

export interface Message {
  readonly ts: string;
  readonly channel: string;
  readonly thread: string | undefined;
  readonly user: string;
  readonly own: boolean;
  readonly botId: string | undefined;
  readonly subtype: string | undefined;
  text: string;
  /** Set by `markdown_text` and by streams. */
  markdown: string | undefined;
  blocks: readonly Json[];
  readonly attachments: readonly Json[];
  metadata: Json | undefined;
  stream: Stream | undefined;
  edits: number;
  readonly unfurlLinks: boolean;
  readonly files: readonly StoredFile[];
  readonly reactions: Map<string, Set<string>>;
  /** The first message of a thread was deleted and its replies stay. */
  tombstone: boolean;
  /** The events that told the bot of it. */
  readonly events: string[];
}

export interface Ephemeral {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly thread: string | undefined;
  readonly text: string;
  readonly blocks: readonly Json[];
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly member: boolean;
  archived: boolean;
  readonly messages: Map<string, Message>;
}

export interface Workspace {
  readonly clock: Clock;
  readonly teamId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly channels: Map<string, Channel>;
  readonly users: Map<string, FakeUser>;
  readonly files: Map<string, StoredFile>;
  readonly ephemerals: Ephemeral[];
  /** By `channel thread`. */
  readonly statuses: Map<string, { readonly text: string; readonly until: number }>;
  readonly sessions: Map<string, string>;
  readonly pings: Ping[];
  /** A timestamp that no other message has, by the clock. */
  nextTs(): string;
  nextId(letter: string): string;
  openChannel(id: string, options?: { name?: string; member?: boolean }): Channel;
  find(channel: string, ts: string): Message | undefined;
  put(message: PartialMessage): Message;
  changed(kind: Change['kind'], channel?: string, ts?: string): void;
  watch(listener: (change: Change) => void): () => void;
  /** Calls `action` later unless the server is closed by then. */
  after(ms: number, action: () => void): void;
  close(): void;
}

type Needed = 'channel' | 'user' | 'own' | 'text';
export type PartialMessage = Pick<Message, Needed> & Partial<Omit<Message, Needed>>;

export function createWorkspace(
  clock: Clock,
  identity: { readonly teamId: string; readonly botUserId: string; readonly botId: string },
): Workspace {
  const channels = new Map<string, Channel>();
  const listeners = new Set<(change: Change) => void>();
  const timers = new Set<() => void>();
  let lastMicros = 0;
  let lastId = 0;

  const workspace: Workspace = {
    clock,
    ...identity,
    channels,
    users: new Map(),
    files: new Map(),
    ephemerals: [],
    statuses: new Map(),
    sessions: new Map(),
    pings: [],
    nextTs() {
      lastMicros = Math.max(lastMicros + 1, Math.floor(clock.now() * 1000));
      return `${Math.floor(lastMicros / 1e6)}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
    nextId(letter) {
      lastId += 1;
      return `${letter}0FAKE${String(lastId).padStart(5, '0')}`;
    },
    openChannel(id, options = {}) {
      const known = channels.get(id);
      if (known && options.member === undefined && options.name === undefined) return known;
      const channel: Channel = {
        id,
        name: options.name ?? known?.name ?? id.toLowerCase(),
        member: options.member ?? known?.member ?? true,
        archived: known?.archived ?? false,
        messages: known?.messages ?? new Map(),
      };
      channels.set(id, channel);
      return channel;
    },
    find: (channel, ts) => channels.get(channel)?.messages.get(ts),
    put(partial) {
      const message: Message = {
        ts: workspace.nextTs(),
        thread: undefined,
        botId: undefined,
        subtype: undefined,
        markdown: undefined,
        blocks: [],
        attachments: [],
        metadata: undefined,
        stream: undefined,
        edits: 0,
        unfurlLinks: true,
        files: [],
        reactions: new Map(),
        tombstone: false,
        events: [],
        ...partial,
      };
      workspace.openChannel(message.channel).messages.set(message.ts, message);
      workspace.changed('message', message.channel, message.ts);
      return message;
    },
    changed(kind, channel, ts) {
      const change: Change = {
        at: clock.now(),
        kind,
        ...(channel === undefined ? {} : { channel }),
        ...(ts === undefined ? {} : { ts }),
      };
      for (const listener of [...listeners]) listener(change);
    },
    watch(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    after(ms, action) {
      const cancel = clock.after(ms, () => {
        timers.delete(cancel);
        action();
      });
      timers.add(cancel);
    },
    close() {
      for (const cancel of timers) cancel();
      timers.clear();
      listeners.clear();
    },
  };
  return workspace;
}
