// Owns the words in which a test speaks to the fake Slack: scripted faults, and what a reader sees.
// Must not know the bot, and holds no behaviour.

import type { FakeUser } from './options.ts';

export type Json = Record<string, unknown>;

export interface FakeFile {
  readonly name: string;
  readonly mimetype: string;
  readonly bytes: Uint8Array | string;
  /** More fields of Slack's file object, such as `{ subtype: 'slack_audio' }`. */
  readonly fields?: Json;
  /**
   * All that a message says of it beside its id; `files.info` tells the rest. docs.slack.dev/reference/objects/file-object: files in
   * channels that are shared with other workspaces carry `{ file_access: 'check_file_info' }`.
   */
  readonly asShown?: Json;
}

export interface Saying {
  readonly channel: string;
  /** Default `U0ASKER`. */
  readonly user?: string;
  /** As Slack stores it: the bot's mention is `<@${server.botUserId}>`, and a person's `&`, `<`, `>` are entities. */
  readonly text: string;
  /** The ts of the thread's first message. */
  readonly thread?: string;
  readonly files?: readonly FakeFile[];
  /** docs.slack.dev/reference/block-kit/blocks; beside a person's words the client sends a `rich_text` block of its own. */
  readonly blocks?: readonly Json[];
  /**
   * docs.slack.dev/messaging/formatting-message-text: alerts of other apps, previews of links, and what people forward, which carries
   * `is_share`, `author_id`, `channel_id`, `message_blocks` and `files` (seen in slack-web's golden file share_with_message.json).
   */
  readonly attachments?: readonly Json[];
  /** Whether the bot is told. Default true. */
  readonly deliver?: boolean;
  /** Posted by another app with this bot id. */
  readonly bot?: string;
  readonly subtype?: string;
}

export interface Said {
  readonly ts: string;
  /** The ids of the events that the bot gets for it. */
  readonly eventIds: readonly string[];
  /** Settles when each of those events was acknowledged (true) or given up (false). */
  readonly delivered: Promise<boolean>;
}

export interface ReaderButton {
  readonly label: string;
  readonly actionId: string;
  readonly blockId: string;
  readonly value: string;
  readonly style?: string;
}

/** One line or paragraph of a message, in order. */
export interface ReaderPart {
  readonly kind: 'text' | 'markdown' | 'section' | 'context' | 'rich' | 'other';
  readonly text: string;
}

/** A message as somebody who looks at the channel sees it now. */
export interface ReaderMessage {
  readonly ts: string;
  readonly channel: string;
  readonly thread?: string;
  readonly user: string;
  /** Written by the bot under test. */
  readonly own: boolean;
  /** The body: markdown blocks and streamed text, letter for letter; of messages without blocks their text. */
  readonly text: string;
  /** Section blocks. */
  readonly notices: readonly string[];
  /** Context lines. */
  readonly context: readonly string[];
  /** Everything in order. */
  readonly parts: readonly ReaderPart[];
  readonly buttons: readonly ReaderButton[];
  /** Slack still shows it as being written. */
  readonly streaming: boolean;
  /** A stream that outlived its time and was never stopped or edited: a reader sees it hang. */
  readonly stuck: boolean;
  /** How many times `chat.update` changed it. */
  readonly edits: number;
  /** Slack shows a preview of a link in it. */
  readonly unfurled: boolean;
  /** The `text` argument: what notifications and screen readers get. */
  readonly fallback: string;
  readonly blocks: readonly Json[];
  readonly metadata?: Json;
  readonly files: readonly string[];
}

export interface ReaderEphemeral {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly thread?: string;
  /** Every text of it, line by line. */
  readonly text: string;
  readonly buttons: readonly ReaderButton[];
}

export interface Call {
  readonly method: string;
  readonly args: Json;
  /** By the server's clock, when the call arrived. */
  readonly at: number;
  /** What was answered: null while it is open; `lost` when the connection was cut, `hung` when no answer is ever sent. */
  answer: { readonly status: number; readonly body: Json } | 'lost' | 'hung' | null;
}

/** Something live that the bot wrote: it would have rung somebody. */
export interface Ping {
  readonly method: string;
  readonly channel: string;
  readonly ts: string;
  /** `<!channel>`, `<@U1>`, `@here`. */
  readonly token: string;
}

export type FaultEffect =
  | 'rate-limited'
  | { readonly rateLimitedForSeconds: number }
  | {
      readonly httpStatus: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 200 with `ok: false`. */
  | { readonly error: string; readonly extra?: Json }
  /** Applied, and then the connection is cut before the answer. */
  | 'lost-after'
  /** The connection is cut, nothing is applied. */
  | 'lost-before'
  /** Nothing is applied and no answer comes. */
  | 'hang'
  /** Applied, and no answer comes. */
  | 'hang-after'
  /** Applied this much later. */
  | { readonly delayMs: number };

export interface FaultRule {
  /** A method's name, `files-pri` for downloads, or `*`. */
  readonly method: string;
  /** The nth matching call from now (counted from 1), or a predicate. Default: every call. */
  readonly when?: number | ((args: Json, nth: number) => boolean);
  /** How many times at most. Default 1. */
  readonly times?: number;
  readonly with: FaultEffect;
}

export interface Fault {
  readonly hits: number;
  cancel(): void;
}

export interface Delivery {
  readonly eventId: string;
  /** `app_mention`, `message`, `block_actions`... */
  readonly type: string;
  /** 0 for the first time. */
  readonly attempt: number;
  readonly at: number;
  /** Null while it is open. */
  acked: boolean | null;
  /** What came back with the acknowledgement. */
  payload?: unknown;
}

export interface Change {
  readonly at: number;
  readonly kind: 'message' | 'removed' | 'ephemeral' | 'status' | 'reaction' | 'call' | 'delivery' | 'socket';
  readonly channel?: string;
  readonly ts?: string;
}

export interface Press {
  readonly channel: string;
  readonly ts: string;
  /** Which button: by its action id, or by what is written on it. */
  readonly action_id?: string;
  readonly label?: string;
  readonly user?: string;
}

export interface SlackServer {
  /** For `slackApiUrl` and SLACK_API_URL: `http://127.0.0.1:PORT/api/`. */
  readonly url: string;
  readonly port: number;
  readonly teamId: string;
  readonly botUserId: string;
  readonly botId: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;

  /** A person posts. Resolves at once, before the bot acknowledges. */
  say(saying: Saying): Promise<Said>;
  /** A person edits their own message. */
  edit(channel: string, ts: string, text: string): void;
  /** A person presses a button that really stands in the message; resolves to whether the bot acknowledged in time. */
  press(press: Press): Promise<boolean>;
  /** A person deletes a message. */
  remove(channel: string, ts: string): void;
  /** `archived` false: it is brought back. */
  archive(channel: string, archived?: boolean): void;
  /** Deletes a channel with all that stands in it. The app is told only by its next call (docs.slack.dev: `channel_not_found`). */
  removeChannel(channel: string): void;
  /** Puts a file there that no message holds yet; returns it as Slack gives it in a message. */
  addFile(file: FakeFile): Json;
  /** Makes a channel known. `member: false` leaves the bot out of it. Channels in which somebody spoke are known. */
  addChannel(id: string, options?: { readonly name?: string; readonly member?: boolean }): void;
  addUser(id: string, user: FakeUser): void;
  /** A person presses Slack's own stop button: streams in the thread end there; `agent_session_stopped` is sent if subscribed. */
  stopSession(where: {
    readonly channel: string;
    readonly thread: string;
    readonly user?: string;
  }): Promise<boolean>;
  /** Delivers the events of a message once more, as Slack does after a lost acknowledgement. */
  redeliver(channel: string, ts: string): Promise<boolean>;
  /** Delivers any event that is not covered above. */
  send(event: Json): Promise<boolean>;

  /** The messages of a thread, oldest first, its first message included. */
  thread(channel: string, ts: string): readonly ReaderMessage[];
  /** Every message of a channel, threads included, oldest first. */
  channel(id: string): readonly ReaderMessage[];
  ephemerals(channel: string, user?: string): readonly ReaderEphemeral[];
  /** The text beside the bot's name in a thread; empty when there is none. */
  status(channel: string, thread: string): string;
  /** The state that `agents.sessions.setStatus` gave the session; undefined when it was never set. */
  session(channel: string, thread: string): string | undefined;
  /** Names of the bot's reactions. */
  reactions(channel: string, ts: string): readonly string[];

  readonly calls: readonly Call[];
  readonly pings: readonly Ping[];
  readonly deliveries: readonly Delivery[];
  /** Arguments that Slack's own description of a method does not have, or lacks: `chat.update: unknown argument foo`. */
  readonly specBreaches: readonly string[];
  /** Open Socket Mode connections. */
  readonly connections: number;

  fail(rule: FaultRule): Fault;
  /** Cuts every Socket Mode connection without a word. */
  dropSockets(): void;
  /** Sends a frame to every Socket Mode connection as it is, also one that Slack would not send. */
  sendFrame(frame: string): void;
  /** Asks every Socket Mode client to connect anew. */
  disconnectSockets(): void;
  /** Events go to this address by signed POST from now on, instead of a socket. */
  deliverTo(url: string): void;
  /** Sends the `url_verification` challenge there; resolves to whether the answer repeats it. */
  verifyUrl(url: string): Promise<boolean>;

  /**
   * Resolves with the first truthy value of `predicate`, which is asked again at every change of the server. Rejects after
   * `timeoutMs` (default 10,000, real time) with `what` and the last calls. A predicate that throws counts as not yet.
   */
  until<T>(
    predicate: () => T,
    options?: { readonly timeoutMs?: number; readonly what?: string },
  ): Promise<NonNullable<T>>;
  /** Calls `listener` at every change; returns the way to stop. */
  watch(listener: (change: Change) => void): () => void;
  /** From now on every bucket of calls holds at most this part of its capacity, and fills up from there. */
  drain(part: number): void;
  close(): Promise<void>;
}
